"""What commands check about the names they are given: wrong usage says what is meant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

import typer

from desk.ground import wiring
from desk.ground.settings import Settings

_MOST_NAMED = 20
_SOURCES, _TOPICS = "config/sources.toml 里", "config/topics.toml 里"


def one_of(
    given: str,
    known: Iterable[str],
    *,
    what: str,
    where: str,
    option: str,
    kept: Callable[[], bool] = lambda: False,
) -> None:
    """Wrong usage for a name that is none of the known ones and has nothing `kept` under it
    from another time: with an empty answer a slip of the pen would look like no cases."""
    names = list(dict.fromkeys(known))
    if not given or given in names or kept():
        return
    meant = get_close_matches(given, names, 1, 0.5)
    hint = f"是不是“{meant[0]}”？" if meant else ""
    shown = "、".join(names[:_MOST_NAMED]) + ("……" if len(names) > _MOST_NAMED else "")
    raise typer.BadParameter(
        f"没有名为“{given}”的{what}。{hint}{where}有：{shown or '（没有）'}", param_hint=option
    )


def known_source(settings: Settings, given: str, kept: Callable[[], bool]) -> None:
    """`--source`. Raises `SourceError` for a table that cannot be read."""
    names = wiring.source_entries(settings)
    one_of(given, names, what="来源", where=_SOURCES, option="--source", kept=kept)


def known_channel(settings: Settings, given: str, kept: Callable[[], bool]) -> None:
    """`--channel`. Raises `SourceError` for a table that cannot be read."""
    entries = wiring.source_entries(settings).values()
    names = [entry.channel for entry in entries]
    one_of(given, names, what="渠道", where=_SOURCES, option="--channel", kept=kept)


def known_topic(settings: Settings, given: str, kept: Callable[[], bool]) -> None:
    """`--topic`: a level of the tree, or levels joined by "/"."""
    names = list(_levels(settings.table("topics.toml").get("topics", {})))
    for level in (part.strip() for part in given.split("/")):
        one_of(level, names, what="事项分类", where=_TOPICS, option="--topic", kept=kept)


def _levels(table: object) -> Iterator[str]:
    """First levels first: they are what an error names."""
    below: list[object] = [table]
    while below:
        node = below.pop(0)
        if isinstance(node, Mapping):
            for name, inner in node.items():
                if name not in {"terms", "titles"}:
                    yield str(name)
                    below.append(inner)


def extension(out: Path, allowed: Collection[str], instead: str = "请改文件名") -> None:
    """Wrong usage for an `--out` whose name ends in anything but one of `allowed` (".docx")."""
    if out.suffix.lower() in allowed:
        return
    expected = "、".join(sorted(allowed))
    found = f"{out.suffix}（{out.name}）" if out.suffix else f"{out.name}，没有扩展名"
    raise typer.BadParameter(
        f"文件名应以 {expected} 结尾，实际是 {found}。{instead}", param_hint="--out"
    )

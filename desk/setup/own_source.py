"""What a person said of the columns of a file, as a source of config/sources.toml. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from itertools import count
from typing import Any, Final

from msgspec import Struct

from cases.words.refusals import NotAllowed
from streams.history import HistoryLine
from streams.sources.tables.guess import NOT_KEPT, Guess

_NAMES: Final = {"12345": "hotline", "热线": "hotline", "留言板": "board", "信箱": "mailbox"}
_NEEDED: Final = {"id": "编号", "received_at": "受理时间"}
_LONGEST: Final = 40


class Chosen(Struct, frozen=True, kw_only=True):
    """What a person said about a file."""

    source: str = ""
    """A source that knows such files; "" for a new one."""
    channel: str = ""
    """The office's name of the door, for a new source."""
    fields: Mapping[int, str] = {}
    """Number of the column, from 0 -> a `FieldName` or `NOT_KEPT`."""
    history: HistoryLine | None = None
    """None leaves it to the table of the source."""


def free_name(channel: str, taken: Container[str]) -> str:
    """For a new source: by the channel's kind and a number."""
    word = next((name for key, name in _NAMES.items() if key in channel), "own")
    return next(name for n in count(1) if (name := f"{word}-{n}") not in taken)


def source_table(name: str, chosen: Chosen, guess: Guess) -> dict[str, Any]:
    """`[source.NAME]` as it will be written. Raises `NotAllowed` where the columns make no
    messages."""
    channel = " ".join(chosen.channel.split())
    if not channel or len(channel) > _LONGEST or not channel.isprintable():
        raise NotAllowed(f"请写明来自哪个渠道（如 12345热线），最多 {_LONGEST} 个字。")
    columns: dict[str, list[str]] = {}
    ignored = []
    for at, column in enumerate(guess.columns):
        field = chosen.fields.get(at, "")
        if column.name and field == NOT_KEPT:
            ignored.append(column.name)
        elif column.name and field:
            columns.setdefault(field, []).append(column.name)
    missing = [word for field, word in _NEEDED.items() if field not in columns]
    if missing:
        raise NotAllowed(f"还没有指明哪一列是{'、'.join(missing)}。没有它就不成来件，请选一列。")
    texts = [field for field in ("title", "body") if field in columns]
    if not texts:
        raise NotAllowed("还没有指明哪一列是标题或正文。请至少选一列。")
    options: dict[str, Any] = {
        "folder": f"drop/{name}",
        "required": ["id", "received_at", *texts],
    }
    if "title" not in columns:
        options["title_from_body"] = True
    if "closed_at" in columns and "replied_at" not in columns:
        options["reply_time_from_closing"] = True
    if ignored:
        options["ignore"] = ignored
    options["columns"] = columns
    return {"new": True, "adapter": "table-file", "channel": channel, "options": options}

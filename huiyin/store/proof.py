"""The proof of one data file: everything that was acknowledged is in it, as it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from huiyin.store.acknowledged import State, lost_rows
from huiyin.store.chain import beginning, broken, in_words
from huiyin.store.counting import Counted, Incident, Kind
from huiyin.store.errors import StoreError
from huiyin.store.sqlite import Connection

_MOST = 5
_NAME_IT = "如果是从备份恢复，请用 huiyin restored 登记原因；不是的话请保留现场，从备份恢复后再核对"

Chain = Callable[[str], Iterable[tuple[int, bytes, bytes | None]]]
"""The rows of a log by its name: position, stored bytes, link."""


class FileProof(Struct, frozen=True, kw_only=True):
    """What was found in one file; texts in plain Chinese."""

    file: str
    called: str
    commits: int = 0
    """Writes that the file knows of since it was made, or restored."""
    acknowledged: int = 0
    """Writes that were acknowledged."""
    heads: tuple[str, ...] = ()
    """The ends of its chains, to be kept elsewhere by who wants to be sure."""
    named: tuple[str, ...] = ()
    """Restores that a person has named."""
    problems: tuple[str, ...] = ()

    @property
    def balanced(self) -> bool:
        return not self.problems


def prove(
    db: Connection,
    counted: Counted,
    *,
    words: Mapping[str, str],
    chain: Chain | None = None,
) -> FileProof:
    """`words`: what people call the tables. Never raises for what is wrong with the file."""
    problems: list[str] = []
    named: list[str] = []
    state = known = None
    try:
        problems += _pages(db)
        # Before the file itself, which may be written to meanwhile.
        known = counted.file.read()
        with db.snapshot():
            state = counted.state(db)
            for one in counted.incidents(db):
                (problems if one.explained_at is None else named).append(_incident(one, words))
            problems += _rows(counted.stored_rows(db), state, words)
            if chain is not None:
                problems += _chains(chain, state, known, words)
    except StoreError as error:
        problems.append(str(error))
    return FileProof(
        file=db.path.name,
        called=db.called,
        commits=state.commits if state else 0,
        acknowledged=known.commits if known else 0,
        heads=tuple(
            f"{words.get(log, log)}第 {head.position} 条 {head.short}"
            for log, head in (state.heads if state else {}).items()
        ),
        named=tuple(named),
        problems=tuple(problems),
    )


def _pages(db: Connection) -> list[str]:
    found = [line for (line,) in db.execute(f"PRAGMA integrity_check({_MOST})") if line != "ok"]
    if not found:
        return []
    places = "；".join(line.splitlines()[-1] for line in found)
    return [f"文件有坏页或坏索引：{places}。请停止回音，保留原文件，从备份恢复"]


def _rows(stored: Mapping[str, int], state: State, words: Mapping[str, str]) -> list[str]:
    """Rows that are gone, or came, without any program of ours."""
    return [
        f"{words.get(name, name)}应有 {state.rows[name]} 条，文件里有 {rows} 条"
        for name, rows in stored.items()
        if name in state.rows and rows != state.rows[name]
    ]


def _chains(chain: Chain, state: State, known: State | None, words: Mapping[str, str]) -> list[str]:
    problems = []
    for log, head in state.heads.items():
        problems += in_words(words.get(log, log), broken(beginning(log), chain(log)))
        last = known.heads.get(log) if known and known.file == state.file else None
        if last is None or last.position > head.position:
            # Fewer than acknowledged is an incident already.
            continue
        found = next((one for one in chain(log) if one[0] == last.position), None)
        if found is None or found[2] != last.link:
            problems.append(f"{words.get(log, log)}第 {last.position} 条与确认过的不同")
    return problems


def _incident(one: Incident, words: Mapping[str, str]) -> str:
    what = _what(one, words)
    if one.explained_at is None:
        return f"{one.at:%Y-%m-%d %H:%M} 发现：{what}。{_NAME_IT}"
    return (
        f"{one.at:%Y-%m-%d %H:%M} 恢复：{what}。"
        f"{one.by} 于 {one.explained_at:%Y-%m-%d %H:%M} 登记原因：{one.reason}"
    )


def _what(one: Incident, words: Mapping[str, str]) -> str:
    known, stored = one.acknowledged, one.stored
    if known is None:
        return "确认计数不见了或已损坏，这以前的写入是否都在无从核对"
    lost = lost_rows(known.rows, stored.rows)
    rows = "、".join(f"{words.get(name, name)} {count} 条" for name, count in lost.items())
    if one.kind is Kind.OTHER:
        return f"确认过 {known.commits} 次写入的文件被换成了另一个文件" + (
            f"，少了{rows}" if rows else ""
        )
    missing = known.commits - stored.commits if known.era == stored.era else known.commits
    return (
        f"确认过 {known.commits} 次写入，文件里只有 {stored.commits} 次，少 {missing} 次"
        + (f"（{rows}）" if rows else "")
        + "：文件被换成了旧的，或它的日志（-wal）被截断、删除"
    )

"""`huiyin audit`: the proof that nothing was lost and nothing counted twice."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import msgspec

from huiyin.store.errors import StoreError
from sinks.ledger.base import Query
from streams.audit import Audit, audit
from streams.embedded.erasing import lost_keys
from streams.embedded.store import EmbeddedStore


def audit_store(store: EmbeddedStore, progress: Callable[[int], None] | None = None) -> Audit:
    """`progress` is told the place in the inbox, up to `store.processed`. Raises `StoreError`,
    also for a row that a bad page has made unreadable."""
    try:
        lost = lost_keys(store)
        if lost:
            raise StoreError(f"{'；'.join(lost[:5])}。请停止回音，保留现场，从备份恢复后再核对。")
        return audit(
            log=_read(store, 0, store.processed, progress),
            ahead=_read(store, store.processed),
            waiting=store.waiting(),
            journal=store.journal(),
            ledger=store.ledger.scan(Query()),
            letters=store.dead_letters(),
            intake=store.intake_counts(),
        )
    except (msgspec.DecodeError, UnicodeDecodeError, zlib.error) as error:
        raise StoreError(
            f"数据文件里有一行读不出来（{error}），文件已损坏。"
            "请停止回音，保留原文件，从备份恢复，再运行 huiyin audit 核对。"
        ) from error


def _read(
    store: EmbeddedStore,
    position: int,
    end: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[bytes]:
    """The messages of the inbox behind a position, up to and with `end` or to its last."""
    while (end is None or position < end) and (rows := store.inbox(position, 1000)):
        for at, data in rows:
            if end is None or at <= end:
                yield data
            position = at
        if progress is not None and end is not None:
            progress(min(position, end))


def audit_text(result: Audit) -> str:
    """The proof of the stream in plain Chinese, without a last word."""
    lines = [
        "来件核对（件件有着落）",
        f"  来源给出       {result.read}",
        f"    其中未变化   {result.unchanged}",
        f"    不能识别     {result.rejected}（死信）",
        f"  写入日志的观测 {result.observations}",
        f"    = 新开事项   {result.cases}",
        f"    + 后续版本   {result.later_versions}",
        f"    + 已知重复   {result.duplicates}",
        f"    + 死信       {result.dead}",
        f"  办理动作       {result.actions}",
        f"  时限巡查       {result.ticks}",
        f"    其中未准     {result.refused}",
        f"  等待处理       {result.waiting}",
        f"  事件           {result.events}",
        *(f"  · {problem}" for problem in result.problems),
    ]
    return "\n".join(lines)


def last_word(*, balanced: bool) -> str:
    return "核对一致：没有丢失，没有重复。" if balanced else "核对不一致，见上面带“·”的各行。"

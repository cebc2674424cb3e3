"""One record of many is read alone: whatever it breaks, the others are taken in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from cases.record.item import Item
from streams.sources.seam.base import Rejected, SourceError

log = logging.getLogger(__name__)

UNREADABLE: Final = "unreadable_record"


def read_alone(
    read: Callable[[], Item | Rejected],
    *,
    source: str,
    origin: str,
    original: Callable[[], bytes],
) -> Item | Rejected:
    """What `read` makes of one record. An error that nobody foresaw is the record's: it
    becomes a dead letter with its original. Raises `SourceError`, `OSError` and
    `MemoryError`: a server, a disk or a machine that fails is no record's fault."""
    try:
        return read()
    except (SourceError, OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the others go on
        return Rejected(
            source=source,
            reason=UNREADABLE,
            detail=unforeseen(source, error),
            original=original(),
            origin=origin,
        )


def unforeseen(source: str, error: Exception) -> str:
    """What a dead letter says of an error that nobody foresaw; the log has where it was."""
    kind = type(error).__name__
    log.error("source %s: a record could not be read (%s)", source, kind, exc_info=error)
    return (
        f"读取这一件时程序出错（{kind}），其他各件不受影响，原文已留存。"
        "请把原文交给维护人员，程序改好后在“死信”里重试"
    )

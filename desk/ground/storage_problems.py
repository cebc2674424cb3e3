"""What is wrong with the disk or a data file, said once for pages, interface and Open311."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from huiyin.store.errors import StoreError
from sinks.ledger.base import LedgerUnavailable
from streams.kafka.errors import LogDown

STORAGE: Final = (StoreError, LedgerUnavailable, LogDown, sqlite3.DatabaseError, OSError)
"""What reading or keeping data can raise."""


class StorageProblem(Struct, frozen=True):
    status: int
    """507 when there is no room, 503 for everything else."""
    code: str
    heading: str
    text: str
    """What happened and what to do; names no file."""


_FULL: Final = StorageProblem(
    507,
    "disk_full",
    "磁盘已满",
    "磁盘已满，刚才的操作没有保存。请管理员清出磁盘空间（HUIYIN_HOME 所在的磁盘），然后再试一次。",
)
_DAMAGED: Final = StorageProblem(
    503,
    "damaged",
    "数据文件已损坏",
    "数据文件已损坏，读不出需要的内容。请管理员停止程序，保留现有文件，运行 huiyin doctor 检查，"
    "再从备份恢复。",
)
_READONLY: Final = StorageProblem(
    503,
    "read_only",
    "不能写入",
    "数据文件不能写入，刚才的操作没有保存。请管理员检查 HUIYIN_HOME 的权限和磁盘是否只读。",
)
_BROKEN: Final = StorageProblem(
    503,
    "unavailable",
    "读写失败",
    "数据文件读写失败，刚才的操作没有保存。请管理员检查 HUIYIN_HOME 所在的磁盘和挂载，再试一次。",
)
_HANDLES: Final = StorageProblem(
    503, "unavailable", "暂时办不了", "同时打开的文件和连接太多，请稍后再试。"
)
_BUSY: Final = StorageProblem(503, "unavailable", "暂时办不了", "数据文件正被占用，请稍后再试。")
_AWAY: Final = StorageProblem(
    503,
    "unavailable",
    "暂时读不到数据",
    "暂时读不到数据。请稍后再试；仍不行请管理员运行 huiyin doctor 检查。",
)
_SQLITE: Final = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_READONLY: _READONLY,
    sqlite3.SQLITE_IOERR: _BROKEN,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
}
_SYSTEM: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EROFS: _READONLY,
    errno.EIO: _BROKEN,
    errno.EMFILE: _HANDLES,
    errno.ENFILE: _HANDLES,
}


def storage_problem(error: BaseException) -> StorageProblem | None:
    """What to answer, from the error or what caused it; None for one that is not about
    storage."""
    for one in _causes(error):
        if isinstance(one, sqlite3.Error):
            # The lower byte is the error, the rest says more of it.
            code = (getattr(one, "sqlite_errorcode", None) or 0) & 0xFF
            if code in _SQLITE:
                return _SQLITE[code]
        if isinstance(one, OSError) and one.errno in _SYSTEM:
            return _SYSTEM[one.errno]
    if isinstance(error, LogDown):
        # Written for people, and names no file.
        text = f"{error} 请稍后再试；仍不行请运行 huiyin doctor 检查。"
        return StorageProblem(503, "unavailable", "暂时办不了", text)
    if isinstance(error, StoreError | LedgerUnavailable | sqlite3.DatabaseError):
        return _AWAY
    return None


def no_room(error: BaseException) -> bool:
    """Whether it failed because nothing more can be written."""
    found = storage_problem(error)
    return found is not None and found.status == _FULL.status


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__

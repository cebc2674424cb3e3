"""What is said when a data file cannot be used."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final


class StoreError(Exception):
    """A data file cannot be used; the text says why and what to do, in Chinese."""


_RESTORE: Final = "请停止回音，保留原文件，从备份恢复，再运行 huiyin audit 核对。"
_REMEDIES: Final = {
    sqlite3.SQLITE_CORRUPT: ("已损坏", _RESTORE),
    sqlite3.SQLITE_NOTADB: ("不是数据文件，或已损坏", _RESTORE),
    sqlite3.SQLITE_FULL: ("没有写入，磁盘已满", "请腾出磁盘空间后重试；以前写入的都还在。"),
    sqlite3.SQLITE_IOERR: ("读写失败", "请检查磁盘、磁盘空间和挂载；这一次的内容没有写入。"),
    sqlite3.SQLITE_BUSY: ("正被别的程序占用", "请稍后再试；一直如此时，看看有没有卡住的程序。"),
    sqlite3.SQLITE_LOCKED: ("正被别的程序占用", "请稍后再试；一直如此时，看看有没有卡住的程序。"),
    sqlite3.SQLITE_READONLY: ("不能写", "请检查文件和文件夹的权限，它们应属于运行回音的用户。"),
    sqlite3.SQLITE_PERM: ("不能用", "请检查文件和文件夹的权限，它们应属于运行回音的用户。"),
    sqlite3.SQLITE_CANTOPEN: ("打不开", "请检查文件夹在不在、权限和磁盘空间，或从备份恢复。"),
}
_OTHERS: Final = ("不能用", "请检查磁盘空间和权限；如文件已损坏，请从备份恢复。")
_NOT_OF_THE_FILE: Final = (sqlite3.IntegrityError, sqlite3.ProgrammingError)
"""About what was to be written or asked, not about the file."""


def store_error(called: str, path: Path, error: sqlite3.DatabaseError) -> StoreError | None:
    """`error` as a person reads it; None where it is about the statement, and belongs to
    the caller: a broken constraint, a query that was cut short."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, _NOT_OF_THE_FILE) or code == sqlite3.SQLITE_INTERRUPT:
        return None
    what, remedy = _REMEDIES.get(code, _OTHERS)
    return StoreError(f"{called} {path} {what}：{error}。{remedy}")


def open_error(called: str, path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{called} {path} 打不开：{error.strerror or error}。请检查磁盘空间和权限，或从备份恢复。"
    )

"""What was acknowledged, written down beside the data file: the proof that it is all there.

Every transaction whose success is reported counts itself in the file; after the commit, and
before the answer, the count goes into a small file of its own and to the disk. A data file
that knows of fewer than were acknowledged has lost some: its log was cut, or an older copy
lies in its place. More than acknowledged is fine: the process died between commit and count.

The small file has two slots that are written in turn, so that a torn write spoils the older
state only. It is never longer than at the beginning: a full disk does not stop it.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from huiyin.store.chain import Head
from huiyin.store.errors import StoreError
from huiyin.store.whole import sync_folder

SLOT: Final = 4096
_OWNER_ONLY: Final = 0o600


class State(Struct, frozen=True, kw_only=True):
    """What a data file holds, after a commit."""

    file: str
    """Made up with the file: a copy has the same, another file another one."""
    era: int
    """One more after each loss or restore: counts begin again from what is there."""
    commits: int
    rows: dict[str, int]
    """Rows by table, of the tables that are counted."""
    heads: dict[str, Head]
    """The last row of each log that has a chain."""

    @property
    def order(self) -> tuple[int, int]:
        return self.era, self.commits


class Damaged(StoreError):
    """The small file holds no state."""


class CountFile:
    """For several threads and processes."""

    def __init__(self, data_file: Path) -> None:
        self.path = data_file.with_name(data_file.name + ".acknowledged")

    def read(self) -> State | None:
        """The last state that was acknowledged; None where none ever was. Raises
        `Damaged`, and `StoreError` where it cannot be read."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._error(error) from error
        if not data.strip(b"\0"):
            # The process died before the first state was written.
            return None
        state, _ = _newest(data)
        if state is None:
            raise Damaged(
                f"确认计数 {self.path} 已损坏，不能核对写入过的内容是否都在。请从备份恢复这个文件，"
                "或核实以后用 huiyin restored 登记原因。"
            )
        return state

    def write(self, state: State, *, anew: bool = False) -> None:
        """On the disk when this returns, unless something later is there already. `anew`:
        whatever is there. Raises `StoreError`."""
        try:
            self._write(state, anew=anew)
        except OSError as error:
            raise self._error(error) from error

    def _write(self, state: State, *, anew: bool) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        file = os.open(self.path, flags, _OWNER_ONLY)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            data = os.pread(file, 2 * SLOT, 0)
            known, slot = _newest(data)
            if known is not None and not anew and known.order >= state.order:
                return
            if len(data) < 2 * SLOT:
                os.pwrite(file, bytes(2 * SLOT), 0)
            os.pwrite(file, _encoded(state), (1 - slot) * SLOT)
            # The data, not the times of the file: half the work for the disk.
            os.fdatasync(file)
            if len(data) < 2 * SLOT:
                sync_folder(self.path.parent)
        finally:
            os.close(file)

    def _error(self, error: OSError) -> StoreError:
        return StoreError(
            f"确认计数 {self.path} 不能读写：{error.strerror}。内容可能已经入库，但没有确认。"
            "请检查磁盘和权限后再提交一次，重复提交只算一次。"
        )


def lost_rows(acknowledged: Mapping[str, int], stored: Mapping[str, int]) -> dict[str, int]:
    """Rows that were acknowledged and are not stored, by table."""
    return {
        name: rows - stored.get(name, 0)
        for name, rows in acknowledged.items()
        if rows > stored.get(name, 0)
    }


def _encoded(state: State) -> bytes:
    body = msgspec.json.encode(state)
    data = f"{len(body)} {zlib.crc32(body)} ".encode() + body
    if len(data) > SLOT:
        raise ValueError(f"{len(data)} bytes are too many for a slot")
    return data.ljust(SLOT, b"\0")


def _newest(data: bytes) -> tuple[State | None, int]:
    """The later of the two states, and its slot."""
    found: tuple[State | None, int] = (None, 1)
    for slot in range(2):
        state = _decoded(data[slot * SLOT : (slot + 1) * SLOT])
        if state is not None and (found[0] is None or state.order > found[0].order):
            found = state, slot
    return found


def _decoded(slot: bytes) -> State | None:
    parts = slot.split(b" ", 2)
    if len(parts) != 3 or not (parts[0].isdigit() and parts[1].isdigit()):
        return None
    body = parts[2][: int(parts[0])]
    if zlib.crc32(body) != int(parts[1]):
        return None
    try:
        return msgspec.json.decode(body, type=State)
    except msgspec.DecodeError:
        return None

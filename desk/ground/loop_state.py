"""How the background work of a process is doing, as pages show it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class LoopState(Struct, frozen=True, kw_only=True):
    """How a loop is doing. Times are the machine's, whatever HUIYIN_NOW says."""

    name: str
    alive: bool = True
    error: str = ""
    """What went wrong last; "" when the last try went well."""
    retry_at: datetime | None = None
    worked_at: datetime | None = None
    note: str = ""
    """What it did last, where that is worth saying."""

"""The time of the machine, by which locks, sessions and tokens run out.

Not the office's clock: `HUIYIN_NOW` stops that one, and a stopped clock would let a
session live for ever and an account stay locked for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from cases.words.times import BEIJING

MachineClock: TypeAlias = Callable[[], datetime]


def machine_time() -> datetime:
    return datetime.now(BEIJING)

"""How Python is set for a process that works through messages or answers pages for days."""

from __future__ import annotations

import gc
import sys
from typing import Final

_SWITCH_SECONDS: Final = 0.0005
"""A thread that computes holds Python's lock for as long as it may. With the usual 5 ms a page
that asks the database thirty times, or a batch with its dozens of writes, waits that long each time
while messages are classified beside it."""
_THRESHOLDS: Final = (50_000, 20, 50)


def settle() -> None:
    """To be called once, when tables and models are loaded: they are here to stay, and a page or a
    batch makes tens of thousands of objects, hardly one of them in a cycle. Looking through all of
    it again and again took a fifth of a page's time."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)

"""What is written to a topic."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    key: bytes | None
    value: bytes | None
    """None takes the key back (compacted topics)."""
    subject: str = ""
    """Whose it is, where `left` says that it is to be sealed."""
    left: bytes | None = None
    """What is left of it when its subject is erased; None: it lies open."""

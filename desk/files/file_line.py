"""One file of a case as lists show it."""

from __future__ import annotations

from msgspec import Struct


class FileLine(Struct, frozen=True, kw_only=True):
    name: str
    media_type: str
    size: int | None
    href: str
    """Where it is read, below this desk; "" where only the source has it."""
    source_url: str
    """Address at the source, http or https."""
    purpose: str
    """"source" for what came with the message, else why it was put in at the desk."""

"""One thing that the doctor looked at."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Finding(Struct, frozen=True):
    level: Literal["ok", "warning", "error"]
    text: str

"""The county that the real files come from: the shipped tables, and the places of those files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from desk.ground.configuration import Configuration

CONFIG: Final = Path(__file__).resolve().parent.parent / "config"
OVERLAY: Final = Path(__file__).with_name("overlay")


def configuration() -> Configuration:
    return Configuration(CONFIG, OVERLAY)

"""The tables that rule tests work with: a county of their own, whose words, terms and units stay
what they are when a shipped table is edited. What ships is tested in tests/shipped."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parent


def table(name: str) -> dict[str, Any]:
    """`deadlines.toml` of this folder, parsed anew: the caller may change it."""
    return tomllib.loads((TABLES / name).read_text("utf-8"))

"""What marks a home that holds sample data."""

from __future__ import annotations

from typing import Final

SOURCE: Final = "demo"
DEMO_FACT: Final = "demo_begun"

"""One thing to look at in a review, and how figures are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

YEAR: Final = timedelta(days=365)
_NAMED: Final = 12


class Look(Struct, frozen=True, kw_only=True):
    """One thing to look at."""

    id: str
    title: str
    figure: str
    """In words, of now."""
    ask: str
    """What the person who looks decides."""
    href: str
    """The page where it is put right; "" where there is none."""
    attention: bool = False


def counted(unit: str, names: Iterable[str]) -> str:
    """How many, and which: 3 个（a、b、c）."""
    known = list(names)
    shown = "、".join(_shown(known))
    return f"{len(known)} {unit}" + (f"（{shown}）" if shown else "")


def _shown(names: Sequence[str]) -> Iterator[str]:
    yield from names[:_NAMED]
    if len(names) > _NAMED:
        yield f"另有 {len(names) - _NAMED}"

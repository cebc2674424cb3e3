"""How much of a text a page shows."""

from __future__ import annotations

from typing import Final

from cases.privacy.visibility import Eyes

MOST_CHARACTERS: Final = 20_000
_SPARE: Final = 200
"""Read beyond the cut, so that no number is cut in two before it is masked."""


def shown(eyes: Eyes, text: str, *, by_office: bool = False, instead: str = "") -> str:
    """As much of a text as a page shows, as this person may see it."""
    read = text[: MOST_CHARACTERS + _SPARE]
    return eyes.text(read, by_office=by_office, instead=instead)[:MOST_CHARACTERS]

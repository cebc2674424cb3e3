"""What people wrote, kept apart from what this program says, until it is masked.

A surface that is read by people to whom personal data is not shown takes only two sorts of text:
`OfficeWords`, and `CitizenText`, which it masks itself. Anything else it refuses, so that masking
cannot be forgotten.
"""

from __future__ import annotations

from msgspec import Struct


class UnmaskedText(TypeError):
    """A text would have been shown as it is, though nothing says that it may."""


class OfficeWords(str):
    """This program's own words, names of units, and numbers: nothing that somebody typed about
    a case."""

    __slots__ = ()


class CitizenText(Struct, frozen=True):
    """What a citizen, or an office about a citizen, wrote. It does not turn into a plain text by
    itself: `str()` and f-strings raise `UnmaskedText`, and `repr()` shows nothing of it."""

    text: str
    by_office: bool = False
    """An office wrote it, as in `cases.privacy.masking.mask`."""
    short: bool = False
    """Only its beginning is wanted."""

    def __str__(self) -> str:
        raise UnmaskedText("群众或单位写的文字须先脱敏才能显示。请交给显示它的地方脱敏。")

    def __repr__(self) -> str:
        return "CitizenText(…)"

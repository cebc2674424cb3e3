"""One spelling of a text for rules that look for words, and the way back to the original.

Words are hidden from a rule, on purpose or by a bad keyboard, with characters that show
nothing, blanks and signs between the characters, full-width or traditional forms. None of
that changes what a reader reads, so none of it may change what a rule finds.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

_SIGNS: Final = "*＊_＿~～^|｜/\\·•・.．-－—…‧○●■□★☆+＋=＝'\"`´#＃&＆"
"""Signs that people put into words so that no program finds them."""
_HAN: Final = range(0x3400, 0xA000)
_PUNCTUATION: Final = "，。：；！？"
"""Stand in every second sentence and stay as they are, so that most texts need nothing done."""


class PlainText(NamedTuple):
    text: str
    places: tuple[int, ...]
    """For each character of `text` its place in the original."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open range of the original behind a part of `text`, not empty."""
        return self.places[start], self.places[end - 1] + 1


@cache
def _table() -> dict[int, str]:
    """What each character is written as; "" drops it. Line ends and sentence marks stay."""
    from opencc import OpenCC  # loaded once, on first use: 25 ms

    han = [chr(code) for code in _HAN]
    simple = str(OpenCC("t2s").convert("\n".join(han))).split("\n")
    table = {ord(old): new for old, new in zip(han, simple, strict=True) if old != new}
    for code in range(0x3400):
        table |= _plain(chr(code))
    for code in (*range(0xA000, 0xD800), *range(0xF900, 0x1_0000), *range(0xE0000, 0xE0200)):
        table |= _plain(chr(code))
    # What a character is written as may itself be written otherwise: ﹡ is *, which is dropped.
    return {code: table.get(ord(new), new) if new else new for code, new in table.items()}


def _plain(char: str) -> dict[int, str]:
    if char == "\n" or char in _PUNCTUATION:
        return {}
    if char in _SIGNS or char.isspace() or unicodedata.category(char) in _UNSEEN:
        return {ord(char): ""}
    plain = unicodedata.normalize("NFKC", char)
    return {ord(char): plain} if len(plain) == 1 and plain != char else {}


_UNSEEN: Final = frozenset({"Cf", "Cc", "Mn", "Me", "Zs", "Zl", "Zp"})


def spelled_plainly(text: str) -> str:
    """Takes any string, lone surrogates too; time in proportion to its length."""
    table = _table()
    return _odd().sub(lambda match: table[ord(match[0])], text)


@cache
def _odd() -> re.Pattern[str]:
    """Any character that the table changes."""
    codes = sorted(_table())
    starts = [code for code in codes if code - 1 not in _table()]
    ends = [code for code in codes if code + 1 not in _table()]
    ranges = (f"\\U{a:08x}-\\U{b:08x}" for a, b in zip(starts, ends, strict=True))
    return re.compile(f"[{''.join(ranges)}]")


def with_places(text: str) -> PlainText:
    """The same, with where each character stood."""
    table = _table()
    kept = [(plain, at) for at, char in enumerate(text) if (plain := table.get(ord(char), char))]
    return PlainText("".join(char for char, _ in kept), tuple(at for _, at in kept))

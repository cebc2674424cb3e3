"""The stricter masking of what the anonymous public reads (Open311, published answers).

Of personal data nothing stays, surname and last digits included; what may be personal goes
too: a surname with a title, five or more digits together that are no public number, and
every number of a house, building, unit, floor or group. A person looks at the result before
anyone else does and may give back what is public (an office's line, a sum of money).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from cases.privacy.masking import PersonalData, find_personal_data, mask, names_nobody
from cases.privacy.masking_digits import digit_groups
from cases.privacy.text_normalization import Normalized, normalize
from cases.record.item import Item

_NUMERAL: Final = "[0-9一二三四五六七八九十百零〇○两]"
_RUN: Final = re.compile(r"[0-9](?:[ -]?[0-9]){4,}")
_LONG: Final = 5
_PART: Final = re.compile(r"[^\s,，、/;；]+")
_PUBLIC_NUMBER: Final = re.compile("1[0-2][0-9]{3}|9[56][0-9]{3,4}|[48]00-?[0-9]{3}-?[0-9]{4}")
"""Hotlines (12345, 12315, 95598) and toll-free lines."""
_DOOR: Final = re.compile(
    rf"({_NUMERAL}{{1,6}}(?:-{_NUMERAL}{{1,4}}){{0,3}}|[A-Za-z](?=[栋幢座单]))[ ]?"
    r"(?:号(?!线|文|令|公告|台风)|栋|幢|座(?![^,，。]{0,4}桥)|单元|室|房(?!改|地)|户室"
    r"|村民小?组|组|弄)"
)
_NO_DOOR: Final = re.compile(r"[月第〕\]})年]\s?$")
"""Before a number: a date, an article, a document."""
_KNOWN_AT_LEAST: Final = 2
MASKED_NUMBER: Final = "数字"


def mask_public(item: Item, text: str, *, by_office: bool = False) -> tuple[str, dict[str, int]]:
    """The text with stars, as long as it was, and how many places of each sort they hide.

    `by_office`: an office wrote it; its own fixed line is hidden here all the same.
    """
    plain = normalize(text)
    hidden: dict[int, str] = {}
    for span in find_personal_data(text):
        _hide(hidden, span.start, span.end, span.kind.value)
    if by_office:
        for span in find_personal_data(text, by_office=True):
            _hide(hidden, span.start, span.end, span.kind.value)
    for kind, value in (
        (PersonalData.NAME, "" if names_nobody(item.author) else item.author),
        (PersonalData.MOBILE, item.phone),
        (PersonalData.EMAIL, item.email),
        (PersonalData.ADDRESS, item.address),
    ):
        at = text.find(value) if len(value) >= _KNOWN_AT_LEAST else -1
        while at >= 0:
            _hide(hidden, at, at + len(value), kind.value)
            at = text.find(value, at + len(value))
    for start, end in _numbers(plain):
        _hide(hidden, *plain.span(start, end), MASKED_NUMBER)
    for match in _DOOR.finditer(plain.text):
        if not _NO_DOOR.search(plain.text, max(0, match.start() - 3), match.start()):
            _hide(hidden, *plain.span(*match.span(1)), PersonalData.ADDRESS.value)
    # `mask` looks again at what it masked, and finds more then: nothing of that may be left.
    for usual in (mask(text), mask(text, by_office=True)):
        for at, (char, left) in enumerate(zip(text, usual, strict=True)):
            if char != left:
                hidden.setdefault(at, PersonalData.NAME.value)
    shown = "".join("*" if at in hidden else char for at, char in enumerate(text))
    return shown, _places(hidden)


def mask_released(text: str) -> str:
    """The words of an office that a second person approved for everyone (问答库): personal
    data goes whole, a surname before a title too. The office's own lines, numbers of
    documents and addresses stay, which the person who approved has read."""
    hidden: dict[int, str] = {}
    for span in find_personal_data(text, by_office=True):
        _hide(hidden, span.start, span.end, span.kind.value)
    return "".join("*" if at in hidden else char for at, char in enumerate(text))


def _numbers(plain: Normalized) -> list[tuple[int, int]]:
    """Runs of digits however written; of a list of numbers each by itself."""
    runs = [match.span() for match in _RUN.finditer(plain.text)]
    for start, end in digit_groups(plain.text):
        parts = [match.span() for match in _PART.finditer(plain.text, start, end)]
        long = [(a, b) for a, b in parts if b - a >= _LONG]
        runs += long or [(start, end)]
    return [(a, b) for a, b in runs if not _PUBLIC_NUMBER.fullmatch(plain.text[a:b])]


def _hide(hidden: dict[int, str], start: int, end: int, kind: str) -> None:
    for at in range(start, end):
        hidden.setdefault(at, kind)


def _places(hidden: dict[int, str]) -> dict[str, int]:
    """Runs of hidden characters by sort, in the order of the text."""
    begins = (kind for at, kind in sorted(hidden.items()) if hidden.get(at - 1) != kind)
    return dict(Counter(begins))

"""Numbers that were written so that no plain pattern finds them.

Odd spacing and line ends inside, Chinese numerals (一三八, 幺), letters for digits (l38OO).
`digit_groups` finds where so many digits stand together that they may be a number, and
`disguised` asks of each whether its plain digits are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from cases.privacy.masking_rules import Found

_NUMERALS: Final = dict(
    zip("零〇○洞一二两三四五六七拐八九勾幺么壹贰叁肆伍陆柒捌玖OoIl|ZzSsB",
        "000012234567789911123456789" + "0011122558",
        strict=True)
)  # fmt: skip
_HAN_NUMERALS: Final = "".join(char for char in _NUMERALS if char > "\x7f")
_PLAIN: Final = str.maketrans(_NUMERALS)
_MARKS: Final = r" \t\r\n.·_~,，、/;；-"
_DIGIT: Final = rf"[0-9{_HAN_NUMERALS}OoIl|ZzSsB]"
_GROUP: Final = re.compile(rf"{_DIGIT}(?:[{_MARKS}]{{0,3}}{_DIGIT}){{6,}}(?:[ -]?[Xx])?")
_TOKEN: Final = re.compile(rf"{_DIGIT}+[Xx]?|[Xx]")
_LETTER: Final = re.compile("[OoIlZzSsB]")
_RARE_LETTER: Final = re.compile("[ZzSsB]")
_MOST: Final = 23
"""Digits of the longest account number."""
_LEAST_DIGITS: Final = 5
_LEAST_WITH_RARE: Final = 8
"""Real digits of a number in which letters stand for others: `Oo` and `Il` are words too."""
_MOBILE_DIGITS: Final = 11
_USUAL_GROUPS: Final = frozenset(
    ((3, 4, 4), (4, 4, 3), (3, 3, 5), (3, 8), (7, 4), (4, 7), (4, 3, 4), (3, 2, 3, 3),
     (3, 2, 2, 2, 2))
)  # fmt: skip


class Digits(NamedTuple):
    """Digits that stand together, marks between them left out."""

    text: str
    start: int
    end: int
    sizes: tuple[int, ...]
    marks: str


def digit_groups(text: str) -> list[Found]:
    """Where seven or more digits stand together, whatever they are written with."""
    return [match.span() for match in _GROUP.finditer(text)]


def disguised(
    text: str, groups: list[Found], is_number: Callable[[str, int], bool]
) -> Iterator[Found]:
    """Parts of the groups whose plain digits are a number: `is_number(digits, start)`."""
    for start, end in groups:
        tokens = list(_TOKEN.finditer(text, start, end))
        free_from = -1
        for first, token in enumerate(tokens):
            if token.start() < free_from or _goes_on(text, token.start(), -1):
                continue
            for found in _from(text, tokens, first):
                if is_number(found.text, found.start) and _is_one_number(found):
                    yield found.start, found.end
                    free_from = found.end
                    break


def _from(text: str, tokens: list[re.Match[str]], first: int) -> Iterator[Digits]:
    """The digits from one token on, the longest first; of Chinese numerals too as many as
    a mobile number has, for the next character may begin a word (一直)."""
    plain, marks = "", ""
    sizes: tuple[int, ...] = ()
    found: list[Digits] = []
    start = end = tokens[first].start()
    for token in tokens[first : first + _MOST]:
        written = token.group()
        marks += text[end : token.start()] if sizes else ""
        end = token.end()
        plain += written.translate(_PLAIN)
        sizes = (*sizes, len(written))
        if len(plain) > _MOST:
            break
        if not _goes_on(text, end, 0):
            found.append(Digits(plain, start, end, sizes, marks))
    whole = tokens[first].group()
    if len(whole) > _MOBILE_DIGITS and whole[_MOBILE_DIGITS] in _HAN_NUMERALS:
        cut = whole[:_MOBILE_DIGITS]
        found.append(
            Digits(cut.translate(_PLAIN), start, start + _MOBILE_DIGITS, (_MOBILE_DIGITS,), "")
        )
    letters = [bool(_LETTER.search(text, one.start, one.end - 1)) for one in found]
    for one, lettered in zip(reversed(found), reversed(letters), strict=True):
        rare = lettered and _RARE_LETTER.search(text, one.start, one.end)
        least = _LEAST_WITH_RARE if rare and one.sizes not in _USUAL_GROUPS else _LEAST_DIGITS
        if not lettered or sum(map(str.isdigit, text[one.start : one.end])) >= least:
            yield one


def _goes_on(text: str, at: int, step: int) -> bool:
    """Whether a letter, a digit or what is left of a masked number touches this side."""
    place = at + step
    return 0 <= place < len(text) and (
        text[place] == "*" or (text[place].isascii() and text[place].isalnum())
    )


def _is_one_number(found: Digits) -> bool:
    """Whether the groups and the marks between them look like one number, not like a list
    of numbers or a date."""
    if not found.marks or set(found.sizes) == {1}:
        return True
    kinds = set(found.marks.replace("\n", " ").replace("\r", " ").replace("\t", " "))
    if len(kinds - {" "}) > 1:
        return False
    if kinds & set(",，、/;；"):
        return found.sizes in _USUAL_GROUPS or found.sizes == (4, 4, 4, 4)
    dated = found.sizes[0] == 4 and found.sizes[1] <= 2 and found.text[:2] in ("19", "20")
    return not dated

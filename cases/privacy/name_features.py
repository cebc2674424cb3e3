"""What is known about a piece of text that may be a name, as the features the scorer weighs.

A feature is a short word: a letter for its sort and what was seen (`p人`: 人 stands before). The
weights are learnt (`classifiers.training.names`); nothing here says how much a feature counts.
"""

from __future__ import annotations

import re
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, GIVEN
from cases.privacy.name_evidence import before, behind
from cases.privacy.name_word_evidence import is_everyday, words_by_rank
from cases.privacy.surnames import DOUBTFUL, SINGLE, TELLING_SURNAMES, WORDLIKE

_FOLDED: Final = {
    **{ord(digit): "0" for digit in "123456789"},
    **dict.fromkeys((*range(ord("A"), ord("Z") + 1), *range(ord("b"), ord("z") + 1)), "a"),
    ord(" "): "_",
    ord("\t"): "_",
    ord("\n"): "/",
}
"""Digits and Latin letters count as one each, and blanks are written as marks."""
_CLASSES: Final = {"0": "0", "a": "a", "_": "_", "/": "/", "": "/", "、": "、"}
_UNKNOWN: Final = 99999
"""The rank of what is no common word."""
_NAME: Final = f"[{''.join(sorted(SINGLE))}][\u4e00-\u9fff]{{1,2}}"
_GAP: Final = r"(?:[、/;,]|[和与及跟]|\n) ?[0-9]{0,3}[.、)]?"
_NEXT_IN_LIST: Final = re.compile(rf"{_GAP}{_NAME}(?=[、/;,和与及跟等\n(。]|$)")
_LAST_IN_LIST: Final = re.compile(rf"(?:[、/;,:和与及跟\n0-9.]|^){_NAME}{_GAP}$")
_LIST_MARKS: Final = frozenset("、/;,和与及跟\n")
_LIST_LEAD: Final = _LIST_MARKS | frozenset("0123456789.)")
_NEAR_END: Final = 40
_NEAR: Final = 500
"""So far a name is looked for again, so that the time stays in proportion to the text."""


def features(text: str, start: int, length: int, end: int, left: float | None = None) -> list[str]:
    """Of the name from `start` to `end` whose surname has `length` characters; `left` is what
    `before` says, when it is known already."""
    begins = start - 3 if start > 3 else 0
    lead = text[begins:start].translate(_FOLDED)
    tail = text[end : end + 3].translate(_FOLDED)
    middle = start + length
    surname, given = text[start:middle], text[middle:end]
    left = before(text, start) if left is None else left
    right = behind(text, start, end)
    p, n = lead[-1:], tail[:1]
    kind, made = _surname_kind(surname), _given_kind(given)
    i, j, k = str(left), str(right), f"{kind}{made}"
    found = [
        "S" + surname,
        "p" + p,
        "q" + lead[-2:-1],
        "o" + lead[-3:-2],
        "P" + lead[-2:],
        "O" + lead,
        "n" + n,
        "m" + tail[1:2],
        "N" + tail[:2],
        "x" + _class(p) + _class(n),
        "b" + i,
        "h" + j,
        "i" + i + j,
        "j" + i + kind,
        "k" + i + made,
        "g" + made,
        "l" + j + made,
        "f" + j + kind,
        "K" + k,
        "c" + p + surname,
        "C" + lead[-2:] + surname,
        "D" + text[end - 1] + n,
        "a" + text[start : middle + 1],
    ]
    if len(given) > 1:
        found += ("A" + given[0], "B" + given[1:])
        if given[0] == given[1]:
            found.append("r")
    else:
        found.append("G" + given)
    found += _of_words(text, start, middle, end, i)
    if text[end : end + 1] in _LIST_MARKS and _NEXT_IN_LIST.match(text, end):
        found.append("L>")
    if text[start - 1 : start] in _LIST_LEAD and _LAST_IN_LIST.search(
        text, max(0, start - 8), start
    ):
        found.append("L<")
    near = max(0, start - _NEAR), end + _NEAR
    if text.count(text[start:end], *near) > 1:
        found.append("again")
    if text.find("姓" + surname, *near) >= 0:
        found.append("said")
    rest = len(text) - end
    if rest < _NEAR_END and _class(p) != "h":
        found.append(f"T{rest // 8}{_class(n)}")
    return found


def _of_words(text: str, start: int, middle: int, end: int, left: str) -> list[str]:
    """The common words within the name, those that it tears, and those beside it."""
    words = words_by_rank()
    rank = words.get
    found: list[str] = []
    if end - middle > 1:
        given = rank(text[middle:end], _UNKNOWN)
        if given < _UNKNOWN:
            found += (f"w{_bucket(given)}", "W" + left)
        whole = rank(text[start:end], _UNKNOWN)
        if whole < _UNKNOWN:
            found.append(f"v{_bucket(whole)}")
    first = rank(text[start : middle + 1], _UNKNOWN)
    if first < _UNKNOWN:
        found += (f"u{end - middle}{_bucket(first)}", f"U{end - middle}{left}{_bucket(first)}")
    torn = _UNKNOWN
    for at in range(max(0, start - 3), start):
        torn = min(torn, rank(text[at : start + 1], _UNKNOWN), rank(text[at : start + 2], _UNKNOWN))
    if torn < _UNKNOWN:
        found.append(f"t{_bucket(torn)}")
    torn = _UNKNOWN
    for at in range(start + 1, end):
        for stop in range(end + 1, at + 5):
            torn = min(torn, rank(text[at:stop], _UNKNOWN))
    following = min(rank(text[end : end + 2], _UNKNOWN), rank(text[end : end + 3], _UNKNOWN))
    if torn < _UNKNOWN:
        found.append(f"e{_bucket(torn)}")
        found.append("z<" if torn < following else "z>")
    found.append(f"y{_bucket(following)}" if following < _UNKNOWN else "y")
    leading = min(
        rank(text[max(0, start - 2) : start], _UNKNOWN),
        rank(text[max(0, start - 3) : start], _UNKNOWN),
    )
    found.append(f"d{_bucket(leading)}" if leading < _UNKNOWN else "d")
    return found


def _bucket(rank: int) -> int:
    return (rank // 100 + 1).bit_length()


def _class(char: str) -> str:
    return _CLASSES.get(char) or ("h" if "\u4e00" <= char <= "\u9fff" else ".")


def _surname_kind(surname: str) -> str:
    if len(surname) != 1:
        return "c"
    if surname in TELLING_SURNAMES:
        return "t"
    if surname in WORDLIKE:
        return "w"
    return "d" if surname in DOUBTFUL else "o"


def _given_kind(given: str) -> str:
    return "".join(
        "c" if char in COMMON_GIVEN else "g" if char in GIVEN else "e" if is_everyday(char) else "r"
        for char in given
    )

"""Personal names in running text.

One walk finds what begins like a name; the words before and behind and the characters
themselves give points (`name_evidence`). Names of a list speak for each other, and a whole
name that was found is found wherever it stands again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, FIRST_GIVEN, LAST_GIVEN
from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import BEHIND, OFFICIAL, TITLE_PAIRS
from cases.privacy.name_evidence import (
    BEFORE,
    EDGES,
    ENOUGH,
    MOST_BEHIND,
    OTHER,
    ROLE_PAIRS,
    SURE_PAIRS,
    before,
    behind,
    within,
)
from cases.privacy.name_fields import names_in_fields
from cases.privacy.surnames import (
    COMPOUND,
    DOUBTFUL,
    ORDINARY_WORDS,
    SINGLE,
    TELLING_SURNAMES,
    WORDLIKE,
    is_han,
    surname_length,
)


def _pair_pattern(pairs: Iterable[str]) -> str:
    """Matches more than the pairs; that it begins with a set of characters makes it quick.
    Which pair it is, is looked up afterwards."""
    first, second = ("".join(sorted({pair[at] for pair in pairs})) for at in (0, 1))
    return f"[{first}][{second}]"


_BEGINS: Final = re.compile(
    f"[{''.join(sorted(SINGLE | {one[0] for one in COMPOUND}))}]"
    f"(?:(?<=[{''.join(sorted(BEFORE))}].)|(?<![\u4e00-\u9fff].))(?=[\u4e00-\u9fff]|[ \t]{{1,2}}[\u4e00-\u9fff][ \t,，])"
)
"""A surname where a name may begin."""
_FIRST_OF_GIVEN: Final = FIRST_GIVEN | {one[1] for one in COMPOUND}
_ANNOUNCING: Final = frozenset(pair[-1] for pair in SURE_PAIRS | ROLE_PAIRS) | frozenset(
    " \t:“\"‘'([【〔「『〈<《{=叫唤名是为系们称"
)
"""Before a surname that any character may follow."""
_TITLES: Final = re.compile(_pair_pattern(TITLE_PAIRS))
_NUMBER_BEHIND: Final = re.compile(
    r"[\s:，,(（、]{0,3}(?:联系|电话|手机|身份|证件|1[3-9][0-9]|[0-9]{6,})"
)
_LIST_GAP: Final = re.compile(
    r"(?:[、/;；,，]|[和与及跟]|[ \t]{1,3}|\n|(?=[①-⑫]))"
    r"[ ]?(?:[0-9.]{1,7}元[,，;；]? ?)?[①-⑫]?(?:\(?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}(?=[.、．)]))[.、．)楼室户栋号]{0,2} ?)?"
    r"|[0-9.]{1,7}元[,，;；、]? ?(?:[0-9]{1,2}[.、．)])?"
)
_LEFT_IN_LIST: Final = re.compile(
    rf"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{{2,4}})(?:{_LIST_GAP.pattern})$"
)
_SAID: Final = 2.5
"""Points before a name whose surname the text names: 敝姓江."""
_STRONG: Final = 3.0
"""Points of a surname and two characters that are hardly anything but a name."""
_LIST_BONUS: Final = 1.5
_LEAST: Final = ENOUGH - 2 * _LIST_BONUS
_LISTED: Final = 3.4
"""Points before a name that stands in a list with a name."""
_FEW: Final = 12
"""So many names are looked for one by one; more in one walk, so that the time stays in
proportion to the text."""
_SPACED: Final = re.compile(
    r"([\u4e00-\u9fff])[ \t]{1,2}([\u4e00-\u9fff])(?:[ \t]{1,2}([\u4e00-\u9fff]))?(?![\u4e00-\u9fff])"
)


def names(text: str, numbers: list[int]) -> Iterator[Found]:
    """Names; `numbers` says where telephone and identity numbers begin."""
    scored = _candidates(text, frozenset(numbers))
    _support(text, scored)
    found = {(start, end): None for start, (end, points) in scored.items() if points >= ENOUGH}
    waiting = list(found)
    while waiting:
        for other in _listed_with(text, waiting.pop()):
            if other not in found:
                found[other] = None
                waiting.append(other)
    found |= dict.fromkeys(names_in_fields(text))
    yield from found
    yield from _before_titles(text, found)
    yield from _again(text, list(found))


def _candidates(text: str, numbers: frozenset[int]) -> dict[int, tuple[int, float]]:
    """For each place where a name may begin the better end, and its points."""
    starts: list[int] = []
    for match in _BEGINS.finditer(text):
        at = match.start()
        if text[at - 1 : at] not in _ANNOUNCING:
            second = text[at + 1]
            if second not in _FIRST_OF_GIVEN or text[at : at + 2] in ORDINARY_WORDS:
                continue
            third = text[at + 2 : at + 3]
            if (
                "\u4dff" < third < "\ua000"
                and third not in LAST_GIVEN
                and second not in COMMON_GIVEN
            ):
                if text[at : at + 2] not in COMPOUND:
                    continue
        starts.append(at)
    for match in _TITLES.finditer(text):
        if match.group() in TITLE_PAIRS:
            at = match.start()
            starts += [one for one in (at - 4, at - 3, at - 2) if one >= 0]
    said = "姓" in text
    scored: dict[int, tuple[int, float]] = {}
    for start in starts:
        left = 1.0 if text[start - 1 : start] in EDGES else before(text, start)
        if left < _SAID and said and f"姓{text[start]}" in text:
            left = _SAID
        best = _best(text, start, left, numbers)
        if best is not None:
            scored[start] = best
    return scored


def _best(
    text: str, start: int, left: float, numbers: frozenset[int] = frozenset()
) -> tuple[int, float] | None:
    length = surname_length(text, start)
    if not length or left < -2:
        return None
    if length == 1 and left < 3 and text[start : start + 2] in ORDINARY_WORDS:
        return None
    best: tuple[int, float] | None = None
    for end in (start + length + 2, start + length + 1):
        if end > len(text) or not text[start + length : end].isalpha():
            continue
        if left <= 1 and "\u4dff" < text[end : end + 1] < "\ua000" and text[end] not in BEHIND:
            if (length == 1 and text[start] not in TELLING_SURNAMES) or not COMMON_GIVEN.issuperset(
                text[end - 2 : end]
            ):
                continue
        made_of = within(text, start, length, end, left)
        points = left + made_of
        if points + MOST_BEHIND < _LEAST:
            continue
        right = behind(text, start, end)
        if right == OTHER and (left > 2 or (left >= 1 and made_of >= _STRONG)):
            right += 1.0
        points += right
        if made_of >= 0 and numbers and not numbers.isdisjoint(range(end, end + 4)):
            points += 2.0
        if best is None or points > best[1]:
            best = end, points
    if best and best[1] >= _LEAST and OFFICIAL.search(text, max(0, start - 4), start):
        return None
    if best is None and left >= 4 and (spaced := _SPACED.match(text, start)):
        return spaced.end(), left
    return best


def _support(text: str, scored: dict[int, tuple[int, float]]) -> None:
    """Names next to each other in a list gain by it."""
    starts = sorted(scored)
    for one, other in zip(starts, starts[1:], strict=False):
        end = scored[one][0]
        if end < other <= end + 12 and _LIST_GAP.fullmatch(text, end, other):
            for start in (one, other):
                scored[start] = (scored[start][0], scored[start][1] + _LIST_BONUS)


def _listed_with(text: str, name: Found) -> Iterator[Found]:
    """The names next to a name in a list: 刘一、陈二、张三. Each is asked for its own
    neighbours in turn."""
    start, end = name
    gap = _LIST_GAP.match(text, end)
    if gap and gap.end() > end:
        best = _best(text, gap.end(), _LISTED)
        if best and best[1] >= ENOUGH:
            yield gap.end(), best[0]
    other = _LEFT_IN_LIST.search(text, max(0, start - 16), start)
    if other:
        best = _best(text, other.start(1), _LISTED)
        if best and best[0] == other.end(1) and best[1] >= ENOUGH:
            yield other.span(1)


def _before_titles(text: str, found: dict[Found, None]) -> Iterator[Found]:
    """The surname before a title where no given name is: 王先生."""
    ends = {end for _, end in found}
    for match in _TITLES.finditer(text):
        end = match.start()
        if match.group() not in TITLE_PAIRS or end in ends:
            continue
        for length in (2, 1):
            start = end - length
            if start >= 0 and surname_length(text, start) == length:
                joined = start > 0 and (text[start - 1].isalnum() or text[start - 1] == "*")
                if not (joined and text[start] in DOUBTFUL):
                    yield start, end
                break


def _again(text: str, found: list[Found]) -> Iterator[Found]:
    """Where a whole name that was found stands again."""
    known = {text[start:end] for start, end in found if 3 <= end - start <= 4}
    if not known:
        return
    if len(known) <= _FEW:
        for name in known:
            at = text.find(name)
            while at >= 0:
                yield at, at + len(name)
                at = text.find(name, at + len(name))
        return
    for at in range(len(text) - 2):
        for length in (4, 3):
            if at + length <= len(text) and text[at : at + length] in known:
                yield at, at + length
                break

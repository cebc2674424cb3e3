"""Personal names in running text.

One walk finds what begins like a name; the words before and behind and the characters
themselves give points (`name_evidence`). Names of a list speak for each other, and a whole
name that was found is found wherever it stands again.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, FIRST_GIVEN, LAST_GIVEN
from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import AFTER, BEHIND, OFFICIAL, TITLE_PAIRS
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
    may_be_rare,
    within,
)
from cases.privacy.name_fields import names_in_fields
from cases.privacy.name_word_evidence import is_frequent
from cases.privacy.surnames import (
    COMPOUND,
    DOUBTFUL,
    ORDINARY_WORDS,
    SINGLE,
    TELLING_SURNAMES,
    is_han,
    surname_length,
)


def _pair_pattern(pairs: Iterable[str]) -> str:
    """Matches more than the pairs; that it begins with a set of characters makes it quick.
    Which pair it is, is looked up afterwards."""
    first, second = ("".join(sorted({pair[at] for pair in pairs})) for at in (0, 1))
    return f"[{first}][{second}]"


_FIRST_OF_GIVEN: Final = FIRST_GIVEN | {one[1] for one in COMPOUND}
_PAIRS: Final = SURE_PAIRS | ROLE_PAIRS
_MARKS: Final = frozenset(" \t:“\"‘'([【〔「『〈<《{=叫唤名系称")
_LINKING: Final = frozenset("是为们")
_ANNOUNCING: Final = _MARKS | _LINKING | {pair[-1] for pair in _PAIRS}
"""Before a surname that any character may follow."""
_BEGINS: Final = re.compile(
    f"[{''.join(sorted(SINGLE | {one[0] for one in COMPOUND}))}]"
    f"(?:(?<=[{re.escape(''.join(sorted(_ANNOUNCING)))}].)"
    f"(?=[\u4e00-\u9fff]|[ \t]{{1,2}}[\u4e00-\u9fff][ \t,，])"
    f"|(?:(?<=[{''.join(sorted(BEFORE))}].)|(?<![\u4e00-\u9fff].))"
    f"(?=[{''.join(sorted(_FIRST_OF_GIVEN))}]))"
)
"""A surname where a name may begin."""
_TITLES: Final = re.compile(_pair_pattern(TITLE_PAIRS))
_LIST_GAP: Final = re.compile(
    r"(?:[、/;；,，]|[和与及跟]|[ \t]{1,3}|\n|(?=[①-⑫]))"
    r"[ ]?(?:[0-9.]{1,7}元[,，;；]? ?)?[①-⑫]?"
    r"(?:\(?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}(?=[.、．)]))[.、．)楼室户栋号]{0,2} ?)?"
    r"|[0-9.]{1,7}元[,，;；、]? ?(?:[0-9]{1,2}[.、．)])?"
)
"""Between two names of a list, a number and a sum of money too."""
_LEFT_IN_LIST: Final = re.compile(
    rf"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{{2,4}})(?:{_LIST_GAP.pattern})$"
)
Scored = tuple[int, float]
"""The end of a name, and its points."""
_WITHIN_A_WORD: Final = -2.0
_RELATION: Final = 2.0
_PERSON: Final = 3.0
_RELATED_TO: Final = 2.5
_INTRODUCING: Final = frozenset(("我是", "本人"))
"""Estates and firms stand behind them as often as names."""
_GOOD: Final = 1.0
_RARE: Final = 0.5
"""Points of rare characters behind a word for a person."""
_LABEL: Final = 4.0
_SAID: Final = 2.5
"""Points before a name whose surname the text names: 敝姓江."""
_STRONG: Final = 3.0
"""Points of a surname and two characters that are hardly anything but a name."""
_LIST_BONUS: Final = 1.5
_LEAST: Final = ENOUGH - 2 * _LIST_BONUS
_LISTED: Final = 3.4
"""Points before a name that stands in a list with a name."""
_LISTED_WITH_TWO: Final = ENOUGH
"""Points before one beside a name that has a name on its other side too: characters that are
rare in names are believed there."""
_FEW: Final = 12
"""So many names are looked for one by one; more in one walk, so that the time stays in
proportion to the text."""
_SPACED: Final = re.compile(
    r"([\u4e00-\u9fff])[ \t]{1,2}([\u4e00-\u9fff])(?:[ \t]{1,2}([\u4e00-\u9fff]))?"
    r"(?![\u4e00-\u9fff])"
)


def names(text: str, numbers: list[int]) -> Iterator[Found]:
    """Names; `numbers` says where telephone and identity numbers begin."""
    scored = _candidates(text, frozenset(numbers))
    _support(text, scored)
    found = {(start, end): None for start, (end, points) in scored.items() if points >= ENOUGH}
    if "简称" in text:
        found = {one: None for one in found if not _is_short_for_a_firm(text, one)}
    waiting = list(found)
    while waiting:
        for other in _listed_with(text, waiting.pop(), found):
            if other not in found:
                found[other] = None
                waiting.append(other)
    found |= dict.fromkeys(names_in_fields(text))
    yield from found
    yield from _before_titles(text, found)
    yield from _again(text, list(found))


def _is_short_for_a_firm(text: str, name: Found) -> bool:
    """Whether the text itself says what it stands for: 华颖集团(以下简称华颖)."""
    word = text[slice(*name)]
    return any(f"简称{mark}{word}" in text for mark in ("", "“", "为", ":", "‘", "「"))


def _candidates(text: str, numbers: frozenset[int]) -> dict[int, Scored]:
    """For each place where a name may begin the better end, and its points."""
    said = "姓" in text
    scored: dict[int, Scored] = {}
    for start in _starts(text):
        left = 1.0 if text[start - 1 : start] in EDGES else before(text, start)
        if said and left < _SAID and f"姓{text[start]}" in text:
            left = _SAID
        best = _best(text, start, left, numbers)
        if best is not None:
            scored[start] = best
    return scored


def _starts(text: str) -> Iterator[int]:
    for match in _BEGINS.finditer(text):
        at = match.start()
        if _looks_like_one(text, at) or _is_announced(text, at):
            yield at
    for match in _TITLES.finditer(text):
        if match.group() in TITLE_PAIRS:
            at = match.start()
            for one in range(max(0, at - 4), at - 1):
                if surname_length(text, one):
                    yield one


def _is_announced(text: str, at: int) -> bool:
    """Whether the words before say that a name comes, whatever it is made of."""
    last = text[at - 1 : at]
    if last in _MARKS:
        return True
    if last not in _ANNOUNCING:
        return False
    told = text[at - 2 : at] in _PAIRS or (last in _LINKING and text[at - 3 : at - 1] in _PAIRS)
    return told and not is_frequent(text[at : at + 2])


def _looks_like_one(text: str, at: int) -> bool:
    """Whether what stands behind a surname may be a given name; asked first, because it
    costs least."""
    if text[at + 1] not in _FIRST_OF_GIVEN or (begins := text[at : at + 2]) in ORDINARY_WORDS:
        return False
    third = text[at + 2 : at + 3]
    goes_on = "\u4dff" < third < "\ua000"
    return not goes_on or third in LAST_GIVEN or text[at + 1] in COMMON_GIVEN or begins in COMPOUND


def _best(
    text: str, start: int, left: float, numbers: frozenset[int] = frozenset()
) -> Scored | None:
    """The better of the names of two and of one more character; `left`: points before it."""
    length = surname_length(text, start)
    if not length or left < _WITHIN_A_WORD:
        return None
    if length == 1 and left < _PERSON and text[start : start + 2] in ORDINARY_WORDS:
        return None
    best: Scored | None = None
    for end in (start + length + 2, start + length + 1):
        if end > len(text) or not all(map(is_han, text[start + length : end])):
            continue
        points = _points(text, start, length, end, left)
        if points is not None and points >= left and not numbers.isdisjoint(range(end, end + 4)):
            points += 2.0
        if points is not None and (best is None or points > best[1]):
            best = end, points
    if best and best[1] >= _LEAST and OFFICIAL.search(text, max(0, start - 4), start):
        return None
    if best is None and left >= _LABEL and (spaced := _SPACED.match(text, start)):
        return spaced.end(), left
    return best


def _points(text: str, start: int, length: int, end: int, left: float) -> float | None:
    """All points of a name; None where nothing behind it could make it one."""
    following = text[end : end + 1]
    if left <= 1 and "\u4dff" < following < "\ua000" and following not in BEHIND:
        common = COMMON_GIVEN.issuperset(text[start + length : end])
        if length == 1 and not (common and text[start] in TELLING_SURNAMES):
            return None
    made_of = within(text, start, length, end, left)
    if left + made_of + MOST_BEHIND < _LEAST and left < _RELATED_TO:
        return None
    right = behind(text, start, end)
    introduced = (
        made_of < (_GOOD if right > 0 else 2 * _GOOD) and text[start - 2 : start] in _INTRODUCING
    )
    if introduced and right <= 1 and not AFTER.match(text, end):
        return left + made_of + min(right, OTHER)
    if right >= 0 and made_of < _RARE and may_be_rare(text, start, length, end, left, right):
        made_of = _RARE
    if right == OTHER and (left > _RELATION or (left >= 1 and made_of >= _STRONG)):
        right += 1.0
    return left + made_of + right


def _support(text: str, scored: dict[int, Scored]) -> None:
    """Names next to each other in a list gain by it."""
    for one, other in pairwise(sorted(scored)):
        end = scored[one][0]
        if end < other <= end + 12 and _LIST_GAP.fullmatch(text, end, other):
            for start in (one, other):
                scored[start] = (scored[start][0], scored[start][1] + _LIST_BONUS)


def _listed_with(text: str, name: Found, found: Container[Found]) -> Iterator[Found]:
    """The names next to a name in a list: 刘一、陈二、张三. Each is asked for its own
    neighbours in turn. `found`: the names so far."""
    start, end = name
    gap = _LIST_GAP.match(text, end)
    other = _LEFT_IN_LIST.search(text, max(0, start - 16), start)
    if gap and gap.end() > end:
        left = _LISTED_WITH_TWO if other and other.span(1) in found else _LISTED
        best = _best(text, gap.end(), left)
        if best and best[1] >= ENOUGH:
            yield gap.end(), best[0]
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

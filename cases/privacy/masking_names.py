"""Personal names in running text.

What may be a name is scored (`name_scorer`), and of what overlaps the best is believed. Names
of a list speak for each other, and a whole name that was found is found wherever it stands
again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import OFFICIAL, TITLE_PAIRS
from cases.privacy.name_evidence import OFFICES, before
from cases.privacy.name_fields import names_in_fields
from cases.privacy.name_scorer import BELIEVED, Candidate, score, scored
from cases.privacy.name_word_evidence import words_by_rank
from cases.privacy.surnames import (
    DOUBTFUL,
    NEVER_GIVEN,
    ORDINARY_WORDS,
    PLACE_ENDS,
    SINGLE,
    WORDLIKE,
    is_han,
    name_head_length,
    surname_length,
)


def _pair_pattern(pairs: Iterable[str]) -> str:
    """Matches more than the pairs; that it begins with a set of characters makes it quick.
    Which pair it is, is looked up afterwards."""
    first, second = ("".join(sorted({pair[at] for pair in pairs})) for at in (0, 1))
    return f"[{first}][{second}]"


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
_GRAMMAR: Final = frozenset("某的了吗呢吧啊是在与或被把将就也都我你您他她它们")
_EVERYDAY: Final = 12000
"""Words of a lower rank are everyday ones."""
_LABELLED: Final = BELIEVED - 1.0
"""What a name scores at least behind a label, or with a surname like 令狐."""
_LIKE_WORDS: Final = frozenset(
    ("东方", "长孙", "单于", "太史", "南宫", "百里", "西门", "南门", "东郭", "乐正", "宗政")
)
_NUMBERED: Final = frozenset("0123456789*")
_NAMES_IN_BOOKS: Final = frozenset(("公孙大娘",))
_LISTED: Final = BELIEVED - 2.0
"""What a name scores at least that stands in a list with one that is believed."""
_LABEL: Final = 4.0
"""Points before a name from which a label (姓名：) stands there."""
_FEW: Final = 12
"""So many names are looked for one by one; more in one walk, so that the time stays in
proportion to the text."""
_SPACED: Final = re.compile(
    rf"[{''.join(sorted(SINGLE))}][ \t]{{1,2}}[\u4e00-\u9fff](?:[ \t]{{1,2}}[\u4e00-\u9fff])?"
    r"(?![\u4e00-\u9fff])"
)


def names(text: str) -> Iterator[Found]:
    """Names, each once for each place where it stands; some overlap."""
    found = dict.fromkeys(_believed(text))
    waiting = list(found)
    while waiting:
        for other in _listed_with(text, waiting.pop()):
            if other not in found:
                found[other] = None
                waiting.append(other)
    found |= dict.fromkeys(names_in_fields(text))
    yield from found
    yield from _spaced(text)
    yield from _before_titles(text, found)
    yield from _again(text, list(found))


def _believed(text: str) -> Iterator[Found]:
    """What scores enough; of pieces that overlap the best."""
    likely = [
        (points, one)
        for one, points in scored(text)
        if points >= BELIEVED or (points >= _LABELLED and _is_announced(text, one))
    ]
    taken: list[Found] = []
    for _, (start, length, end) in sorted(likely, reverse=True):
        at = bisect_left(taken, (start, end))
        clear_before = at == 0 or taken[at - 1][1] <= start
        clear_behind = at == len(taken) or end <= taken[at][0]
        if clear_before and clear_behind and not _is_no_name(text, start, start + length, end):
            taken.insert(at, (start, end))
            yield start, end


def _is_announced(text: str, one: Candidate) -> bool:
    """Whether a label stands before it (姓名：), or its surname is hardly anything else."""
    if one.length > 1 and text[one.start : one.start + 2] not in _LIKE_WORDS:
        return True
    return before(text, one.start) >= _LABEL


def _is_no_name(text: str, start: int, middle: int, end: int) -> bool:
    """Whether a title, an office or grammar is in place of the given name, an office stands
    before, or the whole is a place with a number (玉兰苑12栋)."""
    given = text[middle:end]
    return (
        (text[middle : middle + 2] in TITLE_PAIRS and text[start:end] not in _NAMES_IN_BOOKS)
        or given in OFFICES
        or not _GRAMMAR.isdisjoint(given)
        or (given[-1] in PLACE_ENDS and text[end : end + 1] in _NUMBERED)
        or OFFICIAL.search(text, max(0, start - 4), start) is not None
        or (_is_word(text, start, given) and before(text, start) < _LABEL)
    )


def _is_word(text: str, start: int, given: str) -> bool:
    """Whether all of it is a common word (许诺), or an everyday one stands behind a surname that
    hardly is one (太遥远, 于水火)."""
    words = words_by_rank()
    whole = text[start] + given
    if whole in words or whole in ORDINARY_WORDS or given in NEVER_GIVEN:
        return True
    if text[start : start + 4] in ORDINARY_WORDS:
        return True
    if any(text[start : start + size] in words for size in (len(whole) + 1, len(whole) + 2)):
        return True
    if text[start] not in WORDLIKE and text[start] not in DOUBTFUL:
        return False
    torn = any(text[at : start + 1] in words for at in range(max(0, start - 3), start - 1))
    return torn or words.get(given, _EVERYDAY) < _EVERYDAY


def _listed_with(text: str, name: Found) -> Iterator[Found]:
    """The names next to a name in a list: 刘一、陈二、张三. Each is asked for its own
    neighbours in turn."""
    start, end = name
    gap = _LIST_GAP.match(text, end)
    if gap and gap.end() > end:
        best = _best(text, gap.end())
        if best:
            yield gap.end(), best
    other = _LEFT_IN_LIST.search(text, max(0, start - 16), start)
    if other:
        at, best = other.start(1), _best(text, other.start(1))
        if best == other.end(1):
            yield at, best


def _best(text: str, start: int) -> int | None:
    """Where the likelier of the names of two and of one more character ends that begins here,
    if one of them is likely enough in a list."""
    length = name_head_length(text, start)
    if not length:
        return None
    ends = [
        end
        for end in (start + length + 2, start + length + 1)
        if end <= len(text)
        and all(map(is_han, text[start + length : end]))
        and not _is_no_name(text, start, start + length, end)
    ]
    points = [(score(text, Candidate(start, length, end)), end) for end in ends]
    best = max(points, default=None)
    return best[1] if best and best[0] >= _LISTED else None


def _spaced(text: str) -> Iterator[Found]:
    """A name behind a label whose characters stand apart: 姓名：王 小 明."""
    if " " not in text and "\t" not in text:
        return
    for match in _SPACED.finditer(text):
        if before(text, match.start()) >= _LABEL:
            yield match.span()


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

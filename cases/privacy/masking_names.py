"""Finders of personal names in running text: by title, by label, by relation, by number, by
signature, by list, and wherever a name that was found stands again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, GIVEN, LAST_GIVEN
from cases.privacy.masking_name_shapes import names_by_shape
from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import (
    AFTER,
    CUT,
    FELLOW_PAIRS,
    GIVEN_CHAR,
    OFFICIAL,
    SURNAME,
    TELLING,
    TITLE_PAIRS,
    is_cut,
    pairs,
)
from cases.privacy.name_words import LOOSE, ROLES, SURE
from cases.privacy.surnames import DOUBTFUL, is_full_name, is_name, surname_length


def _pair_pattern(pairs: Iterable[str]) -> str:
    """Matches more than the pairs; that it begins with a set of characters makes it quick.
    Which pair it is, is looked up afterwards."""
    first, second = ("".join(sorted({pair[at] for pair in pairs})) for at in (0, 1))
    return f"[{first}][{second}]"


_NO_LAWYER: Final = re.compile("[事法函执证费所协]")
_BEHIND_NAMES: Final = re.compile(_pair_pattern(TITLE_PAIRS | FELLOW_PAIRS))
_SURE_PAIRS: Final = pairs(SURE)
_LABEL_PAIRS: Final = _SURE_PAIRS | pairs(LOOSE)
_PERSON_PAIRS: Final = pairs(ROLES) | _SURE_PAIRS
_LABELS: Final = re.compile(
    _pair_pattern(_LABEL_PAIRS | _PERSON_PAIRS)
    + rf"([\s:！!。.，,是为系名字叫做们(“\"‘'】〔【「『<《]{{0,4}})"
    rf"(?={SURNAME}[ \t]{{0,2}}[\u4e00-\u9fff])"
)
_CLOSINGS: Final = frozenset(("敬礼", "此致"))
_SENTENCE_END: Final = frozenset("！!。")
_ROLE_GAP: Final = re.compile("们?(?:名叫|叫做?|名字叫|是|为)?[“\"‘'(:\\s】〔【「『<《]{0,2}")
_CALLS: Final = re.compile(rf"叫(?:做|作)?[“\"‘'(:]?(?={SURNAME}{GIVEN_CHAR})")
_ANNOUNCED: Final = re.compile("联系电话|联系方式|手机号|身份证|电话")
_BEFORE_NUMBER: Final = re.compile(r"[\s:，,(（]{0,3}$")
_SPACED: Final = re.compile(
    r"([\u4e00-\u9fff])[ \t]{1,2}([\u4e00-\u9fff])(?:[ \t]{1,2}([\u4e00-\u9fff]))?"
)
_FEW: Final = 12
"""So many names are looked for one by one; more in one walk, so that the time stays in
proportion to the text."""
_LIST_MARK: Final = re.compile(
    r"(?:[、/;；,，]|[和与及跟]|[ \t]{1,3}|\n)[ ]?(\(?(?:[0-9]{1,2}"
    r"|[一二三四五六七八九十]{1,2}(?=[.、．)]))[.、．)]{0,2} ?)?"
    r"(?=[\u4e00-\u9fff])"
)


def names(text: str, numbers: list[int]) -> Iterator[Found]:
    """Names; `numbers` says where telephone and identity numbers begin."""
    found = dict.fromkeys(
        one
        for one in _by_neighbour(text, numbers)
        if not OFFICIAL.search(text, max(0, one[0] - 4), one[0])
    )
    waiting = list(found)
    while waiting:
        for other in _listed_with(text, waiting.pop()):
            if other not in found:
                found[other] = None
                waiting.append(other)
    yield from found
    yield from _again(text, list(found))


def _by_neighbour(text: str, numbers: list[int]) -> Iterator[Found]:
    for match in _BEHIND_NAMES.finditer(text):
        found = _before_title(text, match)
        if found:
            yield found
    for label in _LABELS.finditer(text):
        found = _behind_label(text, label)
        if found:
            yield found
    for calls in _CALLS.finditer(text):
        found = _behind_role(text, calls.end())
        if found:
            yield found
    announced = [match.start() for match in _ANNOUNCED.finditer(text)]
    for start in (*numbers, *announced):
        space = _BEFORE_NUMBER.search(text, max(0, start - 3), start)
        found = _alone_before(text, space.start() if space else start)
        if found:
            yield found
    yield from names_by_shape(text)


def _before_title(text: str, match: re.Match[str]) -> Found | None:
    word = match.group()
    if word in TITLE_PAIRS and not (word == "律师" and _NO_LAWYER.match(text, match.end())):
        found = _ending_at(text, match.start())
        if found and not OFFICIAL.search(text, max(0, found[0] - 4), found[0]):
            return found
    return _full_name_before(text, match.start()) if word in FELLOW_PAIRS else None


def _behind_label(text: str, label: re.Match[str]) -> Found | None:
    pair = label.group()[:2]
    found = None
    if pair not in _CLOSINGS and not _SENTENCE_END.isdisjoint(label[1]):
        return None
    if pair in _LABEL_PAIRS:
        found = _starting_at(text, label.end(), pair, apart=bool(label[1]))
    if found is None and pair in _PERSON_PAIRS and _ROLE_GAP.fullmatch(label[1]):
        found = _behind_role(text, label.end())
    return found


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


def _listed_with(text: str, name: Found) -> Iterator[Found]:
    """The names next to a name in a list: 刘一、陈二、张三. Each is asked for its own
    neighbours in turn."""
    start, end = name
    if text[start - 1 : start] == "、":
        before = _alone_before(text, start - 1)
        if before is not None:
            yield before
    mark = _LIST_MARK.match(text, end)
    if mark:
        sure = bool(mark[1]) or mark.group()[0] in "、/;；"
        after = _starting_at(text, mark.end(), "姓名" if sure else "", apart=True)
        after = after or _behind_role(text, mark.end())
        if after is not None and text[after[1] : after[1] + 1] != ":":
            yield after


def _ending_at(text: str, end: int) -> Found | None:
    """The name directly before a title: 李建国先生, 王先生."""
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or (length == 4) != (surname_length(text, start) == 2 and length == 4):
            continue
        word = text[start:end]
        doubtful = word[0] in DOUBTFUL and _joined(text, start)
        if length == surname_length(word, 0) + 1 and word[-1] not in GIVEN:
            continue
        if not is_name(word) or (doubtful and not (length == 3 and is_full_name(word))):
            continue
        return start, end
    for length in (2, 1):
        start = end - length
        if start >= 0 and surname_length(text, start) == length:
            if text[start] in DOUBTFUL and _joined(text, start):
                return None
            return start, end
    return None


def _full_name_before(text: str, end: int) -> Found | None:
    """A name of three or four characters, given name and all, before 等人 or 夫妇."""
    for length in (4, 3):
        start = end - length
        if start < 0:
            continue
        word = text[start:end]
        if len(word) - surname_length(word, 0) == 2 and is_full_name(word):
            return start, end
    return None


def _starting_at(text: str, start: int, label: str, *, apart: bool) -> Found | None:
    """The name after a label; a boundary or a telling word must follow. `apart`: a
    colon or the like stands between them."""
    sure = label in _SURE_PAIRS
    for length in (4, 3, 2):
        word = text[start : start + length]
        if len(word) < length or not is_name(word, sure=sure):
            continue
        likely = sure and length > 2 and COMMON_GIVEN.issuperset(word[-2:])
        if word[0] in DOUBTFUL and not apart and not likely and label[-1] != "叫":
            continue
        if not sure and length == surname_length(word, 0) + 1 and word[-1] not in LAST_GIVEN:
            continue
        if CUT.match(text, start + length - 1):
            continue
        if AFTER.match(text, start + length):
            return start, start + length
    spaced = _SPACED.match(text, start) if sure and apart else None
    if spaced and is_name("".join(filter(None, spaced.groups())), sure=True):
        return spaced.span()
    return None


def _behind_role(text: str, start: int) -> Found | None:
    """The name behind a word for a person: 村民王大海, 孩子叫李小明. Both characters of the
    given name must be such as names have."""
    begin = start + surname_length(text, start)
    if begin == start:
        return None
    for length in (2, 1):
        end = begin + length
        if end > len(text) or not is_full_name(text[start:end]) or is_cut(text, end):
            continue
        if length > 1 or AFTER.match(text, end) or TELLING.match(text, end):
            return start, end
    return None


def _alone_before(text: str, end: int) -> Found | None:
    """The name that stands alone before a phone number: 唐玲艳 13…, 王成（13…）."""
    for length in (4, 3, 2):
        start = end - length
        if start >= 0 and is_name(text[start:end]) and not _joined(text, start):
            return start, end
    return None


def _joined(text: str, at: int) -> bool:
    """Whether a word goes on to the left. A star counts as a letter: what is left of a
    masked name is no boundary."""
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] == "*")

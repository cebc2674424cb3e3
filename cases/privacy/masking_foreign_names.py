"""Names of other nationalities as they are written in Chinese; they have no surname that could
stay, so that all of the name goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.given_names import ELEMENTS, NO_FOREIGN_WORDS, SYLLABLES
from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import AFTER, OFFICIAL, TELLING
from cases.privacy.name_word_evidence import goes_on_as_word, holds_word

_SYLLABLE: Final = f"[{''.join(sorted(SYLLABLES))}]"
_DOTTED: Final = re.compile(rf"{_SYLLABLE}{{2,9}}[·.]{_SYLLABLE}{{2,9}}(?:[·.]{_SYLLABLE}{{2,9}})?")
_SUFFIXES: Final = frozenset("措玛吉加卓珍姆杰扎智科图娜东尼木")
"""Single syllables that stand behind an element: 索南措, 才让东智."""
_GOES_ON: Final = {e[0] for e in ELEMENTS} | {e[2] for e in ELEMENTS if e[2:]} | _SUFFIXES
_ELEMENT: Final = f"(?:{'|'.join(sorted(ELEMENTS, key=len, reverse=True))})"
_OF_ELEMENTS: Final = re.compile(
    rf"{_ELEMENT}(?:{_ELEMENT}{{1,2}}[措玛吉加卓珍姆杰布扎]?"
    rf"|[{''.join(sorted(_SUFFIXES))}]{{1,2}}"
    r"(?=[,，。;；:、\s()的在系是为说称于女男把被向从因住来去请反等要求与和申投今已夫犯也想租]|$))"
)
_END: Final = (
    r"(?=[,，。;；:、\s()]"
    r"|[的在系是为说称于女男把被向从因住来去请反等要求与和申投举今已夫也想租出给咨到没不就家同]|$)"
)
_DOT: Final = re.compile("[·.](?<=[\u4e00-\u9fff].)(?=[\u4e00-\u9fff])")
_ANY_DOTTED: Final = re.compile(
    r"(?:[人民生长者](?<!或者)|[长工员妇亲妻夫友师]|叫|:)([\u4e00-\u9fff]{2,6}·[\u4e00-\u9fff]{2,5}?)"
    + _END
)
_LONGEST_PART: Final = 10
_GRAMMAR: Final = frozenset("的有是在和了我极很也都")
_NO_FOREIGNER: Final = re.compile("[城市园府苑湾广场区路店公司楼盘都馆院]")
_BEFORE_ELEMENT: Final = "人者民生长工员妇亲妻夫友师叫:儿女孩娃户爷奶爸妈哥姐弟妹公婆"
_ONE_ELEMENT: Final = re.compile(
    f"[{''.join(sorted({e[0] for e in ELEMENTS}))}](?:(?<=[{_BEFORE_ELEMENT}].)|(?<=^.)|(?<=\n.))"
    f"(?:{'|'.join(sorted({e[1:] for e in ELEMENTS}, key=len, reverse=True))})" + _END
)
_PERSON: Final = "人者民生长工员妇亲妻夫友师娃孩女儿子主户客叫名:(爷奶爸妈哥姐弟妹公婆医"
_SYLLABLES_BEHIND: Final = re.compile(
    rf"[{''.join(sorted(SYLLABLES))}](?:(?<=[{_PERSON}].)|(?<=我是.)|(?<=人是.)|(?<=，.)"
    rf"|(?<=^.)|(?<=[,。;\n(、].)){_SYLLABLE}{{2,9}}" + _END
)
"""Three syllables and more that no name of Chinese has, with a boundary on both sides."""
_ELEMENT_SET: Final = frozenset(ELEMENTS)
_LIKE_ELEMENTS: Final = re.compile(
    f"[{''.join(sorted({e[0] for e in ELEMENTS}))}]"
    f"(?=[{''.join(sorted({e[1] for e in ELEMENTS}))}]"
    f"[{''.join(sorted(_GOES_ON))}])"
)
"""Where a match of `_OF_ELEMENTS` can begin, found in a tenth of the time."""


def foreign_names(text: str) -> Iterator[Found]:
    """Names of other nationalities as they are written in Chinese; they have no surname
    that could stay. Those of officials (县长孟和) stay."""
    for start, end in _foreign_names(text):
        if not OFFICIAL.search(text, max(0, start - 4), start):
            yield start, end


def _foreign_names(text: str) -> Iterator[Found]:
    if ("." in text or "·" in text) and _DOT.search(text):
        yield from _dotted(text)
    for match in _ONE_ELEMENT.finditer(text):
        if match[0] in _ELEMENT_SET:
            yield match.span()
    likely = [match.start() for match in _LIKE_SYLLABLES.finditer(text)]
    for match in _SYLLABLES_BEHIND.finditer(text) if likely else ():
        if _is_foreign(match[0], by_person=text[match.start() - 1 : match.start()] in _PERSON_SET):
            yield match.span()
    for at in likely:
        yield from _around(text, at)
    for begins in _LIKE_ELEMENTS.finditer(text):
        whole = _OF_ELEMENTS.match(text, begins.start())
        if whole:
            yield whole.span()


def _dotted(text: str) -> Iterator[Found]:
    full_stop = "·" not in text
    for dot in _DOT.finditer(text):
        at = dot.start()
        for match in _DOTTED.finditer(text, max(0, at - _LONGEST_PART), at + 2 * _LONGEST_PART):
            if not (full_stop and _NO_FOREIGNER.search(match[0])):
                yield match.span()
    for match in () if full_stop else _ANY_DOTTED.finditer(text):
        if not _GRAMMAR.isdisjoint(match[1]):
            continue
        share = sum(char in SYLLABLES for char in match[1]) * 2 >= len(match[1])
        if share or not _NO_FOREIGNER.search(match[1]):
            yield match.span(1)


_PERSON_SET: Final = frozenset(_PERSON)
_TELLING_SYLLABLES: Final = frozenset(
    "赫马乌图那苏木布萨阿江里西吉日尔吾孜姆尼玛甫买艾娜依呷惹嫫扎噶嘎尕措丹增旦曲吉旺堆罗桑热古丽麦木提拉沙萨赛帕汗坎沃额敖勒琴塔巴卓穆默哈库肯克迪祖努阿伊牙提达瓦"
)
_LIKE_SYLLABLES: Final = re.compile(f"[{''.join(sorted(_TELLING_SYLLABLES))}]{{2}}")
"""Two in a row stand in every name that `_is_foreign` believes."""
_LEAST_TELLING: Final = 0.5


def _is_foreign(word: str, *, by_person: bool) -> bool:
    """Whether most of the syllables stand in such names before all, and no everyday word is
    among them."""
    if any(word[at : at + 2] in NO_FOREIGN_WORDS for at in range(len(word) - 1)):
        return False
    share = sum(char in _TELLING_SYLLABLES for char in word) / len(word)
    return share >= (_LEAST_TELLING if by_person else 0.75) and (by_person or len(word) > 3)


_NAMED_AS: Final = frozenset(("我是", "人是", "名是", "字是", "者是", "妻是", "夫是"))
_OF_A_PEOPLE: Final = re.compile("[,，、(]?[\u4e00-\u9fff]{1,4}族")
_ENDS: Final = re.compile(rf"{_END}|{AFTER.pattern}|{TELLING.pattern}|生孩|生了|夫妇|家")
_LABEL_ENDS: Final = frozenset("人名者主叫员")
_LONGEST_NAME: Final = 7
_LEAST_LENGTH: Final = 3


def _around(text: str, at: int) -> Iterator[Found]:
    """A name of syllables and at most one other character around two telling ones, behind a
    word for a person or before a people (努尔江，哈萨克族), up to where another word begins."""
    for start in range(at, max(-1, at - 3), -1):
        before = text[start - 1 : start]
        by_person = before in _PERSON_SET or text[max(0, start - 2) : start] in _NAMED_AS
        if not by_person and start and before not in ",，。;；\n ":
            continue
        for end in range(at + 2, min(len(text), start + _LONGEST_NAME) + 1):
            if _ENDS.match(text, end) or goes_on_as_word(text, end):
                break
        else:
            continue
        word = text[start:end]
        strange = sum(char not in SYLLABLES for char in word)
        if (
            "族" in text[start : end + 1]
            or len(word) < _LEAST_LENGTH
            or strange > 1
            or holds_word(word)
        ):
            continue
        if before == ":" and text[start - 2] not in _LABEL_ENDS:
            continue
        told = by_person or _OF_A_PEOPLE.match(text, end) is not None
        if told and _is_foreign(word, by_person=True):
            yield start, end
            return

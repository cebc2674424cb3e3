"""Given names without a surname, as families say them: 儿子志刚, 小名叫豆豆. All of it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, GIVEN
from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import AFTER, TELLING
from cases.privacy.name_word_evidence import goes_on_as_word
from cases.privacy.name_words import ROLES, TITLES
from cases.privacy.surnames import is_given_name, surname_length

_PET_NAME: Final = re.compile(
    r"[小乳奶昵外绰诨网][名称号][就是叫做作:“\"‘'「(]{0,3}([\u4e00-\u9fff]{2,3}?)"
    r"(?=[,，。;；:、!！?？\s)”\"’'」]|$)"
)
_SURNAME_APART: Final = re.compile(
    r"姓[“\"‘「『]?[\u4e00-\u9fff]{1,2}[”\"’」』]?[,，、 ]{0,2}(?:单?名|名字"
    r"|叫)[叫是为]?([\u4e00-\u9fff]{1,2})(?=[,，。;；、\s()（]|$)"
)
_CALLED: Final = re.compile(
    r"[叫唤是名:](?:(?<=我叫)|(?<=名叫)(?<![家款个名]名叫)|(?<=名唤)|(?<=字叫)"
    r"|(?<=名字是)|(?<=取名)|(?<=[娃儿女孩子]名)(?!列|次|额|誉|单|下)"
    r"|(?<=姓名[:是]))"
    r"[:叫“\"‘「『 ]{0,2}([\u4e00-\u9fff·.]{2,7}?)"
    r"(?=[,，。;；(（、”\"’」』\s]|$)"
)
_NO_NAME: Final = re.compile(
    "[的了吗呢吧么不什哪谁是在有和]|[园苑城府区店司厂局院校路街镇村县市站所网群家]$|先生|女士|小区|公司|项目|中心|服务|某"
)
_DOUBLED_WORDS: Final = frozenset(
    "天常刚明慢年月人家好往静安日星偏微多时早进出来去上下高大小种样天"
)
_RELATIVE: Final = re.compile(
    rf"[子女孙妻夫弟妹哥姐孩娃儿友头妇媳婆公](?![弟哥妹姐])(?=(?:名?叫)?[{''.join(sorted(GIVEN))}]{{2}})"
    r"(?<=儿子|女儿|孙子|孙女|外孙|侄子|侄女|外甥|妻子|丈夫|弟弟|妹妹|哥哥|姐姐|孩子|我娃|小儿|小女|长子"
    r"|次子|长女|次女|叔子|舅子|姨子|闺女|丫头|室友|媳妇|儿媳|老婆|老公|我妹|我哥|我弟|我姐|她哥|她弟"
    rf"|她妹|她姐|他哥|他弟|他妹|他姐)(?:名叫|叫)?([{''.join(sorted(GIVEN))}]{{2}})(?![\u4e00-\u9fff]?[局院校园])"
)
_SPOKEN: Final = re.compile(
    r"(?:[喊叫称](?:[她他]|我(?!们))|人[称叫])(?:[“\"‘「]([\u4e00-\u9fff]{2,3})"
    r"|([\u4e00-\u9fff]{1,2}[嫂姐哥叔婶爷婆伯姨妹娘]))(?=[,，。;；、\s)”\"’」]|$)"
)
"""What a person is called by others: 人称红姐, 喊她“藕霞”."""


_CALLED_SOMEHOW: Final = re.compile("[名叫号称喊]")
_NO_NICKNAMES: Final = ROLES | TITLES
_GIVEN_FIELD: Final = re.compile(
    r"[\"'](?:given|first)_?(?:[nN]ame)?[\"']\s{0,4}:\s{0,4}[\"']([\u4e00-\u9fff·]{1,8})[\"']"
)
"""A key of JSON for the given name alone."""


def lone_given_names(text: str) -> Iterator[Found]:
    if '"' in text or "'" in text:
        for match in _GIVEN_FIELD.finditer(text):
            yield match.span(1)
    if _CALLED_SOMEHOW.search(text):
        yield from _called(text)
    yield from _of_relatives(text)


def _called(text: str) -> Iterator[Found]:
    """Names that the text says to be names."""
    for pattern in (_PET_NAME, _SURNAME_APART):
        for match in pattern.finditer(text):
            yield match.span(1)
    for match in _CALLED.finditer(text):
        if not surname_length(match[1], 0) and not _NO_NAME.search(match[1]):
            yield match.span(1)
    for match in _SPOKEN.finditer(text):
        if match[match.lastindex or 0] not in _NO_NICKNAMES:
            yield match.span(match.lastindex or 0)


def _of_relatives(text: str) -> Iterator[Found]:
    """Given names behind a word for a relative."""
    for match in _RELATIVE.finditer(text):
        start, end = match.span(1)
        given = match[1]
        doubled = given[0] == given[1] and given[0] not in _DOUBLED_WORDS
        likely = doubled or (COMMON_GIVEN.issuperset(given) and is_given_name(given))
        if not likely:
            continue
        edge = AFTER.match(text, end) or TELLING.match(text, end) or goes_on_as_word(text, end)
        if edge or text[end] in "外租出":
            yield start, end

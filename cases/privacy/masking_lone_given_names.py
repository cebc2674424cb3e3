"""Given names without a surname, as families say them: 儿子志刚, 小名叫豆豆. All of it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, GIVEN
from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import AFTER, TELLING
from cases.privacy.surnames import is_given_name, surname_length

_PET_NAME: Final = re.compile(
    r"[小乳奶昵外绰诨网][名称号][就是叫做作:“\"‘'「(]{0,3}([\u4e00-\u9fff]{2,3}?)"
    r"(?=[,，。;；:、!！?？\s)”\"’'」]|$)"
)
_SURNAME_APART: Final = re.compile(
    r"(?<!百)姓[“\"‘「『]?[\u4e00-\u9fff]{1,2}[”\"’」』]?[,，、 ]{0,2}(?:单?名|名字"
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
    rf"[子女孙妻夫弟妹哥姐孩娃儿](?=(?:名?叫)?[{''.join(sorted(GIVEN))}]{{2}})(?<=儿子|女儿|孙子|孙女|外孙|侄子|侄女|外甥|妻子|丈夫|弟弟"
    r"|妹妹|哥哥|姐姐"
    rf"|孩子|我娃|小儿|小女|长子|次子|长女|次女)(?:名叫"
    rf"|叫)?([{''.join(sorted(GIVEN))}]{{2}})(?![\u4e00-\u9fff]?[局院校园])"
)


_GIVEN_FIELD: Final = re.compile(
    r"[\"'](?:given|first)_?(?:[nN]ame)?[\"']\s{0,4}:\s{0,4}[\"']([\u4e00-\u9fff·]{1,8})[\"']"
)
"""A key of JSON for the given name alone."""


def lone_given_names(text: str) -> Iterator[Found]:
    if '"' in text or "'" in text:
        for match in _GIVEN_FIELD.finditer(text):
            yield match.span(1)
    if "名" in text or "叫" in text or "号" in text or "称" in text:
        for match in _PET_NAME.finditer(text):
            yield match.span(1)
        for match in _CALLED.finditer(text):
            if not surname_length(match[1], 0) and not _NO_NAME.search(match[1]):
                yield match.span(1)
        for match in _SURNAME_APART.finditer(text):
            yield match.span(1)
    for match in _RELATIVE.finditer(text):
        start, end = match.span(1)
        given = match[1]
        doubled = given[0] == given[1] and given[0] not in _DOUBLED_WORDS
        if not doubled and not (COMMON_GIVEN.issuperset(given) and is_given_name(given)):
            continue
        if AFTER.match(text, end) or TELLING.match(text, end) or text[end] in "外租出":
            yield start, end

"""Names that are a value of their own: of JSON, XML or a query, a signature, in Latin letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.given_names import GIVEN
from cases.privacy.masking_rules import Found
from cases.privacy.surnames import WORDLIKE, is_name

_KEY: Final = (
    "(?:[A-Za-z_]{0,20}(?:[Nn]ame|NAME|[Cc]ontact|[Uu]ser|[Aa]uthor|[Rr]eporter|[Aa]pplicant"
    "|[Ll]inkman|[Cc]itizen|[Oo]wner|[Pp]erson|[Cc]aller|[Pp]arent|[Pp]atient|[Ss]ender"
    "|[Ss]tudent|[Hh]older)|xing_?ming|xm|XM|lxr|LXR|sqr|tsr|jbr|ldr"
    "|[\u4e00-\u9fff]{0,4}(?:姓名|联系人|人|称呼|户主))"
)
_KEYED: Final = re.compile(
    rf"[\"']{_KEY}[\"']\s{{0,4}}[:=,]\s{{0,4}}[\"']([\u4e00-\u9fff·]{{2,15}})\s{{0,2}}[\"']"
    rf"|<{_KEY}>\s{{0,3}}([\u4e00-\u9fff·]{{2,15}})\s{{0,3}}</"
    rf"|(?<![A-Za-z]){_KEY}=([\u4e00-\u9fff·]{{2,15}})(?=[&\s;,]|$)"
)
_LIKE_KEYED: Final = re.compile(
    r"[\"'=<](?:(?<=[\"'])\s{0,4}[:=,]\s{0,4}[\"']|(?<==)[\u4e00-\u9fff·]|(?<=<)/)"
)
"""What stands in every match of `_KEYED`, and costs little to look for."""
_NO_PERSON: Final = re.compile(
    "[局办院校司所站县市区镇乡村队部室会处科网箱]$|先生|女士|网友|匿名|保密|热心|市民|群众"
)
_SIGNED: Final = re.compile(
    r"[\s。！!？?~,，:—)-]([\u4e00-\u9fff]{2,4})(?=[\s,，。.]{0,8}"
    r"(?:(?:19|20)[0-9]{2}\s{0,2}[年./-]|二[〇零○]|敬[上启]|拜上|谨[上启呈]|泣上|顿首|鞠躬|叩首"
    r"|[上书字呈草启][。\s]{0,4}$|[(（]|叩|携|于[^,。]{2,10}$"
    r"|[0-9]{1,2}[月.]|即日|电话|手机|联系|$))"
)
_DATE_BEHIND: Final = re.compile(
    r"[\s,，。]{0,3}(?:(?:19|20)[0-9]{2}[年./-]|[0-9]{1,2}月|二[〇零○])"
)
_PLACES: Final = frozenset("城苑园府轩湾郡庭居区村路街")
_SIGNATURE: Final = 60
"""Characters at the end of a text in which a signature is looked for."""
_LATIN: Final = re.compile("[A-Z][A-Za-z]{1,20}(?:[ ·-][A-Z][A-Za-z]{0,20}){1,3}")
_LATIN_BEGINS: Final = re.compile("[名人eE叫][:是 ]{0,3}[A-Z]")
_LATIN_LABEL: Final = re.compile(
    "(?:姓名|联系人|投诉人|申请人|举报人|反映人|[Nn]ame|叫)[\\s:是为]{0,3}$"
)


def names_in_fields(text: str) -> Iterator[Found]:
    yield from _signatures(text)
    if _LIKE_KEYED.search(text):
        for match in _KEYED.finditer(text):
            value = match.lastindex or 1
            if not _NO_PERSON.search(match[value]):
                yield match.span(value)
    for match in _LATIN.finditer(text) if _LATIN_BEGINS.search(text) else ():
        if _LATIN_LABEL.search(text, max(0, match.start() - 8), match.start()):
            yield match.span()


def _signatures(text: str) -> Iterator[Found]:
    for match in _SIGNED.finditer(text, max(0, len(text) - _SIGNATURE)):
        word = match[1]
        alone = text[match.start()] == "\n" and text[match.end() : match.end() + 1] in ("", "\n")
        if word[0] in WORDLIKE or not is_name(word, sure=True):
            continue
        if word[-1] in _PLACES and not alone:
            continue
        dated = _DATE_BEHIND.match(text, match.end()) and text[match.start()].isspace()
        if alone or dated or not GIVEN.isdisjoint(word[1:]) or word[-1] == word[-2]:
            yield match.span(1)

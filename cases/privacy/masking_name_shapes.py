"""Finders of names by their own shape: where they stand in a sentence, before a mark, as a
signature, as a value of JSON, in Latin letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.given_names import (
    COMMON_FIRST,
    COMMON_GIVEN,
    FIRST_GIVEN,
    GIVEN,
    LAST_GIVEN,
    SINGLE_GIVEN,
)
from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import (
    AFTER,
    OFFICIAL,
    SURNAME,
    TELLING,
    TOLD,
    is_cut,
)
from cases.privacy.name_words import WORDS_ACROSS
from cases.privacy.surnames import (
    COMPOUND,
    DOUBTFUL,
    ORDINARY_WORDS,
    SINGLE,
    WORDLIKE,
    is_full_name,
    is_name,
    surname_length,
)

_NO_PERSON_HERE: Final = re.compile(
    r"[轩园居邸湾郡苑府]|[\(〔\[{][0-9]|.?[\u4e00-\u9fff]{0,2}(?:小学|中学|学校|幼儿|公司|医院"
    r"|酒店|大道|花园|小区|社区|家园|公馆|广场|[一二三四五六东西南北中]路)"
)
"""An estate, a school or a road, or the number of a document, at the end of what looks like a
name."""
_PERSONS: Final = "人者户客娘婿媳嫂婆爷奶舅姨姑叔伯妻夫母父兄姐妹胎员民生友师辈哥弟娃孩妈爸孙侄甥汉"
"""Last characters of words for a person."""
_PERSON_ENDS: Final = frozenset(_PERSONS)
_NO_PERSONS: Final = frozenset(("或者", "再者", "人生", "民生", "卫生", "产生", "发生"))
_RELATIVE_ENDS: Final = frozenset("哥弟婿媳嫂舅姨姑叔伯妻夫妹甥侄")
"""Hardly any word begins with the surname behind these."""
_TOWARDS: Final = "与和跟找被由叫让把同及请其名姓系替给"
_OPENING: Final = frozenset("([【〔「『“‘<")
_CLOSING: Final = frozenset(")]】〕」』”’>")
_OF_ESTATES: Final = frozenset("金华丰普明管白和但洪盛富万宝")
"""Surnames that begin names of estates, shops and other words as often; between two marks
they prove nothing."""
_LOOSELY: Final = frozenset("的了成是有")
"""Before a name, but before all else too: both ends of the name must be sure."""
_NO_NAME_BEFORE: Final = '\u4e00-\u9fffA-Za-z*“"《'
_FIRSTS: Final = "".join(sorted(SINGLE | {one[0] for one in COMPOUND}))
_SECONDS: Final = "".join(sorted(FIRST_GIVEN | {one[1] for one in COMPOUND}))
_CANDIDATE: Final = re.compile(
    rf"[{_FIRSTS}](?:(?<=[{_PERSONS}].)[\u4e00-\u9fff]{{1,3}}"
    rf"|(?:(?<=[{_TOWARDS}{''.join(sorted(_LOOSELY))}].)|(?<![{_NO_NAME_BEFORE}].))"
    rf"[{_SECONDS}][\u4e00-\u9fff]{{0,2}})"
)
"""A surname where a name may begin: behind a word for a person, behind a word that goes
before a person, or where a word begins."""
_MARK_BEHIND: Final = re.compile("[,，(:、。;]|等[^待级]|[0-9]|$")
_BETWEEN: Final = (
    r"(?:[、/；;] ?|[ ]{1,2}|"
    r"[,，、;； ]{0,2}\(?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}(?=[).、．]))[).、．]{0,2} ?)"
)
_LONGEST_GIVEN: Final = 2
_LIST: Final = re.compile(
    r"[\u4e00-\u9fff](?<![\u4e00-\u9fff].)[\u4e00-\u9fff]{1,3}"
    r"(?:(?:[、/;；,，]|[ ]{1,3})[ ]?[\u4e00-\u9fff]{2,4}(?![\u4e00-\u9fff])){2,40}"
)
_LIST_PART: Final = re.compile(r"[\u4e00-\u9fff]+")
_OF_NAMES: Final = 0.75
"""Share of names in a list in which the others are believed to be names too."""
_IN_A_LIST: Final = re.compile(
    rf"[{''.join(sorted(SINGLE - WORDLIKE))}][\u4e00-\u9fff]{{1,2}}"
    rf"(?={_BETWEEN}({SURNAME}[\u4e00-\u9fff]{{1,2}})(?:[、/；;，,。 等)\n]|[0-9]{{1,2}}[.、]|$))"
)
"""Two words of the shape of a name, one behind the other in a list."""
_SURE_COMPOUNDS: Final = COMPOUND - {
    "东方",
    "长孙",
    "单于",
    "太史",
    "南宫",
    "百里",
    "西门",
    "南门",
    "东郭",
    "乐正",
    "宗政",
}
_COMPOUND_NAME: Final = re.compile(
    rf"(?:{'|'.join(sorted(_SURE_COMPOUNDS))})([\u4e00-\u9fff]{{1,2}})"
)
_COMPOUND_BEGINS: Final = re.compile(
    f"[{''.join(sorted({one[0] for one in _SURE_COMPOUNDS}))}]"
    f"[{''.join(sorted({one[1] for one in _SURE_COMPOUNDS}))}]"
)
_SIGNED: Final = re.compile(
    r"[\s。！!？?~,，:—)-]([\u4e00-\u9fff]{2,4})(?=[\s,，。.]{0,8}"
    r"(?:(?:19|20)[0-9]{2}\s{0,2}[年./-]|二[〇零○]|敬[上启]|拜上|谨[上启呈]|泣上"
    r"|[上书字呈草启][。\s]{0,4}$|[(（]|叩|携|于[^,。]{2,10}$"
    r"|[0-9]{1,2}[月.]|即日|电话|手机|联系|$))"
)
_DATE_BEHIND: Final = re.compile(
    r"[\s,，。]{0,3}(?:(?:19|20)[0-9]{2}[年./-]|[0-9]{1,2}月|二[〇零○])"
)
_PLACES: Final = frozenset("城苑园府轩湾郡庭居区村路街")
_SIGNATURE: Final = 80
"""Characters at the end of a text in which a signature is looked for."""
_LATIN: Final = re.compile("[A-Z][A-Za-z]{1,20}(?:[ ·-][A-Z][A-Za-z]{0,20}){1,3}")
_LATIN_BEGINS: Final = re.compile("[名人eE叫][:是 ]{0,3}[A-Z]")
_LATIN_LABEL: Final = re.compile(
    "(?:姓名|联系人|投诉人|申请人|举报人|反映人|[Nn]ame|叫)[\\s:是为]{0,3}$"
)
_KEYED: Final = re.compile(
    r"[\"'](?:[A-Za-z_]{0,20}(?:[Nn]ame|NAME|[Cc]ontact|[Uu]ser|[Aa]uthor|[Rr]eporter|[Aa]pplicant|[Ll]inkman|[Cc]itizen|[Oo]wner|[Pp]erson|[Cc]aller|[Pp]arent|[Pp]atient|[Ss]ender|[Ss]tudent|[Hh]older)|xing_?ming|xm|XM|lxr|LXR|sqr|tsr|jbr|ldr"
    r"|[\u4e00-\u9fff]{0,4}(?:姓名|联系人|人|称呼|户主))[\"']\s{0,4}[:=]\s{0,4}[\"']([\u4e00-\u9fff·]{2,15})\s{0,2}[\"']"
)
_NO_PERSON: Final = re.compile(
    "[局办院校司所站县市区镇乡村队部室会处科网箱]$|先生|女士|网友|匿名|保密|热心|市民|群众"
)
_COLON_NAME: Final = re.compile(
    rf":\s?[0-9一]{{0,2}}[.、]?({SURNAME}[\u4e00-\u9fff]{{1,2}})(?=[、/;；\s]|$)"
)


def names_by_shape(text: str) -> Iterator[Found]:
    yield from _in_sentences(text)
    yield from _in_lists(text)
    if _COMPOUND_BEGINS.search(text):
        yield from _compounds(text)
    yield from _signatures(text)
    yield from _values(text)


def _compounds(text: str) -> Iterator[Found]:
    """Hardly any word begins like the compound surnames."""
    for match in _COMPOUND_NAME.finditer(text):
        start, given = match.start(), match[1]
        if text[start + 1 : start + 3] in ORDINARY_WORDS:
            continue
        for end in range(match.end(), match.start(1), -1):
            known = GIVEN.issuperset(given[: end - match.start(1)])
            behind = AFTER.match(text, end) or TELLING.match(text, end)
            two = end - match.start(1) == _LONGEST_GIVEN
            possible = is_name(text[start:end], sure=True) and not is_cut(text, end)
            if possible and ((known and two) or behind):
                yield start, end
                break


def _in_sentences(text: str) -> Iterator[Found]:
    for match in _CANDIDATE.finditer(text):
        start, limit = match.span()
        # Most candidates are words; that their second character is in no name says so.
        length = surname_length(text, start)
        if not length or (length == 1 and text[start : start + 2] in ORDINARY_WORDS):
            continue
        for end in (start + length + 2, start + length + 1):
            if end <= limit and _is_believed(text, start, length, end):
                yield start, end
                break


def _is_believed(text: str, start: int, length: int, end: int) -> bool:
    """Weighs what given names are made of against the words around."""
    before, word = text[start - 1 : start], text[start:end]
    given = word[length:]
    if before in _OPENING and text[end : end + 1] in _CLOSING and is_full_name(word):
        return word[0] not in _OF_ESTATES and word[0] not in WORDLIKE
    if before in _PERSON_ENDS and text[start - 2 : start] not in _NO_PERSONS:
        return _is_believed_of_person(text, start, word, given)
    if (
        len(given) > 1
        and given[0] in COMMON_FIRST
        and given[1] in COMMON_GIVEN
        and word[0] not in DOUBTFUL
        and word[0] not in _OF_ESTATES
        and _is_cut_off(text, end, loosely=before in _LOOSELY)
        and is_full_name(word)
    ):
        return not _is_no_person(text, start, end)
    if (
        given in SINGLE_GIVEN
        and before not in _LOOSELY
        and word[0] not in DOUBTFUL
        and word[0] not in _OF_ESTATES
        and _is_cut_off(text, end, loosely=False)
        and is_full_name(word)
    ):
        return not _is_no_person(text, start, end)
    return before not in _LOOSELY and _is_told(text, start, word, end)


def _is_cut_off(text: str, end: int, *, loosely: bool) -> bool:
    if not AFTER.match(text, end):
        telling = TELLING.match(text, end)
        if not telling or (loosely and text[end] not in "和与及"):
            return False
    return not _NO_PERSON_HERE.search(text, end - 1, end + 5)


def _is_believed_of_person(text: str, start: int, word: str, given: str) -> bool:
    end = start + len(word)
    wordlike = word[0] in WORDLIKE and len(word) - len(given) == 1
    known = given[0] in FIRST_GIVEN or given[-1] in LAST_GIVEN
    if known and not wordlike:
        full = is_full_name(word)
        if full and len(given) > 1:
            return not _is_no_person(text, start, end)
        if not full and len(given) > 1 and word[0] not in DOUBTFUL and is_name(word):
            across = text[start - 1 : start + 1] in WORDS_ACROSS
            if not across and _MARK_BEHIND.match(text, end):
                return True
        telling = TELLING.match(text, end)
        if full and text[start - 1] in "人者" and (telling or AFTER.match(text, end)):
            return not _is_no_person(text, start, end)
        if telling and text[start - 1] in _RELATIVE_ENDS and is_name(word, sure=True):
            return not _is_no_person(text, start, end)
    return _is_told(text, start, word, end)


def _is_told(text: str, start: int, word: str, end: int) -> bool:
    """Whether the words behind speak of a person."""
    if word[0] in WORDLIKE and not (len(word) > 2 and COMMON_GIVEN.issuperset(word[1:])):
        return False
    return bool(
        TOLD.match(text, end) and is_name(word, sure=True) and not _is_no_person(text, start, end)
    )


def _is_no_person(text: str, start: int, end: int) -> bool:
    """Whether the words around say so: an official, a word that goes on, a word across."""
    return bool(
        is_cut(text, end)
        or text[max(0, start - 1) : start + 1] in WORDS_ACROSS
        or OFFICIAL.search(text, max(0, start - 4), start)
    )


def _in_lists(text: str) -> Iterator[Found]:
    for match in _IN_A_LIST.finditer(text):
        word, following = match.group(), match[1]
        if is_name(word) and GIVEN.issuperset(word[1:]) and is_name(following, sure=True):
            yield match.span()
    for listed in _LIST.finditer(text):
        yield from _names_in(text, listed)
    if ":" in text:
        for match in _COLON_NAME.finditer(text):
            if is_name(match[1]) and not GIVEN.isdisjoint(match[1][1:]):
                yield match.span(1)


def _names_in(text: str, listed: re.Match[str]) -> Iterator[Found]:
    """Of a list in which nearly all parts are names, all that can be one."""
    parts = [one.span() for one in _LIST_PART.finditer(text, *listed.span())]
    likely = [
        span
        for span in parts
        if is_name(text[slice(*span)], sure=True)
        and text[span[0]] not in WORDLIKE
        and GIVEN.issuperset(text[span[0] + surname_length(text, span[0]) : span[1]])
    ]
    if len(likely) > 1 and len(likely) >= len(parts) * _OF_NAMES:
        yield from (one for one in parts if is_name(text[slice(*one)], sure=True))


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


def _values(text: str) -> Iterator[Found]:
    """Values of JSON, and Latin letters after a label."""
    if '"' in text or "'" in text:
        for match in _KEYED.finditer(text):
            if not _NO_PERSON.search(match[1]):
                yield match.span(1)
    for match in _LATIN.finditer(text) if _LATIN_BEGINS.search(text) else ():
        if _LATIN_LABEL.search(text, max(0, match.start() - 8), match.start()):
            yield match.span()

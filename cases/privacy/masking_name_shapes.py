"""Finders of names by their own shape: where they stand in a sentence, before a mark, as a
signature, as a value of JSON, in Latin letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, FIRST_GIVEN, GIVEN, LAST_GIVEN
from cases.privacy.masking_rules import Found
from cases.privacy.name_boundaries import (
    AFTER,
    COMMON_GIVEN_CHAR,
    GIVEN_CHAR,
    OFFICIAL,
    SURNAME,
    TELLING,
    is_cut,
)
from cases.privacy.name_words import WORDS_ACROSS
from cases.privacy.surnames import COMPOUND, DOUBTFUL, SINGLE, WORDLIKE, is_full_name, is_name

_NO_PERSON_HERE: Final = re.compile(r"[轩园居邸湾郡]|[\(〔\[{][0-9]")
"""An estate, or the number of a document, behind what looks like a name."""
_G1: Final = f"[{''.join(sorted(FIRST_GIVEN))}]"
_G2: Final = f"[{''.join(sorted(LAST_GIVEN))}]"
_PERSONS: Final = "人者户客娘婿媳嫂婆爷奶舅姨姑叔伯妻夫母父兄姐妹胎员民生友师辈"
"""Last characters of words for a person."""
_PERSON_ENDS: Final = frozenset(_PERSONS)
_TOWARDS: Final = "与和跟找被由叫让把同及请其名姓系"
_NO_NAME_BEFORE: Final = '\u4e00-\u9fffA-Za-z*“"《'
_IN_SENTENCE: Final = re.compile(
    rf"[{''.join(sorted(SINGLE))}]{_G1}"
    rf"(?:{_G2}(?:(?<=[{_PERSONS}{_TOWARDS}]...)|(?<![{_NO_NAME_BEFORE}]...))"
    r"|(?<=[人者]..)(?=[,，。:;；\n)]))"
)
"""A surname and a given name behind a word for a person, behind a word that goes before a
person, or where a word begins; of one character only before a mark."""
_BEFORE_MARK: Final = re.compile(
    rf"[{''.join(sorted(SINGLE - DOUBTFUL))}](?<=[{_PERSONS}].)[\u4e00-\u9fff]{{2}}"
    "(?=[,，(:]|等[^待级]|[0-9])"
)
"""Behind a word for a person and before a mark any two characters may be the given name."""
_IN_A_LIST: Final = re.compile(
    rf"[{''.join(sorted(SINGLE - WORDLIKE))}][\u4e00-\u9fff]{{1,2}}"
    rf"(?=(?:[、/；;]|[ ]{{1,2}})({SURNAME}[\u4e00-\u9fff]{{1,2}})(?:[、/；;，,。 等)\n]|$))"
)
"""Two words of the shape of a name, one behind the other in a list."""
_SURE_COMPOUNDS: Final = COMPOUND - {"东方", "长孙", "单于", "司空", "太史", "上官", "南宫"}
_COMPOUND_NAME: Final = re.compile(
    rf"(?:{'|'.join(sorted(_SURE_COMPOUNDS))})(?:{COMMON_GIVEN_CHAR}{{2}}|{GIVEN_CHAR}(?![\u4e00-\u9fff]))"
)
_COMPOUND_BEGINS: Final = re.compile(
    f"[{''.join(sorted({one[0] for one in _SURE_COMPOUNDS}))}]"
    f"[{''.join(sorted({one[1] for one in _SURE_COMPOUNDS}))}]{GIVEN_CHAR}"
)
_SIGNED: Final = re.compile(
    r"[\s。！!？?~,，:—)-]([\u4e00-\u9fff]{2,4})(?=[\s,，。.]{0,6}"
    r"(?:(?:19|20)[0-9]{2}\s{0,2}[年./-]|二[〇零○]|敬上|拜上|谨上|泣上|[上书][。\s]{0,4}$|[(（]|叩|携|[0-9]{1,2}[月.]|$))"
)
_SIGNATURE: Final = 80
"""Characters at the end of a text in which a signature is looked for."""
_LATIN: Final = re.compile("[A-Z][A-Za-z]{1,20}(?:[ ·-][A-Z][A-Za-z]{0,20}){1,3}")
_LATIN_BEGINS: Final = re.compile("[名人eE叫][:是 ]{0,3}[A-Z]")
_LATIN_LABEL: Final = re.compile(
    "(?:姓名|联系人|投诉人|申请人|举报人|反映人|[Nn]ame|叫)[\\s:是为]{0,3}$"
)
_KEYED: Final = re.compile(
    r"[\"'](?:[A-Za-z_]{0,20}(?:[Nn]ame|NAME|[Cc]ontact|[Uu]ser|[Aa]uthor|[Rr]eporter|[Aa]pplicant|[Ll]inkman)|xing_?ming|xm|XM|lxr|LXR|sqr|tsr|jbr|ldr"
    r"|[\u4e00-\u9fff]{0,4}(?:姓名|联系人|人|称呼|户主))[\"']\s{0,4}[:=]\s{0,4}[\"']([\u4e00-\u9fff·]{2,15})[\"']"
)
_NO_PERSON: Final = re.compile(
    "[局办院校司所站县市区镇乡村队部室会处科网箱]$|先生|女士|网友|匿名|保密|热心|市民|群众"
)
_COLON_NAME: Final = re.compile(
    rf":\s?[0-9一]{{0,2}}[.、]?({SURNAME}[\u4e00-\u9fff]{{1,2}})(?=[、/;；\s]|$)"
)


def names_by_shape(text: str) -> Iterator[Found]:
    yield from _in_sentences(text)
    yield from _before_marks(text)
    if _COMPOUND_BEGINS.search(text):
        for match in _COMPOUND_NAME.finditer(text):
            if is_full_name(match.group()):
                yield match.span()
    yield from _signatures(text)
    yield from _values(text)


def _in_sentences(text: str) -> Iterator[Found]:
    for match in _IN_SENTENCE.finditer(text):
        start, end = match.span()
        word = match.group()
        by_person = text[start - 1 : start] in _PERSON_ENDS
        if by_person:
            possible = word[0] not in WORDLIKE
        else:
            possible = word[0] not in DOUBTFUL and COMMON_GIVEN.issuperset(word[1:])
        if not possible or not is_full_name(word) or _is_no_person(text, start, end):
            continue
        if by_person or (
            not _NO_PERSON_HERE.search(text, end - 1, end + 2)
            and (AFTER.match(text, end) or TELLING.match(text, end))
        ):
            yield start, end


def _is_no_person(text: str, start: int, end: int) -> bool:
    """Whether the words around say so: an official, a word that goes on, a word across."""
    return bool(
        is_cut(text, end)
        or text[max(0, start - 1) : start + 1] in WORDS_ACROSS
        or OFFICIAL.search(text, max(0, start - 4), start)
    )


def _before_marks(text: str) -> Iterator[Found]:
    for match in _BEFORE_MARK.finditer(text):
        start, word = match.start(), match.group()
        across = text[start - 1 : start + 1] in WORDS_ACROSS
        if is_name(word) and word[0] not in WORDLIKE and not across:
            yield match.span()
    for match in _IN_A_LIST.finditer(text):
        word, following = match.group(), match[1]
        if is_name(word) and GIVEN.issuperset(word[1:]) and is_name(following, sure=True):
            yield match.span()
    if ":" in text:
        for match in _COLON_NAME.finditer(text):
            if is_name(match[1], sure=True) and not GIVEN.isdisjoint(match[1][1:]):
                yield match.span(1)


def _signatures(text: str) -> Iterator[Found]:
    for match in _SIGNED.finditer(text, max(0, len(text) - _SIGNATURE)):
        word = match[1]
        alone = text[match.start()] == "\n" and text[match.end() : match.end() + 1] in ("", "\n")
        if is_name(word, sure=True) and (alone or not GIVEN.isdisjoint(word[1:])):
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

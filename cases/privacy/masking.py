"""Personal data in free text: where it is, and the text without it.

"加强对个人隐私和商业秘密的保护" (南昌经开区 2024, part 2, item 3). Lists, alerts, exports
and logs show the masked text, the full one only goes to those who handle the
case. `mask` replaces characters one for one, so that the offsets of evidence stay
right, and masking a masked text changes nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from cases.privacy import masking_contacts as contacts
from cases.privacy import masking_rules as rules
from cases.privacy.masking_addresses import homes
from cases.privacy.masking_digits import digit_groups, disguised
from cases.privacy.masking_foreign_names import foreign_names
from cases.privacy.masking_lone_given_names import lone_given_names
from cases.privacy.masking_names import names
from cases.privacy.masking_tables import names_in_tables
from cases.privacy.surnames import is_han, surname_length
from cases.privacy.text_normalization import normalize
from cases.record.item import Item


class PersonalData(StrEnum):
    """Sorts of personal data; where two overlap, the earlier one here wins."""

    EMAIL = "邮箱"
    ID_CARD = "身份证号"
    MOBILE = "手机号"
    BANK_CARD = "银行卡号"
    PASSPORT = "护照号"
    LANDLINE = "座机号"
    CHAT_ID = "微信QQ号"
    PLATE = "车牌号"
    ADDRESS = "门牌号"
    NAME = "姓名"


class Span(Struct, frozen=True):
    """One piece of personal data; `start` and `end` count code points, half open."""

    start: int
    end: int
    kind: PersonalData
    text: str


class _Match(NamedTuple):
    """A piece of the plain text (`text_normalization`)."""

    start: int
    end: int
    kind: PersonalData
    hidden: tuple[rules.Found, ...] = ()
    """Parts to hide where it is not the sort that says so."""


_NUMBERS = (
    (PersonalData.ID_CARD, 14, rules.id_cards),
    (PersonalData.MOBILE, 0, rules.mobiles),
    (PersonalData.BANK_CARD, 10, rules.bank_cards),
    (PersonalData.PASSPORT, 0, rules.passports),
)
"""Sorts of numbers, how many characters of digits the shortest has, and where they are."""
_NAMED_BY = (PersonalData.ID_CARD, PersonalData.MOBILE, PersonalData.LANDLINE)


def find_personal_data(text: str, *, by_office: bool = False) -> tuple[Span, ...]:
    """All personal data in the text, in order, without overlaps.

    `by_office`: an office wrote it (a reply), so a fixed line is the office's own
    unless the text says otherwise. A surname before a title (王先生) is reported
    too, though `mask` leaves it.
    """
    plain = normalize(text)
    spans = [
        (*plain.span(match.start, match.end), match.kind)
        for match in _find(plain.text, by_office=by_office)
    ]
    return tuple(Span(start, end, kind, text[start:end]) for start, end, kind in spans)


def mask(text: str, *, by_office: bool = False) -> str:
    """The text with personal data hidden and its shape kept: 138****5678, 王**, 浙A***45.

    As long as the text, and `mask(mask(text)) == mask(text)`.
    """
    while (masked := _mask_once(text, by_office=by_office)) != text:
        # What was hidden may have been the neighbour that kept something else from
        # being believed, so look again until nothing is left; stars only grow.
        before, text = text, masked
        if not _found_beside_stars(before, masked, by_office=by_office):
            break
    return text


_BESIDE: Final = 80
"""Characters on each side of what was hidden that a second look reads: no rule looks so far."""
_WORTH_IT: Final = 0.6
"""Of so much of a text all is read as quickly."""


def _found_beside_stars(before: str, masked: str, *, by_office: bool) -> bool:
    """Whether a second look finds anything near what the first one hid. Elsewhere the text is
    what it was, so nothing new can be there."""
    parts: list[tuple[int, int]] = []
    last = 0
    for run in _STARS.finditer(masked):
        if before[run.start() : run.end()] == run.group():
            continue
        start, end = max(0, run.start() - _BESIDE), min(len(masked), run.end() + _BESIDE)
        if parts and start <= last:
            start = parts.pop()[0]
        parts.append((start, end))
        last = end
    if sum(end - start for start, end in parts) > _WORTH_IT * len(masked):
        return True
    return any(
        _mask_once(part, by_office=by_office) != part
        for part in (masked[start:end] for start, end in parts)
    )


_STARS: Final = re.compile(r"\*+")


def _mask_once(text: str, *, by_office: bool) -> str:
    plain = normalize(text)
    found = _find(plain.text, by_office=by_office)
    if not found:
        return text
    chars = list(text)
    for match in found:
        for at in _hidden(plain.text, match):
            start, end = plain.span(at, at + 1)
            chars[start:end] = "*" * (end - start)
    return "".join(chars)


def mask_item(item: Item) -> Item:
    """The item as lists, alerts and exports may show it.

    Of a confidential item (要求保密) nothing of the reporter is left. Replies are
    masked too: offices quote the citizen's own number and name in them.
    """
    author, phone, email, address = item.author, item.phone, item.email, item.address
    if item.confidential:
        author, phone, email, address = (
            _CONFIDENTIAL if value else "" for value in (author, phone, email, address)
        )
    return msgspec.structs.replace(
        item,
        title=mask(item.title),
        body=mask(item.body),
        author=mask_name(author),
        phone=mask_number(phone),
        email=mask(email),
        address=_DIGIT.sub("*", mask(address)),
        place=mask(item.place),
        replies=tuple(
            msgspec.structs.replace(reply, text=mask(reply.text, by_office=True))
            for reply in item.replies
        ),
        attachments=tuple(
            msgspec.structs.replace(file, name=mask(file.name)) for file in item.attachments
        ),
        extra={
            column: mask_column(column, value, confidential=item.confidential)
            for column, value in item.extra.items()
        },
    )


def mask_name(name: str) -> str:
    """A field that holds a name: the surname stays; pen names that are no Chinese
    name (UU0081019, 热心市民) stay as they are, unless a number is in them."""
    if name == _CONFIDENTIAL or name in _NOBODY or _ADDRESSED.search(name):
        return mask(name)
    if 2 <= len(name) <= 4 and all(is_han(char) for char in name):
        kept = max(1, surname_length(name, 0))
        return name[:kept] + "*" * (len(name) - kept)
    return mask(name)


def names_nobody(name: str) -> bool:
    """Whether a name field holds a word for anyone (网友, 匿名), or nothing."""
    return not name or name in _NOBODY or name == _CONFIDENTIAL


def mask_number(number: str) -> str:
    """A field that holds a telephone number, whatever its form."""
    masked = mask(number)
    if masked != number or "*" in number:
        return masked
    digits = sum(char.isdigit() for char in number)
    return _cover(number, 3 if digits >= 10 else 1, 2) if digits > 4 else number


_CONFIDENTIAL = "（保密）"
_NOBODY = frozenset(("匿名", "网友", "市民", "群众", "热心市民", "热心群众", "游客", "匿名用户"))
_ADDRESSED = re.compile("先生|女士|小姐|同志|网友|市民")
_DIGIT = re.compile("[0-9０-９]")
_MIN_NUMBER = 7
"""Digits of the shortest number that any rule takes, as in `_NUMBER`."""
_NUMBER_COLUMN = re.compile("电话|手机|号码|身份证|证件|微信|QQ|卡号|dh$", re.IGNORECASE)
_NAME_COLUMN = re.compile("姓名|称呼|来电人|联系人|投诉人|举报人|申请人|^xm$", re.IGNORECASE)


def mask_column(column: str, value: str, *, confidential: bool) -> str:
    """A column that the intake kept as it was; its heading may say what it holds."""
    is_number, is_name = _NUMBER_COLUMN.search(column), _NAME_COLUMN.search(column)
    if confidential and value and (is_number or is_name):
        return _CONFIDENTIAL
    if is_number:
        return mask_number(value)
    return mask_name(value) if is_name else mask(value)


def _find(plain: str, *, by_office: bool) -> list[_Match]:
    found: list[_Match] = []
    groups = digit_groups(plain)
    if groups:
        found += _numbers(plain, groups, by_office=by_office)
    elif "护照" in plain or "通行证" in plain or "居留" in plain:
        found += [_Match(s, e, PersonalData.PASSPORT) for s, e in rules.passports(plain)]
    found += [
        _Match(start, end, PersonalData.PLATE)
        for start, end in rules.plates(plain, seven_digits=bool(groups))
    ]
    found += [_Match(start, end, PersonalData.ADDRESS, parts) for start, end, parts in homes(plain)]
    found += [_Match(s, e, PersonalData.EMAIL) for s, e in contacts.emails(plain)]
    found += [_Match(s, e, PersonalData.CHAT_ID) for s, e in contacts.chat_ids(plain)]
    numbers = [match.start for match in found if match.kind in _NAMED_BY]
    found += [_Match(s, e, PersonalData.NAME) for s, e in names(plain, numbers)]
    found += [_Match(s, e, PersonalData.NAME) for s, e in names_in_tables(plain)]
    found += [_Match(s, e, PersonalData.NAME, ((s, e),)) for s, e in foreign_names(plain)]
    found += [_Match(s, e, PersonalData.NAME, ((s, e),)) for s, e in lone_given_names(plain)]
    return _without_overlaps(found) if len(found) > 1 else found


def _numbers(plain: str, groups: list[rules.Found], *, by_office: bool) -> list[_Match]:
    longest = max(end - start for start, end in groups)
    found = [
        _Match(start, end, kind)
        for kind, least, finder in _NUMBERS
        if longest >= least
        for start, end in finder(plain)
    ]
    lines = rules.landlines(plain, by_office=by_office)
    found += [_Match(start, end, PersonalData.LANDLINE) for start, end in lines]
    plainly = sorted((match.start, match.end) for match in found)
    groups = [(start, end) for start, end in groups if not _covered(plainly, start, end)]
    kinds: dict[int, PersonalData] = {}

    def is_number(digits: str, at: int) -> bool:
        kind = rules.kind_of(digits, plain, at, by_office=by_office)
        if kind is not None:
            kinds[at] = PersonalData(kind)
        return kind is not None

    spans = disguised(plain, groups, is_number)
    written = [_Match(start, end, kinds[start]) for start, end in spans]
    cards = [one for one in (*found, *written) if one.kind is PersonalData.BANK_CARD]
    found = [one for one in found if not any(_holds(card, one) for card in cards)]
    found += [
        one
        for one in written
        if one.kind is not PersonalData.MOBILE
        or not (_touched(plainly, one.start, one.end) or plain[one.end : one.end + 1] == "元")
    ]
    return found


def _holds(card: _Match, number: _Match) -> bool:
    """Whether the number is a part of a card's: 1726 3305 414 of 6228 4809 1726 3305 414."""
    if number.kind not in (PersonalData.MOBILE, PersonalData.LANDLINE):
        return False
    length = number.end - number.start
    return card.start <= number.start and number.end <= card.end and length < card.end - card.start


def _touched(spans: list[rules.Found], start: int, end: int) -> bool:
    """Whether one of the spans, which are in order, shares a place with this one."""
    at = bisect_left(spans, (end, 0))
    return at > 0 and spans[at - 1][1] > start


def _covered(spans: list[rules.Found], start: int, end: int) -> bool:
    """Whether one of the spans, which are in order, holds all of this one."""
    at = bisect_left(spans, (start + 1, 0))
    return at > 0 and spans[at - 1][1] >= end


_RANK = {kind: rank for rank, kind in enumerate(PersonalData)}


def _without_overlaps(found: list[_Match]) -> list[_Match]:
    """The best sort wins; among equals what says what to hide, the longer, the earlier."""
    taken: list[_Match] = []
    for match in sorted(
        found, key=lambda m: (_RANK[m.kind], not m.hidden, m.start - m.end, m.start)
    ):
        at = bisect_left(taken, match)
        clear_before = at == 0 or taken[at - 1].end <= match.start
        clear_after = at == len(taken) or match.end <= taken[at].start
        if clear_before and clear_after:
            taken.insert(at, match)
    return taken


def _hidden(plain: str, match: _Match) -> list[int]:
    """Places of the characters that stars take."""
    start, end, kind, parts = match
    if parts:
        return [at for part in parts for at in range(*part)]
    piece = plain[start:end]
    if kind is PersonalData.NAME:
        return list(range(start + max(1, surname_length(piece, 0)), end))
    if kind is PersonalData.EMAIL:
        sign = contacts.MAIL_SIGN.search(piece)
        local = sign.start() if sign else len(piece)
        hidden = list(range(start + (local > 1), start + local))
        # A number as a domain would be found as a number once the local part is gone.
        if sum(map(str.isdigit, piece[local:])) >= _MIN_NUMBER:
            hidden += [at for at in range(start + local, end) if plain[at].isdigit()]
        return hidden
    places = [at for at in range(start, end) if plain[at].isalnum()]
    if kind is PersonalData.CHAT_ID:
        return list(range(start + 2, end))
    if kind is PersonalData.LANDLINE and plain[places[0]] in "0零〇○":
        head, tail = (4 if plain[places[1]] in "12一二" else 5), 2
    else:
        head, tail = _KEPT[kind]
    return places[head : len(places) - tail]


_KEPT = {
    PersonalData.ID_CARD: (3, 2),
    PersonalData.MOBILE: (3, 4),
    PersonalData.BANK_CARD: (4, 4),
    PersonalData.PASSPORT: (1, 2),
    PersonalData.LANDLINE: (1, 2),
    PersonalData.PLATE: (2, 2),
}
"""How many letters and digits stay at the head and at the tail."""


def _cover(piece: str, head: int, tail: int) -> str:
    """Stars for letters and digits between head and tail; marks between them stay."""
    places = [at for at, char in enumerate(piece) if char.isalnum()]
    chars = list(piece)
    for at in places[head : len(places) - tail]:
        chars[at] = "*"
    return "".join(chars)

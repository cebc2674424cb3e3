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
from typing import NamedTuple

import msgspec
from msgspec import Struct

from cases.privacy import masking_rules as rules
from cases.privacy.masking_names import names
from cases.privacy.surnames import is_han, surname_length
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
    start: int
    end: int
    kind: PersonalData
    hidden: tuple[rules.Found, ...] = ()
    """Parts to hide where it is not the sort that says so."""


_DIGITS = re.compile("[0-9]{3}|[0-9][ -][0-9]|[A-Za-z][ .]?[0-9]")
"""What stands in every number, plate and flat: a plate need not have three digits in a row."""
_NUMBER = re.compile("[0-9](?:[ .-]?[0-9]){6}")
"""Without it there is none of `_NUMBERS`, and most messages are without."""
_NUMBERS = (
    (PersonalData.ID_CARD, rules.id_cards),
    (PersonalData.MOBILE, rules.mobiles),
    (PersonalData.BANK_CARD, rules.bank_cards),
    (PersonalData.PASSPORT, rules.passports),
)
_NAMED_BY = (PersonalData.ID_CARD, PersonalData.MOBILE, PersonalData.LANDLINE)


def find_personal_data(text: str, *, by_office: bool = False) -> tuple[Span, ...]:
    """All personal data in the text, in order, without overlaps.

    `by_office`: an office wrote it (a reply), so a fixed line is the office's own
    unless the text says otherwise. A surname before a title (王先生) is reported
    too, though `mask` leaves it.
    """
    found = _find(text, by_office=by_office)
    return tuple(Span(m.start, m.end, m.kind, text[m.start : m.end]) for m in found)


def mask(text: str, *, by_office: bool = False) -> str:
    """The text with personal data hidden and its shape kept: 138****5678, 王**, 浙A***45.

    As long as the text, and `mask(mask(text)) == mask(text)`.
    """
    while (masked := _mask_once(text, by_office=by_office)) != text:
        # What was hidden may have been the neighbour that kept something else from
        # being believed, so look again until nothing is left; stars only grow.
        text = masked
    return text


def _mask_once(text: str, *, by_office: bool) -> str:
    pieces: list[str] = []
    done = 0
    for match in _find(text, by_office=by_office):
        pieces += (text[done : match.start], _hide(text, match))
        done = match.end
    pieces.append(text[done:])
    return "".join(pieces)


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
            column: _mask_column(column, value, confidential=item.confidential)
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


def _mask_column(column: str, value: str, *, confidential: bool) -> str:
    """A column that the intake kept as it was; its heading may say what it holds."""
    is_number, is_name = _NUMBER_COLUMN.search(column), _NAME_COLUMN.search(column)
    if confidential and value and (is_number or is_name):
        return _CONFIDENTIAL
    if is_number:
        return mask_number(value)
    return mask_name(value) if is_name else mask(value)


def _find(text: str, *, by_office: bool) -> list[_Match]:
    narrow = rules.narrow(text)
    found: list[_Match] = []
    if _DIGITS.search(narrow):
        if _NUMBER.search(narrow):
            for kind, finder in _NUMBERS:
                found += [_Match(start, end, kind) for start, end in finder(narrow)]
            lines = rules.landlines(narrow, by_office=by_office)
            found += [_Match(start, end, PersonalData.LANDLINE) for start, end in lines]
        found += [_Match(start, end, PersonalData.PLATE) for start, end in rules.plates(narrow)]
        found += [
            _Match(start, end, PersonalData.ADDRESS, parts)
            for start, end, parts in rules.homes(narrow)
        ]
    if "@" in narrow:
        found += [_Match(s, e, PersonalData.EMAIL) for s, e in rules.emails(narrow)]
    found += [_Match(s, e, PersonalData.CHAT_ID) for s, e in rules.chat_ids(narrow)]
    numbers = [match.start for match in found if match.kind in _NAMED_BY]
    found += [_Match(s, e, PersonalData.NAME) for s, e in names(narrow, numbers)]
    return _without_overlaps(found) if len(found) > 1 else found


_RANK = {kind: rank for rank, kind in enumerate(PersonalData)}


def _without_overlaps(found: list[_Match]) -> list[_Match]:
    """The best sort wins; among equals the longer, then the earlier."""
    taken: list[_Match] = []
    for match in sorted(found, key=lambda m: (_RANK[m.kind], m.start - m.end, m.start)):
        at = bisect_left(taken, match)
        clear_before = at == 0 or taken[at - 1].end <= match.start
        clear_after = at == len(taken) or match.end <= taken[at].start
        if clear_before and clear_after:
            taken.insert(at, match)
    return taken


def _hide(text: str, match: _Match) -> str:
    piece = text[match.start : match.end]
    if match.hidden:
        chars = list(piece)
        for start, end in match.hidden:
            chars[start - match.start : end - match.start] = "*" * (end - start)
        return "".join(chars)
    kind = match.kind
    if kind is PersonalData.NAME:
        kept = max(1, surname_length(piece, 0))
        return piece[:kept] + "*" * (len(piece) - kept)
    if kind is PersonalData.EMAIL:
        local = max(piece.find("@"), piece.find("＠"))
        domain = piece[local:]
        # A number as a domain would be found as a number once the local part is gone.
        if sum(map(str.isdigit, domain)) >= _MIN_NUMBER:
            domain = _DIGIT.sub("*", domain)
        return piece[0] * (local > 1) + "*" * (local - (local > 1)) + domain
    if kind is PersonalData.LANDLINE and piece[0] in "0０":
        area = 3 if piece[1] in "12１２" else 4
        return _cover(piece, area + 1, 2)
    if kind is PersonalData.CHAT_ID:
        return piece[:2] + "*" * (len(piece) - 2)
    head, tail = _KEPT[kind]
    return _cover(piece, head, tail)


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

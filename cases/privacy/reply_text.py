"""Personal data in the text of a reply: what has to go before it is reviewed.

"加强对个人隐私和商业秘密的保护" (南昌经开区 2024, part 2, item 3): a reply is published,
so a citizen's number in it is a leak, no matter who wrote it there.
"""

from __future__ import annotations

from typing import Final

from cases.privacy.masking import PersonalData, Span, find_personal_data, names_nobody
from cases.record.item import Item

STOPPING: Final = frozenset(
    {
        PersonalData.ID_CARD,
        PersonalData.MOBILE,
        PersonalData.BANK_CARD,
        PersonalData.PASSPORT,
        PersonalData.LANDLINE,
        PersonalData.CHAT_ID,
        PersonalData.PLATE,
        PersonalData.ADDRESS,
    }
)
"""Sorts that a reply must not hold. An office's own line and mail address are none; a
name is for the reviewer, who knows whether it is an officer's."""
_SHORTEST: Final = 5
"""Characters of a known number or address that are looked for as they stand."""


def personal_data_in(text: str, item: Item, *, names: bool = False) -> tuple[Span, ...]:
    """What stops a reply with this text, in its order. What the source says of the
    reporter (number, mail, address) is found as it is written there too, and the name
    where secrecy was asked for, or where `names` are wanted."""
    found = [
        span
        for span in find_personal_data(text, by_office=True)
        if span.kind in STOPPING and "*" not in span.text
    ]
    known = [
        (PersonalData.LANDLINE, item.phone, _SHORTEST),
        (PersonalData.EMAIL, item.email, _SHORTEST),
        (PersonalData.ADDRESS, item.address, _SHORTEST),
    ]
    if (item.confidential or names) and not names_nobody(item.author):
        known.append((PersonalData.NAME, item.author, 2))
    for kind, value, least in known:
        start = text.find(value) if len(value) >= least else -1
        while start >= 0:
            end = start + len(value)
            if not any(span.start < end and start < span.end for span in found):
                found.append(Span(start, end, kind, value))
            start = text.find(value, end)
    return tuple(sorted(found, key=lambda span: span.start))

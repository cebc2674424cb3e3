"""What the anonymous public may read of a case: a text that a person released.

Publishing records where a reply stands; the released text is part of that event, so that
it is in the history who let out which words. Nothing else of a case is ever shown to people
who have not signed in. A later version of the message or a later reply is not public until
a text is released again; withdrawing takes it away at once.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from cases.privacy.masking import Span
from cases.privacy.masking_public import mask_public
from cases.privacy.reply_text import personal_data_in
from cases.record.case import Case


class PublicText(Struct, frozen=True, kw_only=True):
    text: str
    """Title and message."""
    place: str
    reply: str
    masked: dict[str, int]
    """How many places of each sort are hidden."""


def proposed(case: Case) -> PublicText:
    """The text as the stricter masking leaves it, for a person to look through and change."""
    item = case.item
    given = [delivery.text for round_ in case.rounds for delivery in round_.deliveries]
    text, in_text = mask_public(item, "\n".join(filter(None, (item.title, item.body))))
    place, in_place = mask_public(item, item.place)
    reply, in_reply = mask_public(item, given[-1] if given else "", by_office=True)
    masked = Counter(in_text) + Counter(in_place) + Counter(in_reply)
    return PublicText(text=text, place=place, reply=reply, masked=dict(masked))


def left_in(case: Case, *texts: str) -> tuple[Span, ...]:
    """Personal data that must not be public, in texts that a person has looked through."""
    found: list[Span] = []
    for text in texts:
        found += personal_data_in(text, case.item, names=True)
    return tuple(found)


def is_released(case: Case) -> bool:
    """Whether a person released a text, and the case may still be read by everyone."""
    seen = case.publication
    kept = case.confidential or case.item.not_public
    return bool(seen and seen.where and seen.text) and not kept


def is_newer_than_released(case: Case) -> bool:
    """Whether the case is on record as public, but its text was never released, or message
    or reply have changed since."""
    seen = case.publication
    if seen is None or not seen.where:
        return False
    return not seen.text or (seen.version, seen.replies) != (case.version, replies_of(case))


def replies_of(case: Case) -> int:
    """Replies that reached the citizen, in all rounds."""
    return sum(len(round_.deliveries) for round_ in case.rounds)

"""What each role may see of the roster and of the hand-over notes (交接班记录).

Who is on duty is for everyone; the numbers and addresses at which they are called are for those
who call them, the desk, its leaders and administrators, and their own for the person on duty.

They are for those who take turns on duty: the desk, its leaders and administrators. A note
is written by hand and about anything, so everyone sees it masked, with what is known of the
reporters of the cases that it names hidden as well; the desk sees it as it is after saying
why. A note that names a case is withheld from who may know no more than that there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from cases.privacy.masking import mask
from cases.privacy.visibility import WITHHELD, Sight, is_withheld, masked, sight_of
from cases.record.case import Case
from cases.words.actors import Actor, Role
from desk.duty.roster import HandOver, Shift
from sinks.ledger.base import Ledger, Query

READERS: Final = (Role.DESK, Role.LEADER, Role.ADMIN)
_FULL_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}:[^\s，。；、（）()“”]{1,200}")
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,63}")
_MOST_NAMED: Final = 40
_MOST_FOUND: Final = 20


def shifts_for(shifts: Iterable[Shift], actor: Actor) -> tuple[Shift, ...]:
    """The shifts as this person sees them."""
    return tuple(
        one
        if actor.role in READERS or (one.account and one.account == actor.id)
        else replace(one, mobile="", email="")
        for one in shifts
    )


def named_cases(text: str, ledger: Ledger) -> list[Case]:
    """The cases whose number stands in the text, with the source's name or without."""
    ids = list(dict.fromkeys(_FULL_ID.findall(text)))[:_MOST_NAMED]
    found = ledger.load(ids)
    for number in list(dict.fromkeys(_NUMBER.findall(text)))[:_MOST_NAMED]:
        if any(character.isdigit() for character in number):
            page = ledger.search(Query(text=number, limit=_MOST_FOUND, count_to=1))
            same = (case for case in page.cases if case.item.source_item_id == number)
            found |= {case.case_id: case for case in same}
    return list(found.values())


def note_text(text: str, cases: Iterable[Case], actor: Actor, *, unmasked: bool = False) -> str:
    """`cases`: those that the text names. `unmasked`: the desk has said why."""
    named = list(cases)
    if any(is_withheld(case, actor) or sight_of(case, actor) is Sight.NOTHING for case in named):
        return WITHHELD
    if unmasked and actor.role is Role.DESK:
        return text
    for case in named:
        text = masked(replace(case.item, confidential=case.confidential), text)
    return mask(text)


def notes_for(
    notes: Sequence[HandOver], ledger: Ledger, actor: Actor, *, unmasked: str = ""
) -> list[HandOver]:
    """The notes as this person reads them; none for who is never on duty. `unmasked`: number
    of the note that the desk has said why it wants to see."""
    if actor.role not in READERS:
        return []
    return [
        replace(
            one,
            text=note_text(
                one.text,
                named_cases(one.text, ledger),
                actor,
                unmasked=one.number == unmasked,
            ),
        )
        for one in notes
    ]

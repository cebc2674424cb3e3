"""The newest things that call this person: what an open page says with a line and a sound."""

from __future__ import annotations

from heapq import nlargest
from typing import Final

from msgspec import Struct

from cases.alerts import ALERT_WORDS, Level
from cases.life.calls import calls
from cases.privacy.visibility import marks_of
from cases.words.actors import Actor, Role
from cases.words.ids import joined_digest
from desk.ground.context import DeskContext, PageStore
from desk.home.calls import calling
from desk.phrasing.lines import alert_told

MOST: Final = 20
_READ: Final = 50


class NewCall(Struct, frozen=True):
    mark: str
    """Names it for the page, which remembers those it has told; says nothing of the case."""
    text: str
    """Its kind."""
    href: str


def newest_calls(store: PageStore, office: DeskContext, actor: Actor) -> tuple[NewCall, ...]:
    """The newest first. For a unit what a person or a rule gave it or called it upon for; for the
    desk the newest grave alerts. Others have none."""
    if actor.role is Role.RESPONDER:
        now = office.clock()
        found = (
            (call.at, joined_digest(case.case_id, call.kind, f"{call.at}", size=6), call.kind.value)
            for case in calling(store, office, actor, now)
            for call in calls(case, actor, office.rules, now)
            if call.by is not None
        )
        return tuple(
            NewCall(mark, f"上级催办和交办：{kind}", "/queue#calls")
            for _, mark, kind in nlargest(MOST, found)
        )
    if actor.role is Role.DESK:
        grave = [one for one in store.alerts(_READ) if one.level is Level.HIGH]
        if marks_of(actor):
            cases = store.ledger.load(list({one.case_id for one in grave if one.case_id}))
            grave = [one for one in grave if alert_told(one, cases.get(one.case_id), actor)]
        return tuple(
            NewCall(joined_digest(one.alert_id, size=6), f"新告警：{ALERT_WORDS[one.kind]}", "/")
            for one in grave[:MOST]
        )
    return ()

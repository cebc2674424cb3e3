"""Papers and histories name people and offices, never ids of accounts or doors."""

from __future__ import annotations

from cases.record import events as ev
from cases.words.actors import Actor, Role
from desk.actions.sentences import describe_event
from desk.phrasing.phrases import Phrases
from tests.cases.helpers import HOUSING, at
from tests.reporting.town import office

PHRASES = Phrases(office().register, at("2026-03-05T10:00"))


def test_an_actor_without_a_name_is_the_office() -> None:
    assert PHRASES.actor(Actor("by-hand:demo", Role.DESK)) == "值班台"
    assert PHRASES.actor(Actor("zhang3", Role.RESPONDER, unit=HOUSING)) == "县住建局"
    assert PHRASES.actor(Actor("zhang3", Role.RESPONDER, "张某", HOUSING)) == "县住建局 张某"


def test_a_delivered_reply_names_no_door_of_the_program() -> None:
    body = ev.ReplyDelivered(number=1, text="已修好", via="by-hand:demo", at=at("2026-03-04T10:00"))
    assert describe_event(body, PHRASES).text == "答复群众（来信渠道），03-04 10:00"


def test_a_case_that_others_joined_is_the_first_of_its_matter_and_not_linked_to_itself() -> None:
    body = ev.MatterLinked(matter="demo:0013", reason="内容基本相同", burst=0)
    assert describe_event(body, PHRASES).detail == "首件 demo:0013；内容基本相同"

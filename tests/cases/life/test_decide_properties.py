"""What holds whatever happens: random lives of a case, most of their steps illegal."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from cases.life.decide import decide
from cases.life.evolve import fold
from cases.privacy.visibility import seen_by
from cases.record import events as ev
from cases.record.case import Case, Round, decode_case, encode_case
from cases.record.events import EventBody, decode_event, encode_event
from cases.record.item import Item
from cases.record.messages import Observation, Tick, decode_message, encode_message
from sinks.ledger.case_index import index_of
from sinks.reports.export import csv_lines, jsonl
from tests.cases.helpers import usual
from tests.cases.strategies import ACTORS, LIVES, Step, Taken, live

Life = tuple[Item, object, list[Step]]
MODEST = settings(max_examples=100)
pytestmark = pytest.mark.timeout(300)
"""Long lives on a busy machine."""


def lived(life: Life) -> list[Taken]:
    first, findings, steps = life
    return live(first, findings, steps, usual())  # type: ignore[arg-type]


@pytest.mark.slow
@MODEST
@given(LIVES)
def test_folding_the_history_gives_the_case_byte_for_byte(life: Life) -> None:
    for taken in lived(life):
        case = taken.after
        assert [event.seq for event in case.history] == list(range(1, case.seq + 1))
        folded = fold(decode_event(encode_event(event)) for event in case.history)
        assert folded == case
        assert encode_case(folded) == encode_case(case)
        assert encode_case(decode_case(encode_case(case))) == encode_case(case)


@MODEST
@given(LIVES)
def test_deciding_again_decides_the_same(life: Life) -> None:
    for taken in lived(life):
        again = decode_message(encode_message(taken.message))
        assert decide(taken.before, again, taken.now, usual(), taken.findings) == taken.events


@MODEST
@given(LIVES)
def test_a_message_that_comes_again_gives_its_own_events_and_no_new_ones(life: Life) -> None:
    steps = lived(life)
    end = steps[-1]
    for taken in steps:
        again = decide(end.after, taken.message, end.now, usual(), taken.findings)
        if taken.events:
            assert again == taken.events
        else:
            # A known duplicate left no trace. Should the source have shown something
            # else in between, it is a version like any other.
            assert isinstance(taken.message, Observation)


@MODEST
@given(LIVES)
def test_a_refusal_changes_nothing_but_the_history(life: Life) -> None:
    for taken in lived(life):
        if any(isinstance(event.body, ev.ActionRefused) for event in taken.events):
            assert taken.before is not None
            assert len(taken.events) == 1
            assert replace(taken.after, history=taken.before.history) == taken.before


@MODEST
@given(LIVES)
def test_every_action_and_tick_is_in_the_history(life: Life) -> None:
    for taken in lived(life):
        if not isinstance(taken.message, Observation):
            assert taken.after.recorded_for(taken.message.message_id)


@MODEST
@given(LIVES)
def test_no_accused_unit_is_ever_given_the_case_nor_keeps_a_part_in_it(life: Life) -> None:
    influence = usual().influence
    for taken in lived(life):
        accused = influence.within(taken.after.accused)
        assert accused.isdisjoint(task.unit for task in taken.after.tasks)
        assert taken.after.unit not in accused
        known = influence.within(taken.before.accused) if taken.before else frozenset()
        for event in taken.events:
            if isinstance(event.body, ev.Assigned):
                assert known.isdisjoint((event.body.lead, *event.body.assisting))


@MODEST
@given(LIVES)
def test_no_machine_dispatches_what_asks_for_secrecy_or_accuses(life: Life) -> None:
    rules = usual()
    for taken in lived(life):
        if not isinstance(taken.message, Observation):
            continue
        item = taken.after.item
        accuses = rules.accusation.find(item.title, item.body) is not None
        for event in taken.events:
            if isinstance(event.body, ev.Assigned):
                assert not item.confidential
                assert not accuses


@MODEST
@given(LIVES)
def test_taking_a_part_away_never_moves_a_clock(life: Life) -> None:
    for taken in lived(life):
        away = (ev.TakenBack, ev.HeldBack, ev.MarkedConfidential)
        if taken.before and taken.events and all(isinstance(e.body, away) for e in taken.events):
            assert taken.after.round.clocks == taken.before.round.clocks
            assert taken.after.received_at == taken.before.received_at


@MODEST
@given(LIVES)
def test_nothing_moves_the_receipt(life: Life) -> None:
    steps = lived(life)
    first = steps[0].after
    for taken in steps:
        assert taken.after.received_at == first.received_at
        assert taken.after.item.received_at == first.received_at
        assert taken.after.opened_at == first.opened_at


@MODEST
@given(LIVES)
def test_handing_a_case_about_never_moves_a_clock(life: Life) -> None:
    """But for the time in which the unit acknowledges: who gets the case later has its own."""
    handing = (ev.Assigned, ev.ReturnAsked, ev.ReturnApproved, ev.ReturnRefused, ev.HandedOn)
    for taken in lived(life):
        if taken.before and taken.events and isinstance(taken.events[0].body, handing):
            assert [_promised(r) for r in taken.after.rounds] == [
                _promised(r) for r in taken.before.rounds
            ]


def _promised(round_: Round) -> Round:
    """A round without what is between the desk and a unit."""
    clocks = tuple(clock for clock in round_.clocks if clock.name != "acknowledge")
    return replace(round_, clocks=clocks, acknowledged_at=None)


@pytest.mark.slow
@MODEST
@given(LIVES)
def test_a_round_that_has_a_successor_never_changes(life: Life) -> None:
    for taken in lived(life):
        if taken.before is not None:
            earlier = taken.before.rounds[:-1]
            assert taken.after.rounds[: len(earlier)] == earlier
            if taken.before.round.closed_at is not None:
                ended = taken.after.rounds[len(earlier)]
                assert _settled(ended) == _settled(taken.before.round)


def _settled(round_: Round) -> Round:
    """A closed round but for the call-back and a reply that the source shows late."""
    return replace(round_, callback=None, deliveries=())


@pytest.mark.slow
@MODEST
@given(LIVES)
def test_deliveries_are_never_lost_and_none_is_counted_twice(life: Life) -> None:
    for taken in lived(life):
        for round_ in taken.after.rounds:
            given_ = ["".join(d.text.split()) for d in round_.deliveries]
            timed = [("".join(d.text.split()), d.at) for d in round_.deliveries]
            assert len(timed) == len(set(timed))
            untimed = {text for text, when in timed if when is None}
            assert all(given_.count(text) == 1 for text in untimed)
        if taken.before is not None:
            before = taken.before.round.deliveries
            after = taken.after.rounds[len(taken.before.rounds) - 1].deliveries
            assert len(after) >= len(before)
            assert {d.at for d in before if d.at} <= {d.at for d in after}


@MODEST
@given(LIVES)
def test_a_clock_is_longer_only_by_what_somebody_decided(life: Life) -> None:
    moves = (
        ev.ClocksSet,
        ev.ExtensionGranted,
        ev.Paused,
        ev.ReceiptConfirmed,
        ev.Resumed,
        ev.RoundStarted,
    )
    for taken in lived(life):
        if taken.before is None or any(isinstance(e.body, moves) for e in taken.events):
            continue
        assert taken.after.round.clocks == taken.before.round.clocks


@pytest.mark.slow
@MODEST
@given(LIVES)
def test_whatever_the_case_it_can_be_indexed_exported_and_shown(life: Life) -> None:
    case: Case = lived(life)[-1].after
    index_of(case)
    (line,) = jsonl([case], str)
    assert line.endswith(b"\n")
    assert b"".join(csv_lines([case], str))
    for actor in ACTORS:
        seen = seen_by(case, actor)
        if seen is not None:
            encode_case(seen)


@MODEST
@given(LIVES)
def test_a_tick_that_was_taken_asks_for_nothing_more_at_the_same_moment(life: Life) -> None:
    """Otherwise the sweep would fill the inbox with the same question for ever."""
    end = lived(life)[-1]
    tick = Tick(message_id="t-x", case_id=end.after.case_id, at=end.now)
    events = decide(end.after, tick, end.now, usual())
    after = fold((*end.after.history, *events))
    again = replace(tick, message_id="t-y")
    (nothing,) = decide(after, again, end.now, usual())
    assert isinstance(nothing.body, ev.ActionRefused)


def test_every_kind_of_event_survives_its_json() -> None:
    """One of each kind, taken from the story below; a kind that it misses fails here."""
    found: dict[type[EventBody], ev.Recorded] = {}
    for case in _whole_lives():
        for event in case.history:
            found.setdefault(type(event.body), event)
    assert set(found) == set(get_args(EventBody))
    for event in found.values():
        data = encode_event(event)
        assert decode_event(data) == event
        assert encode_event(decode_event(data)) == data


def _whole_lives() -> list[Case]:
    from tests.cases.whole_life import (
        accused,
        closed_at_source,
        erased,
        first_of_many,
        history,
        in_danger,
        invalid,
        long_life,
        measured,
        refused,
        request,
        under_a_platform,
        with_picture,
    )

    return [
        long_life(),
        refused(),
        erased(),
        invalid(),
        closed_at_source(),
        request(),
        accused(),
        history(),
        first_of_many(),
        with_picture(),
        under_a_platform(),
        in_danger(),
        measured(),
    ]

"""`process`: what becomes of a batch when messages are bad, races are lost and
dependencies fail in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from cases.life.evolve import fold
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, encode_case
from cases.record.item import Item, content_hash
from cases.record.messages import Action, Message, Tick, encode_message, observe
from cases.words.actors import Actor
from sinks.ledger.base import Change
from streams.batch_work import Outcome
from streams.dead_letters import Stage
from streams.process import MOST_CONFLICTS, LedgerBusy, NothingClassified
from tests.cases.helpers import DESK, LEAD, RECEIVED, Story, at, item, labels, reply
from tests.streams.fakes import Broken, Desk, OneLabel, OneUnit

NOW = RECEIVED + timedelta(hours=2)
CASE = "letters:1001"


def act(
    command: do.AnyCommand, number: int = 1, actor: Actor = LEAD, case_id: str = CASE
) -> Action:
    return Action(message_id=f"a-{number}", case_id=case_id, actor=actor, command=command, at=NOW)


def seen(*items: Item) -> list[Message]:
    return [observe(each, "") for each in items]


def run(desk: Desk, messages: Sequence[Message], hours: int = 0) -> Outcome:
    batch = [encode_message(message) for message in messages]
    return desk.processor.process(batch, desk.ports, NOW + timedelta(hours=hours))


def complete(desk: Desk) -> None:
    """The journal, read as readers do, gives every document byte for byte."""
    known = desk.journal.known()
    for case_id, document in desk.ledger.documents.items():
        events = sorted((e for (c, _), e in known.items() if c == case_id), key=lambda e: e.seq)
        folded = fold(events)
        assert folded is not None
        assert encode_case(folded) == document
    assert {case_id for case_id, _ in known} == set(desk.ledger.documents)


def test_a_batch_becomes_cases_in_ledger_journal_and_alerts() -> None:
    desk = Desk(OneLabel(said=labels(urgent=True)))
    outcome = run(desk, [*seen(item("1"), item("2")), act(do.Acknowledge(), case_id="letters:1")])
    assert (outcome.messages, outcome.opened, outcome.changed) == (3, 2, 1)
    assert (outcome.duplicates, outcome.dead, outcome.replayed) == (0, 0, 0)
    assert set(desk.ledger.documents) == {"letters:1", "letters:2"}
    kinds = [alert.kind.value for alert in desk.alerts.raised]
    assert kinds == ["high_risk", "high_risk", "unit_assigned"], "one was acknowledged at once"
    complete(desk)


def test_the_order_within_a_case_is_the_order_of_the_batch() -> None:
    desk = Desk()
    later = item(body="改过的正文")
    run(
        desk,
        [
            *seen(item()),
            act(do.Acknowledge(), 1),
            *seen(item("2")),
            observe(later, content_hash(item())),
            act(do.HandOn(section="市政科"), 2),
        ],
    )
    kinds = [str(e.body.__struct_config__.tag) for e in desk.case(CASE).history]
    assert kinds == ["case_opened", "assigned", "acknowledged", "version_seen", "handed_on"]
    assert [e.seq for e in desk.journal.events if e.case_id == CASE] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["备注", "补充说明", "引用内容"])
def test_an_accusation_in_a_column_that_no_map_knows_is_given_to_no_unit(name: str) -> None:
    desk = Desk()
    told = {name: "举报县住建局物业科科长周某受贿，收了物业公司两万元。"}
    run(desk, seen(item("1", body="情况见附言。", extra=told), item("2", body="路灯不亮。")))
    assert desk.case("letters:1").held is not None
    assert desk.case("letters:2").held is None


def test_a_known_version_is_a_duplicate() -> None:
    desk = Desk()
    outcome = run(desk, [observe(item(), ""), observe(item(), "another")])
    assert (outcome.opened, outcome.duplicates) == (1, 1)


def test_a_message_twice_in_one_batch_acts_once() -> None:
    desk = Desk()
    twice = [*seen(item()), *seen(item()), act(do.Acknowledge()), act(do.Acknowledge())]
    outcome = run(desk, twice)
    assert (outcome.opened, outcome.changed, outcome.replayed) == (1, 1, 2)
    assert desk.case(CASE).seq == 3
    assert [event.seq for event in desk.journal.events] == [1, 2, 3]
    complete(desk)


# -- bad messages ------------------------------------------------------------


@pytest.mark.parametrize(
    "desk",
    [
        pytest.param(Desk(OneLabel("毒")), id="classifier"),
        pytest.param(Desk(router=OneUnit("毒")), id="router"),
    ],
)
def test_one_message_that_breaks_a_part_leaves_the_others_alone(desk: Desk) -> None:
    bad = item("2", body="有毒的一条")
    messages = seen(item("1"), bad, item("3"))
    outcome = run(desk, messages)
    assert (outcome.opened, outcome.dead) == (2, 1)
    assert set(desk.ledger.documents) == {"letters:1", "letters:3"}
    (letter,) = desk.letters.letters
    assert (letter.stage, letter.reason) == (Stage.PROCESS, "processing_failed")
    assert (letter.source, letter.origin) == ("letters", "letters:2")
    assert letter.original == encode_message(messages[1])
    complete(desk)


@pytest.mark.parametrize(
    "desk",
    [
        pytest.param(Desk(OneLabel("毒")), id="classifier"),
        pytest.param(Desk(router=OneUnit("毒")), id="router"),
    ],
)
def test_a_part_that_breaks_on_everything_stops_the_batch(desk: Desk) -> None:
    """The model is broken then, not the messages: they wait in the log."""
    with pytest.raises(NothingClassified):
        run(desk, seen(item("1", body="有毒"), item("2", body="也有毒")))
    assert not desk.ledger.documents
    assert not desk.letters.letters


def test_a_bad_version_of_a_case_leaves_the_case_as_it_was() -> None:
    desk = Desk(OneLabel("毒"))
    outcome = run(desk, [*seen(item()), observe(item(body="毒"), "x"), act(do.Acknowledge())])
    assert (outcome.opened, outcome.changed, outcome.dead) == (1, 1, 1)
    assert desk.case(CASE).item.body == item().body
    assert desk.case(CASE).seq == 3


@pytest.mark.parametrize("received", ["1989-06-30T09:00", "1900-01-01T00:00", "0001-01-02T00:00"])
def test_a_year_before_the_calendar_is_a_dead_letter(received: str) -> None:
    desk = Desk()
    outcome = run(desk, seen(item("1"), item("2", received_at=at(received)), item("3")))
    assert (outcome.opened, outcome.dead) == (2, 1)
    (letter,) = desk.letters.letters
    assert "CalendarRangeError" in letter.detail


@pytest.mark.parametrize("data", [b"", b"{", b'{"type":"observation"}', b"\xff\xfe", b"[]"])
def test_what_is_no_message_is_kept_as_it_came(data: bytes) -> None:
    desk = Desk()
    good = encode_message(seen(item())[0])
    outcome = desk.processor.process([data, good], desk.ports, NOW)
    assert (outcome.messages, outcome.opened, outcome.dead) == (2, 1, 1)
    (letter,) = desk.letters.letters
    assert (letter.reason, letter.original) == ("not_a_message", data)


def test_an_action_on_a_case_that_nobody_knows_is_a_dead_letter() -> None:
    desk = Desk()
    lost = act(do.Acknowledge(), case_id="letters:9999")
    tick = Tick(message_id="t-1", case_id="letters:8888", at=NOW)
    outcome = run(desk, [lost, tick, *seen(item())])
    assert (outcome.opened, outcome.dead) == (1, 2)
    assert {letter.reason for letter in desk.letters.letters} == {"unknown_case"}
    assert desk.letters.letters[0].original == encode_message(lost)


def test_an_action_waits_for_nothing_if_its_case_opens_in_the_same_batch() -> None:
    desk = Desk()
    outcome = run(desk, [act(do.Acknowledge()), *seen(item()), act(do.Acknowledge(), 2)])
    assert (outcome.opened, outcome.changed, outcome.dead) == (1, 1, 1)


def test_a_refused_action_is_in_the_history_and_no_dead_letter() -> None:
    desk = Desk()
    outcome = run(desk, [*seen(item()), act(do.Close(), actor=DESK)])
    assert (outcome.changed, outcome.dead) == (1, 0)
    assert isinstance(desk.case(CASE).history[-1].body, ev.ActionRefused)


# -- races -------------------------------------------------------------------


def another_writer(story: Story, command: do.AnyCommand) -> Case:
    story.does(DESK, command, NOW)
    return story.case


def test_a_lost_race_is_decided_again_on_what_the_winner_wrote() -> None:
    desk = Desk()
    story = Story()
    desk.ledger.documents[CASE] = encode_case(story.case)
    winner = another_writer(story, do.Assign(lead="police", reason="改派"))
    desk.ledger.rival = lambda change: winner
    desk.ledger.races = 1
    outcome = run(desk, [act(do.Acknowledge()), *seen(item("2"))])
    case = desk.case(CASE)
    assert case.unit == "police"
    refused = case.history[-1].body
    assert isinstance(refused, ev.ActionRefused), "the unit has lost the case meanwhile"
    assert [event.seq for event in case.history] == list(range(1, case.seq + 1))
    assert outcome.opened == 1
    assert desk.journal.known()[(CASE, case.seq)] == case.history[-1]


def test_only_what_lost_is_decided_again() -> None:
    desk = Desk()
    desk.ledger.races = 3
    run(desk, seen(item("1"), item("2")))
    # The rival wrote the very same events: nothing is left to write for that case.
    assert desk.ledger.stores == 2
    complete(desk)


def test_two_workers_with_the_same_message_make_one_event_of_it() -> None:
    desk = Desk()
    desk.ledger.races = 1
    run(desk, seen(item()))
    assert desk.case(CASE).seq == 2
    complete(desk)


def test_a_dead_letter_of_a_lost_race_is_forgotten_when_the_case_turns_up() -> None:
    """The action came before its case; the winner of the race has opened it."""
    desk = Desk()
    opened = Story().case
    desk.ledger.races = 1
    desk.ledger.rival = lambda change: opened
    later = item(body="改过的正文")
    run(desk, [act(do.Acknowledge()), observe(later, "x")])
    assert desk.letters.letters == []
    assert desk.case(CASE).round.acknowledged_at == NOW


def test_only_what_is_there_is_asked_for() -> None:
    """A new item is taken for a new case; the ledger says where it is not."""
    desk = Desk()
    run(desk, [*seen(item()), act(do.Acknowledge())])
    assert desk.ledger.asked == []
    later = observe(item(body="改过的正文"), "x")
    outcome = run(desk, [later, *seen(item("2")), act(do.Acknowledge(), 2, case_id="letters:3")])
    assert desk.ledger.asked == [CASE, "letters:3"]
    assert (outcome.opened, outcome.changed, outcome.dead) == (1, 1, 1)
    kinds = [str(e.body.__struct_config__.tag) for e in desk.case(CASE).history]
    assert kinds == ["case_opened", "assigned", "acknowledged", "version_seen"]
    complete(desk)


def test_what_could_not_open_a_case_is_no_dead_letter_where_the_case_is_open() -> None:
    desk = Desk()
    run(desk, seen(item()))
    # From here on nothing can be opened: the calendar is gone.
    means = desk.processor._means
    broken = replace(means.rules, calendar=None)
    desk.processor.use(broken, means.classifier, means.router)
    outcome = run(desk, seen(item(), item("2")))
    assert (outcome.replayed + outcome.duplicates, outcome.dead) == (1, 1)
    assert desk.ledger.asked == [CASE, "letters:2"]
    assert "letters:2" not in desk.ledger.documents
    complete(desk)


def test_races_without_end_stop_the_batch_unacknowledged() -> None:
    desk = Desk()
    story = Story()
    desk.ledger.documents[CASE] = encode_case(story.case)
    desk.ledger.races = MOST_CONFLICTS + 5

    def always_ahead(change: Change) -> Case:
        number = desk.ledger.stores
        return another_writer(story, do.LogContact(text=f"第 {number} 次联系"))

    desk.ledger.rival = always_ahead
    with pytest.raises(LedgerBusy, match=CASE):
        run(desk, [act(do.Acknowledge())])
    assert desk.journal.events == []
    assert desk.letters.letters == []


# -- crashes -----------------------------------------------------------------


def test_a_crash_between_ledger_and_journal_is_made_good_by_the_redelivery() -> None:
    desk = Desk(OneLabel(said=labels(urgent=True)))
    messages = [*seen(item("1"), item("2")), act(do.Acknowledge(), case_id="letters:1")]
    desk.journal.fail_times = 1
    with pytest.raises(Broken):
        run(desk, messages)
    written = dict(desk.ledger.documents)
    assert desk.journal.events == []
    assert desk.alerts.raised == []

    outcome = run(desk, messages, hours=5)
    assert (outcome.opened, outcome.changed, outcome.replayed) == (0, 0, 3)
    assert desk.ledger.documents == written, "decided once, although the clock has moved on"
    complete(desk)
    assert len(desk.alerts.raised) == 3

    run(desk, messages, hours=6)
    ids = [alert.alert_id for alert in desk.alerts.raised]
    assert len(ids) == 6
    assert len(set(ids)) == 3, "the same alerts again, by their ids"
    complete(desk)


def test_what_came_after_the_crash_joins_in_order() -> None:
    desk = Desk()
    desk.journal.fail_times = 1
    with pytest.raises(Broken):
        run(desk, seen(item()))
    run(desk, [*seen(item()), act(do.Acknowledge())], hours=1)
    assert [event.seq for event in desk.journal.events] == [1, 2, 3]
    complete(desk)


def test_a_redelivery_survives_a_newer_model() -> None:
    desk = Desk()
    messages = seen(item(replies=(reply(when=at("2026-03-02T11:00")),)))
    desk.journal.fail_times = 1
    with pytest.raises(Broken):
        run(desk, messages)
    newer = Desk(OneLabel(said=labels(topic="教育文体", model="newer")))
    newer.ledger = desk.ledger
    newer.processor.process([encode_message(m) for m in messages], desk.ports, NOW)
    complete(desk)
    assert desk.case(CASE).labels.model == "test"


def test_an_empty_batch_is_no_work() -> None:
    desk = Desk()
    assert run(desk, []) == Outcome(messages=0)

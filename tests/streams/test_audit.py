"""`audit` balances what is sound and names what is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.messages import Action
from cases.words.actors import Actor
from desk.app.commands.audit import audit_store, audit_text, last_word
from desk.dead_letters.replay import replay_dead
from huiyin.store.ciphers import Algorithm, seal, unseal
from sinks.files import FileStore
from sinks.ledger.base import Query
from streams.audit import Audit
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.seam.base import Batch, Rejected
from tests.cases.helpers import (
    DESK,
    LEAD,
    RECEIVED,
    STRANGER,
    UNPLACED,
    at,
    item,
    reply,
    usual,
)
from tests.streams.fakes import OneLabel, OneUnit


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _opened(data: bytes, wrapped: bytes | None) -> str:
    return (unseal(wrapped[1:], data) if wrapped else data).decode("utf-8", "replace")


def _sealed(text: str, wrapped: bytes) -> bytes:
    return seal(Algorithm.AES, wrapped[1:], text.encode())


class Office:
    """An embedded runtime in which all kinds of things have happened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock(RECEIVED + timedelta(hours=1))
        self.store = EmbeddedStore(path)
        self.files = FileStore(path.parent / "files", 1)
        self.runner = self.runner_with(OneLabel("毒"))

    def runner_with(self, classifier: OneLabel) -> EmbeddedRunner:
        return EmbeddedRunner(self.store, Processor(usual(), classifier, OneUnit()), self.clock)

    def act(self, number: int, case: str, actor: Actor, command: do.AnyCommand) -> None:
        action = Action(
            message_id=f"a-{number}",
            case_id=f"letters:{case}",
            actor=actor,
            command=command,
            at=self.clock(),
        )
        self.runner.act(action)

    def busy_weeks(self) -> None:
        one, two = item("1"), item("2")
        bad_row = Rejected(
            source="letters", reason="missing_id", detail="", original=b"row", origin="f.xlsx"
        )
        poison = item("3", body="有毒的一条")
        self.runner.take("letters", Batch(found=(one, two, bad_row, poison)))
        self.runner.take("letters", Batch(found=(one, bad_row, item("4"))))
        self.act(1, "1", LEAD, do.Acknowledge())
        self.act(1, "1", LEAD, do.Acknowledge())
        self.act(2, "1", STRANGER, do.Acknowledge())
        self.act(3, "9999", DESK, do.Close())
        self.store.append_raw([b"\xffnoise"])
        self.runner.pump_all()
        for shown in (item("1", body="改过"), one, item("1", body="改过")):
            self.runner.take("letters", Batch(found=(shown,)))
        answered = item("2", replies=(reply(when=at("2026-03-03T09:00")),))
        self.runner.take("letters", Batch(found=(answered,)))
        self.runner.pump_all()
        for day in range(3, 14):
            self.clock.now = at(f"2026-03-{day:02}T08:00")
            self.runner.sweep()
            self.runner.pump_all()
            assert self.runner.sweep() == 0, "what was said is not asked for again"

    def audit(self) -> Audit:
        return audit_store(self.store)

    def tamper(self, statement: str, *values: object) -> int:
        """Changes the file behind the program's back; gives how many rows."""
        other = sqlite3.connect(self.path)
        other.create_function("opened", 2, _opened)
        other.create_function("sealed", 2, _sealed)
        with other:
            changed = other.execute(statement, values).rowcount
        other.close()
        return changed


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "huiyin.db")
    office.busy_weeks()
    yield office
    office.store.close()


def test_everything_that_came_in_is_accounted_for(office: Office) -> None:
    result = office.audit()
    assert result.problems == ()
    assert (result.read, result.unchanged, result.rejected) == (11, 1, 2)
    assert (result.observations, result.cases, result.later_versions) == (8, 3, 4)
    assert (result.dead, result.duplicates, result.unreadable) == (1, 0, 1)
    assert (result.actions, result.waiting) == (4, 0)
    assert result.ticks > 0
    assert result.refused == 1
    assert "核对一致" in last_word(balanced=result.balanced)


def test_the_last_of_the_versions_to_and_fro_is_what_the_case_shows(office: Office) -> None:
    (case,) = (c for c in office.store.ledger.scan(Query()) if c.case_id == "letters:1")
    assert (case.item.body, case.versions) == ("改过", 4)


def test_sweeping_for_weeks_asks_no_question_twice(office: Office) -> None:
    rows = [data for _, data in office.store.inbox(0, 10_000)]
    ticks = [data for data in rows if b'"type":"tick"' in data]
    assert len(ticks) == len({data.split(b'"message_id":"')[1][:34] for data in ticks}) > 0
    office.clock.now = at("2026-06-01T08:00")
    office.runner.sweep()
    office.runner.pump_all()
    assert office.runner.sweep() == 0, "once all is overdue and said, nothing is asked"


def test_messages_that_wait_are_no_problem(office: Office) -> None:
    office.runner.take("letters", Batch(found=(item("8"),)))
    result = office.audit()
    assert (result.balanced, result.waiting) == (True, 1)


def test_a_rebuilt_ledger_is_the_same(office: Office) -> None:
    """Also where the classifier is another one by now, or is not there: it is not asked."""

    def documents() -> list[tuple[object, ...]]:
        other = sqlite3.connect(office.path)
        rows = other.execute(
            f"SELECT case_id, doc, {_BY_NAME}, text, look_by FROM cases ORDER BY 1"
        ).fetchall()
        other.close()
        return [(case_id, _opened(doc, key), *rest) for case_id, doc, key, *rest in rows]

    before = documents()
    every_text = ""
    rebuilt = office.runner_with(OneLabel(every_text)).rebuild()
    assert rebuilt.cases == 3
    assert documents() == before
    assert office.audit().balanced


def test_a_replayed_letter_balances_whether_it_helps_or_not(office: Office) -> None:
    in_vain = replay_dead(office.runner, {}, office.files)
    assert (in_vain.tried, in_vain.accepted, in_vain.still_bad, in_vain.no_way) == (4, 0, 3, 1)
    assert office.audit().problems == ()
    office.runner = office.runner_with(OneLabel())
    mended = replay_dead(office.runner, {}, office.files)
    assert mended.accepted == 1, "the poisoned item is a case now"
    result = office.audit()
    assert result.problems == ()
    assert result.cases == 4


_BY_NAME = "(SELECT wrapped FROM keys WHERE name = case_id)"
_BY_NUMBER = "(SELECT wrapped FROM keys WHERE id = key)"
TAMPERED: list[tuple[str, str, str]] = [
    (
        "an event of the journal",
        "DELETE FROM journal WHERE position = (SELECT max(position) FROM journal)",
        "台账与事件日志不一致",
    ),
    (
        "an event in the middle",
        "DELETE FROM journal WHERE case_id = 'letters:1' AND seq = 3",
        "台账与事件日志不一致",
    ),
    ("all events of a case", "DELETE FROM journal WHERE case_id = 'letters:2'", "事件日志中没有"),
    ("a document", "DELETE FROM cases WHERE case_id = 'letters:4'", "台账中没有"),
    (
        "a changed document",
        f"""UPDATE cases SET doc = sealed(replace(opened(doc, {_BY_NAME}), '清河苑三期',
        '清河苑九期'), {_BY_NAME}) WHERE case_id = 'letters:4'""",
        "台账与事件日志不一致",
    ),
    (
        "a changed event",
        f"""UPDATE journal SET data = sealed(replace(opened(data, {_BY_NUMBER}), '清河苑三期',
        '清河苑九期'), {_BY_NUMBER}) WHERE case_id = 'letters:4' AND seq = 1""",
        "台账与事件日志不一致",
    ),
    ("an observation", "DELETE FROM inbox WHERE position = 1", "收件日志中没有"),
    (
        "an action",
        f"""DELETE FROM inbox WHERE opened(data, {_BY_NUMBER}) LIKE '%"message_id":"a-2"%'""",
        "收件日志中没有",
    ),
    (
        "a tick",
        f"""DELETE FROM inbox WHERE position = (SELECT max(position) FROM inbox
        WHERE opened(data, {_BY_NUMBER}) LIKE '%"type":"tick"%')""",
        "收件日志中没有",
    ),
    (
        "the poisoned observation",
        f"DELETE FROM inbox WHERE opened(data, {_BY_NUMBER}) LIKE '%有毒的一条%'",
        "收件日志中只有",
    ),
    (
        "the letter of the poisoned observation",
        "DELETE FROM dead_letters WHERE reason = 'processing_failed'",
        "也不在死信中",
    ),
    (
        "the letter of the lost action",
        "DELETE FROM dead_letters WHERE reason = 'unknown_case'",
        "也不在死信中",
    ),
    (
        "the letter of the noise",
        "DELETE FROM dead_letters WHERE reason = 'not_a_message'",
        "却不在死信中",
    ),
    (
        "the letter of the bad row",
        "DELETE FROM dead_letters WHERE reason = 'missing_id'",
        "接收时不能识别 2 条",
    ),
    ("a count", "UPDATE intake SET read = read + 1", "接收计数不平"),
]


@pytest.mark.parametrize(
    ("statement", "named"),
    [pytest.param(statement, named, id=what) for what, statement, named in TAMPERED],
)
def test_whatever_is_missing_or_changed_is_named(
    office: Office, statement: str, named: str
) -> None:
    assert office.audit().balanced
    assert office.tamper(statement) >= 1
    result = office.audit()
    assert any(named in problem for problem in result.problems), result.problems
    assert named in audit_text(result)


def test_an_item_that_nobody_can_place_balances_too(tmp_path: Path) -> None:
    office = Office(tmp_path / "huiyin.db")
    office.runner = EmbeddedRunner(
        office.store, Processor(usual(), OneLabel(), OneUnit(to=UNPLACED)), office.clock
    )
    office.runner.take("letters", Batch(found=(item("1", received_at=at("1970-01-01T08:00")),)))
    office.runner.take("letters", Batch(found=(item("2"),)))
    office.runner.pump_all()
    result = office.audit()
    assert (result.problems, result.cases, result.dead) == ((), 1, 1)
    office.store.close()

"""At most once: the log refuses what was, may have been, or is being delivered."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from huiyin.store.sqlite import connect
from sinks.delivery.base import NotTaken, Outcome, Outgoing, Receipt, Unclear
from sinks.delivery.by_hand import ByHand, record_by_hand
from sinks.delivery.log import GRACE, SettleError, SqliteDeliveryLog, Stage
from sinks.delivery.once import deliver_once
from tests.standins.replies import NOW, outgoing

RECEIPT = Receipt(at=NOW, via="door", reference="R-1")
LATER = NotTaken(reason="unreachable", detail="连不上", retry=True)
NEVER = NotTaken(reason="rejected", detail="拒收", retry=False)
MAYBE = Unclear(detail="断开")
CALLED = "送达记录"


@pytest.fixture
def record(tmp_path: Path) -> Iterator[SqliteDeliveryLog]:
    connection = connect(tmp_path / "log.db", CALLED)
    yield SqliteDeliveryLog(connection)
    connection.close()


class Door:
    """Answers from a list, and counts."""

    name = "door"

    def __init__(self, *outcomes: Outcome | Exception) -> None:
        self._outcomes = list(outcomes)
        self.sent = 0

    def deliver(self, outgoing: Outgoing, *, now: datetime) -> Outcome:
        self.sent += 1
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def send(door: Door, record: SqliteDeliveryLog) -> Outcome:
    return deliver_once(door, outgoing(), record, clock=lambda: NOW)


def test_a_delivered_reply_is_never_sent_again(record: SqliteDeliveryLog) -> None:
    door = Door(RECEIPT)
    assert send(door, record) == RECEIPT
    assert send(door, record) == RECEIPT
    assert door.sent == 1


def test_a_refused_reply_may_be_tried_again(record: SqliteDeliveryLog) -> None:
    door = Door(LATER, LATER, RECEIPT)
    assert [send(door, record) for _ in range(4)] == [LATER, LATER, RECEIPT, RECEIPT]
    state = record.state(outgoing().delivery_id)
    assert state is not None
    assert (state.stage, state.attempts) == (Stage.RECEIPT, 3)


def test_a_reply_refused_for_good_is_not_tried_again(record: SqliteDeliveryLog) -> None:
    door = Door(NEVER)
    assert [send(door, record) for _ in range(2)] == [NEVER, NEVER]
    assert door.sent == 1


def test_an_unclear_reply_waits_for_a_person(record: SqliteDeliveryLog) -> None:
    door = Door(MAYBE, RECEIPT)
    assert [send(door, record) for _ in range(3)] == [MAYBE, MAYBE, MAYBE]
    assert door.sent == 1
    assert [state.delivery_id for state in record.unclear(now=NOW)] == [outgoing().delivery_id]


def test_an_error_of_ours_while_sending_is_unclear(
    record: SqliteDeliveryLog, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = send(Door(RuntimeError("the password is hunter2")), record)
    assert isinstance(outcome, Unclear)
    assert "hunter2" not in caplog.text + outcome.detail


def test_a_person_settles_what_is_unclear(record: SqliteDeliveryLog) -> None:
    door = Door(MAYBE, RECEIPT)
    send(door, record)
    number = outgoing().delivery_id
    record.settle(number, delivered=False, by="李晓", proof="平台无此答复", now=NOW)
    assert record.unclear(now=NOW) == []
    assert send(door, record) == RECEIPT
    with pytest.raises(SettleError, match="明确结果"):
        record.settle(number, delivered=False, by="李晓", proof="x", now=NOW)


def test_settled_as_delivered_is_delivered(record: SqliteDeliveryLog) -> None:
    door = Door(MAYBE)
    send(door, record)
    record.settle(outgoing().delivery_id, delivered=True, by="李晓", proof="截图 12", now=NOW)
    outcome = send(door, record)
    assert isinstance(outcome, Receipt)
    assert outcome.proof == "截图 12"


@pytest.mark.parametrize(("by", "proof"), [("", "x"), ("李晓", " ")])
def test_settling_needs_a_name_and_a_proof(record: SqliteDeliveryLog, by: str, proof: str) -> None:
    send(Door(MAYBE), record)
    with pytest.raises(SettleError, match="依据"):
        record.settle(outgoing().delivery_id, delivered=True, by=by, proof=proof, now=NOW)


def test_a_delivery_under_way_cannot_be_settled_yet(record: SqliteDeliveryLog) -> None:
    record.record_intent("d", case_id="c", door="door", now=NOW)
    with pytest.raises(SettleError, match="正在送达"):
        record.settle("d", delivered=False, by="李晓", proof="x", now=NOW + GRACE / 2)
    assert record.unclear(now=NOW + GRACE / 2) == []
    assert [state.stage for state in record.unclear(now=NOW + GRACE)] == [Stage.INTENT]
    record.settle("d", delivered=False, by="李晓", proof="x", now=NOW + GRACE)


def test_a_late_receipt_counts_and_a_late_refusal_does_not(record: SqliteDeliveryLog) -> None:
    later = NOW + GRACE
    first = record.record_intent("d", case_id="c", door="door", now=NOW)
    record.settle("d", delivered=False, by="李晓", proof="x", now=later)
    second = record.record_intent("d", case_id="c", door="door", now=later)
    record.record_outcome("d", first, LATER, now=later)
    # The refusal of the first attempt must not open the way for a third one.
    assert record.record_intent("d", case_id="c", door="door", now=later) == 0
    record.record_outcome("d", first, RECEIPT, now=later)
    record.record_outcome("d", second, LATER, now=later)
    state = record.state("d")
    assert state is not None
    assert state.stage is Stage.RECEIPT


def test_an_outcome_without_an_intent_is_a_mistake(record: SqliteDeliveryLog) -> None:
    with pytest.raises(ValueError, match="never recorded"):
        record.record_outcome("d", 1, RECEIPT, now=NOW)


def test_of_many_callers_one_sends(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    SqliteDeliveryLog(connect(path, CALLED)).record_intent("other", case_id="c", door="d", now=NOW)
    won: list[int] = []
    start = threading.Barrier(8)

    def contend() -> None:
        connection = connect(path, CALLED)
        log = SqliteDeliveryLog(connection)
        start.wait()
        won.extend(
            number
            for number in range(20)
            if log.record_intent(f"d{number}", case_id="c", door="d", now=NOW)
        )
        connection.close()

    threads = [threading.Thread(target=contend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(won) == list(range(20))


def test_it_refuses_to_commit_somebody_elses_work(tmp_path: Path) -> None:
    connection = connect(tmp_path / "log.db", CALLED)
    record = SqliteDeliveryLog(connection)
    connection.execute("BEGIN")
    with pytest.raises(RuntimeError, match="of its own"):
        record.record_intent("d", case_id="c", door="d", now=NOW)
    connection.close()


def test_by_hand_says_where_and_keeps_the_proof(record: SqliteDeliveryLog) -> None:
    door = ByHand("liuyan", "领导留言板承办单位后台")
    outcome = deliver_once(door, outgoing(), record, clock=lambda: NOW)
    assert isinstance(outcome, NotTaken)
    assert "领导留言板" in outcome.detail
    receipt = record_by_hand(
        outgoing(), record, door="liuyan", by="李晓", proof="截图 3", at=NOW - timedelta(hours=1)
    )
    assert "李晓" in receipt.proof
    assert deliver_once(door, outgoing(), record, clock=lambda: NOW) == receipt
    with pytest.raises(SettleError, match="不能重复"):
        record_by_hand(outgoing(), record, door="liuyan", by="李晓", proof="截图 3", at=NOW)
    with pytest.raises(SettleError, match="凭证"):
        record_by_hand(outgoing(), record, door="liuyan", by="李晓", proof="", at=NOW)


_SENDER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from huiyin.store.sqlite import Connection, connect
from sinks.delivery.base import Receipt
from sinks.delivery.log import SqliteDeliveryLog
from sinks.delivery.once import deliver_once
from tests.standins.replies import NOW, outgoing

passed = 0

def here():
    global passed
    if passed == {point}:
        os.kill(os.getpid(), signal.SIGKILL)
    passed += 1

execute = Connection.execute

def watched(self, *args):
    here()
    result = execute(self, *args)
    if args[0] == "COMMIT":
        here()
    return result

Connection.execute = watched

class Door:
    name = "door"
    def deliver(self, outgoing, *, now):
        here()
        with open("sent", "ab", buffering=0) as file:
            file.write(b"x")
        here()
        return Receipt(at=NOW, via="door")

connection = connect(Path("log.db"), "")
deliver_once(Door(), outgoing(), SqliteDeliveryLog(connection), clock=lambda: NOW)
here()
os._exit(0)
"""


@pytest.mark.slow
def test_killed_at_every_point_it_sends_at_most_once(tmp_path: Path, root: Path) -> None:
    ends: list[Stage] = []
    killed = True
    while killed:
        point = len(ends)
        folder = tmp_path / str(point)
        folder.mkdir()
        code = _SENDER.format(root=str(root), point=point)
        ended = subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode
        killed = ended == -signal.SIGKILL
        assert killed or ended == 0
        ends.append(restarted(folder))
    assert set(ends) == {Stage.RECEIPT, Stage.INTENT}
    assert len(ends) > 12


def restarted(folder: Path) -> Stage:
    """Ask for the same delivery after the crash; how far it is then."""
    sent = (folder / "sent").exists()
    connection = connect(folder / "log.db", CALLED)
    record = SqliteDeliveryLog(connection)
    known = record.state(outgoing().delivery_id)
    door = Door(RECEIPT)
    send(door, record)
    state = record.state(outgoing().delivery_id)
    unclear = [one.delivery_id for one in record.unclear(now=NOW + GRACE)]
    connection.close()
    assert state is not None
    if known is None:
        # Killed before the intent was stored: nothing was sent, and it is sent now.
        assert (sent, door.sent, state.stage, unclear) == (False, 1, Stage.RECEIPT, [])
    elif known.stage is Stage.INTENT:
        # Killed in between: not sent again, and shown to a person.
        assert (door.sent, state.stage, unclear) == (0, Stage.INTENT, [outgoing().delivery_id])
    else:
        assert (sent, door.sent, state.stage, unclear) == (True, 0, Stage.RECEIPT, [])
    return state.stage

"""What every runtime's logs do, written once: the inbox keeps order, the journal drops
repeats and gives the events case by case, alerts and dead letters come once.

A test module inherits `LogBehaviour` and supplies the `logs` fixture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import pytest

from cases.alerts import Alert, AlertKind, Level
from cases.life.evolve import fold
from cases.record.case import encode_case
from cases.record.events import Recorded
from streams.dead_letters import DeadLetter, Stage, StoredLetter
from tests.cases.helpers import RECEIVED, Story, item
from tests.cases.whole_life import long_life


class Logs(Protocol):
    """The logs of one runtime, as the suite needs them."""

    def send(self, data: Sequence[bytes]) -> None:
        """Appends to the inbox."""
        ...

    def inbox(self) -> list[bytes]:
        """Everything in the inbox, in order."""
        ...

    def append(self, events: Sequence[Recorded]) -> None:
        """Appends to the journal."""
        ...

    def journal(self) -> Iterable[Recorded]:
        """All events by case and number, repeats dropped."""
        ...

    def raise_alerts(self, alerts: Sequence[Alert]) -> None: ...

    def alerts(self) -> list[Alert]:
        """The oldest first."""
        ...

    def add(self, letters: Sequence[DeadLetter]) -> None: ...

    def letters(self) -> list[StoredLetter]: ...


def alert(number: int, text: str = "高风险来件") -> Alert:
    return Alert(
        alert_id=f"letters:1#{number}:high_risk",
        kind=AlertKind.HIGH_RISK,
        level=Level.HIGH,
        at=RECEIVED,
        text=text,
    )


def letter(original: bytes = b"\xff\x00 bad", detail: str = "第 3 行没有编号") -> DeadLetter:
    return DeadLetter.of(
        Stage.INTAKE,
        original,
        reason="missing_id",
        detail=detail,
        at=RECEIVED,
        source="letters",
        origin="来信.xlsx 第3行",
    )


class LogBehaviour:
    @pytest.fixture
    def logs(self) -> Logs:
        raise NotImplementedError

    def test_the_inbox_keeps_bytes_and_order(self, logs: Logs) -> None:
        data = [b"one", b"", b"\xff\x00", "二".encode(), b"one"]
        logs.send(data[:2])
        logs.send([])
        logs.send(data[2:])
        assert logs.inbox() == data

    def test_the_journal_gives_back_every_case_byte_for_byte(self, logs: Logs) -> None:
        cases = [long_life(), Story(item("0500")).case, Story(item("2000")).case]
        logs.append([event for case in cases for event in case.history])
        events = list(logs.journal())
        assert events == sorted(events, key=lambda event: (event.case_id, event.seq))
        for case in cases:
            folded = fold(event for event in events if event.case_id == case.case_id)
            assert folded is not None
            assert encode_case(folded) == encode_case(case)

    def test_events_that_come_again_are_dropped_by_their_number(self, logs: Logs) -> None:
        history = long_life().history
        logs.append(history[:7])
        logs.append(history[3:10])
        logs.append(history)
        logs.append([])
        assert list(logs.journal()) == list(history)

    def test_an_alert_that_comes_again_is_one_alert(self, logs: Logs) -> None:
        logs.raise_alerts([alert(1), alert(2)])
        logs.raise_alerts([alert(2), alert(3)])
        assert [each.alert_id for each in logs.alerts()] == [
            each.alert_id for each in (alert(1), alert(2), alert(3))
        ]

    def test_a_letter_that_comes_again_is_one_letter_and_counted(self, logs: Logs) -> None:
        logs.add([letter(), letter(b"other")])
        logs.add([letter()])
        stored = {each.letter.original: each for each in logs.letters()}
        assert {key: each.times for key, each in stored.items()} == {
            b"\xff\x00 bad": 2,
            b"other": 1,
        }
        assert stored[b"other"].letter == letter(b"other")

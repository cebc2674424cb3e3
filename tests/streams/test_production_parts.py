"""The parts of the production mode that need no server: patience, liveness, metrics."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime

import pytest

from cases.record.messages import encode_message, observe
from sinks.ledger.base import LedgerUnavailable
from streams.batch_work import Outcome
from streams.health import MOST_CONNECTIONS, HealthPages, PortTaken
from streams.intake import IntakeCounts
from streams.kafka.liveness import Lag, Liveness
from streams.kafka.work import PatientWork, Stopped
from streams.metrics import Metrics
from streams.process import Ports, Prepared, Processor
from tests.cases.helpers import RECEIVED, item
from tests.streams.fakes import Desk


class Flaky(Processor):
    """Fails so many times, then works."""

    def __init__(self, desk: Desk, failures: list[Exception]) -> None:
        self.__dict__ |= desk.processor.__dict__
        self.failures = failures

    def write(self, prepared: Prepared, ports: Ports, now: datetime) -> Outcome:
        if self.failures:
            raise self.failures.pop(0)
        return super().write(prepared, ports, now)


def work(desk: Desk, *failures: Exception) -> tuple[PatientWork, threading.Event, Metrics]:
    stop = threading.Event()
    metrics = Metrics()
    flaky = Flaky(desk, list(failures))
    return PatientWork(flaky, desk.ports, lambda: RECEIVED, metrics, stop), stop, metrics


def test_a_batch_waits_for_a_ledger_that_is_away() -> None:
    desk = Desk()
    patient, _, metrics = work(desk, LedgerUnavailable("磁盘满"))
    outcome = patient.carry_out(patient.prepare([encode_message(observe(item("1"), ""))]))
    assert outcome.opened == 1
    assert b'huiyin_waits_total{reason="LedgerUnavailable"} 1.0' in metrics.text()
    assert b'huiyin_messages_total{outcome="opened"} 1.0' in metrics.text()


def test_a_stop_ends_the_waiting_without_an_outcome() -> None:
    patient, stop, _ = work(Desk(), LedgerUnavailable("磁盘满"))
    stop.set()
    with pytest.raises(Stopped):
        patient.carry_out(patient.prepare([encode_message(observe(item("1"), ""))]))


def test_what_nobody_can_wait_for_is_raised() -> None:
    patient, _, _ = work(Desk(), ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        patient.carry_out(patient.prepare([b"{}"]))


def lag(committed: int, end: int) -> Lag:
    return Lag(committed={0: committed}, ends={0: end})


def test_work_that_waits_and_stands_still_is_not_alive() -> None:
    now = [0.0]
    liveness = Liveness(60, lambda: now[0])
    liveness.see(lag(10, 10))
    now[0] = 1000
    assert liveness.alive, "nothing waits: an idle worker is alive for ever"
    liveness.see(lag(10, 10))
    liveness.see(lag(10, 12))
    now[0] = 1050
    liveness.see(lag(10, 15))
    assert liveness.alive
    assert liveness.stalled == 50
    now[0] = 1061
    assert not liveness.alive
    liveness.see(lag(11, 15))
    assert liveness.alive


def test_a_partition_that_was_never_committed_waits_from_its_beginning() -> None:
    found = Lag(committed={}, ends={0: 3, 1: 0})
    assert (found.waiting, found.total) == ({0: 3, 1: 0}, 3)


def test_metrics_name_no_case_and_no_person() -> None:
    metrics = Metrics()
    metrics.taken("letters", IntakeCounts(read=3, new=2, rejected=1))
    metrics.lag({0: 5}, 2.5)
    metrics.receipt("sent")
    text = metrics.text().decode()
    assert 'huiyin_intake_items_total{kind="new",source="letters"} 2.0' in text
    assert 'huiyin_dead_letters_total{stage="intake"} 1.0' in text
    assert 'huiyin_lag_messages{partition="0"} 5.0' in text
    assert "huiyin_stalled_seconds 2.5" in text
    assert 'huiyin_alert_receipts_total{outcome="sent"} 1.0' in text


def test_stage_times_are_added_once() -> None:
    metrics = Metrics()
    for total in (1.0, 3.0):
        metrics.processed(Outcome(messages=1, opened=1), 0.5, {"ledger": total})
    assert b'huiyin_stage_seconds_total{stage="ledger"} 3.0' in metrics.text()


@pytest.mark.slow
def test_half_open_connections_do_not_keep_the_watcher_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.health.MOST_SECONDS", 1000.0)
    pages = HealthPages("127.0.0.1", 0, Metrics(), alive=str, ready=str)
    half = []
    try:
        for _ in range(3 * MOST_CONNECTIONS):
            one = socket.create_connection(("127.0.0.1", pages.port), timeout=20)
            one.sendall(b"GET /healthz HTTP/1.1\r\n")
            half.append(one)
        with urllib.request.urlopen(f"{pages.url}/healthz", timeout=20) as answer:
            assert answer.read() == b"ok"
        assert half[0].recv(10) == b"", "the oldest made room"
        pages.end_older_than(time.monotonic() + 1)
        assert half[-1].recv(10) == b"", "what takes too long is ended"
    finally:
        for each in half:
            each.close()
        pages.close()


def test_health_pages_say_what_is_wrong() -> None:
    wrong = ["积压 3 分钟"]
    pages = HealthPages("127.0.0.1", 0, Metrics(), alive=lambda: wrong[0], ready=lambda: "")
    try:
        with pytest.raises(urllib.error.HTTPError, match="503") as caught:
            urllib.request.urlopen(f"{pages.url}/healthz", timeout=5)
        assert caught.value.read().decode() == wrong[0]
        caught.value.close()
        wrong[0] = ""
        with urllib.request.urlopen(f"{pages.url}/healthz", timeout=5) as answer:
            assert answer.read() == b"ok"
        with pytest.raises(PortTaken, match="HUIYIN_HEALTH_PORT"):
            HealthPages("127.0.0.1", pages.port, Metrics(), alive=str, ready=str)
    finally:
        pages.close()

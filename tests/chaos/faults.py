"""What is done to the workers and to what they depend on. Each fault is mended at the end."""

from __future__ import annotations

import json
import shutil
import signal
import time
import urllib.request
from pathlib import Path

from desk.ground import production
from sinks.ledger.base import Query
from streams.kafka.records import Record
from streams.kafka.topics import Topics
from tests.chaos.stage import Slot, Stage
from tests.installation import until
from tests.small_disk import LimitedProcess

SESSION_SECONDS = 14
"""A frozen worker has been thrown out of its group after this."""


def _kills(stage: Stage, number: signal.Signals, times: int) -> None:
    slots = [stage.worker(), stage.worker()]
    stage.until_some()
    slowest = 0.0
    for n in range(times):
        slot = slots[n % 2]
        starts = slot.starts
        assert slot.worker is not None
        slot.worker.signal(number)
        stage.until_fallen(slot, starts + 1)
        if stage.town.waiting:
            slowest = max(slowest, stage.until_more())
        time.sleep(1)
    stage.notes.append(f"went on {slowest:.0f} s after the slowest")


def killed_on_a_schedule(stage: Stage) -> None:
    stage.start_flow(1.5)
    _kills(stage, signal.SIGKILL, 4)


def killed_in_a_backlog(stage: Stage) -> None:
    """Everything waits; then two workers read ahead in it, and are killed as they do."""
    stage.start_flow(0.0)
    assert stage.feeder is not None
    stage.feeder.join(120)
    _kills(stage, signal.SIGKILL, 3)


def told_to_stop_on_a_schedule(stage: Stage) -> None:
    stage.start_flow(1.5)
    _kills(stage, signal.SIGTERM, 3)


def alone_and_killed(stage: Stage) -> None:
    slot = stage.worker()
    stage.begin_flow(1.0)
    assert slot.worker is not None
    start = time.monotonic()
    slot.worker.kill()
    stage.until_more()
    seconds = time.monotonic() - start
    stage.notes.append(f"resumed {seconds:.0f} s after SIGKILL")
    assert seconds < 60


def joining_and_leaving(stage: Stage) -> None:
    first = stage.worker()
    stage.begin_flow(3.0)
    stage.worker()
    stage.until_more()
    first.wanted = False
    assert first.worker is not None
    stage.notes.append(f"left with status {first.worker.stop()}")
    stage.until_more()


def broker_restarted(stage: Stage) -> None:
    stage.worker()
    stage.begin_flow(0.5)
    stage.kafka.stop()
    time.sleep(4)
    stage.kafka.start()


def broker_killed(stage: Stage) -> None:
    stage.worker()
    stage.begin_flow(0.5)
    stage.kafka.kill()
    time.sleep(2)
    stage.kafka.start()


def topic_disk_full(stage: Stage) -> None:
    """The broker ends itself at the first write that finds no room, and starts again when there
    is some."""
    stage.worker()
    stage.begin_flow(0.5)
    LimitedProcess(stage.kafka.folder, stage.kafka.pid).fill()
    begun = time.monotonic()
    while stage.kafka.running and time.monotonic() < begun + 120:
        time.sleep(0.2)
    assert not stage.kafka.running, "the broker never met a full disk"
    stage.notes.append(f"the broker gave up after {time.monotonic() - begun:.0f} s")
    time.sleep(4)
    stage.kafka.kill()
    stage.kafka.start()


def ledger_restarted(stage: Stage) -> None:
    stage.worker()
    stage.begin_flow(0.5)
    stage.elasticsearch.stop()
    time.sleep(3)
    stage.elasticsearch.start()


def _refused(stage: Stage, status: int) -> None:
    proxy = stage.proxy
    assert proxy is not None
    stage.worker()
    stage.begin_flow(0.3)
    before = proxy.refused
    proxy.refuse = status
    end = time.monotonic() + 30
    while proxy.refused < before + 3 and time.monotonic() < end:
        time.sleep(0.1)
    proxy.refuse = 0
    refused = proxy.refused - before
    assert refused >= 3, f"only {refused} requests met a refusal"
    stage.notes.append(f"{refused} requests refused")


def ledger_busy(stage: Stage) -> None:
    _refused(stage, 429)


def ledger_unavailable(stage: Stage) -> None:
    _refused(stage, 503)


def ledger_read_only(stage: Stage) -> None:
    stage.worker()
    stage.begin_flow(0.5)
    _block(stage, True)
    time.sleep(4)
    _block(stage, None)


def _block(stage: Stage, value: bool | None) -> None:
    index = stage.town.environment["HUIYIN_INDEX"]
    request = urllib.request.Request(
        f"{stage.elasticsearch.url}/{index}/_settings",
        json.dumps({"index.blocks.read_only_allow_delete": value}).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=30).close()


def ledger_frozen_over_a_rebalance(stage: Stage) -> None:
    """One worker dies while Elasticsearch answers nobody; the other gets its partition."""
    stage.worker()
    other = stage.worker()
    stage.begin_flow(0.5)
    stage.elasticsearch.freeze()
    try:
        other.wanted = False
        assert other.worker is not None
        other.worker.kill()
        time.sleep(SESSION_SECONDS)
    finally:
        stage.elasticsearch.thaw()


def _falls(stage: Stage, point: str) -> None:
    slot = stage.worker(HUIYIN_TEST_FAULT=f"{point}:kill:1")
    stage.start_flow(0.1)
    stage.until_fallen(slot, 2)


def killed_before_the_journal(stage: Stage) -> None:
    _falls(stage, "ledger")


def killed_after_the_journal(stage: Stage) -> None:
    _falls(stage, "journal")


def killed_before_the_ack(stage: Stage) -> None:
    _falls(stage, "ack")


def _sleeps(stage: Stage, point: str) -> None:
    """It freezes, another takes over, and it wakes up with its write still to do."""
    sleeper = stage.worker(HUIYIN_TEST_FAULT=f"{point}:stop:1")
    stage.start_flow(0.1)
    assert sleeper.worker is not None
    end = time.monotonic() + 60
    while not _stopped(sleeper.worker.process.pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert _stopped(sleeper.worker.process.pid), "it never froze"
    stage.worker()
    time.sleep(SESSION_SECONDS)
    stage.until_more()
    sleeper.worker.signal(signal.SIGCONT)
    time.sleep(2)


def _stopped(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def asleep_before_the_journal(stage: Stage) -> None:
    _sleeps(stage, "ledger")


def asleep_before_the_ack(stage: Stage) -> None:
    _sleeps(stage, "ack")


def poison(stage: Stage) -> None:
    settings = stage.town.settings
    writer = production.writer(settings, 20)
    topic = Topics(stage.town.name).inbox
    bad = [b"\xff\xfe not json", b"{}", b'{"type":"observation"}', b"", b"[" * 2000]
    stage.worker()
    stage.start_flow(0.2)
    for number, data in enumerate(bad):
        writer.write(topic, [Record(f"bad:{number}".encode(), data)])
    writer.close()
    stage.expected_dead = len(bad)


def clock_stepped(stage: Stage) -> None:
    """Workers whose clocks are a day apart, killed in between: what was decided stays."""
    ahead = stage.worker(HUIYIN_NOW="2026-11-23T09:00", HUIYIN_TEST_FAULT="ledger:kill:2")
    stage.start_flow(0.2)
    stage.until_fallen(ahead, 2)


def clock_an_hour_ahead(stage: Stage) -> None:
    """Of two workers one has a clock that is an hour ahead, and dies with what it had decided."""
    stage.worker(HUIYIN_NOW="2026-11-22T10:00", HUIYIN_TEST_FAULT="ledger:kill:1")
    stage.worker()
    stage.begin_flow(0.5)
    stage.until_more()


def configuration_changed(stage: Stage) -> None:
    """There and back while the flow goes on; a worker is killed as it is about to go back."""
    config = stage.town.folder / "config"
    shutil.copytree(stage.town.environment["HUIYIN_CONFIG"], config)
    stage.town.environment["HUIYIN_CONFIG"] = str(config)
    handling = config / "handling.toml"
    first = handling.read_text("utf-8")
    second = first.replace("window_working_days = 1 ", "window_working_days = 2 ")
    assert second != first
    slots = [stage.worker(), stage.worker()]
    stage.begin_flow(1.5)
    _use(stage, handling, second, slots)
    _use(stage, handling, first, slots[1:], killed=slots[0])
    found = production.ledger(stage.town.settings).ledger.scan(Query())
    used = {event.configuration for case in found for event in case.history}
    stage.notes.append(f"decided by {len(used)} configurations")


def _use(
    stage: Stage, handling: Path, text: str, slots: list[Slot], killed: Slot | None = None
) -> None:
    """Until the workers of these slots have taken it on."""
    old = stage.town.settings.configuration.number
    handling.write_text(text, "utf-8")
    new = stage.town.settings.configuration.number
    assert new != old
    announced = stage.town.run("config", "reload")
    assert announced.returncode == 0, announced.stderr
    if killed is not None and killed.worker is not None:
        killed.worker.kill()
    said = f"配置已由 {old} 换成 {new}"
    until(lambda: all(slot.worker and said in slot.worker.said() for slot in slots), 120)


def desk_acts_without_a_broker(stage: Stage) -> None:
    stage.worker()
    stage.start_flow(0.1)
    assert stage.feeder is not None
    stage.feeder.join(60)
    stage.town.until_done()
    stage.kafka.stop()
    command = ("act", "board-export:100590", "log_contact", '{"text":"已联系"}')
    told = stage.town.run(*command, "--role", "desk", "--action-id", "a-once")
    stage.kafka.start()
    assert told.returncode == 1
    assert "Kafka" in told.stderr
    assert "Traceback" not in told.stderr
    case = production.ledger(stage.town.settings).ledger.load(["board-export:100590"])
    assert not case["board-export:100590"].recorded_for("a-once"), "half done"
    stage.notes.append(told.stderr.strip()[:40])

"""Dead letters that pile up and work that stands still, each at its limit and once."""

from __future__ import annotations

from datetime import timedelta

from cases.alerts import Alert, AlertKind, Level
from huiyin.store.room import Room
from sinks.alerts.config import Watch
from streams.stream_watch import StreamWatch
from tests.alerts.helpers import NOON


class Stream:
    """What is seen, and the memory of the watch. `looks` gives the new alerts."""

    def __init__(self) -> None:
        self.now = NOON
        self.processed = 100
        self.waits = 0
        self.letters = 0
        self.aside = 0
        self.swept = NOON
        self.room: Room | None = None
        self.beside: tuple[Room, ...] = ()
        self.raised: list[Alert] = []
        self.facts: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        rules = Watch(dead_letters=20, delayed_minutes=10)
        self.watch = StreamWatch(
            self,
            _Memory(self),
            rules,
            self.raised.extend,
            lambda: self.now,
            lambda: (*((self.room,) if self.room else ()), *self.beside),
        )

    def waiting(self) -> int:
        return self.waits

    def letters_waiting(self) -> int:
        return self.letters

    def aside_counts(self) -> dict[str, int]:
        return {"box": self.aside}

    def fact(self, name: str) -> str | None:
        return self.swept.isoformat() if name == "last_sweep" else None

    def looks(self) -> list[AlertKind]:
        known = len(self.raised)
        self.watch.look()
        return [alert.kind for alert in self.raised[known:]]

    def later(self, *, sweep: bool = True, **time: float) -> None:
        self.now += timedelta(**time)
        if sweep:
            self.swept = self.now


class _Memory:
    def __init__(self, stream: Stream) -> None:
        self._facts = stream.facts

    def fact(self, name: str) -> str:
        return self._facts.get(name, "")

    def set_fact(self, name: str, value: str) -> None:
        self._facts[name] = value


def test_a_disk_that_fills_up_is_told_while_there_is_room_and_when_it_is_full() -> None:
    stream = Stream()
    said = []
    for free in (20_000, 999, 500, 900, 60, 10, 900, 20_000, 900):
        stream.room = Room(free << 20, 40_000 << 20)
        stream.later(minutes=1)
        said += [(free, kind) for kind in stream.looks()]
    assert said == [(free, AlertKind.DISK_FULL) for free in (999, 60, 900)]
    low, full, again = stream.raised
    assert (low.level, full.level, again.level) == (Level.MEDIUM, Level.HIGH, Level.MEDIUM)
    assert low.text.startswith("磁盘快满：")
    assert full.text.startswith("磁盘已满：")
    assert "自动继续" in full.text


def test_a_full_disk_of_backups_is_no_excuse_for_silence_about_that_of_the_data() -> None:
    stream = Stream()
    backups = Room(
        0, 40_000 << 20, name="备份文件夹", stops="备份做不成", key="backup", vital=False
    )
    stream.room, stream.beside = Room(20_000 << 20, 40_000 << 20), (backups,)
    assert stream.looks() == [AlertKind.DISK_FULL]
    stream.room = Room(0, 40_000 << 20)
    stream.later(minutes=1)
    assert stream.looks() == [AlertKind.DISK_FULL]
    beside, data = stream.raised
    assert (beside.level, data.level) == (Level.MEDIUM, Level.HIGH)
    assert "备份文件夹所在的磁盘只剩" in beside.text
    assert "备份做不成" in beside.text
    assert "数据文件夹" in data.text
    # Both at one moment are two alerts.
    assert beside.alert_id.rpartition(":2")[0] != data.alert_id.rpartition(":2")[0]


def test_a_restart_does_not_tell_again_of_the_full_disk() -> None:
    stream = Stream()
    stream.room = Room(0, 40_000 << 20)
    assert stream.looks() == [AlertKind.DISK_FULL]
    stream.start()
    stream.later(minutes=1)
    assert stream.looks() == []


def test_twenty_dead_letters_and_then_each_doubling() -> None:
    stream = Stream()
    said = []
    for count in (19, 20, 21, 39, 40, 79, 80):
        stream.letters = count
        stream.later(minutes=1)
        said += [(count, kind) for kind in stream.looks()]
    assert said == [(count, AlertKind.DEAD_LETTERS) for count in (20, 40, 80)]
    stream.letters = 3
    assert stream.looks() == []
    stream.letters = 20
    stream.later(minutes=1)
    assert stream.looks() == [AlertKind.DEAD_LETTERS], "piled up anew"
    assert len({alert.alert_id for alert in stream.raised}) == 4


def test_mail_set_aside_is_no_pile_of_dead_letters() -> None:
    stream = Stream()
    stream.letters, stream.aside = 300, 290
    assert stream.looks() == []
    stream.letters = 310
    stream.later(minutes=1)
    assert stream.looks() == [AlertKind.DEAD_LETTERS]


def test_a_restart_complains_of_the_same_pile_only_once() -> None:
    stream = Stream()
    stream.letters = 25
    assert stream.looks() == [AlertKind.DEAD_LETTERS]
    stream.start()
    assert stream.looks() == []


def test_work_that_stands_still_for_ten_minutes() -> None:
    stream = Stream()
    stream.waits = 5
    stream.looks()
    stream.later(minutes=9, seconds=59)
    assert stream.looks() == []
    stream.later(seconds=1)
    assert stream.looks() == [AlertKind.STREAM_DELAYED]
    stream.later(minutes=30)
    assert stream.looks() == [], "once"
    assert "5 条在等" in stream.raised[-1].text
    stream.processed += 1
    stream.looks()
    stream.later(minutes=10)
    assert stream.looks() == [AlertKind.STREAM_DELAYED], "it stopped again"


def test_slow_work_is_no_standing_work_and_rest_is_none_either() -> None:
    stream = Stream()
    stream.waits = 5000
    for _ in range(5):
        stream.processed += 1
        stream.later(minutes=9)
        assert stream.looks() == []
    stream.waits = 0
    stream.later(hours=5)
    assert stream.looks() == []


def test_a_sweep_that_stopped() -> None:
    stream = Stream()
    stream.looks()
    stream.later(sweep=False, minutes=9, seconds=59)
    assert stream.looks() == []
    stream.later(sweep=False, seconds=1)
    assert stream.looks() == [AlertKind.STREAM_DELAYED]
    stream.later(sweep=False, minutes=1)
    assert stream.looks() == []
    stream.later(minutes=1)
    assert stream.looks() == []


def test_after_a_night_without_the_program_it_may_get_going_first() -> None:
    stream = Stream()
    stream.waits = 5
    stream.looks()
    stream.later(sweep=False, hours=10)
    stream.start()
    assert stream.looks() == []
    stream.later(sweep=False, minutes=9, seconds=59)
    assert stream.looks() == []
    stream.later(sweep=False, seconds=1)
    assert stream.looks() == [AlertKind.STREAM_DELAYED, AlertKind.STREAM_DELAYED]

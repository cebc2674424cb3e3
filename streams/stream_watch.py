"""Complaints about the stream itself: dead letters that pile up, work that stands still, a disk
that fills up.

Each is an alert, once for each time that it goes wrong. What was complained of is kept in
alerts.db, so a restart does not complain again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec import Struct

from cases.alerts import Alert, AlertKind, Level
from cases.words.times import beijing
from huiyin.store.room import Room
from sinks.alerts.config import Watch

_FACT = "stream_watch"


class StreamView(Protocol):
    """What a runtime shows of its stream: `EmbeddedStore`, `streams.kafka.LogFollower`."""

    @property
    def processed(self) -> int: ...

    def waiting(self) -> int: ...

    def letters_waiting(self) -> int: ...

    def aside_counts(self) -> dict[str, int]: ...

    def fact(self, name: str) -> str | None:
        """ "last_sweep": when the clock sweep last came round."""
        ...


class Memory(Protocol):
    """`sinks.alerts.file.AlertFile`."""

    def fact(self, name: str) -> str: ...

    def set_fact(self, name: str, value: str) -> None: ...


class _Known(Struct, kw_only=True, omit_defaults=True):
    """What was seen at the last look."""

    processed: int = -1
    moved_at: datetime | None = None
    """When something was last processed, or nothing waited."""
    standing: bool = False
    """Whether it was said that the work stands still."""
    sweep_late: bool = False
    told_letters: int = 0
    """How many dead letters were complained of; 0 for a pile that is not too high."""
    disks: dict[str, str] = {}
    """What was said of each disk, by its key: "low", "full"."""


class StreamWatch:
    """`look` is called now and then. Times are those of the office's clock."""

    def __init__(
        self,
        view: StreamView,
        memory: Memory,
        rules: Watch,
        raise_alerts: Callable[[Sequence[Alert]], None],
        clock: Callable[[], datetime],
        rooms: Callable[[], Sequence[Room]] = lambda: (),
    ) -> None:
        """`rooms`: of the disks that are written to, each once."""
        self._view = view
        self._memory = memory
        self._rules = rules
        self._raise = raise_alerts
        self._clock = clock
        self._rooms = rooms
        self._began: datetime | None = None

    def look(self) -> None:
        now = self._clock()
        self._began = self._began or now
        found = self._memory.fact(_FACT)
        known = msgspec.json.decode(found, type=_Known) if found else _Known()
        before = msgspec.json.encode(known)
        alerts = [
            *self._disk(known, now),
            *self._letters(known, now),
            *self._work(known, now),
            *self._sweep(known, now),
        ]
        if alerts:
            self._raise(alerts)
        after = msgspec.json.encode(known)
        if after != before:
            # After the raising: a crash between the two raises the same alerts again, and
            # they have the same ids unless the clock moved on; then once more is better.
            self._memory.set_fact(_FACT, after.decode())

    def _disk(self, known: _Known, now: datetime) -> list[Alert]:
        """When one becomes low, while there is room to say so, and when it is full; again only
        after there was room on it."""
        alerts = []
        for room in self._rooms():
            said = known.disks.get(room.key, "")
            if not room.low:
                known.disks.pop(room.key, None)
                continue
            state = "full" if room.full else "low"
            if said not in ("full", state):
                known.disks[room.key] = state
                beside = "" if room.vital else room.key
                alerts.append(disk_alert(room.words, now, full=room.full, beside=beside))
        return alerts

    def _letters(self, known: _Known, now: datetime) -> list[Alert]:
        """From the limit on, and again for each doubling."""
        # Mail of programs is set aside by the dozen every day and is no fault.
        count = self._view.letters_waiting() - sum(self._view.aside_counts().values())
        limit = self._rules.dead_letters
        if count < limit:
            known.told_letters = 0
            return []
        if count < max(limit, 2 * known.told_letters):
            return []
        known.told_letters = count
        text = f"死信积压 {count} 条，请管理员查看原因，修复后重新处理"
        return [_alert(AlertKind.DEAD_LETTERS, Level.MEDIUM, "dead-letters", now, text)]

    def _work(self, known: _Known, now: datetime) -> list[Alert]:
        processed, waiting = self._view.processed, self._view.waiting()
        if not waiting or processed != known.processed or known.moved_at is None:
            known.processed, known.moved_at, known.standing = processed, now, False
            return []
        if known.standing or now - known.moved_at < self._limit or self._just_began(now):
            return []
        known.standing = True
        text = f"处理停住了：{waiting} 条在等，自 {_shown(known.moved_at)} 起没有办理一条"
        return [_alert(AlertKind.STREAM_DELAYED, Level.HIGH, "standing", now, text)]

    def _sweep(self, known: _Known, now: datetime) -> list[Alert]:
        said = self._view.fact("last_sweep")
        late = said is not None and now - datetime.fromisoformat(said) >= self._limit
        if late and not known.sweep_late and self._just_began(now):
            return []
        if not late or known.sweep_late:
            known.sweep_late = late
            return []
        known.sweep_late = True
        since = _shown(datetime.fromisoformat(said or ""))
        text = f"时限巡查停了：自 {since} 起没有巡查，到期告警会晚"
        return [_alert(AlertKind.STREAM_DELAYED, Level.HIGH, "sweep", now, text)]

    def _just_began(self, now: datetime) -> bool:
        """After a pause of the whole program the work needs time to get going again."""
        return self._began is not None and now - self._began < self._limit

    @property
    def _limit(self) -> timedelta:
        return timedelta(minutes=self._rules.delayed_minutes)


def disk_alert(words: str, now: datetime, *, full: bool, beside: str = "") -> Alert:
    """`words`: as `Room.words`. `beside`: the key of a disk that the desk can do without, "" for
    one that it cannot; only the latter is loud."""
    level = Level.HIGH if full and not beside else Level.MEDIUM
    what = ("disk-full" if full else "disk-low") + (f"-{beside}" if beside else "")
    return _alert(AlertKind.DISK_FULL, level, what, now, words)


def _alert(kind: AlertKind, level: Level, what: str, now: datetime, text: str) -> Alert:
    return Alert(
        alert_id=f"stream:{what}:{beijing(now).isoformat()}",
        kind=kind,
        level=level,
        at=now,
        text=text,
    )


def _shown(at: datetime) -> str:
    return f"{beijing(at):%m-%d %H:%M}"

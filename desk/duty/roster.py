"""值班: who is on duty when, and what one shift tells the next.

A shift is a record of the register `shifts`, a hand-over note one of `handovers`; both
keep every change. The roster is asked by the pages and by the alerts: on a holiday they
go to who is on duty.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Self

import msgspec
from msgspec import Struct

from cases.words.actors import Actor
from cases.words.times import beijing
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry

LONGEST_NOTE: Final = 5000
MOST_DAYS: Final = 62
LONGEST_SHIFT_HOURS: Final = 72
"""A long weekend; more is a slip of the pen."""


class DutyError(ValueError):
    """What was filled in cannot be; the text says what was expected and found."""


class Shift(Struct, frozen=True, kw_only=True):
    """One person's time on duty, from `start` up to but not including `end`."""

    number: str = ""
    seq: int = 0
    start: datetime
    end: datetime
    name: str
    account: str = ""
    """Account id, where there is one."""
    mobile: str = ""
    email: str = ""
    lead: bool = False
    """带班领导: is told what is escalated."""

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.end


class _Cancelled(Struct, frozen=True, tag="cancelled"):
    reason: str


class _Planned(Struct, frozen=True, tag="planned"):
    shift: Shift


class HandOver(Struct, frozen=True, kw_only=True):
    """交接班记录."""

    number: str
    at: datetime
    by: str
    text: str
    taken_at: datetime | None = None
    taken_by: str = ""


class _Written(Struct, frozen=True, tag="written"):
    text: str


class _Taken(Struct, frozen=True, tag="taken"):
    pass


class Duty:
    """Also a `sinks.alerts.base.Roster`."""

    def __init__(self, file: DeskFile) -> None:
        self._shifts = Register(file, "shifts")
        self._notes = Register(file, "handovers")
        self._read: tuple[int, list[Shift]] = (-1, [])
        """As of which entry, and the roster then: every page asks for it."""

    # -- roster --------------------------------------------------------------

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file)

    def plan(self, shift: Shift, at: datetime, by: Actor) -> Shift:
        """Puts a shift on the roster, or changes the one whose number and `seq` it has.

        Raises `DutyError`, and `Changed` when another person was faster."""
        check(shift)
        others = [one for one in self.shifts() if one.number != shift.number]
        for one in others:
            same = one.name == shift.name and one.lead == shift.lead
            if same and one.start < shift.end and shift.start < one.end:
                raise DutyError(f"{shift.name}在这段时间已经排了班（{_span(one)}）。")
        body = _Planned(msgspec.structs.replace(shift, number="", seq=0))
        if shift.number:
            entry = self._shifts.append(shift.number, shift.seq, at, by, body)
        else:
            entry = self._shifts.begin("S", at, by, body)
        return msgspec.structs.replace(shift, number=entry.record, seq=entry.seq)

    def cancel(self, number: str, seen: int, reason: str, at: datetime, by: Actor) -> None:
        """Raises `DutyError` and `Changed`."""
        if not reason.strip():
            raise DutyError("请填写取消的原因。")
        if not self._shifts.load(number):
            raise DutyError(f"没有编号为“{number[:20]}”的班次。")
        self._shifts.append(number, seen, at, by, _Cancelled(reason.strip()))

    def shifts(self) -> list[Shift]:
        """All that stand, by their beginning, the leader of a shift first."""
        last = self._shifts.last()
        if self._read[0] != last:
            found = [_shift(entries) for entries in self._shifts.all().values()]
            standing = [one for one in found if one is not None]
            standing.sort(key=lambda one: (one.start, not one.lead, one.name))
            self._read = (last, standing)
        return self._read[1]

    def on_duty(self, at: datetime) -> list[Shift]:
        at = beijing(at)
        return [one for one in self.shifts() if one.covers(at)]

    # -- hand-over -----------------------------------------------------------

    def write_note(self, text: str, at: datetime, by: Actor) -> HandOver:
        """Raises `DutyError`."""
        text = text.strip()
        if not text:
            raise DutyError("请填写交接内容。")
        if len(text) > LONGEST_NOTE:
            raise DutyError(f"交接内容最长 {LONGEST_NOTE} 字，实际是 {len(text)} 字。")
        entry = self._notes.begin("J", at, by, _Written(text))
        return HandOver(number=entry.record, at=at, by=by.name or by.id, text=text)

    def take_note(self, number: str, at: datetime, by: Actor) -> None:
        """接班: read and taken over. Raises `DutyError`, `Changed`."""
        entries = self._notes.load(number)
        if not entries:
            raise DutyError(f"没有编号为“{number[:20]}”的交接记录。")
        if entries[0].by.id == by.id:
            raise DutyError("交接记录应由接班的人确认，不能由写的人自己确认。")
        self._notes.append(number, 1, at, by, _Taken())

    def notes(self, most: int = 20) -> list[HandOver]:
        """The newest first."""
        return [_note(entries) for entries in self._notes.all().values()][::-1][:most]


def daily(shift: Shift, last: date) -> list[Shift]:
    """The same hours on each day from the shift's own through `last`. Raises `DutyError`."""
    first = shift.start.date()
    days = (last - first).days
    if not 0 <= days < MOST_DAYS:
        raise DutyError(
            f"排班的最后一天应在第一天（{first}）之后 {MOST_DAYS - 1} 天以内，实际是 {last}。"
        )
    return [
        msgspec.structs.replace(
            shift, start=shift.start + timedelta(days=n), end=shift.end + timedelta(days=n)
        )
        for n in range(days + 1)
    ]


def check(shift: Shift) -> None:
    """Raises `DutyError`."""
    if not shift.name.strip():
        raise DutyError("请填写值班人。")
    if shift.end <= shift.start:
        raise DutyError(f"下班时间应晚于上班时间，实际是 {_span(shift)}。")
    if (shift.end - shift.start).total_seconds() > LONGEST_SHIFT_HOURS * 3600:
        raise DutyError(f"一班最长 {LONGEST_SHIFT_HOURS} 小时，实际是 {_span(shift)}。")
    if shift.email and ("@" not in shift.email or any(c.isspace() for c in shift.email)):
        raise DutyError(f"邮箱的写法不对：“{shift.email[:60]}”。")


def _span(shift: Shift) -> str:
    return f"{shift.start:%m-%d %H:%M} 至 {shift.end:%m-%d %H:%M}"


def _shift(entries: list[RegisterEntry]) -> Shift | None:
    last = msgspec.json.decode(entries[-1].body, type=_Planned | _Cancelled)
    if isinstance(last, _Cancelled):
        return None
    return msgspec.structs.replace(last.shift, number=entries[-1].record, seq=entries[-1].seq)


def _note(entries: list[RegisterEntry]) -> HandOver:
    first = entries[0]
    taken = entries[1] if len(entries) > 1 else None
    return HandOver(
        number=first.record,
        at=first.at,
        by=first.by.name or first.by.id,
        text=msgspec.json.decode(first.body, type=_Written).text,
        taken_at=taken.at if taken else None,
        taken_by=(taken.by.name or taken.by.id) if taken else "",
    )

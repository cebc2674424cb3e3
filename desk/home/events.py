"""Open event files on the first page."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from cases.privacy.masking import mask
from cases.registers.incident import Incident
from cases.registers.incident_clocks import Due
from cases.words.actors import Actor
from cases.words.times import beijing
from desk.ground.context import DeskContext
from desk.opinion.incident_files import IncidentFiles


class OpenEvent(Struct, frozen=True, kw_only=True):
    number: str
    href: str
    title: str
    level: str
    due: str
    """What is due next, with the time; "" where nothing is."""
    tone: str
    late: int
    """How many of its clocks are late and not met."""


def event_lines(office: DeskContext, now: datetime, actor: Actor) -> tuple[OpenEvent, ...]:
    """Open files that this person reads, the one that is due first first."""
    files = office.get(IncidentFiles)
    found = []
    for one in files.visible(actor):
        if one.open:
            waiting = sorted((due for due in files.dues(one) if due.open), key=lambda d: d.due_at)
            found.append((waiting[0].due_at if waiting else None, one, waiting))
    found.sort(key=lambda each: (each[0] is None, each[0] or now, each[1].number))
    return tuple(_line(one, waiting, office, now) for _, one, waiting in found)


def _line(one: Incident, waiting: list[Due], office: DeskContext, now: datetime) -> OpenEvent:
    first = waiting[0] if waiting else None
    words = ""
    if first is not None:
        who = f"{office.register.name(first.unit)}的" if first.unit else ""
        words = f"{who}{first.label}{_left(first, now)}"
    return OpenEvent(
        number=one.number,
        href=f"/incidents/{one.number}",
        title=mask(one.title),
        level=one.level,
        due=words,
        tone="late" if first and first.late(now) else "soon" if first else "",
        late=sum(due.late(now) for due in waiting),
    )


def _left(due: Due, now: datetime) -> str:
    if due.late(now):
        return f"已逾期，时限 {beijing(due.due_at):%m-%d %H:%M}"
    minutes = (due.due_at - now) // timedelta(minutes=1)
    hours, rest = divmod(minutes, 60)
    return f"剩 {hours} 小时 {rest} 分钟" if hours else f"剩 {rest} 分钟"

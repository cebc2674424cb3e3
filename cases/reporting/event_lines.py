"""突发舆情事件 in the papers: those that are open, what is due next in each, and what is late."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from cases.life.rules import Rules
from cases.privacy.masking import mask
from cases.registers.incident import Incident, fold
from cases.registers.incident_clocks import Due, dues, late_ones
from cases.reporting.document import Block, Paragraph, TableCell
from cases.reporting.naming import UnitNames
from cases.words.times import beijing


class EventLine(Struct, frozen=True, kw_only=True):
    """One event as it was at the moment of the paper."""

    number: str
    title: str
    level: str
    noticed_at: datetime
    waiting: tuple[str, ...]
    """What is due, the first first, in words."""
    late: tuple[str, ...]
    """What was not met in time, in words."""
    ended_at: datetime | None


def events_at(
    incidents: Iterable[Incident],
    rules: Rules,
    since: datetime,
    at: datetime,
    names: UnitNames,
    only: Collection[str] = (),
) -> tuple[EventLine, ...]:
    """Events that were open at some time from `since` on, until `at`, those noticed first first.
    `only`: ids of units: events in which one of them was asked, with what it was asked."""
    found = [
        line
        for one in incidents
        if (then := _as_of(one, at)) is not None
        and (then.ended_at is None or then.ended_at >= since)
        and (line := _line(then, rules, at, names, only)) is not None
    ]
    return tuple(sorted(found, key=lambda line: (line.noticed_at, line.number)))


def event_blocks(events: Iterable[EventLine], most: int) -> Iterator[Block]:
    """`most`: for how many there is room."""
    known = list(events)
    for one in known[:most]:
        said = [f"“{one.title}”（{one.level}，{beijing(one.noticed_at):%m-%d %H:%M} 发现）"]
        if one.ended_at is not None:
            said.append(f"{beijing(one.ended_at):%m-%d %H:%M} 归档")
        elif one.waiting:
            said.append(one.waiting[0])
        if one.late:
            said.append(f"逾期 {len(one.late)} 项：{'、'.join(one.late)}")
        yield Paragraph(
            f"{'；'.join(said)}。",
            evidence=(TableCell(one.number, href=f"/incidents/{one.number}"),),
        )
    if len(known) > most:
        yield Paragraph(f"另有 {len(known) - most} 起事件，见事件档案。", small=True)


def _as_of(one: Incident, at: datetime) -> Incident | None:
    steps = [step for step in one.history if step.at <= at]
    return fold(one.number, steps) if steps else None


def _line(
    then: Incident, rules: Rules, at: datetime, names: UnitNames, only: Collection[str]
) -> EventLine | None:
    if only and not any(task.unit in only for task in then.tasks):
        return None

    def told(due: Due) -> bool:
        return not only or due.unit in only

    def words(due: Due) -> str:
        who = f"{names.shown(due.unit)}的" if due.unit else ""
        return f"{who}{due.label}"

    waiting = sorted(
        (due for due in dues(then, rules) if due.open and told(due)), key=lambda due: due.due_at
    )
    return EventLine(
        number=then.number,
        title=mask(then.title),
        level=then.level,
        noticed_at=then.noticed_at,
        waiting=tuple(f"{words(due)}时限 {beijing(due.due_at):%m-%d %H:%M}" for due in waiting),
        late=tuple(words(due) for due in late_ones(then, rules, at) if told(due)),
        ended_at=then.ended_at,
    )

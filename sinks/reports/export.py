"""The ledger as files for other programs: jsonl and csv.

An export carries what the sources and the office said, never when the export or
the intake ran, so that the same ledger gives the same bytes. Personal data is
masked; a confidential case shows neither its text nor who reported it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from cases.clocks.clocks import Clock
from cases.figures.counted import Judged
from cases.figures.course import Course, course_of
from cases.privacy.visibility import for_anyone, is_withheld
from cases.record import events as ev
from cases.record.case import SOURCE_CLOCK, Case, Round, on_time
from cases.reporting.history import End, waiting
from cases.reporting.sight import CONFIDENTIAL, Shown, masked_for_all
from cases.words.actors import Actor
from cases.words.times import moment_of
from huiyin.store.whole import whole
from sinks.spreadsheet import csv_line, harmless

__all__ = [
    "CONFIDENTIAL",
    "LABELS",
    "WRITERS",
    "csv_cells",
    "csv_lines",
    "jsonl",
    "record",
    "write_file",
]

Value = str | int | float | bool | None | list[object]
Names = Callable[[str], str]
"""Unit id to the unit's name."""


LABELS: Final = frozenset(
    ("kind", "topic", "topic_path", "sentiment", "risk", "urgent", "loud", "matters", "model")
)
"""Columns that are empty for a reader from whom the case is withheld."""


def record(
    case: Case, unit_name: Names, texts: Shown = masked_for_all, *, labels: bool = True
) -> dict[str, Value]:
    """One case as the record of an export, in the order of the columns. It carries every
    time and verdict that a figure of a report is counted from. `labels`: whether its
    readers may know of what sort the case is."""
    row = _record(case, unit_name, texts)
    if labels:
        return row
    return {name: _nothing_of(value) if name in LABELS else value for name, value in row.items()}


def _told(case: Case, actor: Actor | None) -> bool:
    return actor is None or not is_withheld(case, actor)


def _nothing_of(value: Value) -> Value:
    return [] if isinstance(value, list) else None if isinstance(value, bool) else ""


def _record(case: Case, unit_name: Names, texts: Shown) -> dict[str, Value]:
    item, labels, round_ = case.item, case.labels, case.round
    clock, own_clock = round_.deciding_clock, round_.reply_clock
    source_clock = round_.clock(SOURCE_CLOCK)
    first = round_.first_delivery
    in_force, original = on_time(round_)
    course = course_of(case)

    def shown(text: str, *, by_office: bool = False) -> str:
        return texts(case, text, by_office)

    return {
        "case_id": case.case_id,
        "source": item.source,
        "channel": item.channel,
        "received_at": _iso(case.received_at),
        "title": shown(item.title),
        "body": shown(item.body),
        "place": shown(item.place),
        "kind": labels.kind.value,
        "topic": labels.topic,
        "topic_path": list(labels.topic_path),
        "sentiment": labels.sentiment.value,
        "risk": list(labels.risk),
        "urgent": labels.urgent,
        "loud": labels.loud,
        "unit_id": case.unit,
        "unit": unit_name(case.unit) if case.unit else "",
        "assisting": [unit_name(task.unit) for task in case.tasks if not task.lead],
        "unit_reason": for_anyone(case, case.unit_reason, instead=""),
        "state": case.state.value,
        "state_text": case.state_words,
        "round": round_.number,
        "due_at": _iso(clock.due_at) if clock else None,
        "due_rule": clock.rule if clock else "",
        "provisional": clock.provisional if clock else False,
        "deadline_trace": _trace(clock),
        "own_due_at": _iso(own_clock.due_at) if own_clock else None,
        "source_due_at": _iso(source_clock.due_at) if source_clock else None,
        "extended_working_days": sum(own_clock.extensions) if own_clock else 0,
        "returns": case.returns,
        "replied": first is not None,
        "replied_at": _iso(first.at) if first else None,
        "reply": shown(first.text, by_office=True) if first else "",
        "on_time": in_force,
        "on_time_before_extension": original,
        "resolved": round_.callback.resolved if round_.callback else None,
        "satisfied": round_.callback.satisfied if round_.callback else None,
        "rounds": _rounds(case, course),
        "first_sent_at": _iso_of(course.sent_at),
        "sent_right": course.sent_right,
        "answered_at_once": course.at_once,
        "returned": [
            {"unit": event.body.unit, "at": _iso(event.at)}
            for event in case.history
            if isinstance(event.body, ev.ReturnApproved)
        ],
        "pressures": [{"rung": each.rung.value, "at": _iso(each.at)} for each in case.pressures],
        "instructions": [
            {
                "number": each.number,
                "text": shown(each.text, by_office=True),
                "at": _iso(each.at),
                "due_at": _iso(each.due_at),
                "reported_at": _iso(each.reported_at),
            }
            for each in case.instructions
        ],
        "promises": len(case.promises),
        "promised": [
            {
                "number": each.number,
                "text": shown(each.text, by_office=True),
                "due": each.due.isoformat(),
                "owner": each.owner,
                "kept": each.kept,
                "published": each.published,
            }
            for each in case.promises
        ],
        "matters": list(case.matters),
        "published": bool(case.publication and case.publication.where),
        "closed_at": _iso(round_.closed_at),
        "versions": case.versions,
        "likes": item.likes,
        "dislikes": item.dislikes,
        "confidential": case.confidential,
        "warnings": [for_anyone(case, note.text, instead=CONFIDENTIAL) for note in case.notes],
        "model": labels.model,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _iso_of(number: int | None) -> str | None:
    return moment_of(number).isoformat() if number is not None else None


def _rounds(case: Case, course: Course) -> list[object]:
    """Round by round, with the dates that it is judged by."""
    answers = {span.round: span.end for span in waiting(case) if span.how is End.ANSWERED}
    return [
        _round(each, judged, answers.get(each.number))
        for each, judged in zip(case.rounds, course.judged, strict=True)
    ]


def _round(round_: Round, judged: Judged, answered_at: datetime | None) -> dict[str, Value]:
    first, called = round_.first_delivery, round_.callback
    return {
        "number": round_.number,
        "started_at": _iso(round_.started_at),
        "due_at": _iso_of(judged.due),
        "own_due_at": _iso_of(judged.own_due),
        "paused": judged.paused,
        "contacted_at": _iso_of(judged.contacted_at),
        "replied_at": _iso(first.at) if first else None,
        # When the answer counts: its own time, or when it became known.
        "answered_at": _iso(answered_at),
        "closed_at": _iso(round_.closed_at),
        "exception": bool(round_.exception),
        "called_back_at": _iso(called.at) if called else None,
        "resolved": called.resolved if called else None,
        "satisfied": called.satisfied if called else None,
    }


def _trace(clock: Clock | None) -> list[object]:
    """Day by day: date, what kind of day, its number among the counted ones, note."""
    if clock is None:
        return []
    return [
        {
            "day": line.day.isoformat(),
            "mark": line.mark.value,
            "counted": line.counted,
            **({"note": line.note} if line.note else {}),
        }
        for line in clock.trace
    ]


_encoder = msgspec.json.Encoder()


def jsonl(
    cases: Iterable[Case], unit_name: Names, *, actor: Actor | None = None
) -> Iterator[bytes]:
    """One JSON object a line, UTF-8. `actor`: who is given the file; without one it stays
    with the office."""
    for case in cases:
        yield _encoder.encode(record(case, unit_name, labels=_told(case, actor))) + b"\n"


def csv_lines(
    cases: Iterable[Case], unit_name: Names, *, actor: Actor | None = None
) -> Iterator[bytes]:
    """CSV as Excel opens it by double click: UTF-8 with BOM, CRLF, formulas made harmless.
    `actor`: as for `jsonl`."""
    head = True
    for case in cases:
        row = record(case, unit_name, labels=_told(case, actor))
        if head:
            yield b"\xef\xbb\xbf" + csv_line(list(row))
            head = False
        yield csv_line(csv_cells(row.values()))


def csv_cells(values: Iterable[Value]) -> list[str]:
    """For people, and harmless in a spreadsheet."""
    return [_cell(value) for value in values]


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return harmless(
            "；".join(
                " ".join(str(part) for part in each.values())
                if isinstance(each, dict)
                else str(each)
                for each in value
            )
        )
    return harmless(str(value))


WRITERS = {"jsonl": jsonl, "csv": csv_lines}


def write_file(path: Path, chunks: Iterable[bytes]) -> None:
    """The whole file or none: written beside `path` and moved there at the end."""
    with whole(path) as part, part.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)

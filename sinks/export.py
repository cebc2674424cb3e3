"""The ledger as files for other programs: jsonl and csv.

An export carries what the sources and the office said, never when the export or
the intake ran, so that the same ledger gives the same bytes. Personal data is
masked; a confidential case shows neither its text nor who reported it.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from cases.case import STATE_WORDS, Case, on_time
from cases.clocks import Clock
from cases.visibility import for_anyone, masked

CONFIDENTIAL = "（保密件，内容不导出）"

Value = str | int | float | bool | None | list[object]
Names = Callable[[str], str]
"""Unit id to the unit's name."""


def record(case: Case, unit_name: Names) -> dict[str, Value]:
    """One case as the flat record of an export, in the order of the columns."""
    item, labels, round_ = case.item, case.labels, case.round
    clock = round_.reply_clock
    source_clock = round_.clock("source")
    first = round_.first_delivery
    in_force, original = on_time(round_)

    def shown(text: str, *, by_office: bool = False) -> str:
        return for_anyone(case, text, by_office=by_office, instead=CONFIDENTIAL)

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
        "unit": unit_name(case.unit) if case.unit else "",
        "assisting": [unit_name(task.unit) for task in case.tasks if not task.lead],
        "unit_reason": for_anyone(case, case.unit_reason, instead=""),
        "state": case.state.value,
        "state_text": STATE_WORDS[case.state],
        "round": round_.number,
        "due_at": _iso(clock.due_at) if clock else None,
        "due_rule": clock.rule if clock else "",
        "provisional": clock.provisional if clock else False,
        "deadline_trace": _trace(clock),
        "source_due_at": _iso(source_clock.due_at) if source_clock else None,
        "extended_working_days": sum(clock.extensions) if clock else 0,
        "returns": case.returns,
        "replied": first is not None,
        "replied_at": _iso(first.at) if first else None,
        "reply": shown(first.text, by_office=True) if first else "",
        "on_time": in_force,
        "on_time_before_extension": original,
        "resolved": round_.callback.resolved if round_.callback else None,
        "satisfied": round_.callback.satisfied if round_.callback else None,
        "promises": len(case.promises),
        "published": bool(case.publication and case.publication.where),
        "closed_at": _iso(round_.closed_at),
        "versions": case.versions,
        "likes": item.likes,
        "dislikes": item.dislikes,
        "confidential": case.confidential,
        "warnings": [masked(item, note.text) for note in case.notes],
        "model": labels.model,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


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


def jsonl(cases: Iterable[Case], unit_name: Names) -> Iterator[bytes]:
    """One JSON object a line, UTF-8."""
    for case in cases:
        yield _encoder.encode(record(case, unit_name)) + b"\n"


def csv_lines(cases: Iterable[Case], unit_name: Names) -> Iterator[bytes]:
    """CSV as Excel opens it by double click: UTF-8 with BOM, CRLF, formulas made harmless."""
    head = True
    for case in cases:
        row = record(case, unit_name)
        if head:
            yield b"\xef\xbb\xbf" + _csv_line(list(row))
            head = False
        yield _csv_line([_cell(value) for value in row.values()])


def _csv_line(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "；".join(
            " ".join(str(part) for part in each.values()) if isinstance(each, dict) else str(each)
            for each in value
        )
    return harmless(str(value))


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


WRITERS = {"jsonl": jsonl, "csv": csv_lines}


def write_file(path: Path, chunks: Iterable[bytes]) -> None:
    """The whole file or none: written beside `path` and moved there at the end."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as out:
        try:
            for chunk in chunks:
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
            Path(out.name).replace(path)
        except BaseException:
            Path(out.name).unlink(missing_ok=True)
            raise

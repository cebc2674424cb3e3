"""事件档案 for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response
from msgspec import Struct
from msgspec.structs import asdict

from cases.privacy.masking import mask
from cases.registers.incident import Incident, Noted
from cases.registers.incident_course import spread
from cases.words.actors import Actor
from desk.api.answers_incidents import (
    IncidentBody,
    IncidentDueOut,
    IncidentLine,
    IncidentMemberOut,
    IncidentNoteOut,
    IncidentOut,
    IncidentsOut,
    IncidentStepBody,
    IncidentStepOut,
)
from desk.api.describe import operation, said
from desk.api.guard import RawBody, read_body
from desk.ground.context import DeskContext
from desk.ground.sight import only_seen
from desk.http.authentication import doer_of, person_of
from desk.opinion.incident_files import IncidentFiles
from desk.opinion.incident_forms import opened_of, step_of
from desk.opinion.incident_page import messages_of
from desk.phrasing.lines import case_lines

TAG: Final = "事件档案"


def add_incidents(api: FastAPI, office: DeskContext) -> None:
    files = office.get(IncidentFiles)

    def out(found: Incident, actor: Actor) -> IncidentOut:
        now = office.clock()
        with office.readers.reader() as store:
            cases = store.ledger.load(found.members)
            seen = only_seen((cases[ref] for ref in found.members if ref in cases), actor)
            lines = case_lines(seen, office, now, actor)
        why = {one.ref: one.why for one in found.joined}
        course = spread(messages_of(lines))
        return IncidentOut(
            **asdict(line(found)),
            seen=len(found.history),
            summary=mask(found.summary),
            notes=tuple(map(_note, found.notes)),
            published=tuple(map(_note, found.published)),
            members=tuple(
                IncidentMemberOut(
                    case_id=one.case_id,
                    title=one.title,
                    channel=one.channel,
                    received_at=one.received_at,
                    why=why.get(one.case_id, ""),
                )
                for one in lines
            ),
            spread_hours=course.hours,
            spread=tuple(
                IncidentStepOut(
                    begin=step.begin,
                    counts=dict(zip(course.channels, step.counts, strict=True)),
                )
                for step in course.steps
            ),
            conclusion=mask(found.conclusion),
            why_late=mask(found.why_late),
        )

    def line(found: Incident) -> IncidentLine:
        now = found.ended_at or office.clock()
        return IncidentLine(
            number=found.number,
            title=mask(found.title),
            level=found.level,
            noticed_at=found.noticed_at,
            open=found.open,
            dues=tuple(
                IncidentDueOut(
                    label=due.label,
                    unit=due.unit,
                    due_at=due.due_at,
                    met_at=due.met_at,
                    late=due.late(now),
                )
                for due in files.dues(found)
            ),
        )

    @api.get(
        "/incidents",
        **operation(IncidentsOut, "事件档案，进行中的在前；承办单位看请它写的", tag=TAG),
    )
    def incidents(request: Request) -> Response:
        return said(IncidentsOut(items=tuple(map(line, files.visible(person_of(request).actor)))))

    @api.get(
        "/incidents/{number:coded}",
        **operation(IncidentOut, "一份事件档案：时限、记录、来件、传播", tag=TAG, errors=(404,)),
    )
    def incident(request: Request, number: str) -> Response:
        actor = person_of(request).actor
        return said(out(files.get(actor, number), actor))

    @api.post(
        "/incidents",
        **operation(IncidentOut, "建立事件档案", tag=TAG, takes=IncidentBody, errors=(404, 409)),
    )
    def begin(request: Request, body: RawBody) -> Response:
        by, wanted = doer_of(request), read_body(body, IncidentBody)
        return said(out(files.begin(by, opened_of(_typed(wanted))), by.actor))

    @api.post(
        "/incidents/{number:coded}/steps",
        **operation(
            IncidentOut,
            "填写事件档案：记录、请单位写、关联、调整级别、归档等",
            tag=TAG,
            takes=IncidentStepBody,
            errors=(404, 409),
        ),
    )
    def write(request: Request, number: str, body: RawBody) -> Response:
        by, wanted = doer_of(request), read_body(body, IncidentStepBody)
        if wanted.step == "part":
            return said(out(files.part(by, number, wanted.ref, wanted.text), by.actor))
        found = files.get(by.actor, number)
        step = step_of(files, found, wanted.step, _typed(wanted), by.actor)
        return said(out(files.write(by, number, wanted.seen, step), by.actor))


def _typed(body: Struct) -> Mapping[str, str]:
    """As the form of the page says it."""
    return {
        name: " ".join(value) if isinstance(value, tuple) else str(value)
        for name, value in asdict(body).items()
    }


def _note(note: Noted) -> IncidentNoteOut:
    return IncidentNoteOut(
        part=note.part.value,
        text=mask(note.text),
        at=note.at,
        where=note.where,
        url=note.url,
        unit=note.unit,
    )

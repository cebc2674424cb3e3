"""同一事项 and 并单一并答复 for programs."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from desk.api.answers_matters import (
    JointBody,
    JointCaseOut,
    JointOut,
    JointPressBody,
    JointsOut,
    MatterCaseOut,
    MatterDayOut,
    MatterOut,
    MatterPlaceOut,
)
from desk.api.describe import operation, said
from desk.api.guard import RawBody, read_body
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, person_of
from desk.matters.carrying import Carrying
from desk.matters.joint_view import JointView
from desk.matters.matter_view import MatterView, matter_view
from desk.matters.presses import Pressed, carry_out
from desk.matters.service import Matters

TAG: Final = "同一事项"
_PATIENCE: Final = 10.0
"""Seconds that the answer to a press waits for what follows from it."""


def add_matters(api: FastAPI, office: DeskContext) -> None:
    service = office.get(Matters)

    @api.get(
        "/matters/{matter:coded}",
        **operation(
            MatterOut, "一个事项：人、地点、经过、来件；只含您可以看的", tag=TAG, errors=(404,)
        ),
    )
    def matter(request: Request, matter: str) -> Response:
        actor = person_of(request).actor
        with office.readers.reader() as store:
            found = matter_view(store, matter, actor, office, office.clock())
        numbers = tuple(one.number for one in service.joints(actor, matter))
        return said(_matter(found, numbers))

    @api.post(
        "/matters/{matter:coded}/joint",
        **operation(
            JointOut, "并单：选出一并答复的来件", tag=TAG, takes=JointBody, errors=(404, 409)
        ),
    )
    def begin(request: Request, matter: str, body: RawBody) -> Response:
        wanted = read_body(body, JointBody)
        return said(_joint(service.begin(doer_of(request), matter, wanted.cases)))

    @api.get("/joint", **operation(JointsOut, "并单；承办单位看本单位的", tag=TAG))
    def joints(request: Request) -> Response:
        by = doer_of(request)
        views = (service.view(by, one.number) for one in service.recent(by.actor))
        return said(JointsOut(items=tuple(_joint(one) for one in views)))

    @api.get("/joint/{number:coded}", **operation(JointOut, "一个并单", tag=TAG, errors=(404,)))
    def joint(request: Request, number: str) -> Response:
        return said(_joint(service.view(doer_of(request), number)))

    @api.post(
        "/joint/{number:coded}/presses",
        **operation(
            JointOut,
            "一并答复：拟稿、审核、退改、发送、拆出、撤销",
            tag=TAG,
            takes=JointPressBody,
            errors=(404, 409),
        ),
    )
    def press(request: Request, number: str, body: RawBody) -> Response:
        wanted, by = read_body(body, JointPressBody), doer_of(request)
        pressed = Pressed(
            **{name: getattr(wanted, name) for name in JointPressBody.__struct_fields__}
        )
        carry_out(service, by, number, pressed)
        office.get(Carrying).wait(_PATIENCE)
        return said(_joint(service.view(by, number)))


def _matter(one: MatterView, joint: tuple[str, ...]) -> MatterOut:
    spot = one.spot
    return MatterOut(
        matter=one.matter,
        name=spot.name,
        people=spot.people,
        first_at=spot.first_at,
        last_at=spot.last_at,
        answered=spot.answered,
        open=spot.open,
        promises=spot.promises,
        kept=spot.kept,
        broken=spot.broken,
        places=tuple(MatterPlaceOut(place=place, cases=n) for place, n in one.places),
        course=tuple(MatterDayOut(day=each.day, deeds=dict(each.deeds)) for each in one.course),
        cases=tuple(
            MatterCaseOut(
                case_id=each.line.case_id,
                title=each.line.title,
                unit=unit.unit,
                state=each.line.state,
                due_at=each.line.due_at,
                apart=each.apart,
            )
            for unit in one.units
            for each in unit.cases
        ),
        joint=joint,
    )


def _joint(view: JointView) -> JointOut:
    one = view.joint
    return JointOut(
        number=one.number,
        seen=one.seen,
        matter=one.matter,
        unit=one.unit,
        begun_at=one.begun.at,
        text=view.text,
        ended=one.ended is not None,
        given_up=one.given_up,
        cases=tuple(
            JointCaseOut(
                case_id=each.case.case_id,
                stage=each.standing.stage.value,
                why=each.standing.why,
                text=each.text,
            )
            for each in view.cases
        ),
        split=tuple(each.case_id for each in view.split),
    )

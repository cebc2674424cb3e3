"""剔除 and 申诉 for programs."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from desk.api.answers_office import (
    DecisionBody,
    ExclusionBody,
    ExclusionOut,
    ExclusionsOut,
)
from desk.api.describe import operation, said
from desk.api.guard import RawBody, read_body
from desk.exclusions.register import Exclusion
from desk.exclusions.service import Exclusions
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of

TAG: Final = "剔除和申诉"


def add_exclusions(api: FastAPI, office: DeskContext) -> None:
    service = office.get(Exclusions)

    @api.get("/exclusions", **operation(ExclusionsOut, "剔除和申诉；承办单位看本单位的", tag=TAG))
    def exclusions(request: Request) -> Response:
        lines = service.lines(doer_of(request))
        return said(ExclusionsOut(items=tuple(_out(one) for one in lines)))

    @api.post(
        "/exclusions",
        **operation(
            ExclusionOut,
            "提出剔除；承办单位为申诉",
            tag=TAG,
            takes=ExclusionBody,
            errors=(404, 409),
        ),
    )
    def ask(request: Request, body: RawBody) -> Response:
        wanted = read_body(body, ExclusionBody)
        made = service.ask(doer_of(request), wanted.case_id, wanted.reason, wanted.evidence)
        return said(_out(made))

    @api.post(
        "/exclusions/{number:coded}/decision",
        **operation(
            ExclusionOut,
            "决定；不能由提出的人或本单位决定",
            tag=TAG,
            takes=DecisionBody,
            errors=(404, 409),
        ),
    )
    def decide(request: Request, number: str, body: RawBody) -> Response:
        wanted = read_body(body, DecisionBody)
        done = service.decide(doer_of(request), number, upheld=wanted.upheld, reason=wanted.reason)
        return said(_out(done))


def _out(one: Exclusion) -> ExclusionOut:
    return ExclusionOut(
        number=one.number,
        case_id=one.case_id,
        unit=one.unit,
        appeal=one.appeal,
        reason=one.reason,
        evidence=one.evidence,
        asked_at=one.asked_at,
        decide_by=one.decide_by.isoformat(),
        standing=one.standing.value,
        decided_at=one.decided_at,
        decision=one.decision,
    )

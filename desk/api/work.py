"""The desk's day: counters, facets, alerts, units, topics, deadlines, exports."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from threading import BoundedSemaphore
from typing import Annotated, Final, Literal

import msgspec
from fastapi import FastAPI, Query, Request
from fastapi.responses import Response, StreamingResponse
from msgspec.structs import replace

from cases.clocks.policy import PolicyError
from cases.record.case import STATE_WORDS, State
from cases.words.times import BEIJING
from desk.api.answers import (
    Counters,
    Deadline,
    Facet,
    Facets,
    TopicLine,
    Topics,
    UnitLine,
    Units,
)
from desk.api.describe import operation, problems, said
from desk.api.errors import ApiError
from desk.api.filtering import filter_of, parameters, query_of
from desk.deadlines.service import deadline_report
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.sight import counts, facets, only_seen_of
from desk.http.authentication import person_of
from desk.http.closing_stream import ClosingStream
from desk.http.form_input import note
from sinks.ledger.base import Facets as LedgerFacets
from sinks.ledger.base import Order
from sinks.reports.export import WRITERS

TAG: Final = "工作"
_EXPORTS: Final = BoundedSemaphore(2)
"""Each holds a reader of the data file for as long as its client listens."""
_FACET_SECONDS: Final = 2.0
_MEDIA: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


def add_work(api: FastAPI, office: DeskContext) -> None:
    @api.get("/counters", **operation(Counters, "值班台的计数；承办单位看本单位的", tag=TAG))
    def counters(request: Request) -> Response:
        actor = person_of(request).actor
        with office.readers.reader() as store:
            found = counts(store.ledger, actor, office.clock(), office.high_risks)
        return said(
            Counters(
                total=found.total,
                today=found.today,
                undispatched=found.undispatched,
                due_today=found.due_today,
                overdue=found.overdue,
                high_risk=found.high_risk,
            )
        )

    @api.get(
        "/facets",
        **operation(
            Facets, "符合条件的事项按渠道、单位、分类等的件数", tag=TAG, parameters=parameters()
        ),
    )
    def facet_counts(request: Request) -> Response:
        query = query_of(filter_of(request), request, office)
        found = LedgerFacets()
        if query is not None:
            with office.readers.reader() as store:
                found = facets(store.ledger, query, person_of(request).actor, _FACET_SECONDS)
        return said(
            Facets(
                channel=_facet(found.channel),
                unit=_facet(found.unit, office.register.name),
                topic=_facet(found.topic, lambda name: name or "待定"),
                kind=_facet(found.kind),
                risk=_facet(found.risk),
                state=_facet(found.state, lambda name: STATE_WORDS[State(name)]),
                exact=found.exact,
            )
        )

    @api.get("/units", **operation(Units, "责任单位", tag=TAG))
    def units() -> Response:
        return said(
            Units(
                items=tuple(
                    UnitLine(
                        id=one.id, name=one.name, kind=one.kind.value, current=not one.merged_into
                    )
                    for one in office.register
                )
            )
        )

    @api.get("/topics", **operation(Topics, "事项分类", tag=TAG))
    def topics() -> Response:
        table = office.settings.table("topics.toml")["topics"]
        found = msgspec.convert(table, dict[str, dict[str, object]])
        return said(
            Topics(
                items=tuple(
                    TopicLine(
                        first=first,
                        second={
                            name: tuple(leaves)
                            for name, leaves in below.items()
                            if isinstance(leaves, dict)
                        },
                    )
                    for first, below in found.items()
                )
            )
        )

    @api.get("/deadline", **operation(Deadline, "推算时限", tag=TAG))
    def deadline(
        received: datetime,
        working_days: Annotated[int | None, Query(ge=1, le=1000)] = None,
        rule: Annotated[str | None, Query(max_length=64, description="时限表里的一行")] = None,
    ) -> Response:
        aware = received if received.tzinfo else received.replace(tzinfo=BEIJING)
        try:
            report = deadline_report(
                aware,
                calendar=office.rules.calendar,
                policy=office.rules.policy,
                working_days=working_days,
                rule=rule,
            )
        except (ValueError, PolicyError) as error:
            raise ApiError(400, str(error)) from None
        clock = report.clock
        return said(Deadline(due_at=clock.due_at, provisional=clock.provisional, clock=clock))

    @api.get(
        "/export",
        summary="导出：与检索同样的条件，全部事项，按编号排列，个人信息已隐去",
        tags=[TAG],
        response_class=StreamingResponse,
        responses={
            200: {"description": "好", "content": {sort: {} for sort in _MEDIA.values()}},
            **problems(400, 401, 403, 429, 503),
        },
        openapi_extra={"parameters": parameters()},
    )
    def export(request: Request, format: Literal["csv", "jsonl"] = "jsonl") -> Response:  # noqa: A002
        person, now = person_of(request), office.clock()
        wanted = filter_of(request, "format")
        query = query_of(wanted, request, office)
        if not _EXPORTS.acquire(blocking=False):
            raise ApiError(429, "已有别的导出在进行，请稍后再试。", headers={"retry-after": "30"})

        def lines() -> Generator[bytes, None, None]:
            try:
                note(office, request, AuditAction.EXPORT, f"api.{format}", wanted.href)
                yield b""
                if query is not None:
                    with office.readers.reader() as store:
                        found = store.ledger.scan(replace(query, order=Order.CASE_ID))
                        seen = only_seen_of(found, person.actor)
                        yield from WRITERS[format](seen, office.register.name, actor=person.actor)
            finally:
                _EXPORTS.release()

        body = lines()
        next(body)  # what never began is never closed, and would keep its place
        name = f"huiyin-{now:%Y%m%d-%H%M}.{format}"
        return ClosingStream(
            body,
            media_type=_MEDIA[format],
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )


def _facet(
    counted: tuple[tuple[str, int], ...], word: Callable[[str], str] = str
) -> tuple[Facet, ...]:
    return tuple(Facet(value=value, text=word(value), count=n) for value, n in counted)

"""热点 for programs."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from cases.reporting.hotspots import explained
from desk.api.answers_office import HotspotNameBody, HotspotNameOut, HotspotOut, HotspotsOut
from desk.api.describe import operation, said
from desk.api.guard import RawBody, read_body
from desk.ground.context import DeskContext
from desk.hotspots.service import Hotspots
from desk.http.authentication import doer_of
from desk.ledger.period_asked import period_asked

TAG: Final = "热点"


def add_hotspots(api: FastAPI, office: DeskContext) -> None:
    service = office.get(Hotspots)

    @api.get("/hotspots", **operation(HotspotsOut, "热点与共性问题；承办单位看本单位的", tag=TAG))
    def hotspots(request: Request) -> Response:
        """`from` and `to` (days, both included), or `days`; the hottest first."""
        period = period_asked(request, office)
        with office.readers.reader() as store:
            found = service.find(store, doer_of(request).actor, period)
        return said(
            HotspotsOut(
                explained=explained(period),
                items=tuple(
                    HotspotOut(
                        **{name: getattr(one, name) for name in HotspotOut.__struct_fields__}
                    )
                    for one in found
                ),
            )
        )

    @api.post(
        "/hotspots/{matter:coded}/name",
        **operation(
            HotspotNameOut,
            "更正热点的名称",
            tag=TAG,
            takes=HotspotNameBody,
            errors=(404, 409),
        ),
    )
    def rename(request: Request, matter: str, body: RawBody) -> Response:
        wanted = read_body(body, HotspotNameBody)
        name = service.rename(doer_of(request), matter, wanted.name)
        return said(HotspotNameOut(matter=matter, name=name))

"""Alerts: which there are, and 知悉."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from cases.alerts import ALERT_WORDS, without_title
from cases.privacy.masking import mask
from cases.record.case import Case
from desk.alerts.acknowledging import Alerts
from desk.api.answers import AlertOut
from desk.api.answers import Alerts as AlertsOut
from desk.api.describe import operation, said
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, person_of
from desk.phrasing.lines import alert_told
from sinks.alerts.book import AlertEntry

TAG: Final = "告警"


def add_alerts(api: FastAPI, office: DeskContext) -> None:
    service = office.get(Alerts)

    @api.get("/alerts", **operation(AlertsOut, "告警，新的在前；承办单位看本单位的", tag=TAG))
    def alerts(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: Annotated[int | None, Query(ge=1, description="上一页最后一条的 number")] = None,
    ) -> Response:
        person = person_of(request)
        entries = service.book.newest(limit, who=person.actor, before=before)
        ids = [one.alert.case_id for one in entries if one.alert.case_id]
        with office.readers.reader() as store:
            cases = store.ledger.load(ids)
        known = [
            one
            for one in entries
            if alert_told(one.alert, cases.get(one.alert.case_id), person.actor)
        ]
        return said(
            AlertsOut(items=tuple(_shown(one, cases.get(one.alert.case_id)) for one in known))
        )

    @api.post(
        "/alerts/{alert_id:coded}/acknowledge",
        **operation(AlertOut, "知悉：记下谁、何时", tag=TAG, errors=(404,)),
    )
    def acknowledge(request: Request, alert_id: str) -> Response:
        entry = service.acknowledge(doer_of(request), alert_id)
        return said(_shown(entry, service.case_of(entry)))


def _shown(entry: AlertEntry, case: Case | None) -> AlertOut:
    # A case may have become confidential after its alert was raised; of one that cannot be
    # read nobody knows whether it did.
    hidden = case is None or case.confidential
    alert = without_title(entry.alert) if hidden else entry.alert
    known = entry.state.acknowledged
    return AlertOut(
        number=entry.number,
        alert_id=alert.alert_id,
        kind=alert.kind,
        word=ALERT_WORDS[alert.kind],
        level=alert.level,
        at=alert.at,
        text=mask(alert.text),
        case_id=alert.case_id,
        unit=alert.unit,
        acknowledged_by=known.by if known else "",
        acknowledged_at=known.at if known else None,
    )

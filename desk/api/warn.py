"""Alerts: which there are, and 知道了."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from cases.alerts import ALERT_WORDS, without_title
from cases.privacy.masking import mask
from cases.record.case import Case
from cases.words.actors import Actor
from desk.api.answers import AlertOut, Alerts
from desk.api.describe import operation, said
from desk.api.errors import ApiError
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import person_of
from desk.http.form_input import note
from desk.phrasing.lines import alert_told
from sinks.alerts.book import AlertBook, Entry, UnknownAlert
from sinks.alerts.file import AlertFile

TAG: Final = "告警"


def add_alerts(api: FastAPI, office: DeskContext) -> None:
    file = AlertFile(office.settings.home / "alerts.db")
    office.before_close.append(file.close)
    book = AlertBook(file)

    def case_of(entry: Entry) -> Case | None:
        with office.readers.reader() as store:
            return store.ledger.load([entry.alert.case_id]).get(entry.alert.case_id)

    def told(entry: Entry, actor: Actor) -> None:
        """Raises `UnknownAlert`, also where this person may not know of it."""
        if not alert_told(entry.alert, case_of(entry), actor):
            raise UnknownAlert("没有这条告警。")

    @api.get("/alerts", **operation(Alerts, "告警，新的在前；承办单位看本单位的", tag=TAG))
    def alerts(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: Annotated[int | None, Query(ge=1, description="上一页最后一条的 number")] = None,
    ) -> Response:
        person = person_of(request)
        entries = book.newest(limit, who=person.actor, before=before)
        ids = [one.alert.case_id for one in entries if one.alert.case_id]
        with office.readers.reader() as store:
            cases = store.ledger.load(ids)
        known = [
            one
            for one in entries
            if alert_told(one.alert, cases.get(one.alert.case_id), person.actor)
        ]
        return said(Alerts(items=tuple(_shown(one, cases.get(one.alert.case_id)) for one in known)))

    @api.post(
        "/alerts/{alert_id:coded}/acknowledge",
        **operation(AlertOut, "知道了：记下谁、何时", tag=TAG, errors=(404,)),
    )
    def acknowledge(request: Request, alert_id: str) -> Response:
        person, now = person_of(request), office.clock()
        try:
            told(book.get(alert_id, who=person.actor), person.actor)
            book.acknowledge(alert_id, person.actor, now)
            entry = book.get(alert_id, who=person.actor)
        except UnknownAlert as error:
            raise ApiError(404, str(error)) from None
        note(office, request, AuditAction.ALERT, alert_id, "知道了")
        return said(_shown(entry, case_of(entry)))


def _shown(entry: Entry, case: Case | None) -> AlertOut:
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

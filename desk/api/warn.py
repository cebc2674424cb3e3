"""Alerts: which there are, and 知道了."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from cases.alerts import ALERT_WORDS, without_title
from cases.privacy.masking import mask
from cases.privacy.visibility import Sight, sight_of
from cases.record.case import Case
from cases.words.actors import Actor
from desk.api.answers import AlertOut, Alerts
from desk.api.describe import operation, said
from desk.api.errors import ApiError
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import address_of, person_of
from sinks.alerts.book import AlertBook, Entry, UnknownAlert
from sinks.alerts.file import AlertFile

TAG: Final = "告警"


def add_alerts(api: FastAPI, office: DeskContext) -> None:
    book = AlertBook(AlertFile(office.settings.home / "alerts.db"))

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
        # A case may have been taken away from the unit, or become confidential, since then.
        entries = tuple(one for one in entries if _still_theirs(one, cases, person.actor))
        secret = {case_id for case_id, case in cases.items() if case.confidential}
        return said(Alerts(items=tuple(_shown(one, secret) for one in entries)))

    @api.post(
        "/alerts/{alert_id:coded}/acknowledge",
        **operation(AlertOut, "知道了：记下谁、何时", tag=TAG, errors=(404,)),
    )
    def acknowledge(request: Request, alert_id: str) -> Response:
        person, now = person_of(request), office.clock()
        try:
            entry = book.get(alert_id, who=person.actor)
        except UnknownAlert as error:
            raise ApiError(404, str(error)) from None
        with office.readers.reader() as store:
            cases = store.ledger.load([entry.alert.case_id] if entry.alert.case_id else [])
        if not _still_theirs(entry, cases, person.actor):
            raise ApiError(404, "没有这条告警。")
        book.acknowledge(alert_id, person.actor, now)
        entry = book.get(alert_id, who=person.actor)
        office.trail.record(
            now, person.account.id, AuditAction.ALERT, alert_id, "知道了", address_of(request)
        )
        case = cases.get(entry.alert.case_id)
        secret = {entry.alert.case_id} if case and case.confidential else set()
        return said(_shown(entry, secret))


def _still_theirs(entry: Entry, cases: Mapping[str, Case], actor: Actor) -> bool:
    case = cases.get(entry.alert.case_id)
    return case is None or sight_of(case, actor) is not Sight.NOTHING


def _shown(entry: Entry, secret: set[str]) -> AlertOut:
    alert = without_title(entry.alert) if entry.alert.case_id in secret else entry.alert
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

"""A case as one line of a list: masked, with its deadline in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from msgspec import Struct

from cases.alerts import Alert
from cases.case import STATE_WORDS, Case, State, on_time
from cases.masking import mask
from cases.visibility import masked
from desk.web import terms
from desk.web.office import Office
from desk.web.times import Left, time_left

HIDDEN_TITLE = "（内容保密）"


class CaseLine(Struct, frozen=True, kw_only=True):
    case_id: str
    href: str
    title: str
    left: Left
    channel: str
    topic: str
    unit: str
    state: str
    ended: bool
    received_at: datetime
    due_at: datetime | None
    risks: tuple[tuple[str, bool], ...]
    """What is risky about it, and whether the office counts that as high; 紧急 first."""
    confidential: bool


class AlertLine(Struct, frozen=True, kw_only=True):
    kind: str
    level: str
    at: datetime
    text: str
    href: str
    unit: str


def case_href(case_id: str) -> str:
    """The address of a case: an id may hold any character, also slashes."""
    return f"/cases/{quote(case_id, safe='')}"


def standing(case: Case, office: Office, now: datetime) -> Left:
    """How the case stands against the citizen's clock, in words."""
    if case.open:
        clock = case.round.reply_clock
        if clock is None:
            return Left("无答复时限", "quiet")
        return time_left(clock, now, office.rules.calendar, office.rules.policy.office)
    if not case.round.deliveries:
        return Left(STATE_WORDS[case.state], "quiet")
    match on_time(case.round)[0]:
        case True:
            return Left("按时答复", "done")
        case False:
            return Left("超期答复", "late")
        case None:
            return Left("答复时间不详", "quiet")


def _risks(case: Case, office: Office) -> tuple[tuple[str, bool], ...]:
    urgent = (("紧急", True),) if case.labels.urgent else ()
    return (*urgent, *((risk, risk in office.high_risks) for risk in case.labels.risk))


def case_line(case: Case, office: Office, now: datetime) -> CaseLine:
    return CaseLine(
        case_id=case.case_id,
        href=case_href(case.case_id),
        title=HIDDEN_TITLE
        if case.confidential
        else masked(case.item, case.item.title) or "（无标题）",
        left=standing(case, office, now),
        channel=case.item.channel,
        topic=case.labels.topic or "待定",
        unit=office.register.name(case.unit) if case.dispatched else "待派",
        state=STATE_WORDS[case.state],
        ended=case.state in (State.CLOSED, State.REFUSED, State.INVALID),
        received_at=case.received_at,
        due_at=clock.due_at if (clock := case.round.reply_clock) else None,
        risks=_risks(case, office),
        confidential=case.confidential,
    )


def case_lines(cases: Iterable[Case], office: Office, now: datetime) -> tuple[CaseLine, ...]:
    return tuple(case_line(case, office, now) for case in cases)


def alert_line(alert: Alert, case: Case | None, office: Office) -> AlertLine:
    """`case` tells whether it became confidential after the alert was raised; without
    it nothing of the text is shown."""
    hidden = alert.case_id and (case is None or case.confidential)
    return AlertLine(
        kind=terms.ALERTS[alert.kind],
        level=alert.level.value,
        at=alert.at,
        text=HIDDEN_TITLE if hidden else mask(alert.text),
        href=case_href(alert.case_id) if alert.case_id else "",
        unit=office.register.name(alert.unit) if alert.unit else "",
    )

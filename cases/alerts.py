"""Which events call a person, and how loudly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from cases import events as ev
from cases.case import Case
from cases.events import Recorded
from cases.handling import HandlingRules
from cases.masking import mask
from cases.on_tick import DUE_TODAY, ONE_DAY_LEFT, OVERDUE


class AlertKind(StrEnum):
    HIGH_RISK = "high_risk"
    UNASSIGNED = "unassigned"
    ONE_DAY_LEFT = "one_day_left"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    RETURNED_AGAIN = "returned_again"
    NOT_SATISFIED = "not_satisfied"
    SOURCE_SILENT = "source_silent"


class Level(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Leaves the case: personal data is masked."""

    alert_id: str
    """`case_id#seq:kind`: one event raises one alert of a kind, however often it is read."""
    kind: AlertKind
    level: Level
    at: datetime
    text: str
    case_id: str = ""
    unit: str = ""


CLOCK_WORDS = {
    "reply": "答复",
    "source": "来源要求的办理",
    "acknowledge": "签收",
    "internal": "内部办理",
    "disclosure": "依申请公开答复",
    "disclosure_internal": "依申请公开内部办理",
    "event_first_info": "首次权威信息发布",
    "event_press": "新闻发布会",
    "event_response": "舆情回应",
}

_STAGES = {
    ONE_DAY_LEFT: (AlertKind.ONE_DAY_LEFT, Level.LOW, "{clock}时限剩 1 个工作日"),
    DUE_TODAY: (AlertKind.DUE_TODAY, Level.MEDIUM, "{clock}时限今日到期"),
    OVERDUE: (AlertKind.OVERDUE, Level.HIGH, "{clock}已超期，时限为 {due:%m-%d %H:%M}"),
}


def alerts_for(
    case: Case, events: Iterable[Recorded], rules: HandlingRules
) -> Iterator[Alert]:
    """The alerts of these events; `case` is the case after them."""
    for event in events:
        found = _alert_of(case, event, rules)
        if found is not None:
            kind, level, text = found
            yield Alert(
                alert_id=f"{event.case_id}#{event.seq}:{kind.value}",
                kind=kind,
                level=level,
                at=event.at,
                text=f"{text}：{mask(case.item.title)}",
                case_id=event.case_id,
                unit=case.unit,
            )


def _alert_of(
    case: Case, event: Recorded, rules: HandlingRules
) -> tuple[AlertKind, Level, str] | None:
    body = event.body
    if isinstance(body, ev.CaseOpened):
        high = [risk for risk in body.labels.risk if risk in rules.risk.high]
        # A message that was answered before we first saw it wakes nobody.
        if (high or body.labels.urgent) and case.open:
            return AlertKind.HIGH_RISK, Level.HIGH, f"高风险来件（{'、'.join(high) or '紧急'}）"
    elif isinstance(body, ev.Assigned):
        if body.to_desk and case.open:
            return AlertKind.UNASSIGNED, Level.LOW, "需要值班台派单"
    elif isinstance(body, ev.ClockWarned):
        kind, level, text = _STAGES[body.stage]
        clock = CLOCK_WORDS.get(body.clock, body.clock)
        return kind, level, text.format(clock=clock, due=body.due_at)
    elif isinstance(body, ev.ReturnApproved):
        if case.returns >= 2:
            return AlertKind.RETURNED_AGAIN, Level.MEDIUM, f"已退回 {case.returns} 次"
    elif isinstance(body, ev.CalledBack):
        if body.satisfied is False:
            return AlertKind.NOT_SATISFIED, Level.MEDIUM, "回访不满意，已开始新一轮办理"
    return None


_encoder = msgspec.json.Encoder(order="deterministic")


def encode_alert(alert: Alert) -> bytes:
    return _encoder.encode(alert)


def decode_alert(data: bytes) -> Alert:
    return msgspec.json.decode(data, type=Alert)

"""Which events call a person, and how loudly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from cases import events as ev
from cases.actors import Role
from cases.case import Case
from cases.events import Recorded
from cases.handling import HandlingRules
from cases.labels import Labels
from cases.on_tick import DUE_TODAY, ONE_DAY_LEFT, OVERDUE
from cases.visibility import for_anyone


class AlertKind(StrEnum):
    HIGH_RISK = "high_risk"
    UNASSIGNED = "unassigned"
    ONE_DAY_LEFT = "one_day_left"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    RETURNED_AGAIN = "returned_again"
    NOT_SATISFIED = "not_satisfied"
    SOURCE_SILENT = "source_silent"
    SOURCE_FAILING = "source_failing"


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

DATE_WORDS = {
    "instruction": "批示反馈",
    "promise": "承诺兑现",
    "suspension": "挂账解决",
    "press": "督办要求的办理",
}

_STAGES = {
    ONE_DAY_LEFT: (AlertKind.ONE_DAY_LEFT, Level.LOW, "{clock}时限剩 1 个工作日"),
    DUE_TODAY: (AlertKind.DUE_TODAY, Level.MEDIUM, "{clock}时限今日到期"),
    OVERDUE: (AlertKind.OVERDUE, Level.HIGH, "{clock}已超期，时限为 {due:%m-%d %H:%M}"),
}


def alerts_for(case: Case, events: Iterable[Recorded], rules: HandlingRules) -> Iterator[Alert]:
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
                text=f"{text}：{for_anyone(case, case.item.title, instead='（保密件）')}",
                case_id=event.case_id,
                unit=case.unit,
            )


def _alert_of(
    case: Case, event: Recorded, rules: HandlingRules
) -> tuple[AlertKind, Level, str] | None:
    body = event.body
    if isinstance(body, ev.CaseOpened | ev.VersionSeen):
        return _high_risk(case, event, body.labels, rules)
    if isinstance(body, ev.Corrected) and event.actor.role is Role.SYSTEM:
        # Seen over many messages; a person who corrects knows already.
        return _high_risk(case, event, body.labels, rules)
    if isinstance(body, ev.CalledBack | ev.ClosedAtSource):
        return _not_satisfied(case, event, body)
    if isinstance(body, ev.Assigned):
        if body.to_desk and case.open:
            return AlertKind.UNASSIGNED, Level.LOW, "需要值班台派单"
    elif isinstance(body, ev.ClockWarned):
        kind, level, text = _STAGES[body.stage]
        clock = CLOCK_WORDS.get(body.clock, body.clock)
        return kind, level, text.format(clock=clock, due=body.due_at)
    elif isinstance(body, ev.DateWarned):
        kind, level, text = _STAGES[body.stage]
        return kind, level, text.format(clock=DATE_WORDS[body.what], due=body.due_at)
    elif isinstance(body, ev.ReturnApproved) and (times := _returns(case, event)) >= 2:
        return AlertKind.RETURNED_AGAIN, Level.MEDIUM, f"已退回 {times} 次"
    return None


def _returns(case: Case, event: Recorded) -> int:
    """How often the case had been returned with this event."""
    return sum(isinstance(each.body, ev.ReturnApproved) for each in case.history[: event.seq])


def _high_risk(
    case: Case, event: Recorded, labels: Labels | None, rules: HandlingRules
) -> tuple[AlertKind, Level, str] | None:
    """A message that is grave, or became so by what was added or by the messages of others."""

    def grave(labels: Labels) -> list[str]:
        high = [risk for risk in labels.risk if risk in rules.risk.high]
        return high or (["紧急"] if labels.urgent else [])

    # A message that was answered before we first saw it wakes nobody.
    if labels is None or not case.open or not (found := grave(labels)):
        return None
    for earlier in case.history[: event.seq - 1]:
        known = earlier.body
        if not isinstance(known, ev.CaseOpened | ev.VersionSeen | ev.Corrected):
            continue
        if known.labels is not None:
            found = [risk for risk in found if risk not in grave(known.labels)]
    if not found:
        return None
    return AlertKind.HIGH_RISK, Level.HIGH, f"高风险来件（{'、'.join(found)}）"


def _not_satisfied(
    case: Case, event: Recorded, body: ev.CalledBack | ev.ClosedAtSource
) -> tuple[AlertKind, Level, str] | None:
    if body.satisfied is not False:
        return None
    if isinstance(body, ev.CalledBack):
        return AlertKind.NOT_SATISFIED, Level.MEDIUM, "回访不满意，已开始新一轮办理"
    # What was over before we first saw it wakes nobody.
    if event.message_id == case.history[0].message_id:
        return None
    text = "来源平台回访不满意，请决定是否重新办理"
    return AlertKind.NOT_SATISFIED, Level.MEDIUM, text


_encoder = msgspec.json.Encoder(order="deterministic")


def encode_alert(alert: Alert) -> bytes:
    return _encoder.encode(alert)


def decode_alert(data: bytes) -> Alert:
    return msgspec.json.decode(data, type=Alert)

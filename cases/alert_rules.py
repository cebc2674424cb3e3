"""Which events call a person, and how loudly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct

from cases.alerts import Alert, AlertKind, Level
from cases.clocks.clocks import ClockUnit
from cases.life.dates import DISPATCH, UNANSWERED
from cases.life.handling import HandlingRules
from cases.life.held import HELD
from cases.life.platform import BY_THE_PLATFORM
from cases.life.ticks import DUE_TODAY, ESCALATED, ONE_DAY_LEFT, OVERDUE
from cases.privacy.visibility import for_anyone
from cases.record import events as ev
from cases.record.case import Case, State
from cases.record.events import Recorded
from cases.record.platform import SENT_WORDS, Sent
from cases.words.actors import Role
from cases.words.grounds import GROUND_WORDS
from cases.words.labels import LOUD, Labels
from cases.words.numbers import half_up

CLOCK_WORDS = {
    "reply": "答复",
    "source": "来源要求的办理",
    "acknowledge": "签收",
    "internal": "内部办理",
    "disclosure": "依申请公开答复",
    "disclosure_internal": "依申请公开内部办理",
    "petition_acceptance": "信访受理告知",
    "first_contact": "首次联系",
    "first_measure": "先期处置",
    "event_first_info": "首次权威信息发布",
    "event_press": "新闻发布会",
    "event_response": "舆情回应",
}

DATE_WORDS = {
    "instruction": "批示反馈",
    "promise": "承诺兑现",
    "suspension": "挂账解决",
    "press": "督办要求的办理",
    DISPATCH: "派单",
    HELD: "人工派单",
    UNANSWERED: "国家检查底线的答复",
    "supplement": "申请人补正",
    "consultation": "第三方提出意见",
    "fee": "申请人缴纳信息处理费",
    "reason": "申请人说明理由",
}

_LEVELS = {
    ONE_DAY_LEFT: Level.LOW,
    DUE_TODAY: Level.MEDIUM,
    OVERDUE: Level.HIGH,
    ESCALATED: Level.HIGH,
}
_KINDS = {
    ONE_DAY_LEFT: AlertKind.ONE_DAY_LEFT,
    DUE_TODAY: AlertKind.DUE_TODAY,
    OVERDUE: AlertKind.OVERDUE,
    ESCALATED: AlertKind.ESCALATED,
}
_PROMISE_KINDS = {
    ONE_DAY_LEFT: AlertKind.PROMISE_DUE,
    DUE_TODAY: AlertKind.PROMISE_DUE,
    OVERDUE: AlertKind.PROMISE_OVERDUE,
    ESCALATED: AlertKind.ESCALATED,
}


class _Call(Struct, frozen=True):
    kind: AlertKind
    level: Level
    text: str
    role: Role | None = None


_PLACES_NAMED = 3
_MARKED = "紧急"


def alerts_for(case: Case, events: Iterable[Recorded], rules: HandlingRules) -> Iterator[Alert]:
    """The alerts of these events; `case` is the case after them."""
    for event in events:
        call = _call(case, event, rules)
        if call is not None:
            yield Alert(
                alert_id=f"{event.case_id}#{event.seq}:{call.kind.value}",
                kind=call.kind,
                level=call.level,
                at=event.at,
                text=f"{call.text}：{for_anyone(case, case.item.title, instead='（保密件）')}",
                case_id=event.case_id,
                unit=case.unit,
                role=call.role,
                urgent=is_pressing(case, rules),
            )


def is_pressing(case: Case, rules: HandlingRules) -> bool:
    """Whether the case is urgent, by its text or by its order (特急), or of high risk."""
    labels = case.labels
    return labels.urgent or any(risk in rules.risk.high for risk in labels.risk)


def _call(case: Case, event: Recorded, rules: HandlingRules) -> _Call | None:
    body = event.body
    if isinstance(body, ev.CaseOpened | ev.VersionSeen | ev.PictureRead):
        return _danger(case, event, body.labels) or _high_risk(case, event, body.labels, rules)
    if isinstance(body, ev.Corrected) and event.actor.role is Role.SYSTEM:
        # Seen over many messages; a person who corrects knows already.
        return _high_risk(case, event, body.labels, rules)
    if isinstance(body, ev.CalledBack | ev.ClosedAtSource):
        return _not_satisfied(case, event, body)
    if isinstance(body, ev.ClockWarned | ev.DateWarned):
        return _in_time(case, body, rules)
    if isinstance(body, ev.PlatformTook):
        return _upward(case, body)
    return _about_units(case, event, rules)


def _upward(case: Case, body: ev.PlatformTook) -> _Call | None:
    if body.sent is not Sent.FAILED and body.sent is not Sent.UNCLEAR:
        return None
    what = next((one.what for one in case.upward if one.number == body.number), "消息")
    text = f"向上级平台发送的{what}，{SENT_WORDS[body.sent]}"
    return _Call(AlertKind.UPWARD_FAILED, Level.HIGH, text, Role.DESK)


def _about_units(case: Case, event: Recorded, rules: HandlingRules) -> _Call | None:
    body = event.body
    if isinstance(body, ev.Assigned):
        if body.to_desk and case.open:
            return _Call(AlertKind.UNASSIGNED, Level.LOW, "需要值班台派单")
    elif isinstance(body, ev.HeldBack):
        if case.open:
            grounds = "、".join(GROUND_WORDS[ground] for ground in body.grounds)
            text = f"没有自动派单（{grounds}），需要值班台决定由谁办理"
            return _Call(AlertKind.HELD, Level.MEDIUM, text)
    elif isinstance(body, ev.MatterLinked):
        if body.burst and case.state is not State.ARCHIVED:
            hours = rules.warnings.burst_hours
            text = f"同一事项 {hours} 小时内来件 {body.burst} 件"
            return _Call(AlertKind.BURST, Level.HIGH, text)
    elif isinstance(body, ev.EmergingSeen) and not body.muted_by:
        return _Call(AlertKind.EMERGING, Level.HIGH, f"{emerging_words(body)}{where_words(body)}")
    elif isinstance(body, ev.ReturnApproved):
        times = _returns(case, event)
        if times >= rules.warnings.returned_times:
            return _Call(AlertKind.RETURNED_AGAIN, Level.MEDIUM, f"已退回 {times} 次")
    return None


def emerging_words(body: ev.EmergingSeen) -> str:
    """苗头预警 in words, without a full stop and without a colon. Nothing of it is of another
    case alone: units read it in the course of their own."""
    what = "".join(f"“{word}”" for word in body.words) or "同一类问题"
    usual = "几乎没有" if body.usual < 0.05 else f"约 {half_up(body.usual, 1)} 人"
    often = (
        "几乎不会偶然出现"
        if body.years >= 100
        else f"偶然出现约 {max(1, round(body.years))} 年一次"
    )
    more = "人数又翻了一番，" if body.grown else ""
    return f"{more}{body.hours} 小时内 {body.people} 人反映{what}，平常{usual}，{often}"


def where_words(body: ev.EmergingSeen) -> str:
    """Where, for the desk: the narrowest place that explains it, else what the messages name."""
    if body.where:
        return f"，都在{body.where}"
    places = body.places
    named = "、".join(places[:_PLACES_NAMED])
    more = f"等 {len(places)} 处" if len(places) > _PLACES_NAMED else ""
    return f"，地点有{named}{more}" if places else ""


def _in_time(case: Case, body: ev.ClockWarned | ev.DateWarned, rules: HandlingRules) -> _Call:
    """What the sweep found."""
    stage, due = body.stage, f"{body.due_at:%m-%d %H:%M}"
    if isinstance(body, ev.ClockWarned):
        what = CLOCK_WORDS.get(body.clock, body.clock)
        if body.clock == "acknowledge" and stage == OVERDUE:
            text = f"承办单位没有按时签收，时限为 {due}"
            return _Call(AlertKind.NOT_ACKNOWLEDGED, Level.MEDIUM, text)
        kind = _KINDS[stage]
    elif body.what == HELD:
        hours = (body.due_at - case.history[body.number - 1].at) // timedelta(hours=1)
        text = f"满 {hours} 小时没有人派单（保密件，不自动派单）"
        if stage == ESCALATED:
            text += "，请领导督促"
            return _Call(AlertKind.HELD_LONG, Level.HIGH, text, Role.LEADER)
        return _Call(AlertKind.HELD_LONG, Level.MEDIUM, text)
    elif body.what == UNANSWERED:
        months = rules.warnings.unanswered_months
        text = f"收到满 {months} 个月没有答复，已过国家检查的底线"
        return _Call(AlertKind.UNANSWERED_LONG, Level.HIGH, text)
    elif body.what == DISPATCH:
        minutes = rules.warnings.unassigned_minutes
        text = f"超过 {minutes} 分钟（上班时间）没有派单"
        return _Call(AlertKind.UNASSIGNED_LONG, Level.MEDIUM, text)
    else:
        what = DATE_WORDS[body.what]
        kind = (_PROMISE_KINDS if body.what == "promise" else _KINDS)[stage]
    in_hours = isinstance(body, ev.ClockWarned) and _in_hours(case, body.clock)
    warnings = rules.warnings
    late = (
        f"{warnings.escalate_hours} 小时"
        if in_hours
        else f"{warnings.escalate_working_days} 个工作日"
    )
    text = {
        ONE_DAY_LEFT: f"{what}时限剩 1 个工作日",
        DUE_TODAY: f"{what}时限今日{f' {body.due_at:%H:%M} ' if in_hours else ''}到期",
        OVERDUE: f"{what}已逾期，时限为 {due}",
        ESCALATED: f"{what}已逾期 {late}以上，时限为 {due}，请领导督促",
    }[stage]
    return _Call(kind, _LEVELS[stage], text, Role.LEADER if stage == ESCALATED else None)


def _in_hours(case: Case, name: str) -> bool:
    clock = case.round.clock(name)
    return clock is not None and clock.unit is ClockUnit.HOURS


def _returns(case: Case, event: Recorded) -> int:
    """How often the case had been returned with this event."""
    return sum(isinstance(each.body, ev.ReturnApproved) for each in case.history[: event.seq])


def _danger(case: Case, event: Recorded, labels: Labels | None) -> _Call | None:
    """危急: a life is in danger now. It wakes a person once."""
    if labels is None or not labels.loud or not case.open:
        return None
    if any(known.loud for known in _labels_before(case, event)):
        return None
    kinds = dict.fromkeys(
        one.label.partition(":")[2] for one in labels.evidence if one.label.startswith(LOUD)
    )
    what = "、".join(kind for kind in kinds if kind)
    return _Call(AlertKind.URGENT, Level.HIGH, f"危急来件{f'（{what}）' if what else ''}")


_LABELLING: Final = (ev.CaseOpened, ev.VersionSeen, ev.PictureRead, ev.Corrected)


def _labels_before(case: Case, event: Recorded) -> Iterator[Labels]:
    """What the case was taken for before this event, since a person last said what it is: after
    a false alarm the next one calls again."""
    for earlier in reversed(case.history[: event.seq - 1]):
        known = earlier.body
        if isinstance(known, _LABELLING) and known.labels:
            yield known.labels
        if isinstance(known, ev.Corrected) and earlier.actor.role is not Role.SYSTEM:
            return


def _high_risk(
    case: Case, event: Recorded, labels: Labels | None, rules: HandlingRules
) -> _Call | None:
    """A message that is grave, or became so by what was added or by the messages of others."""

    def grave(labels: Labels) -> list[str]:
        high = [risk for risk in labels.risk if risk in rules.risk.high]
        return high or ([_MARKED] if labels.urgent else [])

    # A message that was answered before we first saw it wakes nobody.
    if labels is None or not case.open or not (found := grave(labels)):
        return None
    for known in _labels_before(case, event):
        found = [risk for risk in found if risk not in grave(known)]
    if not found:
        return None
    # What is only marked is seen first, and wakes nobody.
    level = Level.MEDIUM if found == [_MARKED] else Level.HIGH
    return _Call(AlertKind.HIGH_RISK, level, f"高风险来件（{'、'.join(found)}）")


def _not_satisfied(
    case: Case, event: Recorded, body: ev.CalledBack | ev.ClosedAtSource
) -> _Call | None:
    if body.satisfied is not False:
        return None
    by_us = isinstance(body, ev.CalledBack) and not body.note.startswith(BY_THE_PLATFORM)
    if by_us:
        return _Call(AlertKind.NOT_SATISFIED, Level.MEDIUM, "回访不满意，已开始新一轮办理")
    # What was over before we first saw it wakes nobody.
    if event.message_id == case.history[0].message_id or case.state is State.ARCHIVED:
        return None
    text = "来源平台回访不满意，请决定是否重新办理"
    return _Call(AlertKind.NOT_SATISFIED, Level.MEDIUM, text)

"""A case as one line of a list: masked, with its deadline in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from msgspec import Struct

from cases.alerts import Alert, AlertKind
from cases.clocks.clocks import Clock
from cases.life.calls import CallKind, calls
from cases.life.ticks import danger_clock
from cases.privacy.masking import mask
from cases.privacy.visibility import Sight, is_withheld, masked, sight_of
from cases.record.case import ENDED_STATES, STATE_WORDS, Case, State, on_time
from cases.words.actors import Actor, Role
from cases.words.labels import SENTIMENT_WORDS
from desk.ground.context import DeskContext
from desk.phrasing import vocabulary
from desk.phrasing.times import Left, time_left
from desk.phrasing.unit_choices import unit_choices
from sinks.alerts.book import AlertState

HIDDEN_TITLE = "（内容保密）"
HIDDEN_LABEL = "不显示"
"""In place of the topic and kind of a case that is withheld."""
_TELLS_OF_LABELS = frozenset(
    {AlertKind.URGENT, AlertKind.HIGH_RISK, AlertKind.BURST, AlertKind.EMERGING}
)


class CaseLine(Struct, frozen=True, kw_only=True):
    case_id: str
    href: str
    title: str
    left: Left
    danger: Left | None
    """How a 危急 case stands that waits for 先期处置; it is read before `left`."""
    danger_due: datetime | None
    channel: str
    topic: str
    unit: str
    state: str
    ended: bool
    received_at: datetime
    due_at: datetime | None
    """The date that counts."""
    due_by: str
    """The office's word for where that date comes from, where the source set one: 来源期限."""
    risks: tuple[tuple[str, bool], ...]
    """What is risky about it, and whether the office counts that as high; 紧急 first."""
    confidential: bool
    number: str
    """As the source numbers it."""
    place: str
    kind: str
    sentiment: str
    replied_at: datetime | None
    satisfied: str
    returns: int
    seq: int
    """Length of the history: what an action says that its author has seen."""
    asks: tuple[str, ...]
    """What waits for the desk to decide."""
    calls: tuple[str, ...]
    """What its own unit is called upon for (`cases.life.calls`), where a unit reads the list."""
    suggested: tuple[str, ...]
    """Ids of units that it may be for, the likeliest first."""


class AlertLine(Struct, frozen=True, kw_only=True):
    alert_id: str
    kind: str
    level: str
    at: datetime
    text: str
    href: str
    unit: str
    acknowledged: str
    """By whom; "" for nobody yet."""
    acknowledged_at: datetime | None


def case_href(case_id: str) -> str:
    """The address of a case: an id may hold any character, also slashes."""
    return f"/cases/{quote(case_id, safe='')}"


def alert_href(alert: Alert) -> str:
    """The address of what an alert is about; "" where that has no page."""
    if alert.incident:
        return f"/incidents/{quote(alert.incident, safe='')}"
    return case_href(alert.case_id) if alert.case_id else ""


def act_href(case_id: str, command: str) -> str:
    """The address of a case with the form of one command first."""
    return f"{case_href(case_id)}?do={command}#act"


def standing(case: Case, office: DeskContext, now: datetime) -> Left:
    """How the case stands against the citizen's clock, in words."""
    if case.open:
        clock = case.round.deciding_clock
        if clock is None:
            return Left("无答复时限", "quiet")
        return time_left(clock, now, office.rules.calendar)
    if case.state is State.ARCHIVED or not case.round.deliveries:
        return Left(STATE_WORDS[case.state], "quiet")
    match on_time(case.round)[0]:
        case True:
            return Left("按时答复", "done")
        case False:
            return Left("逾期答复", "late")
        case None:
            return Left("答复时间不详", "quiet")


def danger_left(clock: Clock | None, office: DeskContext, now: datetime) -> Left | None:
    """首次联系剩 20 分钟, 先期处置逾期 1 小时: `cases.life.ticks.danger_clock` in words."""
    if clock is None:
        return None
    left = time_left(clock, now, office.rules.calendar)
    return Left(f"{vocabulary.clock(clock.name)}{left.text}", left.tone)


def due_by(case: Case) -> str:
    """来源期限 or 本地时限 where there are both, with the one that does not count; else ""."""
    own, source = case.round.reply_clock, case.round.source_clock
    if own is None or source is None:
        return ""
    counts, other, clock = (
        ("来源期限", "本地时限", own)
        if case.round.deciding_clock is source
        else ("本地时限", "来源期限", source)
    )
    still = clock.paused_since is not None
    return f"按{counts}计；{other} {'暂停计时' if still else f'{clock.due_at:%m-%d %H:%M}'}"


def _risks(case: Case, office: DeskContext) -> tuple[tuple[str, bool], ...]:
    word = case.labels.urgency
    return (
        # 紧急 is a wide net: in red it would say more than it knows.
        *(((word, case.labels.loud),) if word else ()),
        *((risk, risk in office.high_risks) for risk in case.labels.risk),
    )


def _asks(case: Case) -> tuple[str, ...]:
    asked = ["申请退回" for task in case.tasks if task.return_asked]
    return tuple(asked[:1] + (["申请延期"] if case.extension_request else []))


def _calls(case: Case, office: DeskContext, now: datetime, actor: Actor) -> tuple[str, ...]:
    """Without what the line says anyway: when it is due."""
    if actor.role is not Role.RESPONDER:
        return ()
    kinds = [call.kind for call in calls(case, actor, office.rules, now)]
    return tuple(dict.fromkeys(kind.value for kind in kinds if kind is not CallKind.DUE))


def case_line(case: Case, office: DeskContext, now: datetime, actor: Actor) -> CaseLine:
    """As this person reads it in a list."""
    hidden = is_withheld(case, actor)
    clock, first = case.round.deciding_clock, case.round.first_delivery
    danger = danger_clock(case)
    called = [round_.callback for round_ in case.rounds if round_.callback]
    return CaseLine(
        case_id=case.case_id,
        href=case_href(case.case_id),
        title=HIDDEN_TITLE
        if case.confidential
        else masked(case.item, case.item.title) or "（无标题）",
        left=standing(case, office, now),
        danger=danger_left(danger, office, now),
        danger_due=danger.due_at if danger else None,
        channel=case.item.channel,
        topic=HIDDEN_LABEL if hidden else case.labels.topic or "未分类",
        unit=office.register.name(case.unit) if case.dispatched else "待派",
        state=case.state_words,
        ended=case.state in ENDED_STATES,
        received_at=case.received_at,
        due_at=clock.due_at if clock else None,
        due_by=due_by(case),
        risks=() if hidden else _risks(case, office),
        confidential=case.confidential,
        number=case.item.source_item_id,
        place="" if case.confidential else masked(case.item, case.item.place),
        kind=HIDDEN_LABEL if hidden else case.labels.kind.value,
        sentiment=HIDDEN_LABEL if hidden else SENTIMENT_WORDS[case.labels.sentiment],
        replied_at=first.at if first else None,
        satisfied=vocabulary.verdict(
            resolved=None, satisfied=called[-1].satisfied, grade=called[-1].grade
        )
        if called
        else "",
        returns=case.returns,
        seq=case.seq,
        asks=_asks(case),
        calls=_calls(case, office, now, actor),
        suggested=() if hidden else tuple(one.unit for one in unit_choices(case, office)),
    )


def case_lines(
    cases: Iterable[Case], office: DeskContext, now: datetime, actor: Actor
) -> tuple[CaseLine, ...]:
    return tuple(case_line(case, office, now, actor) for case in cases)


def alert_told(alert: Alert, case: Case | None, actor: Actor) -> bool:
    """Whether this person may know of the alert at all: that one was raised because a case
    is grave tells of what sort it is. `case`: as it is now, None where there is none."""
    if not alert.case_id:
        return True
    if case is None or sight_of(case, actor) is Sight.NOTHING:
        return actor.role is not Role.RESPONDER
    return not (is_withheld(case, actor) and alert.kind in _TELLS_OF_LABELS)


def alert_line(
    alert: Alert, case: Case | None, office: DeskContext, state: AlertState | None = None
) -> AlertLine:
    """`case` tells whether it became confidential after the alert was raised; without
    it nothing of the text is shown."""
    hidden = alert.case_id and (case is None or case.confidential)
    known = state.acknowledged if state else None
    return AlertLine(
        alert_id=alert.alert_id,
        kind=vocabulary.ALERTS[alert.kind],
        level=alert.level.value,
        at=alert.at,
        text=HIDDEN_TITLE if hidden else mask(alert.text),
        href=alert_href(alert),
        unit=office.register.name(alert.unit) if alert.unit else "",
        acknowledged=known.name if known else "",
        acknowledged_at=known.at if known else None,
    )

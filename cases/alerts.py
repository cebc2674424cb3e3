"""What an alert is: its kind in words, how loud it is, and how it is written down."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from cases.words.actors import Role


class AlertKind(StrEnum):
    URGENT = "urgent"
    HIGH_RISK = "high_risk"
    BURST = "burst"
    EMERGING = "emerging"
    UNASSIGNED = "unassigned"
    UNASSIGNED_LONG = "unassigned_long"
    HELD = "held"
    HELD_LONG = "held_long"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    ONE_DAY_LEFT = "one_day_left"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    UNANSWERED_LONG = "unanswered_long"
    PROMISE_DUE = "promise_due"
    PROMISE_OVERDUE = "promise_overdue"
    RETURNED_AGAIN = "returned_again"
    NOT_SATISFIED = "not_satisfied"
    UPWARD_FAILED = "upward_failed"
    SOURCE_SILENT = "source_silent"
    SOURCE_FAILING = "source_failing"
    DEAD_LETTERS = "dead_letters"
    STREAM_DELAYED = "stream_delayed"
    DISK_FULL = "disk_full"
    CHANNEL_FAILING = "channel_failing"
    COLUMN_DUE = "column_due"
    COLUMN_STALE = "column_stale"
    WATCHED = "watched"
    EVENT_DUE = "event_due"
    EVENT_OVERDUE = "event_overdue"
    UNIT_ASSIGNED = "unit_assigned"
    UNIT_REMINDED = "unit_reminded"
    UNIT_SUPERVISED = "unit_supervised"
    UNIT_LISTED = "unit_listed"
    UNIT_SUMMONED = "unit_summoned"
    UNIT_INSTRUCTED = "unit_instructed"
    UNIT_REDRAFT = "unit_redraft"
    UNIT_EVENT = "unit_event"


ALERT_WORDS = {
    AlertKind.URGENT: "危急",
    AlertKind.HIGH_RISK: "高风险",
    AlertKind.BURST: "集中反映",
    AlertKind.EMERGING: "苗头预警",
    AlertKind.UNASSIGNED: "待派单",
    AlertKind.UNASSIGNED_LONG: "超时未派",
    AlertKind.HELD: "待人工派单",
    AlertKind.HELD_LONG: "人工派单超时",
    AlertKind.NOT_ACKNOWLEDGED: "逾时未签收",
    AlertKind.ONE_DAY_LEFT: "将到期",
    AlertKind.DUE_TODAY: "今日到期",
    AlertKind.OVERDUE: "已逾期",
    AlertKind.ESCALATED: "逾期报领导",
    AlertKind.UNANSWERED_LONG: "长期未答复",
    AlertKind.PROMISE_DUE: "承诺将到期",
    AlertKind.PROMISE_OVERDUE: "承诺逾期",
    AlertKind.RETURNED_AGAIN: "多次退回",
    AlertKind.NOT_SATISFIED: "回访不满意",
    AlertKind.UPWARD_FAILED: "对上交换未送达",
    AlertKind.SOURCE_SILENT: "来源静默",
    AlertKind.SOURCE_FAILING: "来源出错",
    AlertKind.DEAD_LETTERS: "死信积压",
    AlertKind.STREAM_DELAYED: "处理延迟",
    AlertKind.DISK_FULL: "磁盘空间不足",
    AlertKind.CHANNEL_FAILING: "告警发不出",
    AlertKind.COLUMN_DUE: "栏目将到期",
    AlertKind.COLUMN_STALE: "栏目未更新",
    AlertKind.WATCHED: "关注主题",
    AlertKind.EVENT_DUE: "事件将到时限",
    AlertKind.EVENT_OVERDUE: "事件逾期",
    AlertKind.UNIT_ASSIGNED: "新派单",
    AlertKind.UNIT_REMINDED: "催办",
    AlertKind.UNIT_SUPERVISED: "督办",
    AlertKind.UNIT_LISTED: "挂牌",
    AlertKind.UNIT_SUMMONED: "约谈",
    AlertKind.UNIT_INSTRUCTED: "批示",
    AlertKind.UNIT_REDRAFT: "退改",
    AlertKind.UNIT_EVENT: "事件交办",
}


RECEIPT_WORDS = {"sent": "已发出", "unclear": "是否发出不明", "failed": "没有发出"}
"""What became of an alert (`commands.NoteAlert.outcome`)."""


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
    """What happened, a colon, and the title of the case where there is one."""
    case_id: str = ""
    unit: str = ""
    role: Role | None = None
    """Whom it is for, where that is a certain role."""
    urgent: bool = False
    """About a case that was urgent (特急 …) or of high risk then: see `cases.quiet`."""
    incident: str = ""
    """Number of the 事件档案 that it is about, which is no case."""


def without_title(alert: Alert) -> Alert:
    """The alert of a case that became confidential after it was raised."""
    if not alert.case_id:
        return alert
    what = alert.text.partition("：")[0]
    return msgspec.structs.replace(alert, text=f"{what}：（保密件）")


_encoder = msgspec.json.Encoder(order="deterministic")


def encode_alert(alert: Alert) -> bytes:
    return _encoder.encode(alert)


def decode_alert(data: bytes) -> Alert:
    return msgspec.json.decode(data, type=Alert)

"""The office's words for what the code names in English."""

from __future__ import annotations

from cases.alert_rules import CLOCK_WORDS, DATE_WORDS
from cases.alerts import ALERT_WORDS
from cases.words.actors import Role
from cases.words.grades import Grade
from cases.words.labels import SENTIMENT_WORDS, Sentiment

ROLES = {
    Role.DESK: "值班台",
    Role.RESPONDER: "承办单位",
    Role.REVIEWER: "审核",
    Role.LEADER: "领导",
    Role.ADMIN: "管理员",
    Role.SYSTEM: "系统",
}

STAGES = {
    "one_day_left": "剩 1 个工作日",
    "due_today": "今日到期",
    "overdue": "已逾期",
    "escalated": "已逾期，提请领导督促",
}


ALERTS = ALERT_WORDS

_FIELDS = {
    "title": "标题",
    "body": "正文",
    "truncated": "正文",
    "author": "留言人",
    "phone": "联系电话",
    "email": "邮箱",
    "address": "住址",
    "place": "地点",
    "named_unit": "来源指定的单位",
    "category": "来源分类",
    "kind": "诉求类型",
    "urgency": "紧急程度",
    "due_at": "处理期限",
    "state": "来源状态",
    "replies": "答复",
    "said": "上级平台的回话",
    "closed_at": "办结时间",
    "resolved": "是否解决",
    "satisfied": "是否满意",
    "parent_id": "主工单",
    "attachments": "附件",
    "likes": "点赞数",
    "dislikes": "反对数",
    "confidential": "保密要求",
    "not_public": "是否愿意公开",
    "disclosure": "依申请公开",
    "withdrawn": "来源是否显示",
    "archived": "是否历史数据",
    "topic_path": "事项分类",
    "simple": "是否简单问题",
    "sentiment": "情感倾向",
    "risk": "风险",
    "urgent": "是否紧急",
    "loud": "是否危急",
}


def field(name: str) -> str:
    """A field of an item or of the labels; what has no word of its own is 其他内容."""
    return _FIELDS.get(name, "其他内容")


def clock(name: str) -> str:
    """A clock: 答复, 签收 … without the word 时限."""
    return CLOCK_WORDS.get(name, name)


def set_date(what: str) -> str:
    """A date that a person set: 批示反馈, 承诺兑现 …"""
    return DATE_WORDS.get(what, what)


def label(name: str) -> str:
    """What a piece of evidence speaks for: "risk:工资拖欠" is 风险：工资拖欠."""
    head, _, value = name.partition(":")
    word = {
        "topic": "分类",
        "kind": "诉求",
        "risk": "风险",
        "urgent": "紧急",
        "loud": "危急",
        "sentiment": "情感",
        "intensity": "语气",
    }.get(head, head)
    value = SENTIMENT_WORDS[Sentiment(value)] if value in set(Sentiment) else value
    return f"{word}：{value}" if value else word


def verdict(*, resolved: bool | None, satisfied: bool | None, grade: Grade | None = None) -> str:
    """What a call-back found: two answers, either of which may be missing."""
    solved = {True: "已解决", False: "未解决", None: ""}[resolved]
    content = {True: "满意", False: "不满意", None: ""}[satisfied]
    return "，".join(word for word in (solved, grade or content) if word)

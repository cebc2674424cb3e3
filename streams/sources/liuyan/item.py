"""A message of 领导留言板 as an `Item`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from cases.record.item import Item, Note, SourceReply
from huiyin.net.html_text import from_text
from huiyin.net.json_values import Integer, Json, as_text
from streams.sources.values.moments import at
from streams.sources.values.secrecy import wishes_in

CUT_AT = 100
"""Characters of text that a list shows."""
_FUTURE = 300
_LONGEST_ID = 20
"""Digits; the site's own numbers have eight."""
_QUESTION, _REPLY = "1", "4"
_ANSWERED = "已办理"
_GRADES = (
    ("gradeManner", "办理态度评分"),
    ("gradeSpeed", "办理速度评分"),
    ("gradeLevel", "解决程度评分"),
)
_ASIDE = (
    ("forumName", "留言对象"),
    ("from", "来自"),
    ("sourceName", "留言终端"),
    ("processInfo", "交办状态"),
    ("attachment", "附件数"),
)


class BadThread(Exception):
    """A row that is no message. `reason` is a stable name, the text plain Chinese."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Door(Struct, frozen=True, kw_only=True):
    """What is the same for all messages of one source."""

    source: str
    channel: str
    base_url: str


def thread_id(row: Json) -> str:
    """The `tid` as text. Raises `BadThread`."""
    if not isinstance(row, dict):
        raise BadThread("not_an_object", f"应为一条留言（JSON 对象），实际是 {as_text(row)[:80]!r}")
    tid = row.get("tid")
    text = as_text(tid)
    if (
        not isinstance(tid, str)
        or not (text.isascii() and text.isdecimal())
        or len(text) > _LONGEST_ID
    ):
        raise BadThread(
            "bad_id", f"留言编号 tid 应为整数，实际是 {text[:40]!r}。请到网站核对这一条"
        )
    return text


def written_at(row: dict[str, Json]) -> datetime | None:
    """When the citizen wrote it, from seconds or milliseconds."""
    return at(row.get("createDateline")) or at(row.get("dateline"))


def shown_at(row: dict[str, Json]) -> datetime | None:
    """The newest of written and published (checked) time: where it stands in a list."""
    times = [written_at(row), at(row.get("threadsCheckTime"))]
    return max((time for time in times if time is not None), default=None)


def is_cut(text: str) -> bool:
    """Whether a list's text is only the beginning."""
    return len(text) >= CUT_AT or text.endswith(("...", "…"))


def to_item(
    door: Door,
    tid: str,
    row: dict[str, Json],
    parts: list[dict[str, Json]] | None,
    *,
    first_seen: datetime,
    now: datetime,
) -> Item:
    """The message from its list row and, where it was fetched, its content list.

    A row may be empty (another look by id alone): what neither says stays "not said".
    `first_seen` stands in where the site gives no time."""
    question, replies, rest = _parts(parts or [])
    both = {**row, **{key: value for key, value in question.items() if value not in (None, "")}}
    asked = wishes_in(both)
    notes: list[Note] = list(asked.notes)
    body = from_text(as_text(question.get("content")) or as_text(row.get("content")))
    received = written_at(question) or written_at(row) or at(both.get("threadsCheckTime"))
    if received is None:
        received = first_seen
        notes.append(Note("received_time_missing", "来源没有给出留言时间，按首次看到的时间计"))
    if (received - now).total_seconds() > _FUTURE:
        notes.append(Note("time_in_future", "来源给出的留言时间晚于现在，可能是对方时钟有误"))
    replies = replies or _inline_reply(row)
    shown = tuple(_reply(reply, notes) for reply in replies if from_text(as_text(reply["content"])))
    state = as_text(both.get("stateInfo")) or as_text(both.get("traceInfo"))
    times = [reply.at for reply in shown if reply.at is not None]
    extra = {label: text for key, label in _ASIDE if (text := as_text(both.get(key)).strip())}
    if extra.get("附件数") == "0":
        del extra["附件数"]
    grades = {label: grade for key, label in _GRADES if (grade := _grade(both.get(key)))}
    if rest:
        extra["其他内容"] = "\n".join(rest)
    return Item(
        source=door.source,
        source_item_id=tid,
        channel=door.channel,
        received_at=received,
        title=from_text(as_text(both.get("subject"))),
        body=body,
        truncated=parts is None and is_cut(as_text(row.get("content"))),
        author=as_text(both.get("nickName")),
        category=as_text(both.get("domainName")),
        kind=as_text(both.get("typeName")),
        state=state,
        replies=shown,
        closed_at=max(times) if times and state == _ANSWERED else None,
        satisfied=_satisfied(list(grades.values())),
        confidential=asked.confidential,
        not_public=asked.not_public,
        url=f"{door.base_url}/threads/content?tid={tid}",
        likes=_count(both.get("favNum")),
        notes=tuple(notes),
        extra={**extra, **{label: str(grade) for label, grade in grades.items()}},
    )


def withdrawn(door: Door, tid: str, now: datetime) -> Item:
    """Says only that the site no longer shows the message. The time is the day this was
    found, so that looking twice on one day says the same thing."""
    return Item(
        source=door.source,
        source_item_id=tid,
        channel=door.channel,
        received_at=now.replace(hour=0, minute=0, second=0, microsecond=0),
        title="",
        body="",
        withdrawn=True,
        notes=(Note("withdrawn", "来源网站已不再显示这条留言"),),
    )


def _parts(
    parts: list[dict[str, Json]],
) -> tuple[dict[str, Json], list[dict[str, Json]], list[str]]:
    """The question, the replies in order, and whatever else was written."""
    question: dict[str, Json] = {}
    replies: list[dict[str, Json]] = []
    rest: list[str] = []
    for part in parts:
        kind = as_text(part.get("dataType"))
        if kind == _QUESTION and not question:
            question = part
        elif kind == _REPLY:
            replies.append({"content": None, **part})
        elif text := from_text(as_text(part.get("content"))):
            rest.append(text)
    return question, replies, rest


def _inline_reply(row: dict[str, Json]) -> list[dict[str, Json]]:
    """The reply in a list row of the old interface; null until there is one."""
    return [
        {
            "content": row.get("answerContent"),
            "dateline": row.get("answerDateline"),
            "organization": row.get("answerOrganization"),
        }
    ]


def _reply(part: dict[str, Json], notes: list[Note]) -> SourceReply:
    time = at(part.get("dateline")) or at(part.get("createDateline"))
    if time is None:
        notes.append(Note("reply_time_missing", "来源没有给出这次答复的时间"))
    return SourceReply(
        text=from_text(as_text(part.get("content"))),
        at=time,
        unit=as_text(part.get("organization")),
    )


def _grade(value: Json) -> int:
    """1 to 5 stars; 0 where the citizen has not rated."""
    text = as_text(value)
    return int(text) if text in ("1", "2", "3", "4", "5") else 0


def _satisfied(grades: list[int]) -> bool | None:
    """The stars as 是否满意: every one 4 or more is yes, any one 2 or less is no; between
    the two nothing is claimed."""
    if not grades:
        return None
    if min(grades) <= 2:
        return False
    return True if min(grades) >= 4 else None


def _count(value: Json) -> int | None:
    return int(value) if isinstance(value, Integer) and 0 <= int(value) < 10**9 else None

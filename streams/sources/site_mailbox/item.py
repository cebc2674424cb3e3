"""A letter of a site mailbox as an `Item`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin

from msgspec.structs import replace

from cases.record.item import Attachment, Item, Note, SourceReply
from streams.sources.site_mailbox.letters import Letter, Reply
from streams.sources.values.leftovers import kept, leftover_note
from streams.sources.values.moments import moment
from streams.sources.values.secrecy import wishes
from streams.sources.values.times import When
from streams.sources.values.words import NOTHING

_FUTURE: Final = 300
_CLOCK_AHEAD: Final = timedelta(days=1)
_YEAR_AHEAD: Final = timedelta(days=364)
_HALF_YEAR: Final = timedelta(days=183)
"""A time limit without a year is the first such day after the letter came."""


def to_item(
    source: str,
    channel: str,
    key: str,
    letter: Letter,
    *,
    url: str,
    truncated: bool,
    first_seen: datetime,
    now: datetime,
) -> Item:
    """The letter as an `Item`. `first_seen` stands in for a missing time of arrival."""
    values = letter.values
    notes: list[Note] = []
    received_at = _received(values, first_seen, now, notes)
    # First seen may be after the time limit; a day without a year is then the nearest one.
    ahead = _HALF_YEAR if any(one.code == "received_time_missing" for one in notes) else _YEAR_AHEAD
    due = _time(values, "due_at", "处理期限", received_at + ahead, notes)
    closed = _time(values, "closed_at", "办结时间", now + _CLOCK_AHEAD, notes)
    replies = tuple(_reply(reply, now, notes) for reply in letter.replies)
    asked = wishes([values.get("confidential", "")], [values.get("public", "")])
    notes += asked.notes
    unread = kept(letter.unread)
    if unread.values:
        secret = asked.confidential or asked.not_public
        notes.append(leftover_note(unread.values, confidential=secret))
    notes += unread.notes
    return Item(
        source=source,
        source_item_id=key,
        channel=channel,
        received_at=received_at,
        title=values.get("title", ""),
        body=values.get("body", ""),
        truncated=truncated,
        author=values.get("author", ""),
        phone=values.get("phone", ""),
        email=values.get("email", ""),
        address=values.get("address", ""),
        place=values.get("place", ""),
        named_unit=values.get("named_unit", ""),
        category=values.get("category", ""),
        kind=values.get("kind", ""),
        due_at=due.deadline if due else None,
        state=values.get("state", ""),
        replies=replies,
        closed_at=closed.at if closed else None,
        satisfied=_satisfied(values.get("satisfied", "")),
        url=url,
        attachments=tuple(_file_at(url, file) for file in letter.attachments),
        likes=_count(values.get("likes", "")),
        # On a mailbox that shows every letter, 不公开 is the only way to ask for secrecy.
        confidential=asked.confidential or asked.not_public,
        not_public=asked.not_public,
        notes=tuple(dict.fromkeys(notes)),
        extra={**unread.values, **letter.extra},
    )


def _file_at(url: str, file: Attachment) -> Attachment:
    """With its whole address, where the page has one."""
    try:
        return replace(file, url=urljoin(url, file.url)) if url and file.url else file
    except ValueError:
        return file


def withdrawn(source: str, channel: str, key: str, url: str, now: datetime) -> Item:
    """Says only that the site no longer shows the letter; the time is the day this was
    found, so that looking twice on one day says the same."""
    return Item(
        source=source,
        source_item_id=key,
        channel=channel,
        received_at=now.replace(hour=0, minute=0, second=0, microsecond=0),
        title="",
        body="",
        url=url,
        withdrawn=True,
        notes=(Note("withdrawn", "来源网站已不再显示这封信"),),
    )


def _received(
    values: Mapping[str, str], first_seen: datetime, now: datetime, notes: list[Note]
) -> datetime:
    found = _time(values, "received_at", "来信时间", now + _CLOCK_AHEAD, notes)
    if found is None:
        found = _time(values, "published_at", "公开时间", now + _CLOCK_AHEAD, notes)
        if found is None:
            notes.append(Note("received_time_missing", "来源没有来信时间，按首次看到的时间计"))
            return first_seen
        notes.append(Note("received_time_missing", "来源没有来信时间，按公开时间计"))
    if found.day_only:
        notes.append(Note("received_date_only", "来源只给出来信日期，按当日零时计"))
    if (found.at - now).total_seconds() > _FUTURE:
        notes.append(Note("time_in_future", "来源给出的来信时间晚于现在，可能是对方时钟有误"))
    return found.at


def _time(
    values: Mapping[str, str], field: str, label: str, latest: datetime, notes: list[Note]
) -> When | None:
    """A time; None where there is none, with a note where there is one that can't be read."""
    text = values.get(field, "")
    if text.strip().lower() in NOTHING:
        return None
    found = moment(text, latest=latest)
    if found is None:
        said = f"来源写的{label}“{text[:40]}”无法辨认，按没有处理，请核对"
        notes.append(Note(f"{field}_unreadable", said))
        return None
    notes += found.notes
    return found


def _reply(reply: Reply, now: datetime, notes: list[Note]) -> SourceReply:
    time = _time({"reply_at": reply.at}, "reply_at", "答复时间", now + _CLOCK_AHEAD, notes)
    if time is None:
        notes.append(Note("reply_time_missing", "来源没有给出这次答复的时间"))
    return SourceReply(text=reply.text, at=time.at if time else None, unit=reply.unit)


def _satisfied(text: str) -> bool | None:
    if "不满意" in text or text in ("否", "0"):
        return False
    return True if "满意" in text or text in ("是", "1") else None


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None

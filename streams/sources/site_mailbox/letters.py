"""What a list line and a page say about a letter, put together to an `Item`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from cases.record.item import Item, Note, SourceReply
from streams.sources.site_mailbox.documents import HtmlNode, JsonNode, Node, read, readable
from streams.sources.site_mailbox.label_table import read_labels
from streams.sources.site_mailbox.options import DetailOptions, RequestOptions
from streams.sources.values.moments import at, moment
from streams.sources.values.secrecy import wishes

_FUTURE = 300
_RAW = frozenset({"id", "url"})
_REPLY = ("reply_text", "reply_at", "reply_unit")


class Reply(Struct, frozen=True):
    text: str
    at: str = ""
    unit: str = ""


class Letter(Struct, frozen=True):
    """Values by field, as the source words them."""

    values: dict[str, str]
    extra: dict[str, str]
    replies: tuple[Reply, ...]

    def over(self, below: Letter) -> Letter:
        """This page on top of `below` (its line in the list): what the page says, wins."""
        said = {key: value for key, value in self.values.items() if value}
        return Letter(
            values={**below.values, **said},
            extra={**below.extra, **self.extra},
            replies=self.replies or below.replies,
        )


def read_letter(node: Node, options: RequestOptions) -> Letter:
    """A letter from one row, or from a page by its selectors and paths."""
    is_html = isinstance(node, HtmlNode)
    values: dict[str, str] = {
        name: value if name in _RAW else readable(value, is_html=is_html)
        for name, spec in options.fields.items()
        if (value := read(node, spec))
    }
    extra = {
        name: readable(value, is_html=is_html)
        for name, spec in options.extra.items()
        if (value := read(node, spec))
    }
    if isinstance(node, JsonNode):
        # One wish among several fields is a wish, also under a name that nobody mapped.
        asked = node.wishes()
        mapped = wishes([values.get("confidential", "")], [values.get("public", "")])
        if asked.confidential and not mapped.confidential:
            values["confidential"] = "是"
        if asked.not_public and not mapped.not_public:
            values["public"] = "否"
    return Letter(values=values, extra=extra, replies=tuple(_replies(node, options, values)))


def read_page(node: Node, options: DetailOptions) -> Letter:
    """A letter from its page: selectors and paths first, known labels for the rest."""
    letter = read_letter(node, options)
    if not options.labels or not isinstance(node, HtmlNode):
        return letter
    values: dict[str, str] = {}
    replies: list[dict[str, str]] = []
    for field, value in read_labels(node.node, options.more_labels):
        if field not in _REPLY:
            values.setdefault(field, value)
        elif not replies or field in replies[-1]:
            replies.append({field: value})
        else:
            replies[-1][field] = value
    labelled = Letter(values=values, extra={}, replies=tuple(_from_labels(replies)))
    return letter.over(labelled)


def _from_labels(replies: Iterable[Mapping[str, str]]) -> Iterable[Reply]:
    for reply in replies:
        if text := reply.get("reply_text", ""):
            yield Reply(text, reply.get("reply_at", ""), reply.get("reply_unit", ""))


def _replies(node: Node, options: RequestOptions, values: Mapping[str, str]) -> Iterable[Reply]:
    spec = options.replies
    found: list[Reply] = []
    if spec is not None:
        for row in node.rows(spec.rows) or ():
            text = readable(read(row, spec.text), is_html=isinstance(row, HtmlNode))
            if text:
                time = read(row, spec.at) if spec.at is not None else ""
                unit = read(row, spec.unit) if spec.unit is not None else ""
                found.append(Reply(text, time, unit))
    if not found and values.get("reply_text"):
        found.append(
            Reply(values["reply_text"], values.get("reply_at", ""), values.get("reply_unit", ""))
        )
    if len(found) == 1 and not found[0].at and values.get("reply_at"):
        found[0] = Reply(found[0].text, values["reply_at"], found[0].unit)
    return found


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
    asked = wishes([values.get("confidential", "")], [values.get("public", "")])
    notes: list[Note] = list(asked.notes)
    return Item(
        source=source,
        source_item_id=key,
        channel=channel,
        received_at=_received(values, first_seen, now, notes),
        title=values.get("title", ""),
        body=values.get("body", ""),
        truncated=truncated,
        author=values.get("author", ""),
        phone=values.get("phone", ""),
        address=values.get("address", ""),
        place=values.get("place", ""),
        named_unit=values.get("named_unit", ""),
        category=values.get("category", ""),
        kind=values.get("kind", ""),
        due_at=at(values.get("due_at", "")),
        state=values.get("state", ""),
        replies=tuple(_reply(reply, notes) for reply in letter.replies),
        closed_at=at(values.get("closed_at", "")),
        satisfied=_satisfied(values.get("satisfied", "")),
        confidential=asked.confidential,
        not_public=asked.not_public,
        url=url,
        likes=_count(values.get("likes", "")),
        notes=tuple(notes),
        extra=letter.extra,
    )


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
    found = moment(values.get("received_at", ""))
    if found is None:
        found = moment(values.get("published_at", ""))
        if found is None:
            notes.append(Note("received_time_missing", "来源没有来信时间，按首次看到的时间计"))
            return first_seen
        notes.append(Note("received_time_missing", "来源没有来信时间，按公开时间计"))
    if found.day_only:
        notes.append(Note("received_date_only", "来源只给出来信日期，按当日零时计"))
    if (found.at - now).total_seconds() > _FUTURE:
        notes.append(Note("time_in_future", "来源给出的来信时间晚于现在，可能是对方时钟有误"))
    return found.at


def _reply(reply: Reply, notes: list[Note]) -> SourceReply:
    time = at(reply.at)
    if time is None:
        notes.append(Note("reply_time_missing", "来源没有给出这次答复的时间"))
    return SourceReply(text=reply.text, at=time, unit=reply.unit)


def _satisfied(text: str) -> bool | None:
    if "不满意" in text or text in ("否", "0"):
        return False
    return True if "满意" in text or text in ("是", "1") else None


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None

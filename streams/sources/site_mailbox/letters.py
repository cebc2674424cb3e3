"""What a list line and a page say about a letter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.record.item import Attachment
from streams.sources.site_mailbox import enclosures, leftovers, stamps
from streams.sources.site_mailbox.documents import HtmlNode, JsonNode, Node, css, read, readable
from streams.sources.site_mailbox.label_table import read_labels
from streams.sources.site_mailbox.options import DetailOptions, RequestOptions, Spec
from streams.sources.values.secrecy import PUBLIC_NAMES, SECRET_NAMES, wishes
from streams.sources.values.words import NOTHING

_RAW = frozenset({"id", "url"})
_REPLY = ("reply_text", "reply_at", "reply_unit")
_POSTED_BY: Final = frozenset({"发布人", "发表人"})
"""Beside them 发布时间 is when the citizen posted it, not when the office made it public."""

_HANDLERS: Final = frozenset({"办理单位", "办理部门", "承办单位"})
"""Who did what the only reply of a page tells, where the reply names nobody."""


class Reply(Struct, frozen=True):
    text: str
    at: str = ""
    unit: str = ""


class Letter(Struct, frozen=True):
    """Values by field, as the source words them."""

    values: dict[str, str]
    extra: dict[str, str]
    replies: tuple[Reply, ...]
    attachments: tuple[Attachment, ...] = ()
    unread: dict[str, str] = {}
    """What the source says besides, and no rule understands, under its own names."""

    def over(self, below: Letter) -> Letter:
        """This page on top of `below` (its line in the list): what the page says, wins."""
        said = {key: value for key, value in self.values.items() if value}
        return Letter(
            values={**below.values, **said},
            extra={**below.extra, **self.extra},
            replies=self.replies or below.replies,
            attachments=self.attachments or below.attachments,
            unread={**below.unread, **self.unread},
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
    files: tuple[Attachment, ...] = ()
    if options.attachments is not None:
        files = enclosures.configured(node, options.attachments)
    letter = Letter(
        values=values,
        extra=extra,
        replies=tuple(_replies(node, options, values)),
        attachments=files,
    )
    return _with_json(letter, node, options) if isinstance(node, JsonNode) else letter


def _with_json(letter: Letter, node: JsonNode, options: RequestOptions) -> Letter:
    """Besides what the configuration names: secrecy and files under their usual names, and
    what else a person could read."""
    values = dict(letter.values)
    # One wish among several fields is a wish, also under a name that nobody mapped.
    asked = node.wishes()
    mapped = wishes([values.get("confidential", "")], [values.get("public", "")])
    if asked.confidential and not mapped.confidential:
        values["confidential"] = "是"
    if asked.not_public and not mapped.not_public:
        values["public"] = "否"
    places = [spec for spec in (*options.fields.values(), *options.extra.values()) if spec]
    used = {place for spec in places for place in _places(spec)} | {*SECRET_NAMES, *PUBLIC_NAMES}
    used |= {spec.rows for spec in (options.replies, options.attachments) if spec is not None}
    files = letter.attachments or enclosures.in_json(node.json)
    if files and isinstance(node.json, dict):
        used |= {key for key in node.json if enclosures.plain(key) in enclosures.KEYS}
    known = {*values.values(), *letter.extra.values()}
    unread = leftovers.other_values(node.json, used, known)
    return replace(letter, values=values, attachments=files, unread=unread)


def _places(spec: Spec) -> list[str]:
    if isinstance(spec, str):
        return [spec]
    return spec if isinstance(spec, list) else spec.places


def read_page(node: Node, options: DetailOptions) -> Letter:
    """A letter from its page: selectors and paths first, known labels for the rest."""
    letter = read_letter(node, options)
    if not options.labels or not isinstance(node, HtmlNode):
        return _stamped(letter)
    values: dict[str, str] = {}
    replies: list[dict[str, str]] = []
    files: list[Attachment] = []
    unread: dict[str, str] = {}
    used = _selected(node, options)
    posted, handler = False, ""
    for field, label, value, cell in read_labels(node.node, options.more_labels, used):
        if field == "attachments":
            files += enclosures.in_cell(cell, value)
        elif field in _REPLY:
            if not replies or field in replies[-1]:
                replies.append({})
            replies[-1][field] = value
        elif field and values.setdefault(field, value) == value:
            posted = posted or label in _POSTED_BY
            handler = value if label in _HANDLERS else handler
        elif not leftovers.changes_by_itself(value) and value.lower() not in NOTHING:
            unread[label] = f"{unread[label]}\n{value}" if label in unread else value
    if posted and "received_at" not in values and "published_at" in values:
        values["received_at"] = values["published_at"]
    if len(replies) == 1 and handler:
        replies[0].setdefault("reply_unit", handler)
    if options.root and (other := leftovers.other_text(node.node, used)):
        unread[leftovers.OTHER_TEXT] = other
    labelled = Letter(
        values=values,
        extra={},
        replies=tuple(_from_labels(replies)),
        attachments=tuple(dict.fromkeys(files)),
        unread=unread,
    )
    return _stamped(letter.over(labelled))


def _selected(node: HtmlNode, options: DetailOptions) -> set[int]:
    """The elements that the configuration reads."""
    specs = [*options.fields.values(), *options.extra.values()]
    selectors = {place.partition("@")[0].strip() for spec in specs for place in _places(spec)}
    selectors |= {spec.rows for spec in (options.replies, options.attachments) if spec is not None}
    return {found.mem_id for each in selectors if each for found in css(node.node, each)}


def _from_labels(replies: Iterable[Mapping[str, str]]) -> Iterable[Reply]:
    for reply in replies:
        text = reply.get("reply_text", "")
        if text.lower() not in NOTHING:
            yield Reply(text, reply.get("reply_at", ""), reply.get("reply_unit", ""))


def _stamped(letter: Letter) -> Letter:
    """Times and names that stand within a text, taken out where they do not stand apart."""
    values = letter.values
    if values.get("body") and not values.get("received_at"):
        body, said = stamps.letter_stamp(values["body"])
        values = {**values, "body": body, **said}
    replies = []
    for reply in letter.replies:
        text, said = stamps.reply_stamps(reply.text)
        at, unit = said.get("reply_at", ""), said.get("reply_unit", "")
        if not text or (reply.at and at) or (reply.unit and unit):
            replies.append(reply)  # it stands apart as well: the text stays as it is
        else:
            replies.append(Reply(text, reply.at or at, reply.unit or unit))
    return replace(letter, values=values, replies=tuple(replies))


def _replies(node: Node, options: RequestOptions, values: Mapping[str, str]) -> Iterable[Reply]:
    spec = options.replies
    found: list[Reply] = []
    if spec is not None:
        for row in node.rows(spec.rows) or ():
            text = readable(read(row, spec.text), is_html=isinstance(row, HtmlNode))
            if text.lower() not in NOTHING:
                time = read(row, spec.at) if spec.at is not None else ""
                unit = read(row, spec.unit) if spec.unit is not None else ""
                found.append(Reply(text, time, unit))
    if not found and values.get("reply_text", "").lower() not in NOTHING:
        found.append(
            Reply(values["reply_text"], values.get("reply_at", ""), values.get("reply_unit", ""))
        )
    if len(found) == 1 and not found[0].at and values.get("reply_at"):
        found[0] = Reply(found[0].text, values["reply_at"], found[0].unit)
    return found

"""The entries of a feed, as the newsroom wrote them."""

from __future__ import annotations

import hashlib
import io
import json
import re
from calendar import timegm
from datetime import UTC, datetime
from urllib.parse import urljoin

import feedparser
from msgspec import Struct

from cases.record.item import Attachment
from cases.words.times import beijing
from huiyin.net.charset import decode
from huiyin.net.html_text import from_html, from_text, tidy
from streams.sources.seam.http import Answer, BadAnswer
from streams.sources.seam.isolation import unforeseen
from streams.sources.values.moments import at, mail_date

_MOST_ID = 500
_MOST_TAGS = 100_000
"""Opening and closing ones: the parser takes kilobytes for each entry. A feed of a thousand
entries has some 20,000."""
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)


class FeedEntry(Struct, frozen=True):
    raw: dict[str, object]
    """As the parser gave it, for a dead letter."""
    key: str
    print: str
    title: str
    text: str
    author: str
    url: str
    category: str
    at: datetime | None
    files: tuple[Attachment, ...]


def parse_feed(answer: Answer) -> tuple[Answer, list[FeedEntry]]:
    """The entries of a feed. Raises `BadAnswer` for what is no feed."""
    if answer.status == 304:
        return answer, []
    text = decode(answer.body, answer.content_type)
    if _ENTITY.search(text):
        # No feed needs entities of its own; a few lines of them unfold to gigabytes.
        raise BadAnswer("含有自定义实体（<!ENTITY），已拒绝解析。请确认这是订阅地址")
    if text.count("<") > _MOST_TAGS:
        raise BadAnswer(f"标签超过 {_MOST_TAGS} 个，不像订阅，已拒绝解析。请确认这是订阅地址")
    # Decoded here, because the parser believes the declaration; bytes in memory, because it
    # would take a text for an address and fetch it.
    body = io.BytesIO(
        _DECLARATION.sub("", text.lstrip("\ufeff"), count=1).encode("utf-8", "replace")
    )
    parsed = feedparser.parse(
        body, response_headers={"content-type": "application/xml; charset=utf-8"}
    )
    if not parsed.get("version"):
        raise BadAnswer("应为 RSS 或 Atom，实际不是，可能是网页。请核对订阅地址")
    return answer, [_entry_alone(entry, answer.url) for entry in parsed.entries]


def _entry_alone(raw: feedparser.FeedParserDict, base: str) -> FeedEntry:
    """An entry; one that cannot be read is shown by what it is, and has no id."""
    try:
        return entry_of(raw, base)
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        unforeseen(base, error)
        shown = json.dumps(raw, ensure_ascii=False, default=str)
        printed = hashlib.blake2b(shown.encode("utf-8", "replace"), digest_size=8).hexdigest()
        return FeedEntry(
            raw=dict(raw),
            key=f"!{printed}",
            print=printed,
            title="",
            text=shown,
            author="",
            url="",
            category="",
            at=None,
            files=(),
        )


def entry_of(raw: feedparser.FeedParserDict, base: str) -> FeedEntry:
    """One entry; `base` is the address of its feed. Raises what a value of a kind that no
    feed has leads to."""
    link = urljoin(base, _text(raw, "link")) if _text(raw, "link") else ""
    html = max((str(part.get("value", "")) for part in raw.get("content", [])), default="", key=len)
    html = html or _text(raw, "summary")
    title = from_text(_text(raw, "title"))
    text = from_html(html) if "<" in html else from_text(html)
    tags = [str(tag.get("term") or "") for tag in raw.get("tags", [])]
    files = tuple(_file(part) for part in raw.get("enclosures", []) if part.get("href"))
    time = _time(raw)
    said = "\x1f".join((title, text, link, str(time)))
    printed = hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()
    key = tidy(_text(raw, "id") or link)
    if len(key) > _MOST_ID:
        key = "h-" + hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return FeedEntry(
        raw=dict(raw),
        key=key or f"!{printed}",
        print=printed,
        title=title,
        text=text,
        author=tidy(_text(raw, "author")),
        url=link,
        category=" / ".join(tidy(tag) for tag in tags if tag),
        at=time,
        files=files,
    )


def _file(part: feedparser.FeedParserDict) -> Attachment:
    href = tidy(_text(part, "href"))
    size = _text(part, "length")
    return Attachment(
        name=href.rsplit("/", 1)[-1] or href,
        media_type=tidy(_text(part, "type")),
        url=href,
        size=int(size) if size.isascii() and size.isdecimal() and len(size) < 16 else None,
    )


def _time(raw: feedparser.FeedParserDict) -> datetime | None:
    """Published, else updated. Read from the text where it can be: the parser takes a time
    without a zone for UTC, the newsroom meant Beijing."""
    for name in ("published", "updated", "created"):
        if name not in raw:  # else the parser answers with another date, and a warning
            continue
        text = _text(raw, name)
        if found := at(text) or mail_date(text):
            return found
        if (parts := raw.get(f"{name}_parsed")) is not None:
            return beijing(datetime.fromtimestamp(timegm(parts), UTC))
    return None


def _text(raw: feedparser.FeedParserDict, name: str) -> str:
    return str(raw.get(name) or "")

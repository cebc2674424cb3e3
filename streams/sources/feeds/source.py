"""RSS and Atom feeds of 新闻媒体."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

import feedparser
import msgspec
from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from cases.record.item import Item, Note
from cases.words.times import BEIJING
from huiyin.net.pacing import HostPacing
from streams.sources.feeds.entries import FeedEntry, entry_of, parse_feed
from streams.sources.feeds.identity import Known, Named, keys_for, link_mark
from streams.sources.seam.base import Batch, OpenItem, Rejected, SourceError
from streams.sources.seam.config import Settings
from streams.sources.seam.http import Ask, PoliteClient, TryLater
from streams.sources.seam.http_options import HttpOptions
from streams.sources.seam.isolation import read_alone
from streams.sources.seam.secrets import Secrets

_BATCH = 50
_MOST_SEEN = 5_000
_FUTURE = 300


class FeedOptions(Settings):
    """`[source.NAME.options]` of the adapter `feed`."""

    urls: list[str] = Field(min_length=1)
    http: HttpOptions
    lookback_days: float = Field(default=30, gt=0, le=3660)
    """Older entries are left out when a feed is read for the first time."""
    words: list[str] = Field(default_factory=list)
    """Only entries with one of these words in title or text; empty for all."""


class _Seen(Struct, array_like=True):
    print: str
    first: int
    """When we first saw it, Unix seconds: the time of entries without one."""
    link: str = ""
    """As `link_mark` makes it; "" in what older versions stored."""


class _Feed(Struct, omit_defaults=True):
    etag: str = ""
    modified: str = ""
    started: bool = False
    seen: dict[str, _Seen] = msgspec.field(default_factory=dict)
    more: dict[str, list[str]] = msgspec.field(default_factory=dict)
    """Keys of items that share a guid, besides the guid itself."""
    again: bool = False
    """Rewound: give what is known once more."""


class FeedSource:
    """The `PullSource` of one or several feeds. An entry that leaves the feed is not
    withdrawn: feeds show the newest only. So there is nothing to look at again."""

    def __init__(self, name: str, channel: str, options: FeedOptions, client: PoliteClient) -> None:
        self.name = name
        self._channel = channel
        self._options = options
        self._client = client

    @classmethod
    def from_options(
        cls,
        name: str,
        channel: str,
        options: FeedOptions,
        *,
        secrets: Secrets,
        pacing: HostPacing,
    ) -> FeedSource:
        client = PoliteClient(name, options.http, pacing=pacing, secrets=secrets)
        return cls(name, channel, options, client)

    def poll(
        self, cursor: str | None, *, now: datetime, recheck: Sequence[OpenItem]
    ) -> Iterator[Batch]:
        """See `PullSource`. A feed that fails does not keep the others from being read; its
        error is raised at the end. `recheck` is not used."""
        del recheck
        feeds = self._load(cursor)
        trouble: SourceError | None = None
        for done, url in enumerate(self._options.urls):
            feed = feeds.setdefault(url, _Feed())
            try:
                for found in self._read(url, feed, now):
                    yield Batch(found=found, cursor=_dump(feeds), done=done + 1)
            except SourceError as error:
                trouble = trouble or error
                if isinstance(error, TryLater) and len(self._options.http.hosts) == 1:
                    break
        if trouble is not None:
            raise trouble

    def rewound(self, to: datetime) -> str:
        """A cursor with which the next poll reads everything the feeds still show; they
        hold no more than that, so `to` decides nothing."""
        del to
        return _dump({url: _Feed(started=True) for url in self._options.urls})

    def rewound_from(self, cursor: str | None, to: datetime) -> str:
        """See `RemembersNames`."""
        del to
        feeds = self._load(cursor)
        for url in self._options.urls:
            feed = feeds.setdefault(url, _Feed())
            feed.etag = feed.modified = ""
            feed.started = feed.again = True
        return _dump(feeds)

    def close(self) -> None:
        """Close the connections; a later poll opens new ones."""
        self._client.close()

    def _read(self, url: str, feed: _Feed, now: datetime) -> Iterator[tuple[Item | Rejected, ...]]:
        headers = {"Accept": "application/rss+xml, application/atom+xml, application/xml"}
        if feed.etag:
            headers["If-None-Match"] = feed.etag
        if feed.modified:
            headers["If-Modified-Since"] = feed.modified
        ask = Ask(url=url, headers=headers, also_ok=frozenset({304}))
        answer, entries = self._client.ask(ask, parse_feed)
        if answer.status == 304:
            return
        guids = [entry.key for entry in entries]
        entries = _named(entries, feed)
        shown = {entry.key for entry in entries}
        found: list[Item | Rejected] = []
        for guid, entry in zip(guids, entries, strict=True):
            one = self._take(url, feed, guid, entry, now)
            if one is not None:
                found.append(one)
            if len(found) == _BATCH:
                yield tuple(found)
                found = []
        # Only now: an etag stored before the last batch would hide the rest after a restart.
        feed.etag = answer.headers.get("etag", "")
        feed.modified = answer.headers.get("last-modified", "")
        feed.started, feed.again = True, False
        if len(feed.seen) > _MOST_SEEN:
            old = [key for key in feed.seen if key not in shown]
            for key in old[: len(feed.seen) - _MOST_SEEN]:
                del feed.seen[key]
            left = {guid: [k for k in keys if k in feed.seen] for guid, keys in feed.more.items()}
            feed.more = {guid: keys for guid, keys in left.items() if keys}
        yield tuple(found)

    def _take(
        self, url: str, feed: _Feed, guid: str, entry: FeedEntry, now: datetime
    ) -> Item | Rejected | None:
        seen = feed.seen.get(entry.key)
        if seen is not None and seen.print == entry.print and not feed.again:
            return None
        first = seen.first if seen is not None else int(now.timestamp())
        feed.seen[entry.key] = _Seen(entry.print, first, link_mark(entry.url))
        if entry.key != guid and entry.key not in (more := feed.more.setdefault(guid, [])):
            more.append(entry.key)
        if entry.key.startswith("!"):
            return self._nameless(url, entry)
        if seen is None and not feed.started and entry.at is not None:
            age = (now - entry.at).total_seconds()
            if age > self._options.lookback_days * 86_400:
                return None
        if not self._speaks_of(entry):
            return None
        return self._item(url, entry, datetime.fromtimestamp(first, BEIJING), now)

    def _nameless(self, url: str, entry: FeedEntry) -> Rejected:
        return Rejected(
            source=self.name,
            reason="missing_id",
            detail="这一条没有 guid、id 或链接，无法识别。请联系该媒体，或改用另一个订阅地址；"
            "媒体补上编号后，这一条会随订阅重新到来",
            original=_pack(url, entry),
            origin=url,
        )

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """See `Replayable`. An entry without any id stays: two of them cannot be told apart,
        and the feed shows it again once it has one."""
        try:
            packed = msgspec.json.decode(original, type=_Packed)
        except (msgspec.DecodeError, UnicodeDecodeError):
            detail = "这条死信不是订阅中的一条，无法单独重试。请等订阅再次出现它"
            return (
                Rejected(
                    source=self.name,
                    reason="not_an_entry",
                    detail=detail,
                    original=original,
                    origin="死信重试",
                ),
            )
        entry = entry_of(feedparser.FeedParserDict(packed.entry), packed.feed)
        if packed.key and not entry.key.startswith("!"):
            entry = replace(entry, key=packed.key)
        if entry.key.startswith("!"):
            return (replace(self._nameless(packed.feed, entry), original=original),)
        return (self._item(packed.feed, entry, now, now),)

    def _speaks_of(self, entry: FeedEntry) -> bool:
        words = self._options.words
        return not words or any(word in entry.title or word in entry.text for word in words)

    def _item(
        self, url: str, entry: FeedEntry, first_seen: datetime, now: datetime
    ) -> Item | Rejected:
        return read_alone(
            lambda: self._made(entry, first_seen, now),
            source=self.name,
            origin=url,
            original=lambda: _pack(url, entry),
        )

    def _made(self, entry: FeedEntry, first_seen: datetime, now: datetime) -> Item:
        notes: list[Note] = []
        if entry.at is None:
            notes.append(Note("received_time_missing", "来源没有给出发布时间，按首次看到的时间计"))
        elif (entry.at - now).total_seconds() > _FUTURE:
            notes.append(Note("time_in_future", "来源给出的发布时间晚于现在，可能是对方时钟有误"))
        return Item(
            source=self.name,
            source_item_id=entry.key,
            channel=self._channel,
            received_at=entry.at or first_seen,
            title=entry.title,
            body=entry.text,
            author=entry.author,
            category=entry.category,
            url=entry.url,
            attachments=entry.files,
            notes=tuple(notes),
        )

    def _load(self, cursor: str | None) -> dict[str, _Feed]:
        if not cursor:
            return {}
        try:
            stored = msgspec.json.decode(cursor, type=dict[str, _Feed])
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise SourceError(
                f"来源 {self.name}：保存的读取位置无法辨认（{error}）。请把该来源回退后重试"
            ) from error
        return {url: feed for url, feed in stored.items() if url in self._options.urls}


class _Packed(Struct, frozen=True):
    """The original of a dead letter."""

    feed: str
    entry: dict[str, object]
    key: str = ""
    """The number it had got; it may share its guid."""


def _pack(url: str, entry: FeedEntry) -> bytes:
    key = "" if entry.key.startswith("!") else entry.key
    packed = {"feed": url, "entry": entry.raw, "key": key}
    text = json.dumps(packed, ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace")


def _named(entries: Sequence[FeedEntry], feed: _Feed) -> list[FeedEntry]:
    """The entries, each with the key of the item it is."""
    named = [Named(entry.key, entry.url, entry.print) for entry in entries]
    known = {key: Known(seen.link, seen.print) for key, seen in feed.seen.items()}
    keys = keys_for(named, known, feed.more)
    return [replace(entry, key=key) for entry, key in zip(entries, keys, strict=True)]


def _dump(feeds: dict[str, _Feed]) -> str:
    return msgspec.json.encode(feeds).decode()

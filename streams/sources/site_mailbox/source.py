"""Site mailboxes and 网络问政 pages: a list, and a page behind each line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace

from cases.record.item import Item
from huiyin.net.pacing import HostPacing
from streams.sources.lists.crawler import MOST_ROWS, Found, ListEntry, Page
from streams.sources.lists.detail_budget import Details
from streams.sources.lists.list_source import SweptSource
from streams.sources.lists.rechecks import Looked
from streams.sources.seam.base import OpenItem, Rejected, SourceError
from streams.sources.seam.http import Answer, BadAnswer, PoliteClient
from streams.sources.seam.isolation import read_alone
from streams.sources.seam.secrets import Secrets
from streams.sources.site_mailbox.documents import (
    JsonNode,
    Node,
    parse,
    parse_part,
)
from streams.sources.site_mailbox.item import to_item, withdrawn
from streams.sources.site_mailbox.letters import Letter, read_letter, read_page
from streams.sources.site_mailbox.options import DetailOptions, MailboxOptions, RequestOptions
from streams.sources.site_mailbox.requests import address, check_selectors, fill, request
from streams.sources.values.moments import at

T = TypeVar("T")

_GONE = frozenset({404, 410})
_WITHDRAWN = "withdrawn"
_COUNTERS = frozenset({"likes"})
_MOST_ID = 200


class _NoLonger(Exception):
    """The page says that the letter is not shown any more."""


class SiteMailbox(SweptSource):
    """The `PullSource` of one site mailbox."""

    def __init__(
        self, name: str, channel: str, options: MailboxOptions, client: PoliteClient
    ) -> None:
        details = Details()
        letters = self._letters = _Letters(name, channel, options, client, details)
        super().__init__(name, {"list": letters}, options.reach(), client, details)

    @classmethod
    def from_options(
        cls,
        name: str,
        channel: str,
        options: MailboxOptions,
        *,
        secrets: Secrets,
        pacing: HostPacing,
    ) -> SiteMailbox:
        client = PoliteClient(name, options.http, pacing=pacing, secrets=secrets)
        return cls(name, channel, options, client)

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """See `Replayable`. The original is a line of the list; its page is fetched when the
        list or the open case is looked at again."""
        return (self._letters.line(original, now),)


class _Row(Struct, frozen=True):
    """A line of the list."""

    letter: Letter
    source: bytes


class _Letters:
    """The list of one mailbox; implements `streams.sources.lists.crawler.Listing`."""

    def __init__(
        self,
        name: str,
        channel: str,
        options: MailboxOptions,
        client: PoliteClient,
        details: Details,
    ) -> None:
        self._name = name
        self._channel = channel
        self._options = options
        self._client = client
        self._details = details
        parts = [options.list] if options.detail is None else [options.list, options.detail]
        check_selectors(name, parts)

    def first(self) -> str:
        return str(self._options.list.first_page)

    def before(self, token: str) -> str:
        return str(max(self._options.list.first_page, int(token) - 1))

    def page(self, token: str) -> Page:
        options = self._options.list
        rows = self._send(
            options,
            self._paging(int(token)),
            lambda answer: self._rows(answer, must=token == self.first()),
            frozenset(),
        )
        short = 0 < len(rows) < options.page_size
        last = not options.paging or short
        entries = tuple(entry for row in rows if (entry := self._entry(row)) is not None)
        return Page(entries=entries, next=None if last else str(int(token) + 1))

    def item(self, entry: ListEntry, first_seen: datetime, now: datetime) -> Found:
        row = entry.row if isinstance(entry.row, _Row) else _Row(Letter({}, {}, ()), b"")
        line = row.letter
        url = self._page_url(entry.key, line.values.get("url", ""))
        page: Letter | None = None
        if self._options.detail is not None:
            page = self._details.fetch(lambda: self._listed(entry.key, url))
        missing = self._options.detail is not None and page is None
        made = read_alone(
            lambda: to_item(
                self._name,
                self._channel,
                entry.key,
                line if page is None else page.over(line),
                url=url,
                truncated=missing,
                first_seen=first_seen,
                now=now,
            ),
            source=self._name,
            origin=url or self._options.list.url,
            original=lambda: row.source,
        )
        return Found(made, complete=not missing, look="" if page is None else _fingerprint(page))

    def look(self, item: OpenItem, now: datetime) -> Looked | None:
        detail = self._options.detail
        if detail is None or (not item.url and "{id}" not in self._templates(detail)):
            return None
        url = item.url or self._page_url(item.source_item_id, "")
        try:
            page = self._letter(item.source_item_id, url)
        except _NoLonger:
            gone = withdrawn(self._name, self._channel, item.source_item_id, url, now)
            return Looked(gone, _WITHDRAWN)
        made = to_item(
            self._name,
            self._channel,
            item.source_item_id,
            page,
            url=url,
            truncated=False,
            first_seen=now.replace(hour=0, minute=0, second=0, microsecond=0),
            now=now,
        )
        return Looked(made, _fingerprint(page))

    def line(self, original: bytes, now: datetime) -> Item | Rejected:
        """A line of the list, read by itself."""
        try:
            entry = self._entry(parse_part(original, self._options.list.format))
        except BadAnswer as error:
            return self._rejected("bad_line", f"{error}。请核对 list.format", original)
        if entry is None:
            detail = "这一行没有编号也没有标题，不是来信。请核对 list.fields"
            return self._rejected("missing_id", detail, original)
        if entry.rejected is not None:
            return replace(entry.rejected, original=original)
        row = entry.row if isinstance(entry.row, _Row) else _Row(Letter({}, {}, ()), b"")
        return read_alone(
            lambda: to_item(
                self._name,
                self._channel,
                entry.key,
                row.letter,
                url=self._page_url(entry.key, row.letter.values.get("url", "")),
                truncated=self._options.detail is not None,
                first_seen=now.replace(hour=0, minute=0, second=0, microsecond=0),
                now=now,
            ),
            source=self._name,
            origin=self._options.list.url,
            original=lambda: original,
        )

    def _rejected(self, reason: str, detail: str, original: bytes) -> Rejected:
        return Rejected(
            source=self._name,
            reason=reason,
            detail=detail,
            original=original,
            origin=self._options.list.url,
        )

    def _rows(self, answer: Answer, *, must: bool) -> list[Node]:
        """The rows of a page. The first page must have some: a mailbox without a single
        letter is rarer than a page that is not the list."""
        options = self._options.list
        rows = parse(answer, options.format).rows(options.rows)
        if rows is None and must:
            raise BadAnswer(f"在 {options.rows!r} 处没有列表，请核对 list.rows")
        if not rows and must and options.format in ("html", "html-in-js"):
            raise BadAnswer(f"没有符合 {options.rows!r} 的行，可能不是列表页，请核对 list.rows")
        if rows is not None and len(rows) > MOST_ROWS:
            raise BadAnswer(
                f"一页有 {len(rows)} 行，超过 {MOST_ROWS} 行，请核对 list.rows 和每页条数"
            )
        return list(rows or ())

    def _entry(self, row: Node) -> ListEntry | None:
        letter = read_letter(row, self._options.list)
        key = letter.values.get("id", "").strip()
        printed = _fingerprint(letter)
        if not key and not letter.values.get("title"):
            return None  # a heading or an advertisement between the lines
        if not key or len(key) > _MOST_ID or not key.isprintable():
            rejected = self._rejected(
                "missing_id" if not key else "bad_id",
                f"这一行应有编号（{_MOST_ID} 字以内），实际是 {key[:40]!r}。请核对 list.fields.id",
                row.source(),
            )
            return ListEntry(key=f"!{printed}", at=None, print=printed, rejected=rejected)
        return ListEntry(key=key, at=_newest(letter), print=printed, row=_Row(letter, row.source()))

    def _listed(self, key: str, url: str) -> Letter:
        try:
            return self._letter(key, url)
        except _NoLonger:
            # It was listed a moment ago; the next look decides whether it is gone.
            raise SourceError(f"来源 {self._name}：{key} 在列表中，但详情页说不存在") from None

    def _letter(self, key: str, url: str) -> Letter:
        """The letter on its page. Raises `_NoLonger` and `SourceError`."""
        detail = self._options.detail or DetailOptions()
        filled = {"{id}": key, "{url}": url}
        return self._send(detail, filled, lambda answer: self._read_page(answer, detail), _GONE)

    def _read_page(self, answer: Answer, detail: DetailOptions) -> Letter:
        if answer.status in _GONE:
            raise _NoLonger
        document = parse(answer, detail.format)
        node: Node = document
        if detail.root and isinstance(document, JsonNode):
            node = document.at(detail.root)
        elif detail.root:
            node = next(iter(document.rows(detail.root) or ()), document)
        letter = read_page(node, detail)
        if letter.values.get("body") or letter.replies:
            return letter
        text = document.value("")
        if any(word in text for word in detail.gone):
            raise _NoLonger
        raise BadAnswer("没有找到来信内容，可能是登录页或防护页，或需要核对 detail 的设置")

    def _page_url(self, key: str, listed: str) -> str:
        """The address of the page for people; "" where the site has none."""
        detail = self._options.detail
        if listed:
            return urljoin(address(self._options.base_url, self._options.list, {}), listed)
        if detail is None or detail.method != "GET" or "{url}" in detail.url:
            return ""
        url = address(self._options.base_url, detail, {"{id}": key})
        query = "&".join(
            f"{name}={fill(value, {'{id}': key})}" for name, value in detail.params.items()
        )
        return f"{url}?{query}" if query else url

    def _paging(self, page: int) -> dict[str, str]:
        options = self._options.list
        offset = (page - options.first_page) * options.page_size
        return {
            "{page}": str(page),
            "{offset}": str(offset),
            "{start}": str(offset + 1),
            "{end}": str(offset + options.page_size),
            "{size}": str(options.page_size),
        }

    def _send(
        self,
        options: RequestOptions,
        filled: Mapping[str, str],
        read: Callable[[Answer], T],
        also_ok: frozenset[int],
    ) -> T:
        ask = request(self._options.base_url, options, filled, also_ok)
        return self._client.ask(ask, read)

    def _templates(self, options: RequestOptions) -> str:
        parts = (options.url, options.params, options.form, options.json_body)
        return json.dumps(parts, ensure_ascii=False)


def _newest(letter: Letter) -> int | None:
    times = [
        time
        for name in ("received_at", "published_at", "reply_at")
        if (time := at(letter.values.get(name, ""))) is not None
    ]
    return int(max(times).timestamp()) if times else None


def _as_json(letter: Letter) -> bytes:
    values: dict[str, object] = {
        **letter.values,
        **letter.extra,
        **letter.unread,
        "replies": [reply.text for reply in letter.replies],
        "files": [file.name for file in letter.attachments],
    }
    return json.dumps(values, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def _fingerprint(letter: Letter) -> str:
    values = {key: value for key, value in letter.values.items() if key not in _COUNTERS}
    said = _as_json(replace(letter, values=values))
    return hashlib.blake2b(said, digest_size=8).hexdigest()

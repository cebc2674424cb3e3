"""The newest date of a column page or feed."""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import feedparser

from cases.registers.site_columns import Reader
from cases.words.times import BEIJING
from huiyin.net.charset import decode
from huiyin.net.html_text import TooDeep, parse_html
from streams.sources.seam.base import SourceError
from streams.sources.seam.http import Answer, Ask, BadAnswer, PoliteClient
from streams.sources.site_mailbox.documents import BadSelector, HtmlNode, css

_FULL = re.compile(r"(?<!\d)(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_SHORT = re.compile(r"(?<![\d./年-])(\d{1,2})[-/.月](\d{1,2})(?![\d.])")
_HEADERS = {"Accept": "text/html, application/rss+xml, application/atom+xml, application/xml"}


def newest_date(client: PoliteClient, url: str, reader: Reader, today: date) -> date | None:
    """Asks for the page; None when no date stands where it should.

    Raises `SourceError` when the page cannot be had."""

    def read(answer: Answer) -> date | None:
        text = decode(answer.body, answer.content_type)
        found = feed_dates(text) if reader.feed else page_dates(text, reader, today)
        # What lies ahead is an event that is announced, not an update.
        return max((day for day in found if day <= today + timedelta(days=1)), default=None)

    try:
        return client.ask(Ask(url=url, headers=_HEADERS), read)
    except BadSelector as error:
        raise SourceError(f"{url}：{error}") from None


def feed_dates(text: str) -> Iterator[date]:
    """Raises `BadAnswer` for what is no feed."""
    parsed = feedparser.parse(io.BytesIO(text.encode("utf-8", "replace")))
    if not parsed.entries and parsed.bozo:
        raise BadAnswer("应为 RSS 或 Atom，读到的不是。")
    for entry in parsed.entries:
        when = entry.get("published_parsed") or entry.get("updated_parsed")
        if when:
            yield datetime.fromtimestamp(timegm(when), UTC).astimezone(BEIJING).date()


def page_dates(text: str, reader: Reader, today: date) -> Iterator[date]:
    """Every date in the page, or those where `reader` looks. A date without a year counts
    only where one is told to look for dates: the last such day that has passed."""
    try:
        root = parse_html(text).root
    except TooDeep as error:
        raise BadAnswer(str(error)) from None
    if root is None:
        return
    rows = [HtmlNode(node) for node in css(root, reader.rows)] if reader.rows else [HtmlNode(root)]
    for row in rows:
        if reader.dates:
            # Several dates in one line, where the line is the whole page.
            places = row.rows(reader.dates.partition("@")[0])
            attribute = reader.dates.partition("@")[2]
            for place in places:
                written = place.value(f"@{attribute}" if attribute else "")
                yield from _full_dates(written) or _short_dates(written, today)
        else:
            # With the elements apart: dates side by side would run together.
            yield from _full_dates(row.node.text(separator="\n"))


def _full_dates(text: str) -> list[date]:
    return [day for found in _FULL.findall(text) if (day := _day(*map(int, found)))]


def _short_dates(text: str, today: date) -> list[date]:
    found = []
    for month, number in _SHORT.findall(text):
        day = _day(today.year, int(month), int(number))
        if day and day > today:
            day = _day(today.year - 1, int(month), int(number))
        if day:
            found.append(day)
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

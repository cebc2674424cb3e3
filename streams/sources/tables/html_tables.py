"""HTML tables, which many systems write and call ".xls", also packed as MHTML.

A scanner of its own: a tree of a hundred thousand cells takes a gigabyte, and of the page
only tables count. It is linear, whatever the page holds.
"""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from msgspec import Struct

from streams.sources.tables.grid import Row
from streams.sources.tables.merged import Span
from streams.sources.tables.textfile import detect
from streams.sources.values.cells import Cell

_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NO_TEXT: Final = re.compile(
    r"<(script|style|head|xml|select|textarea)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TITLE: Final = re.compile(r"<title\b[^>]{0,200}>([^<]{0,200})", re.IGNORECASE)
_TAG: Final = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9:]{0,20})(?=[\s/>])"
    r"((?:[^>\"']{1,2000}+|\"[^\"]{0,20000}+\"|'[^']{0,20000}+'){0,100}+)>"
    r"|<[!?][^>]{0,2000}+>"
)
_ATTRIBUTE: Final = re.compile(r"""([\w:-]+)\s*=\s*("[^"]*+"|'[^']*+'|[^\s"'>]++)""")
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_AROUND_BREAK: Final = re.compile(r" ?\n[ \n]*")
_BREAKS: Final = frozenset({"br", "p", "div", "li", "h1", "h2", "h3", "h4", "pre"})
_SCIENTIFIC: Final = re.compile(r"-?\d(?:\.\d+)?[eE]\+\d+")
_WIDEST: Final = 1_000
_TALLEST: Final = 65_534
"""Spans as far as the HTML standard lets them go."""
_MOST_COVERED: Final = 1_000_000
"""Places of one table that spans may cover; beyond, a cell is one place."""


class HtmlTable(Struct):
    """One table of a page."""

    rows: list[Row]
    spans: list[Span]


class _Open:
    """A table that is being read."""

    def __init__(self) -> None:
        self.table = HtmlTable([], [])
        self.row: list[Cell] | None = None
        self.cell: list[str] | None = None
        self.attributes = ""
        self._left = _MOST_COVERED
        self._taken: dict[int, int] = {}
        """Column to the last row that a cell above covers."""

    def start_row(self) -> None:
        self.end_row()
        self.row = []

    def start_cell(self, attributes: str) -> None:
        self.end_cell()
        if self.row is None:
            self.row = []
        self.cell = []
        self.attributes = attributes

    def end_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        found = _ATTRIBUTE.findall(self.attributes)
        said = {name.lower(): value.strip("\"'") for name, value in found}
        text = _text("".join(self.cell))
        if _SCIENTIFIC.fullmatch(text) and said.get("x:num"):
            text = said["x:num"]  # Excel shows a rounded number and keeps the whole one here
        number = len(self.table.rows) + 1
        left = len(self.row)
        while self._left > 0 and self._taken.get(left, 0) >= number:
            left += 1
        self._left -= left - len(self.row)
        self.row.extend([None] * (left - len(self.row)))
        wide = _span(said.get("colspan"), _WIDEST) if self._left > 0 else 1
        tall = _span(said.get("rowspan"), _TALLEST) if self._left > 0 else 1
        self._left -= wide - 1
        self.row.append(text or None)
        self.row.extend([None] * (wide - 1))
        if wide > 1 or tall > 1:
            self.table.spans.append(Span(number, left, number + tall - 1, left + wide - 1))
        if tall > 1:
            self._taken.update(dict.fromkeys(range(left, left + wide), number + tall - 1))
        self.cell = None

    def end_row(self) -> None:
        self.end_cell()
        if self.row is not None:
            self.table.rows.append((len(self.table.rows) + 1, self.row))
            self.row = None


def html_tables(page: str) -> list[HtmlTable]:
    """The tables of a page that hold anything; the text of a table in a cell is its own."""
    page = _NO_TEXT.sub("", _COMMENT.sub("", page))
    done: list[HtmlTable] = []
    stack: list[_Open] = []
    at = 0
    for found in _TAG.finditer(page):
        if stack and stack[-1].cell is not None:
            stack[-1].cell.append(_BLANKS.sub(" ", page[at : found.start()]))
        at = found.end()
        if (tag := (found[2] or "").lower()) in _TAGS:
            _step(stack, done, tag, found[3], closing=bool(found[1]))
        elif tag in _BREAKS and stack and stack[-1].cell is not None:
            stack[-1].cell.append("\n")
    while stack:
        _close(stack, done)
    return done


_TAGS: Final = frozenset({"table", "tr", "td", "th"})


def _step(
    stack: list[_Open], done: list[HtmlTable], tag: str, attributes: str, *, closing: bool
) -> None:
    if tag == "table":
        if not closing:
            stack.append(_Open())
        elif stack:
            _close(stack, done)
        return
    if not stack:
        if closing:
            return
        stack.append(_Open())
    table = stack[-1]
    if tag == "tr":
        table.end_row() if closing else table.start_row()
    elif closing:
        table.end_cell()
    else:
        table.start_cell(attributes)


def _close(stack: list[_Open], done: list[HtmlTable]) -> None:
    ended = stack.pop()
    ended.end_row()
    if any(cell is not None for _, row in ended.table.rows for cell in row):
        done.append(ended.table)


def _span(value: str | None, most: int) -> int:
    if value is None or not (value.isascii() and value.isdecimal() and len(value) < 9):
        return 1
    return max(1, min(int(value), most))


def _text(raw: str) -> str:
    # Blanks were folded as they came; what an entity stands for is the writer's own.
    return unescape(_AROUND_BREAK.sub("\n", raw)).strip()


def page_title(page: str) -> str:
    """The title of a page, "" for none."""
    found = _TITLE.search(page)
    return unescape(found[1]).strip()[:60] if found else ""


def pages_of_mhtml(data: bytes, name: str) -> Iterator[str]:
    """The HTML pages in a web archive, one for each sheet as Excel writes it."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            body = part.get_payload(decode=True)
            if isinstance(body, bytes) and body.strip():
                yield decoded(body, name)


def decoded(body: bytes, name: str) -> str:
    """A page as text. Raises `SourceError` where no encoding fits; single bytes that do not
    decode are left for their row to be refused."""
    encoding = detect(io.BytesIO(body), name)
    text = body.decode(encoding.codec, "surrogateescape" if encoding.damaged else "strict")
    return text.removeprefix("\ufeff")

"""The parts of a mail, cut out of its bytes at their boundaries.

The parser of the standard library makes an object of every line: 31 MB of short lines take a
gigabyte there. Here only headers become objects; a body is one text, whatever is in it. What
comes out are the library's own `Message` objects, with the same leniency: a line that is no
header ends the headers, a boundary that never comes leaves the body in one piece. One thing is
read that the library does not: a multipart whose boundary is missing, or another one than is
named, is cut where its lines look like boundaries.
"""

from __future__ import annotations

import email
import email.errors
import re
from email.message import Message
from typing import Final, cast

from msgspec import Struct

from streams.sources.mail.headers import RAW

MAX_PARTS: Final = 1_000
MAILS: Final = frozenset({"message/rfc822", "message/global"})
ATTACHED_DEPTH: Final = 5
"""Mails within mails that are read for their text."""
_DEEPEST: Final = 50
_MOST_HEADERS: Final = 256 * 1024
"""Bytes of one part's headers that are read; real ones have a few thousand."""
_MOST_OUTSIDE: Final = 2 << 20
"""Bytes before the first boundary or behind the last one that are read."""
_HEADERS: Final = re.compile(
    rb"(?:(?:From |[\x21-\x39\x3b-\x7e]*+:|[ \t])[^\r\n]*+(?:\r\n|\r|\n|\Z))*+"
)
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_LIKE_A_BOUNDARY: Final = re.compile(
    rb"(?<![^\n])--([^\r\n]{1,200}?)[ \t]*+\r?\n(?:[A-Za-z-]{3,40}:|\r?\n)"
)


class TooManyPartsDefect(email.errors.MessageDefect):
    """A multipart of which some parts were not cut out: too many, or too deep."""


class MailPart(Message):
    """A part as the library has it."""

    content: bytes = b""
    """For a part that is a mail itself: that mail as it came, in its transfer encoding."""


class Room:
    """How many parts may still be cut out of one mail, and out of the mails in its files."""

    def __init__(self) -> None:
        self.left = MAX_PARTS


class _Span(Struct, frozen=True):
    """Where a part lies, and how deep: within multiparts, and within mails."""

    start: int
    end: int
    depth: int = 0
    mails: int = 0

    def within(self, start: int, end: int, *, mail: bool = False) -> _Span:
        return _Span(start, end, self.depth + 1, self.mails + mail)


class _Cut(Struct, frozen=True):
    """`parts`: start and end of each, without the line end before the next boundary. `before`:
    where the first boundary begins. `after`: where the last one ends, None when it is missing.
    `whole`: False when there were more parts than room."""

    parts: list[tuple[int, int]]
    before: int
    after: int | None
    whole: bool


def parse_mail(data: bytes, room: Room) -> MailPart:
    """The mail and its parts, mails attached to it too (`ATTACHED_DEPTH`).

    A multipart that does not end has the library's `CloseBoundaryNotFoundDefect`, one with parts
    left out `TooManyPartsDefect`; one that could not be cut is in one piece. Never raises on a
    broken mail."""
    return _part(data, _Span(0, len(data)), room, "text/plain")


def _part(data: bytes, span: _Span, room: Room, default: str) -> MailPart:
    message, body = _headers(data, span, default)
    kind = message.get_content_maintype()
    if kind == "multipart" and _multipart(message, data, span, body, room):
        return message
    if kind == "message":
        message.content = data[body : span.end]
        is_mail = message.get_content_type() in MAILS
        inner_span = span.within(body, span.end, mail=is_mail)
        if is_mail and inner_span.mails <= ATTACHED_DEPTH:
            message.set_payload([_part(data, inner_span, room, "text/plain")])
        else:
            message.set_payload([_headers(data, inner_span)[0]])
        return message
    message.set_payload(_text(data, body, span.end))
    return message


def _headers(data: bytes, span: _Span, default: str = "text/plain") -> tuple[MailPart, int]:
    """The part without its body, and where that begins."""
    found = _HEADERS.match(data, span.start, span.end)
    body = found.end() if found else span.start
    head = data[span.start : min(body, span.start + _MOST_HEADERS)]
    # Its types do not say that it makes what `_class` names.
    message = cast("MailPart", email.message_from_bytes(head, _class=MailPart, policy=RAW))
    message.defects.clear()  # the library misses the parts, which are not here yet
    message.set_default_type(default)
    if blank := _LINE_END.match(data, body, span.end):
        body = blank.end()
    return message, body


def _multipart(message: MailPart, data: bytes, span: _Span, body: int, room: Room) -> bool:
    """Cuts the parts out and hangs them into `message`; whether there are any."""
    cut = _found(message, data, body, span.end)
    if cut is None:
        return False
    if span.depth >= _DEEPEST or room.left <= 0:
        message.defects.append(TooManyPartsDefect())
        return False
    parts = cut.parts[: room.left]
    room.left -= len(parts)
    inner = "message/rfc822" if message.get_content_subtype() == "digest" else "text/plain"
    message.set_payload([_part(data, span.within(*lies), room, inner) for lies in parts])
    before = _without_line_end(data, body, cut.before)
    message.preamble = _text(data, body, min(before, body + _MOST_OUTSIDE))
    if len(parts) < len(cut.parts) or not cut.whole:
        message.defects.append(TooManyPartsDefect())
    elif cut.after is None:
        message.defects.append(email.errors.CloseBoundaryNotFoundDefect())
    if cut.after is not None:
        message.epilogue = _text(data, cut.after, min(span.end, cut.after + _MOST_OUTSIDE))
    return True


def _text(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("ascii", "surrogateescape")


def _found(message: MailPart, data: bytes, start: int, end: int) -> _Cut | None:
    """Cut at the boundary that is named, else at one that its lines look like."""
    if named := message.get_boundary():
        cut = _cut(data, start, end, named.encode("utf-8", "surrogateescape"))
        if cut.parts:
            return cut
    coded = str(message.get("Content-Transfer-Encoding", "")).strip().lower()
    if coded in ("base64", "quoted-printable"):
        return None
    if alike := _LIKE_A_BOUNDARY.search(data, start, end):
        cut = _cut(data, start, end, alike[1])
        return cut if cut.parts else None
    return None


def _cut(data: bytes, start: int, end: int, boundary: bytes) -> _Cut:
    mark = rb"--" + re.escape(boundary)
    line = rb"(--)?[ \t]*+(?=[\r\n]|\Z)"
    # The look behind comes second, so that a search goes from one literal to the next.
    later = re.compile(rb"%s(?<=[\r\n]%s)%s" % (mark, mark, line))
    found = re.compile(mark + line).match(data, start, end) or later.search(data, start, end)
    parts: list[tuple[int, int]] = []
    before, begun = found.start() if found else start, -1
    while found:
        if begun >= 0 and found.start() > begun:
            parts.append((begun, _without_line_end(data, begun, found.start())))
        line_end = _LINE_END.match(data, found.end(), end)
        at = line_end.end() if line_end else found.end()
        if found[1]:
            if begun >= 0 and found.start() == begun:
                parts.append((begun, begun))
            return _Cut(parts, before, at, whole=True)
        if len(parts) >= MAX_PARTS:
            # A hostile mail; what is left is not looked at.
            return _Cut(parts, before, None, whole=False)
        begun = at
        found = later.search(data, at, end)
    if begun >= 0:
        parts.append((begun, end))
    return _Cut(parts, before, None, whole=True)


def _without_line_end(data: bytes, start: int, end: int) -> int:
    """The end of a part before a boundary at `end`: the line end between them is the latter's."""
    return max(start, end - 2 if data[end - 2 : end] == b"\r\n" else end - 1)

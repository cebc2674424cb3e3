"""The parts of a mail, cut out of its bytes at their boundaries.

The parser of the standard library makes an object of every line: 31 MB of short lines take a
gigabyte there. Here only headers become objects; a body is one text, whatever is in it. What
comes out are the library's own `Message` objects, with the same leniency: a line that is no
header ends the headers, a boundary that never comes leaves the body in one piece.
"""

from __future__ import annotations

import email
import email.errors
import re
from email.message import Message
from email.policy import Compat32
from typing import Final

MAX_PARTS: Final = 200
_DEEPEST: Final = 20
_MOST_HEADERS: Final = 256 * 1024
"""Bytes of one part's headers that are read; real ones have a few thousand."""
_HEADERS: Final = re.compile(
    rb"(?:(?:From |[\x21-\x39\x3b-\x7e]*+:|[ \t])[^\r\n]*+(?:\r\n|\r|\n|\Z))*+"
)
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


class _Raw(Compat32):
    """Headers as they came: the standard policy replaces bytes outside ASCII."""

    def header_fetch_parse(self, _name: str, value: str) -> str:
        return value


_RAW: Final = _Raw()


class _Room:
    """How many parts may still be cut out of one mail."""

    def __init__(self) -> None:
        self.left = MAX_PARTS


def parse_mail(data: bytes) -> Message:
    """The mail and its parts; a multipart that does not end has the library's
    `CloseBoundaryNotFoundDefect`. Never raises on a broken mail."""
    return _part(data, 0, len(data), _Room(), 0, "text/plain")


def _part(data: bytes, start: int, end: int, room: _Room, depth: int, default: str) -> Message:
    found = _HEADERS.match(data, start, end)
    body = found.end() if found else start
    message = email.message_from_bytes(data[start : min(body, start + _MOST_HEADERS)], policy=_RAW)
    message.set_default_type(default)
    if blank := _LINE_END.match(data, body, end):
        body = blank.end()
    boundary = _boundary(message)
    kind = message.get_content_maintype()
    if kind == "multipart" and boundary and depth < _DEEPEST and room.left > 0:
        parts, closed = _cut(data, body, end, boundary, room.left)
        if parts:
            room.left -= len(parts)
            inner = "message/rfc822" if message.get_content_subtype() == "digest" else "text/plain"
            message.set_payload(
                [_part(data, first, last, room, depth + 1, inner) for first, last in parts]
            )
            if not closed:
                message.defects.append(email.errors.CloseBoundaryNotFoundDefect())
            return message
    if kind == "message":
        # An attached mail stays in one piece: it is kept as a file.
        message.set_payload([_attached(data, body, end)])
        return message
    message.set_payload(data[body:end].decode("ascii", "surrogateescape"))
    return message


def _attached(data: bytes, start: int, end: int) -> Message:
    found = _HEADERS.match(data, start, end)
    body = found.end() if found else start
    message = email.message_from_bytes(data[start : min(body, start + _MOST_HEADERS)], policy=_RAW)
    if blank := _LINE_END.match(data, body, end):
        body = blank.end()
    message.set_payload(data[body:end].decode("ascii", "surrogateescape"))
    return message


def _boundary(message: Message) -> bytes:
    value = message.get_boundary()
    return value.encode("ascii", "surrogateescape") if value else b""


def _cut(
    data: bytes, start: int, end: int, boundary: bytes, most: int
) -> tuple[list[tuple[int, int]], bool]:
    """Where the parts lie, without the line end before each boundary; whether the last
    boundary is there. Parts beyond `most` stay within the last one."""
    line = re.compile(rb"--" + re.escape(boundary) + rb"(--)?[ \t]*(\r\n|\r|\n|\Z)")
    parts: list[tuple[int, int]] = []
    begun = -1
    at = start
    while (at := data.find(b"--" + boundary, at, end)) >= 0:
        found = line.match(data, at, end)
        if found is None or (at > start and data[at - 1] not in b"\r\n"):
            at += 2
            continue
        if begun >= 0 and len(parts) < most:
            parts.append((begun, max(begun, _before(data, begun, at))))
        if found[1]:
            return parts, True
        if len(parts) == most:
            # A hostile mail; what is left is not looked at.
            return parts, True
        begun = at = found.end()
    if begun >= 0:
        parts.append((begun, end))
    return parts, False


def _before(data: bytes, start: int, at: int) -> int:
    """The end of a part whose boundary begins at `at`: the line end belongs to the latter."""
    if at - 2 >= start and data[at - 2 : at] == b"\r\n":
        return at - 2
    return at - 1 if at - 1 >= start else at

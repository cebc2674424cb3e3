"""The bytes of a part behind its transfer encoding, also where that is named and not used."""

from __future__ import annotations

import re
from typing import Final

from streams.sources.mail.headers import RAW, all_headers
from streams.sources.mail.mime_parser import MailPart

_LINE_ENDS: Final = dict.fromkeys(map(ord, "\r\n"))
_CODED_LINE: Final = re.compile(r"[A-Za-z0-9+/=]{20,}\s*")
_SPOKEN_LINE: Final = re.compile(r"[^\x00-\x7f]|\S\s+\S|--|__")


def coding(part: MailPart) -> str:
    """The transfer encoding in lower case; some programs put it in quotation marks, and gateways
    add a second one."""
    name = "content-transfer-encoding"
    named = [_tidied(value) for key, value in all_headers(part) if key == name]
    return "base64" if "base64" in named else next(iter(named), "")


def _tidied(value: str) -> str:
    return value.strip(" \t\r\n\"';").lower()


def written(part: MailPart) -> str:
    """The body of a part in its transfer encoding.

    Not by `get_payload()`: it decodes with the label of the part and raises when that is broken."""
    payload = part._payload  # type: ignore[attr-defined]  # noqa: SLF001
    return payload if isinstance(payload, str) else ""


def part_bytes(part: MailPart) -> bytes:
    """The bytes of a part that is a file."""
    return _uncoded(written(part), coding(part))


def text_bytes(part: MailPart, most: int) -> bytes:
    """The bytes of a part that is text, of `most` characters in its transfer encoding."""
    name, body, below = coding(part), written(part)[:most], ""
    if name == "base64":
        body, below = _base64_and_below(body)
    return _uncoded(body, name) + below.encode("utf-8", "surrogateescape")


def _uncoded(body: str, name: str) -> bytes:
    if name == "base64":
        # The library makes an object of every line.
        body = body.translate(_LINE_ENDS)
    alone = MailPart(policy=RAW)
    alone["Content-Transfer-Encoding"] = name
    alone.set_payload(body)
    data = alone.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _base64_and_below(body: str) -> tuple[str, str]:
    """What is Base64, and what stands below it as it is: servers add their footer without
    looking at the encoding, and some programs name it and do not use it."""
    at = len(body)
    while at > 0:
        begin = body.rfind("\n", 0, at - 1) + 1
        if _CODED_LINE.fullmatch(body, begin, at):
            break
        at = begin
    while at < len(body):
        end = body.find("\n", at) + 1 or len(body)
        if _SPOKEN_LINE.search(body, at, end):
            return body[:at], body[at:]
        at = end
    return body, ""

"""Text parts as readable text: plain, `format=flowed`, HTML, `text/enriched`."""

from __future__ import annotations

import re
from email.message import Message
from typing import Final

from huiyin.net.html_text import from_html
from huiyin.net.json_values import clean
from streams.sources.mail.charset import decode_text
from streams.sources.mail.headers import raw_header
from streams.sources.mail.parameters import parameter

MAX_TEXT: Final = 500_000  # characters; a longer letter is cut and says so
MAX_BYTES: Final = 4 * (MAX_TEXT + 1)
"""Of one text, decoded from its transfer encoding: no character has more than four."""
_MAX_HTML: Final = 4 << 20
MAX_WRAPPED: Final = 16 << 20
"""Of a text in its transfer encoding, which takes at most three bytes for one, or of HTML,
where pictures may stand within."""
HTML: Final = frozenset({"text/html", "application/xhtml+xml", "text/x-html"})
_ENRICHED: Final = frozenset({"text/enriched", "text/richtext"})

_PICTURE: Final = re.compile(rb"data:[\w/+.;=-]{0,80},[A-Za-z0-9+/=%\r\n]{256,}+")
_HAN_GAP: Final = re.compile("(?<=[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]) (?=[\u3400-\u9fff])")


def unflowed(text: str, *, delsp: bool) -> str:
    """Lines of `format=flowed` joined where the sender's program had cut them (RFC 3676).

    A line that ends in a blank goes on in the next of the same quotation; with `delsp` that
    blank is not part of the text. Between Chinese characters it never is."""
    out: list[str] = []
    open_depth = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body.removeprefix(" ")  # stuffed, so that no line begins with ">" or "From "
        flows = body.endswith(" ") and body != "-- "
        piece = body[:-1] if flows and delsp else body
        if depth == open_depth and body != "-- ":
            joined = out[-1] + piece
            out[-1] = joined if delsp else _HAN_GAP.sub("", joined) if " " in joined else joined
        else:
            out.append(f"{'>' * depth}{' ' if depth else ''}{piece}")
        open_depth = depth if flows else -1
    return "\n".join(out)


_COMMAND: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]{0,59})>|<<")


def from_enriched(text: str) -> str:
    """The text of text/enriched (RFC 1896) or text/richtext (RFC 1341) without its commands.

    Of line ends in a row the first only wraps the line."""
    out: list[str] = []
    at, silent = 0, 0
    for found in _COMMAND.finditer(text):
        if not silent:
            out.append(text[at : found.start()])
        at = found.end()
        name = (found[2] or "").lower()
        if not name and not silent:
            out.append("<")
        elif name == "param":
            silent = max(0, silent + (-1 if found[1] else 1))
        elif name in ("nl", "paragraph") or (name == "lt" and not silent):
            out.append("<" if name == "lt" else "\n\n")
    out.append(text[at:])
    joined = "".join(out).replace("\r\n", "\n")
    return re.sub("\n+", lambda ends: "\n" * (len(ends.group()) - 1) or "\n", joined)


def bounded(kind: str, data: bytes) -> tuple[bytes, bool]:
    """As many bytes of a text as are read; whether that is all of it. Pictures that stand within
    HTML are no text, whatever their size."""
    if kind in HTML:
        data = _PICTURE.sub(b"data:,", data)
    most = _MAX_HTML if kind in HTML else MAX_BYTES
    return data[:most], len(data) <= most


def decoded(part: Message, kind: str, data: bytes) -> str:
    """The text of a part of type `kind` with these bytes (see `bounded`): at most `MAX_TEXT`
    characters and one."""
    kind_header = raw_header(part, "Content-Type")
    label = parameter(kind_header, "charset")
    if kind in HTML:
        html = decode_text(data, label or _meta_charset(data))
        return from_html(html, mark_cited=True)[: MAX_TEXT + 1]
    text = decode_text(data, label)
    if kind in _ENRICHED:
        return clean(from_enriched(text))[: MAX_TEXT + 1]
    if parameter(kind_header, "format").lower() == "flowed":
        text = unflowed(text, delsp=parameter(kind_header, "delsp").lower() == "yes")
    return clean(text)[: MAX_TEXT + 1]


def _meta_charset(data: bytes) -> str:
    found = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,30})", data[:4096])
    return found[1].decode() if found else ""

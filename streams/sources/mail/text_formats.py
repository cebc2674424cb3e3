"""Text parts that are not quite plain: `format=flowed` and `text/enriched`."""

from __future__ import annotations

import re
from typing import Final

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

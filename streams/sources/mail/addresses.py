"""The mailboxes in From and Reply-To, read before their encoded words are decoded."""

from __future__ import annotations

import re
from typing import Final

from streams.sources.mail.charset import decode_header

_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@[^\s<>()\[\],;:\\\"@]{1,255}")
_IN_ANGLES: Final = re.compile(rf"<\s*({_ADDRESS.pattern})\s*>")
_WORD: Final = r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?="
_QUOTED_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_QUOTED_NAME: Final = re.compile(_QUOTED_STRING, re.DOTALL)
_WIDE_ANGLES: Final = str.maketrans("＜＞〈〉", "<><>")
_NOT_IN_THE_OPEN: Final = re.compile(f"{_QUOTED_STRING}|{_WORD}", re.DOTALL)
_MAILBOX: Final = re.compile(
    rf"""(?:{_QUOTED_STRING}|{_WORD}|<[^<>]*>|\([^()]*\)|[^,;"<(=]|[=<("])*""",
    re.DOTALL,
)
_LONGEST: Final = 20_000
_GROUP: Final = re.compile(r'^[^<>@":,]{0,200}:(?!//)')


def split_address(value: str) -> tuple[str, str]:
    """Name and address of the first mailbox that has an address, in a header value with its
    encoded words. Of a group, its first member. Where no address stands in the open, one within
    the encoded words counts: some programs encode the whole header."""
    value = value.translate(_WIDE_ANGLES)
    boxes = [box for box in _mailboxes(value) if box]
    for box in boxes:
        name, address = _one(box)
        if address:
            return name, address
    decoded = _decoded(value)
    narrow = decoded.translate(_WIDE_ANGLES)
    if narrow != value:
        for box in _mailboxes(narrow):
            name, address = _one(box)
            if address:
                return name, address
    # An address in quotation marks and nothing else.
    alone = _ADDRESS.fullmatch(_tidy(decoded))
    return ("", alone[0].lower()) if alone else (_tidy(decoded), "")


def _mailboxes(value: str) -> list[str]:
    value = _GROUP.sub("", value.strip()[:_LONGEST])
    found, at = [], 0
    while at < len(value):
        box = _MAILBOX.match(value, at)
        end = box.end() if box else at
        found.append(value[at:end].strip())
        at = end + 1
    return found


def _one(box: str) -> tuple[str, str]:
    # Angles within a quoted name belong to the name.
    in_the_open = _QUOTED_NAME.sub(lambda quoted: " " * len(quoted[0]), box)
    if found := _IN_ANGLES.search(in_the_open) or _IN_ANGLES.search(box):
        return _tidy(_decoded(box[: found.start()])), found[1].lower()
    # Neither in a quoted name nor in an encoded word.
    bare = _NOT_IN_THE_OPEN.sub(" ", box)
    if found := _ADDRESS.search(bare):
        comment = re.search(r"\(([^()]*)\)", box)
        return _tidy(_decoded(comment[1])) if comment else "", found[0].strip(".").lower()
    return "", ""


def _decoded(value: str) -> str:
    return decode_header(value.strip().encode("utf-8", "surrogateescape"))


def _tidy(name: str) -> str:
    name = name.strip().strip("\"'").replace('\\"', '"')
    return decode_header(name.encode("utf-8", "surrogateescape")).strip(" \"'") if name else ""

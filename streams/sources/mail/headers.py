"""Headers of a mail as they came: raw 8-bit text and encoded words are read here and not by the
standard library, which replaces or refuses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.policy import Compat32
from typing import Final

from streams.sources.mail.charset import decode_header, decode_text
from streams.sources.mail.parameters import parameter

_NO_BOUNDARY: Final = re.compile(r';\s*boundary\s*=\s*(?:""|(?=;|$))', re.IGNORECASE)


class _Raw(Compat32):
    """Headers as they came: the standard policy replaces bytes outside ASCII."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower() == "content-type":
            # With an empty boundary the parser would cut at every "-- " of a signature.
            value = _NO_BOUNDARY.sub("", value)
        return name, value

    def header_fetch_parse(self, _name: str, value: str) -> str:
        return value


RAW: Final = _Raw()
"""The policy to parse mails with."""


def header(message: Message, name: str, *, encoded: bool = False) -> str:
    """The first header of that name as text, "" when absent; encoded words are left alone
    with `encoded`, where the structure must be read before the words."""
    raw = raw_header(message, name).encode("utf-8", "surrogateescape")
    if encoded:
        return decode_text(re.sub(rb"\r?\n(?=[ \t])", b"", raw))
    return decode_header(raw)


def raw_header(message: Message, name: str) -> str:
    """The same as it came, folded, with lone surrogates for raw bytes."""
    wanted = name.lower()
    return next((str(value) for key, value in message.raw_items() if key.lower() == wanted), "")


def all_headers(message: Message) -> Iterator[tuple[str, str]]:
    """Names in lower case, and values as they came."""
    return ((key.lower(), str(value)) for key, value in message.raw_items())


def file_name(part: Message) -> str:
    """The name a part gives its file; "" for none."""
    return parameter(raw_header(part, "Content-Disposition"), "filename") or parameter(
        raw_header(part, "Content-Type"), "name"
    )

"""Parameters of a header as mail programs write them: `filename`, `name`, `charset`, `boundary`.

RFC 2231 cuts a long value into numbered sections and percent-codes them. Programs cut within a
`%XX`, or within a character of two or three bytes, so the sections are joined before they are
decoded. Encoded words (RFC 2047) do not belong in parameters and are everywhere all the same.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from streams.sources.mail.charset import decode_header, decode_text

_PARAMETER: Final = re.compile(
    r"""(?:;\s*|(?<=attachment)\s+|(?<=inline)\s+)([A-Za-z0-9_.\-]+)(?:\*(\d{1,4}))?(\*)?\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)""",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_HOLE: Final = "\ufffd"
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")


class _Section(Struct, frozen=True):
    number: int
    """-1 for a value in one piece."""
    coded: bool
    """Percent-coded, as the star says."""
    value: str


def parameter(value: str, name: str) -> str:
    """The parameter `name` of a header value with lone surrogates for raw bytes; "" without it.

    The form with a star is the sender's full name and comes before the plain one, in
    whichever order they stand (RFC 6266, 4.3)."""
    sections = [
        _Section(int(number) if number else -1, bool(star), _bare(raw))
        for key, number, star, raw in _PARAMETER.findall(value)
        if key.lower() == name
    ]
    numbered = {one.number: one for one in reversed(sections) if one.number >= 0}
    joined = [numbered[number] for number in sorted(numbered)]
    starred = next(([one] for one in sections if one.number < 0 and one.coded), joined)
    plain = next((one.value for one in sections if one.number < 0 and not one.coded), "")
    found = _joined(starred) if starred else ""
    # A damaged full name is worth less than a whole plain one.
    if plain and (not found or (_HOLE in found and _HOLE not in _plain(plain))):
        return _plain(plain)
    return found


def _bare(raw: str) -> str:
    raw = re.sub(r"\r?\n[ \t]?", "", raw)
    if raw.startswith('"'):
        return _ESCAPE.sub(r"\1", raw[1:].removesuffix('"'))
    raw = raw.strip()
    is_quoted = len(raw) > 2 and raw[0] == raw[-1] == "'"  # no standard has it, scripts do
    return raw[1:-1] if is_quoted else raw


def _joined(sections: list[_Section]) -> str:
    if not any(one.coded for one in sections):
        return _plain("".join(one.value for one in sections))
    charset, first = "", sections[0].value
    if first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    whole = first + "".join(one.value for one in sections[1:])
    return decode_text(unquote_to_bytes(whole.encode("utf-8", "surrogateescape")), charset)


def _plain(value: str) -> str:
    if _PERCENT.search(value) and (decoded := _percent_coded(value)):
        return decoded
    return decode_header(value.encode("utf-8", "surrogateescape"))


def _percent_coded(value: str) -> str:
    """A plain value that was coded like an address of the web; "" where it was not."""
    data = unquote_to_bytes(value.encode("utf-8", "surrogateescape"))
    if data.isascii():
        return ""  # "50%20.txt" may be its name
    text = decode_text(data)
    return "" if _HOLE in text else text

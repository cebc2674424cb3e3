"""Text out of the bytes that Chinese mail really carries.

Labels lie: "gb2312" covers GBK, "us-ascii" and "unknown-8bit" cover anything, names exist
that no standard knows, and an encoded word may end in the middle of a character. Python's
own decoder (3.11) replaces or refuses all of these.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from typing import Final

from huiyin.net.charset import is_gb, plain_name, strictly

_UTF8: Final = frozenset({"utf8", "utf8mb4", "utf8sig", "unicode11utf8", "xutf8", "utf"})
_WESTERN: Final = frozenset({"iso88591", "latin1", "windows1252", "cp1252"})
_NAMELESS: Final = _WESTERN | frozenset(
    {"usascii", "ascii", "ansix341968", "unknown8bit", "unknown", "xunknown", "default"}
    | {"none", "null", "binary", "8bit", "ansi"}
)
"""Labels that say nothing: programs write them when they don't know."""


def decode_text(data: bytes, label: str = "") -> str:
    """`data` as text. A label is believed when the bytes bear it out; never raises."""
    if data.isascii() and b"~{" not in data and b"\x1b" not in data:
        return data.decode("ascii") if not _wide(label) else strictly(data, label) or ""
    name = plain_name(label)
    if is_gb(label):
        if _surely_utf8(data):
            return data.decode("utf-8")
        return _gb(data)
    if name in _UTF8:
        text = strictly(data, "utf-8-sig")
        if text is None:
            text = strictly(data, "gb18030") or data.decode("utf-8", "replace")
        return text
    if name in _NAMELESS or not name:
        return _guess(data, western=name in _WESTERN)
    if name in ("hz", "hzgb2312"):
        return strictly(data, "hz") or _guess(data)
    if name in ("big5", "big5hkscs", "cp950", "xbig5"):
        return strictly(data, "big5hkscs") or strictly(data, "cp950") or _guess(data)
    return strictly(data, label) or _guess(data)


def _wide(label: str) -> bool:
    """Encodings in which ASCII bytes are not ASCII text (UTF-7, UTF-16, ISO-2022)."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return False
    return name.startswith(("utf-16", "utf-32", "utf-7", "iso2022"))


def _gb(data: bytes) -> str:
    # A message cut in the middle of a character loses that character and nothing more.
    return data.decode("gb18030", "replace")


def _guess(data: bytes, *, western: bool = False) -> str:
    text = strictly(data, "utf-8-sig")
    if text is not None:
        return text
    text = strictly(data, "gb18030")
    if western and (text is None or not _mostly_chinese(text)):
        return data.decode("cp1252", "replace")
    if text is not None and _PRIVATE.search(text) and (big5 := strictly(data, "big5hkscs")):
        # Big5 without a label: as GB18030 it has characters that nobody can type.
        return text if _PRIVATE.search(big5) or not _mostly_chinese(big5) else big5
    if text is not None:
        return text
    # A damaged text: whichever reading leaves fewer holes.
    return min(
        (data.decode("utf-8", "replace"), _gb(data)), key=lambda guess: guess.count("\ufffd")
    )


_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")


def _surely_utf8(data: bytes) -> bool:
    """UTF-8 under a GB label: at least two three-byte characters and nothing but them.

    GB text hardly ever reads so: it would need rare characters in a row."""
    text = strictly(data, "utf-8-sig")
    if text is None:
        return False
    high = [char for char in text if ord(char) > 0x7F]
    return len(high) >= 2 and all(0x2000 <= ord(char) < 0x10000 for char in high)


def _mostly_chinese(text: str) -> bool:
    high = [char for char in text if ord(char) > 0x7F]
    return bool(high) and all("\u3000" <= char <= "\u9fff" or char >= "\uff00" for char in high)


_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")


def decode_header(raw: bytes) -> str:
    """A header value as text: encoded words, raw 8-bit text, or both mixed; unfolded.

    Adjacent words of one charset are joined as bytes before decoding, because senders cut
    between the two bytes of a character.
    """
    text = decode_text(re.sub(rb"\r?\n(?=[ \t])", b"", raw))
    out: list[str] = []
    pending, label = b"", ""
    carry = ""  # Base64 digits left over: some senders cut within a group of four
    end = 0

    def flush() -> None:
        nonlocal pending, carry
        pending, carry = pending + _base64(carry), ""
        if pending:
            out.append(decode_text(pending, label))
        pending = b""

    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        if between.strip() or end == 0:
            flush()
            out.append(between)
        charset = word[1].partition("*")[0]  # RFC 2231 puts a language after "*"
        if charset.lower() != label.lower():
            flush()
        label = charset
        if word[2] in "bB":
            digits = re.sub(r"[^A-Za-z0-9+/]", "", carry + word[3])
            keep = len(digits) - len(digits) % 4
            if "=" in word[3]:
                keep = len(digits)
            pending, carry = pending + _base64(digits[:keep]), digits[keep:]
        else:
            quoted = word[3].encode("utf-8", "surrogateescape")
            pending += quopri.decodestring(quoted, header=True)
        end = word.end()
    flush()
    out.append(text[end:])
    return re.sub(r"[\x00-\x1f\x7f]+", " ", "".join(out)).strip()


def from_base64(data: bytes) -> bytes:
    """The bytes behind Base64 with line ends and whatever else in between."""
    return _base64(re.sub(r"[^A-Za-z0-9+/]", "", data.decode("latin-1")))


def _base64(digits: str) -> bytes:
    digits = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4))
    except (binascii.Error, ValueError):
        return b""

"""Bytes to text where the declared charset is often wrong.

Chinese government pages are UTF-8 or GBK; header, meta tag and content disagree now and
then. What the bytes are decides, what they are called only breaks ties.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META = re.compile(
    rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE
)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_GBK = frozenset({"gbk", "gb2312", "gb18030", "cp936", "x-gbk", "euc-cn", "hz"})


def decode(body: bytes, content_type: str = "") -> str:
    """The text of `body`. Total: what no charset explains becomes U+FFFD."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    declared = _declared(body, content_type)
    utf8 = _strict(body, "utf-8")
    if utf8 is not None:
        if any(name in _GBK for name in declared) and _looks_latin(utf8):
            # A few Chinese words in GBK happen to be valid two-byte UTF-8; real Chinese
            # text in UTF-8 has three bytes a character.
            return _strict(body, "gb18030") or utf8
        return utf8
    for name in (*declared, "gb18030"):
        text = _strict(body, "gb18030" if name in _GBK else name)
        if text is not None:
            return text
    # Damaged bytes: the charset that explains more of them.
    options = (body.decode("utf-8", "replace"), body.decode("gb18030", "replace"))
    return min(options, key=lambda text: text.count("\ufffd"))


def _declared(body: bytes, content_type: str) -> tuple[str, ...]:
    """Charset names from the header and from the first bytes, header first, known ones only."""
    names: list[str] = []
    if header := _HEADER.search(content_type):
        names.append(header[1].lower())
    if meta := _META.search(body[:2048]):
        names.append(meta[1].decode("ascii").lower())
    return tuple(name for name in names if name in _GBK or _is_text_codec(name))


def _is_text_codec(name: str) -> bool:
    # Latin-1 explains every byte and therefore nothing.
    if name in ("latin-1", "latin1", "iso-8859-1", "iso8859-1", "windows-1252", "us-ascii"):
        return False
    try:
        b"0".decode(name)
    except (LookupError, UnicodeError):  # "undefined" is a codec, and explains nothing
        return False
    return True


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):
        return None


def _looks_latin(text: str) -> bool:
    """Whether all that is not ASCII lies where UTF-8 takes two bytes."""
    beyond = [char for char in text if char > "\x7f"]
    return bool(beyond) and all(char < "\u0800" for char in beyond)

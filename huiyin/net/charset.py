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
_GB = frozenset(
    {"gb2312", "gbk", "gb18030", "cp936", "ms936", "936", "windows936", "xgbk", "xgb", "xgb2312"}
    | {"xgb18030", "gbk2312", "gb2312gbk", "euccn", "xeuccn", "eucgb2312cn", "gb231280"}
    | {"isoir58", "chinese", "csgb2312", "csiso58gb231280", "xmacchinesesimp", "gb"}
)
"""What GBK and its relatives are called on pages and in mails, as `plain_name` gives it."""


def plain_name(label: str) -> str:
    """A charset's name without case and punctuation: nobody writes it as the next one does."""
    return re.sub(r"[^a-z0-9]", "", label.lower())


def is_gb(label: str) -> bool:
    return plain_name(label) in _GB


def strictly(data: bytes, label: str) -> str | None:
    """The text, where the charset explains every byte; None where it does not, or is none."""
    try:
        text = data.decode(label)
    except (UnicodeError, LookupError, ValueError):
        return None
    # Codecs such as "rot13" or "zip" are no text encodings and give something else.
    return text if isinstance(text, str) else None


def decode(body: bytes, content_type: str = "") -> str:
    """The text of `body`. Total: what no charset explains becomes U+FFFD."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    declared = _declared(body, content_type)
    utf8 = strictly(body, "utf-8")
    if utf8 is not None:
        if any(_means_gb(name) for name in declared) and _looks_latin(utf8):
            # A few Chinese words in GBK happen to be valid two-byte UTF-8; real Chinese
            # text in UTF-8 has three bytes a character.
            return strictly(body, "gb18030") or utf8
        return utf8
    for name in (*declared, "gb18030"):
        text = strictly(body, "gb18030" if _means_gb(name) else name)
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
    return tuple(name for name in names if _means_gb(name) or _is_text_codec(name))


def _means_gb(name: str) -> bool:
    """A page that calls itself "hz" is written in GBK all the same."""
    return name == "hz" or is_gb(name)


def _is_text_codec(name: str) -> bool:
    # Latin-1 explains every byte and therefore nothing.
    if name in ("latin-1", "latin1", "iso-8859-1", "iso8859-1", "windows-1252", "us-ascii"):
        return False
    try:
        b"0".decode(name)
    except (LookupError, UnicodeError):  # "undefined" is a codec, and explains nothing
        return False
    return True


def _looks_latin(text: str) -> bool:
    """Whether all that is not ASCII lies where UTF-8 takes two bytes."""
    beyond = [char for char in text if char > "\x7f"]
    return bool(beyond) and all(char < "\u0800" for char in beyond)

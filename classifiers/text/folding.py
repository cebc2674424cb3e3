"""Text as the engines see it: folded to one spelling, every character traceable.

Traditional becomes simplified, full width becomes half width, case and blanks
go, line ends within a sentence go (`cases.words.wrapped_lines`), markup, links and
@names go, masked places (A市, A3区) become one placeholder. Each character that is
left knows the position in the original it came from, so evidence can quote the
citizen's own words.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from cases.words.labels import Evidence
from cases.words.wrapped_lines import blanked_wraps

LIMIT = 20_000
"""Code points looked at per field. What follows in a longer text is not read."""
PLACE = "\ue000"
"""Stands for each character of a masked place; never part of a feature."""

Codes = NDArray[np.uint32]
Positions = NDArray[np.int64]

_BMP = 0x10000
_HAN = re.compile(r"[\u3400-\u9fff]")
_LEAST_TEXT = 4
"""With fewer different Han characters there is nothing to judge."""
_TRIAL = "测试"
_HEAD = 20
"""Characters in which most texts have shown that many."""
_MARKUP = re.compile(
    r"<[!/]?[A-Za-z][^<>]{0,300}>|<!--.{0,300}?-->|&(?:[a-zA-Z]{2,8}|#\d{1,6});"
    r"|https?://[\x21-\x7e]{1,300}|(?://)?@[^\s:：,，@]{1,30}[:：]?",
    re.DOTALL,
)
_MAY_HOLD_MARKUP = re.compile(r"[<&@]|http")
_MASKED = re.compile(r"[a-z]\d{0,2}[市区县州镇]|西地省")
_HAS_MASKED = re.compile(r"[市区县州镇省]")


class Folded(Struct, frozen=True):
    """A message after folding: the title, a line break, the body.

    `codes[i]` is `text[i]`. The first `split` characters are the title's; without
    a title `split` is 0 and there is no break before the body.
    """

    title: str
    body: str
    text: str
    codes: Codes
    origin: Positions
    """Where each character stood in title, break and body put together."""
    split: int

    def span(self, start: int, end: int) -> tuple[str, int, int]:
        """Field name and half-open range of the original field behind `text[start:end]`.

        A range that reaches over the break is cut at the end of the title.
        """
        if end <= start:
            return "body", 0, 0
        if start < self.split:
            end = min(end, self.split)
            return "title", self.origin.item(start), self.origin.item(end - 1) + 1
        shift = len(self.title) + 1 if self.title else 0
        return "body", self.origin.item(start) - shift, self.origin.item(end - 1) + 1 - shift

    def quote(self, label: str, start: int, end: int, weight: float) -> Evidence:
        """Evidence for `label` in the citizen's own spelling of `text[start:end]`."""
        field, first, last = self.span(start, end)
        raw = self.title if field == "title" else self.body
        return Evidence(
            label=label,
            text=raw[first:last],
            field=field,
            start=first,
            end=last,
            weight=round(weight, 4),
        )


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint32]:
    """Code point to folded code point for the BMP; 0 drops the character."""
    from opencc import OpenCC  # loaded once, on first use: 25 ms

    table = np.arange(_BMP, dtype=np.uint32)
    for code in range(_BMP):
        char = chr(code)
        if char == "\n":
            continue
        if char.isspace() or not (char.isprintable() or 0xE000 <= code < 0xF900):
            table[code] = 0
    table[0xD800:0xE000] = 0  # lone surrogates
    table[0xE000:0xF900] = 0  # private use, including our own placeholder
    table[0xFE00:0xFE10] = 0  # variation selectors
    table[0xFFFC:0xFFFE] = 0
    for code in range(0xFF01, 0xFF5F):
        table[code] = code - 0xFEE0
    for wide, narrow in zip("，。！？：；（）【】“”‘’、", ",。!?:;()[]\"\"'',", strict=True):
        table[ord(wide)] = ord(narrow)
    for code in range(ord("A"), ord("Z") + 1):
        table[code] = code + 32
        table[code + 0xFEE0] = code + 32
    han = [chr(code) for code in range(0x3400, 0xA000)]
    simple = str(OpenCC("t2s").convert("\n".join(han))).split("\n")
    for old, new in zip(han, simple, strict=True):
        if len(new) == 1:
            table[ord(old)] = ord(new)
    return table


def fold(body: str, title: str = "") -> Folded:
    """Fold a message. Total: accepts any strings, even with lone surrogates."""
    title, body = title[:LIMIT], body[:LIMIT]
    blanked = blanked_wraps(_blank_markup(body))
    joined = f"{blanked_wraps(_blank_markup(title))}\n{blanked}" if title else blanked
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    folded = _table()[np.minimum(codes, _BMP - 1)]
    above = codes >= _BMP
    if above.any():
        folded = np.where(above, codes, folded)
    origin = folded.nonzero()[0]
    kept = folded[origin]
    text = kept.tobytes().decode("utf-32-le")
    if _HAS_MASKED.search(text):
        masked = _MASKED.sub(lambda match: PLACE * len(match.group()), text)
        if masked != text:
            text = masked
            kept = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    split = int(origin.searchsorted(len(title))) if title else 0
    return Folded(title, body, text, kept, origin, split)


def worth_reading(text: str) -> bool:
    """Whether a folded text says enough to be judged: noise looks like any class, and so does
    what is sent to try the door ("测试")."""
    return any(
        len(set(_HAN.findall(part.replace(_TRIAL, "")))) >= _LEAST_TEXT
        for part in (text[:_HEAD], text)
    )


def has_han(text: str) -> bool:
    """Whether a folded text has any Han character."""
    return _HAN.search(text) is not None


def _blank_markup(raw: str) -> str:
    """Markup, links and @names as blanks, so that every position stays."""
    if not _MAY_HOLD_MARKUP.search(raw):
        return raw
    return _MARKUP.sub(lambda match: " " * len(match.group()), raw)

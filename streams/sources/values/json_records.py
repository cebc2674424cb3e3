"""The records of a JSON list, each with its own bytes, so that each stands alone.

A list with one record that is no JSON, or nested beyond reason, is taken apart by its
brackets and quotes; what lies between two commas is a record, and the others are read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from huiyin.net.json_values import MAX_DEPTH, BadJson, Json, TooDeep, TooMany, find, parse_text

_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]', re.DOTALL)
_UNDECODED: Final = re.compile("[\udc80-\udcff]")
_CUT_OUT: Final = '"〔嵌套过深，没有读入〕"'


class Record(Struct, frozen=True, kw_only=True):
    """One record as it was sent."""

    value: Json
    raw: bytes
    reason: str = ""
    """Why it cannot be read, as a stable name; then `value` is None."""
    problem: str = ""
    """The same in plain Chinese."""


def read_records(data: bytes, charset: str, path: str, most: int) -> list[Record]:
    """The records in the list at the dotted `path`, "" for the body itself; a single object
    is one record. Raises `BadJson` when there is no such list, when it does not end, or when
    it has more than `most`."""
    text, codec = _decoded(data, charset)
    try:
        body = parse_text(text)
    except TooMany:
        raise
    except BadJson:
        slices = element_slices(text, path, most)
        if slices is None:
            raise
        return [_alone(each, codec) for each in slices]
    found = find(body, path) if path else body
    if found is None:
        raise BadJson(f"没有找到 {path}，请核对 list_path。")
    if not isinstance(found, list):
        return [Record(value=found, raw=data)]
    if len(found) > most:
        raise _too_many(most, f"收到 {len(found)} 件")
    slices = element_slices(text, path, most)
    if slices is None or len(slices) != len(found) or _UNDECODED.search(text):
        return [_alone(each, codec) for each in slices or [text]]
    return [
        Record(value=value, raw=_encoded(each, codec))
        for value, each in zip(found, slices, strict=True)
    ]


def _alone(text: str, codec: str) -> Record:
    raw = _encoded(text, codec)
    if _UNDECODED.search(text) is not None:
        problem = "这一件里有无法解码的字节，内容已损坏。请对方核对编码后重新推送"
        return Record(value=None, raw=raw, reason="bad_encoding", problem=problem)
    try:
        return Record(value=parse_text(text), raw=raw)
    except TooDeep as error:
        return Record(value=None, raw=raw, reason="too_deep", problem=str(error))
    except BadJson as error:
        return Record(value=None, raw=raw, reason="bad_json", problem=str(error))


def _decoded(data: bytes, charset: str) -> tuple[str, str]:
    """The text and the codec that gives its bytes back. What no charset explains is left as
    surrogates, for the records that hold it to be set aside."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), "utf-8"
        except UnicodeDecodeError:
            raise BadJson("正文不是有效的 UTF-16 编码。") from None
    data = data.removeprefix(codecs.BOM_UTF8)
    for name in (charset, "utf-8", "gb18030"):
        try:
            return data.decode(name), name
        except (UnicodeError, LookupError):
            continue
    return data.decode("utf-8", "surrogateescape"), "utf-8"


def _encoded(text: str, codec: str) -> bytes:
    return text.encode(codec, "surrogateescape")


def _too_many(most: int, found: str) -> BadJson:
    return BadJson(f"一次最多 {most} 件，{found}，请分批推送")


def element_slices(text: str, path: str, most: int) -> list[str] | None:
    """The texts between the commas of the list at `path`; None where no list is found there,
    or where it does not end. Raises `BadJson` when there are more than `most`."""
    keys = path.split(".") if path else []
    start = _start_of_list(text, keys)
    if start is None:
        return None
    slices: list[str] = []
    depth, begun = 0, start
    for token in _TOKEN.finditer(text, start):
        mark = token[0]
        if mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            if depth == 0:
                slices.append(text[begun : token.start()])
                return [stripped for each in slices if (stripped := each.strip())]
            depth -= 1
        elif mark == "," and depth == 0:
            slices.append(text[begun : token.start()])
            begun = token.end()
            if len(slices) > most:
                raise _too_many(most, "收到的更多")
    return None


def _start_of_list(text: str, keys: Sequence[str]) -> int | None:
    """Where the elements of the list begin."""
    depth = met = 0
    said = key = ""
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in ("[", "{"):
            if met == depth and (depth == 0 or key == keys[met - 1]):
                if met == len(keys):
                    return token.end() if mark == "[" else None
                if mark == "[":
                    return None  # the path names a place within a list
                met += 1
            depth += 1
            key = ""
        elif mark in ("]", "}"):
            depth -= 1
            if depth < met:
                return None
        elif mark == ":":
            key = said if depth == met else ""
        elif mark == ",":
            key = ""
        else:
            said = mark[1:-1]
    return None


def without_depths(text: str) -> str:
    """The JSON text with a word in place of every value that is nested beyond reason."""
    parts: list[str] = []
    depth = taken = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth == MAX_DEPTH:
                parts.append(text[taken : token.start()])
        elif token[0] in ("]", "}"):
            if depth == MAX_DEPTH:
                parts.append(_CUT_OUT)
                taken = token.end()
            depth -= 1
    parts.append(text[taken:])
    return "".join(parts)


def parse_shallow(text: str) -> Json:
    """Like `parse_text`; a value nested beyond reason costs itself, not the whole answer.
    Raises `BadJson`."""
    try:
        return parse_text(text)
    except TooDeep:
        return parse_text(without_depths(text))

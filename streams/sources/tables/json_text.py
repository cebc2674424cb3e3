"""One JSON value of a file, as exports write it, with every digit kept.

Tried in this order: JSON; the extended types that the shell of MongoDB prints
(`ObjectId("…")`, `ISODate("…")`); JavaScript with bare keys, single quotes, trailing commas.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from huiyin.net.json_values import BadJson, may_be_rounded
from streams.sources.values.cells import Cell
from streams.sources.values.loose_json import parse_loose

_SHELL: Final = re.compile(
    r'"(?:[^"\\]++|\\.)*+"'
    r"|\b(?P<call>(?:new\s+)?(?:BinData|HexData|DBRef|RegExp)\([^()]*+\))"
    r"|\b(?:new\s+)?(?:ObjectId|ISODate|Date|NumberLong|NumberInt|NumberDecimal|UUID|Timestamp)"
    r"""\(\s*(?P<said>"[^"]*+"|'[^']*+'|-?\d+)?[^()"']*\)""",
    re.DOTALL,
)
_EXTENDED: Final = frozenset(
    ("$oid", "$date", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$uuid")
)
_EXACT_DIGITS: Final = 10**15

_decode = msgspec.json.Decoder().decode
# `Integer` and `Decimal` are written as they were sent.
_encode = msgspec.json.Encoder(enc_hook=lambda number: msgspec.Raw(str(number).encode())).encode


def parse_value(text: str) -> object:
    """The value, which `is_whole` or not. Raises `BadJson`."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        problem = str(error)
    try:
        return parse_loose(_SHELL.sub(_shell_value, text))
    except (BadJson, RecursionError):
        raise BadJson(problem) from None


def is_whole(value: object) -> bool:
    """Whether every character of it is one: half a character can't be stored."""
    try:
        _encode(value)
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _shell_value(found: re.Match[str]) -> str:
    if found["call"] is not None:
        return _encode(found["call"]).decode()
    if found["said"] is None:
        return found[0] if found[0].startswith('"') else "null"
    return '"' + found["said"].strip("\"'") + '"'


def cell_of(value: object) -> Cell:
    """A value as a cell: types of MongoDB as what they say, scalars of a list line by line,
    objects as their JSON."""
    if isinstance(value, dict) and len(value) == 1 and (name := next(iter(value))) in _EXTENDED:
        return cell_of(value[name])
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT_DIGITS:
        text = str(value)
        # JSON keeps all digits, unless the program that wrote it had rounded them.
        return value if may_be_rounded(text) else text
    if value is None or isinstance(value, str | int | float | bool):
        # `Integer` and `Decimal` are texts of numbers.
        return str(value) if isinstance(value, str) else value
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return "\n".join(value)
    return _encode(value).decode("utf-8")

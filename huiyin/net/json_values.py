"""Values out of foreign JSON, without losing a digit.

Numbers stay the text that was sent: a work order number of 18 digits passes through a
double in many programs and comes out as another order's number. Here it never does.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from huiyin.net.visible import visible

MAX_DEPTH = 40
"""A deeper value is nobody's message."""
_MOST_VALUES = 200_000
"""Commas: a value of two bytes takes a hundred in memory. 500 orders have some 30,000."""
_DOUBLE_EXACT = 2**53


_HALVES = re.compile("[\ud800-\udfff]")


class Integer(str):
    """A JSON integer, as written."""

    __slots__ = ()


class Decimal(str):
    """A JSON number with a point or an exponent, or NaN or Infinity, as written."""

    __slots__ = ()


Json: TypeAlias = "str | bool | list[Json] | dict[str, Json] | None"


class BadJson(ValueError):
    """Not JSON as expected; the text says where, in plain Chinese."""


class TooMany(BadJson):
    """JSON of more values than memory is given for."""


class TooDeep(BadJson):
    """JSON that is nested beyond reason."""


def parse_json(data: bytes, charset: str = "utf-8") -> Json:
    """JSON with numbers as `Integer` and `Decimal`. Raises `BadJson`.

    A byte order mark is skipped; bytes that are not `charset` are tried as GB18030, which
    is what platforms send when they forget to say so.
    """
    return parse_text(_text(data, charset))


def parse_text(text: str) -> Json:
    """Like `parse_json`, for text. Raises `BadJson`."""
    if text.count(",") > _MOST_VALUES:
        raise TooMany(f"JSON 里的值超过 {_MOST_VALUES} 个，不像来件，没有读入。请分批提供。")
    try:
        # NaN is no JSON, but one in a field nobody needs must not cost the whole answer.
        value: Json = json.loads(
            text,
            parse_int=Integer,
            parse_float=Decimal,
            parse_constant=Decimal,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise BadJson(
            f"不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 个字符处无法解析。"
        ) from None
    except RecursionError:
        raise TooDeep("JSON 嵌套过深。") from None
    _check_depth(value)
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """The last value of a name counts, as everywhere; an earlier one that says something else
    is kept as `NAME（重复）`. RFC 8259 4 leaves open what two mean, and one is not dropped in
    silence: it could be the wish for secrecy."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    kept = dict(found)
    for number, (name, value) in enumerate(pairs):
        if value != found[name]:
            again = f"{name}（重复）"
            kept[again if again not in kept else f"{name}（重复 {number}）"] = value
    return kept


def _text(data: bytes, charset: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    for name in (charset, "utf-8-sig", "gb18030"):
        try:
            return data.decode(name).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    raise BadJson(f"正文不是 {charset}、UTF-8 或 GB18030 编码。")


def _check_depth(value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise TooDeep("JSON 嵌套过深。")


def _children(node: Json) -> list[Json]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def find(value: Json, path: str) -> Json:
    """The value at a dotted path ("data.orders.0.id"), None where there is nothing.

    Keys match without the spaces around them and without the "12345" that some platforms
    put in front: both come and go between versions of the same platform.
    """
    if isinstance(value, dict) and path in value:
        return value[path]
    head, _, rest = path.partition(".")
    found: Json = None
    if isinstance(value, dict):
        found = value.get(head)
        if found is None:
            found = next((v for k, v in value.items() if plain_key(k) == plain_key(head)), None)
    elif isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        found = value[int(head)]
    return find(found, rest) if rest else found


def plain_key(key: str) -> str:
    """A key without spaces around it and without a leading "12345"."""
    key = key.strip()
    return key.removeprefix("12345").strip() or key


def write_json(value: Json) -> bytes:
    """The JSON of a value, numbers as they were sent; half a character as its escape."""
    return _written(value).encode()


def _written(value: Json) -> str:
    if isinstance(value, Integer | Decimal):
        return str(value)
    if isinstance(value, dict):
        inner = (f"{_written(str(key))}: {_written(each)}" for key, each in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    has_halves = isinstance(value, str) and _HALVES.search(value) is not None
    return json.dumps(value, ensure_ascii=has_halves)


def as_text(value: Json) -> str:
    """A scalar as clean text; a list of scalars joined by " / "; objects as JSON; null as ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
        return " / ".join(text for part in value if (text := as_text(part)))
    return clean(json.dumps(value, ensure_ascii=False, sort_keys=True))


def clean(text: str) -> str:
    """Text that every store accepts, with LF line ends and what is odd made visible; the
    NULs with which some systems fill up a field are no text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\x00")
    return visible(text).strip()


def may_be_rounded(number: str) -> bool:
    """Whether an integer above 2**53 reads exactly as a program prints it that keeps doubles.

    Such a sender sends these digits and no others; an honest 18-digit number looks like that
    about once in thirty.
    """
    if len(number) > 21:
        return False  # also: Python refuses to read thousands of digits
    value = int(number)
    if abs(value) < _DOUBLE_EXACT:
        return False
    mantissa, _, exponent = repr(float(value)).lstrip("-").partition("e")
    if not exponent:
        return mantissa.removesuffix(".0") == number.lstrip("-")
    digits = mantissa.replace(".", "")
    return digits.ljust(int(exponent) + 1, "0") == number.lstrip("-")

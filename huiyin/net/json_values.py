"""Values out of somebody's JSON, without losing a digit.

Numbers stay the text that was sent: a work order number of 18 digits passes through a
double in many programs and comes out as another order's number. Here it never does.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn, TypeAlias

_MAX_DEPTH = 40
_DOUBLE_EXACT = 2**53


class Integer(str):
    """A JSON integer, as written."""

    __slots__ = ()


class Decimal(str):
    """A JSON number with a point or an exponent, as written."""

    __slots__ = ()


Json: TypeAlias = "str | bool | list[Json] | dict[str, Json] | None"


class BadJson(ValueError):
    """Not JSON as expected; the text says where, in plain Chinese."""


def parse_json(data: bytes, charset: str = "utf-8") -> Json:
    """JSON with numbers as `Integer` and `Decimal`. Raises `BadJson`.

    A byte order mark is skipped; bytes that are not `charset` are tried as GB18030, which
    is what platforms send when they forget to say so.
    """
    text = _text(data, charset)
    try:
        value: Json = json.loads(
            text, parse_int=Integer, parse_float=Decimal, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        raise BadJson(
            f"不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 个字符处无法解析。"
        ) from None
    except RecursionError:
        raise BadJson("JSON 嵌套过深。") from None
    _check_depth(value)
    return value


def _text(data: bytes, charset: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    for name in (charset, "utf-8-sig", "gb18030"):
        try:
            return data.decode(name).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    raise BadJson(f"正文不是 {charset}、UTF-8 或 GB18030 编码。")


def _refuse_constant(name: str) -> NoReturn:
    raise BadJson(f"JSON 中不允许出现 {name}。")


def _check_depth(value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise BadJson("JSON 嵌套过深。")


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


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def clean(text: str) -> str:
    """Text that every store accepts: no lone surrogates or control characters, LF line ends."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).strip()


def may_be_rounded(number: str) -> bool:
    """Whether an integer above 2**53 reads exactly as a program prints it that keeps doubles.

    Such a sender sends these digits and no others; an honest 18-digit number looks like that
    about once in thirty.
    """
    value = int(number)
    if abs(value) < _DOUBLE_EXACT or len(number) > 21:
        return False
    mantissa, _, exponent = repr(float(value)).lstrip("-").partition("e")
    if not exponent:
        return mantissa.removesuffix(".0") == number.lstrip("-")
    digits = mantissa.replace(".", "")
    return digits.ljust(int(exponent) + 1, "0") == number.lstrip("-")

"""JSON as some platforms write it: a JavaScript object with bare keys, single quotes,
trailing commas or raw line ends in strings, possibly wrapped in a call-back."""

from __future__ import annotations

import json
import re

from huiyin.net.json_values import BadJson, Json, TooMany
from streams.sources.values.json_records import parse_shallow

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$]))
    |(?P<word>[A-Za-z_$\u4e00-\u9fff][\w$]*)
    |(?P<mark>[{}\[\]:,])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}
_WORDS = {"true": "true", "false": "false", "null": "null", "undefined": "null", "NaN": "null"}
_CALL = re.compile(r"\s*(?:/\*.*?\*/)?\s*[\w$.]+\s*\((.*)\)\s*;?\s*", re.DOTALL)
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)


def parse_loose(text: str) -> Json:
    """The value of a JavaScript literal. Raises `BadJson`."""
    try:
        return parse_shallow(text)
    except TooMany:
        raise
    except BadJson:
        return parse_shallow(_strict(text))


def unwrap(text: str) -> str:
    """What a call-back `name(...)` is called with; other text as it is."""
    found = _CALL.fullmatch(text)
    return text if found is None else found[1]


def js_strings(text: str) -> list[str]:
    """The strings of the outermost list in a script, for platforms that send table rows so."""
    start, end = text.find("["), text.rfind("]")
    inside = text[start + 1 : end] if 0 <= start < end else text
    return [_unescaped(found[0][1:-1]) for found in _LITERAL.finditer(inside)]


def _strict(text: str) -> str:
    """The same literal as strict JSON, token by token."""
    out: list[str] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadJson(f"第 {at + 1} 个字符 {text[at]!r} 处不是 JSON。")
        at = found.end()
        piece = found[0]
        if found.lastgroup == "text":
            out.append(json.dumps(_unescaped(piece[1:-1]), ensure_ascii=False))
        elif found.lastgroup == "word":
            is_key = text[at : at + 8].lstrip()[:1] == ":" if piece in _WORDS else True
            out.append(json.dumps(piece, ensure_ascii=False) if is_key else _WORDS[piece])
        elif found.lastgroup == "mark":
            if piece in "}]" and out and out[-1] == ",":
                out.pop()
            out.append(piece)
        elif found.lastgroup == "number":
            out.append(piece)
    return "".join(out)


def _unescaped(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if code := found[1] or found[2]:
            return chr(int(code, 16))
        return _PLAIN.get(found[3], found[3])

    return _ESCAPE.sub(plain, text)

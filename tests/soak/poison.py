"""Values that doors are given and should never be: as texts, and as they stand in JSON."""

from __future__ import annotations

import json
from random import Random
from typing import Final

_TEXTS: Final = (
    "",
    " ",
    "\x00",
    "路\x00灯",
    "\ud800",
    "水\udfff管",
    "\u202e倒着\u202c",
    "\u202d13800000000\u202c",
    "\ufeff\u200b\u2060",
    "\x1b[31m红",
    "\x85\u2028\u2029",
    "😀" * 50,
    "e\u0301" * 300,
    "<script>alert(1)</script>",
    "]]><x>&lt;",
    '"}],[{"',
    "=1+1",
    "#N/A",
    "NaN",
    "Infinity",
    "1e400",
    "9" * 5000,
    "-1",
    "0x7f",
    "２０２５年１３月４５日",
    "2026-02-30 25:61:61",
    "0000-00-00 00:00:00",
    "99999999999999999999",
    "null",
    "暂无",
    "%s%n{0}${x}",
    "../../etc/passwd",
    "啊" * 20_000,
)
_JSON: Final = (
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-5",
    "1.5",
    "1e400",
    "-1e-400",
    "NaN",
    "-Infinity",
    "9" * 5000,
    "9007199254740993",
    "[]",
    "{}",
    '[1, "a", null]',
    '{"a": {"b": "c"}}',
    "[" * 60 + "]" * 60,
    '{"a":' * 45 + "1" + "}" * 45,
    "[" * 3000 + "]" * 3000,
    '"\\ud800"',
    '"\\u0000x"',
    '"\\u202e"',
)


def text(rng: Random) -> str:
    """One bad text, or a few characters from anywhere."""
    if rng.random() < 0.7:
        return rng.choice(_TEXTS)
    return "".join(chr(rng.randrange(0x11_0000)) for _ in range(rng.randrange(1, 12)))


def json_value(rng: Random) -> str:
    """One bad value as it stands in JSON."""
    return rng.choice(_JSON) if rng.random() < 0.6 else json.dumps(text(rng))


def object_of(rng: Random, good: dict[str, str], *, share: float = 0.3) -> str:
    """The JSON object of `good` (values are JSON), some of its values bad, some missing."""
    parts = []
    for name, value in good.items():
        if rng.random() > share:
            parts.append(f"{json.dumps(name, ensure_ascii=False)}: {value}")
        elif rng.random() < 0.8:
            parts.append(f"{json.dumps(name, ensure_ascii=False)}: {json_value(rng)}")
    return "{" + ", ".join(parts) + "}"


def mutated(rng: Random, data: bytes) -> bytes:
    """The bytes with some of them turned, taken out, doubled or cut off."""
    out = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        if not out:
            break
        at = rng.randrange(len(out))
        kind = rng.randrange(5)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1:
            del out[at : at + rng.randrange(1, 30)]
        elif kind == 2:
            out[at:at] = out[at : at + rng.randrange(1, 60)]
        elif kind == 3:
            out[at:at] = rng.choice((b"\x00", b"\xff\xfe", b'"', b"]", b"<!ENTITY", b"\r\n\r\n"))
        else:
            del out[at:]
    return bytes(out)

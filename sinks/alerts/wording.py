"""The words of a message, and how much of them a channel takes.

Titles come from citizens. Chat programs read `[text](address)`, `<at …>`, `@所有人` and bare
addresses in them as commands, so every sign that means something there becomes its
full-width twin.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from cases.alerts import ALERT_WORDS, Level
from cases.words.times import beijing
from sinks.alerts.base import Line, Message

SIGN: Final = "回音"
"""Stands in every message: robots that check for a keyword can be given this one."""
NEUTRAL: Final = "请查看"
_ELLIPSIS: Final = "…"
_LONGEST_LINE: Final = 300  # bytes of one alert in a list

_TWINS: Final = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in '"@<>[]()`*_#~|!&\\$^{}'})
_SCHEME: Final = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20})://|\bwww\.")


def plain(text: str) -> str:
    """One line that no chat program takes for anything but text."""
    visible = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    line = " ".join(visible.split()).translate(_TWINS)
    return _SCHEME.sub(lambda found: f"{found[1]}：" if found[1] else "www。", line)


def cut(text: str, most: int) -> str:
    """`text` within `most` bytes of UTF-8, cut between two characters."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return data.decode()
    room = most - len(_ELLIPSIS.encode())
    return data[: max(room, 0)].decode("utf-8", "ignore") + (_ELLIPSIS if room >= 0 else "")


def size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def name_of(line: Line) -> str:
    """The kind of an alert in words; neutral where it may not be named."""
    return NEUTRAL if line.secret else ALERT_WORDS[line.alert.kind]


def said(line: Line) -> str:
    """What an alert says outside. Of a secret one the level only, which is how soon: it is as
    high for a deadline as for a risk."""
    if not line.secret:
        return line.alert.text
    soon = "马上" if line.alert.level is Level.HIGH else ""
    return f"有来件需要{soon}处理，请到值班台查看"


def unit_of(line: Line) -> str:
    """The name of the unit; "" for a secret alert, which may be about that unit."""
    return "" if line.secret else line.unit


def line_text(line: Line) -> str:
    """One alert in one line: what, about what, whose."""
    name = unit_of(line)
    unit = f"（{plain(name)}）" if name else ""
    at = f"{beijing(line.alert.at):%m-%d %H:%M}"
    return cut(f"【{name_of(line)}】{at} {plain(said(line))}{unit}", _LONGEST_LINE)


def heading(message: Message) -> str:
    """The title of a message, also of a mail."""
    if message.test:
        return f"{SIGN}：测试消息"
    if message.notice:
        return f"{SIGN}：有 {message.notice.count} 件事需要处理"
    if len(message.lines) == 1:
        return f"{SIGN}：{name_of(message.lines[0])}"
    return f"{SIGN}：{len(message.lines)} 条告警"


def body(message: Message, link: Callable[[str], str] = str) -> list[str]:
    """The lines of a message without its heading. `link` writes an address the channel's way."""
    if message.test:
        return ["这是一条测试消息，说明告警可以发到这里。"]
    if message.notice:
        return [message.notice.text, *([link(message.notice.link)] if message.notice.link else [])]
    return listed(message.lines, link)


def listed(lines: Sequence[Line], link: Callable[[str], str] = str) -> list[str]:
    if len(lines) == 1:
        line = lines[0]
        return [line_text(line), *([link(line.link)] if line.link else [])]
    return [f"{number}. {line_text(line)}" for number, line in enumerate(lines, 1)]


def duty(message: Message) -> str:
    """Who is on duty, in words; "" for nobody in particular."""
    return f"值班：{'、'.join(plain(name) for name in message.names)}" if message.names else ""


def fitting(lines: Sequence[Line], most: int, spare: int = 400) -> int:
    """How many of `lines` fit into `most` bytes; `spare` are for heading and names. At least 1."""
    used = spare
    for number, line in enumerate(lines, 1):
        used += size(f"{number}. {line_text(line)}\n\n")
        if used > most:
            return max(1, number - 1)
    return max(1, len(lines))

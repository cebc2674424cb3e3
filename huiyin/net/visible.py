"""What no store can carry, or no reader can see, made visible: the one place that decides.

- A lone surrogate is half a character, the rest is lost: "\ufffd" stands for it.
- A control character is shown by its picture of Unicode (NUL as ␀, ESC as ␛); one of the
  second set, which has no picture, as "\ufffd". Tab and line ends stay.
- A character that turns the direction of writing (UAX #9: embeddings, overrides, isolates)
  shows its neighbours in another order than they were sent. It is written out, as 〔RLO〕.
  Right beside a digit it is dropped instead: telephones and address books put a pair of
  them around numbers, and a number read out of order is another number.
"""

from __future__ import annotations

import re
from typing import Final

_TURNS: Final = {
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
}
_TURN: Final = "[\u202a-\u202e\u2066-\u2069]"
_DIGIT: Final = "[0-9\uff10-\uff19]"
_BESIDE_DIGIT: Final = re.compile(rf"(?<={_DIGIT}){_TURN}+|{_TURN}+(?=[+\uff0b]?{_DIGIT})")
_ODD: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff"
    "\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
_SIGNS: Final = str.maketrans(
    {
        **{code: chr(0x2400 + code) for code in range(0x20)},
        0x7F: "\u2421",
        **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
        **dict.fromkeys((0xFFFE, 0xFFFF), "\ufffd"),
        **{ord(turn): f"〔{name}〕" for turn, name in _TURNS.items()},
    }
    | {ord(kept): kept for kept in "\t\n\r\x85"}
)


def is_plain(text: str) -> bool:
    """Whether there is nothing to make visible."""
    return _ODD.search(text) is None


def visible(text: str) -> str:
    """The text as every store can carry it and every reader sees it."""
    if _ODD.search(text) is None:
        return text
    if not text.isascii():
        # Two halves that belong together become their character.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _BESIDE_DIGIT.sub("", text).translate(_SIGNS)

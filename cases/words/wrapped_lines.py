r"""Line ends that a mail program put inside a sentence.

Chinese has no blanks between words, so a program that wraps lines at 76 columns cuts words in
two ("跳\n楼"), and nothing tells such a line end from one that the citizen typed. The stored
text keeps it, since a list of names or a poem must stay readable; everything that looks for
words reads the text without it.
"""

from __future__ import annotations

import re
from typing import Final

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_BLANK: Final = " \\t\\r\\f\\v\u00a0\u00ad\u200b-\u200d\u2060\ufeff"
# A line that begins with an ideographic space is a new paragraph. ">" is the mark of a quotation.
_WRAP: Final = re.compile(
    f"(?<=[{_HAN}])[{_BLANK}]*[\\n\u2028\u0085][{_BLANK}]*(?:>[>{_BLANK}]*)?(?=[{_HAN}])"
)
_MARKS: Final = re.compile(rf"^[{_BLANK}]*>[>{_BLANK}]*", re.MULTILINE)


def unwrapped(text: str) -> str:
    """The text with its lines joined wherever a single line end stands between two Chinese
    characters. A blank line and a line end after punctuation stay."""
    return _WRAP.sub("", text)


def blanked_wraps(text: str) -> str:
    """The same with blanks in place of the line ends and of the marks of quoted lines, so that
    every other character stays where it is."""
    if "\n" not in text and ">" not in text:
        return text
    text = _WRAP.sub(lambda found: " " * len(found.group()), text)
    return _MARKS.sub(lambda found: " " * len(found.group()), text) if ">" in text else text

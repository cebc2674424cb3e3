"""Two forms of one letter, plain and HTML: which of them is the letter."""

from __future__ import annotations

import re
from typing import Final

_STUB: Final = re.compile(
    r"html|网页(?:方式|格式|版|浏览)|(?:不支持|无法|不能).{0,6}(?:显示|查看|浏览|阅读)"
    r"|view (?:it|this).{0,20}browser"
    r"|(?:can['’]?t|cannot|can not|unable to|trouble) (?:see|view|read|display|seeing|viewing)"
    r"|富文本|multi-?part|MIME",
    re.IGNORECASE,
)
STUB_LENGTH: Final = 300
_SENTENCE: Final = re.compile(r"[^\n。！？!?；;]+[。！？!?；;]*")


_LINK: Final = re.compile(r"<?https?://[\x21-\x7e]+>?|\[(?:image|cid|图片)[^\]]*\]", re.IGNORECASE)


_SEARCHED: Final = 60_000


def letters(text: str) -> str:
    """The text without blanks and marks, so that two spellings of it compare equal."""
    return re.sub(r"[\W_]+", "", text)


def is_stub(text: str) -> bool:
    """ "Your program can't show HTML" is no letter."""
    return len(text) < STUB_LENGTH and _STUB.search(text) is not None


def missing(text: str, other: str) -> list[str]:
    """The sentences of `text` that `other` does not say."""
    whole = letters(other)
    if letters(text) in whole:
        return []
    known = {letters(found.group()) for found in _SENTENCE.finditer(other)}
    # Sentence by sentence where a search through all of it would take minutes.
    searched = len(text) + len(other) <= _SEARCHED
    missing = []
    for found in _SENTENCE.finditer(text):
        said = letters(_LINK.sub("", found.group()))
        if said and said not in known and not (searched and said in whole):
            missing.append(found.group().strip())
    return missing


def says_more(text: str, other: str) -> bool:
    """Whether `text` is the letter and `other` the lesser form of it."""
    if is_stub(other) != is_stub(text):
        return is_stub(other)
    more = sum(map(len, missing(text, other)))
    less = sum(map(len, missing(other, text)))
    return more > less

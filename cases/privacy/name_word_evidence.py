"""What common words say of a name: a name is made of characters that form no word together.

区营业 is 区 and 营业, 肖钢诈 tears 诈骗 in two; 买文忠 holds no word and tears none, so that the
words around it may speak louder. Words and ranks are those of `cases.words.whole_words`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN
from cases.privacy.name_words import ROLES, SURE, TITLES, WORDS_ACROSS
from cases.privacy.surnames import NEVER_GIVEN, ORDINARY_WORDS
from cases.words.whole_words import common_words

_COMMON: Final = 8000
"""Words of a lower rank are everyday ones; of the rarer ones many are names too (天佑)."""
_LONGEST: Final = 4
_NEVER: Final = -9.0
_RELATED: Final = 2.5
_ANNOUNCED: Final = 4.0
"""Points before a name from which a word for a person, and a label, stand there."""
_PERSONS: Final = ROLES | SURE | TITLES


@lru_cache(maxsize=1)
def _words() -> dict[str, int]:
    """Common words with their rank, without the words that a name stands behind."""
    return {word: rank for word, rank in common_words().items() if word not in _PERSONS}


def as_words(text: str, start: int, length: int, end: int, left: float) -> float:
    """Points against a name whose characters are words, alone or with their neighbours; for
    one of rare characters that are no word where much speaks for a person."""
    given = text[start + length : end]
    if text[start:end] in _PERSONS:
        return _NEVER
    doubled = len(given) > 1 and given[0] == given[1]
    points = 0.0
    if length == 1:
        if text[start : start + 2] in ORDINARY_WORDS:
            points -= 3.0
        elif len(given) == 1 or left < _ANNOUNCED:
            points -= begins_word(text, start, end)
        if text[start - 1 : start + 1] in WORDS_ACROSS or torn_before(text, start):
            points -= 1.0 if left >= _ANNOUNCED else 3.0
    if not doubled and (given in ORDINARY_WORDS or given in NEVER_GIVEN):
        points -= 3.0
    elif not doubled and left < _RELATED and given_is_word(given):
        points -= 1.5
    if torn_behind(text, start, end):
        points -= 4.0
    return points


def is_frequent(word: str) -> bool:
    """Whether it is an everyday word."""
    return _words().get(word, _COMMON) < _COMMON


def is_word(word: str) -> bool:
    """Whether it is a common word, an everyday one or not."""
    return word in _words()


def given_is_word(given: str) -> bool:
    """Whether two characters are a word that hardly anyone is named by."""
    rank = _words().get(given)
    return rank is not None and not COMMON_GIVEN.issuperset(given)


def begins_word(text: str, start: int, end: int) -> float:
    """Points against a name whose surname and next character, or all of it, are a word (杨柳,
    代理人); fewer for a rare word (舒畅)."""
    begins, words = text[start : start + 2], _words()
    if (
        begins in _PERSONS
        or text[start:end] in _PERSONS
        or words.get(text[start:end], _COMMON) < _COMMON
    ):
        return 3.0
    rank = words.get(begins)
    return 0.0 if rank is None else 3.0 if rank < 1.5 * _COMMON else 0.5


def torn_before(text: str, start: int) -> bool:
    """Whether a word of three characters and more ends with the surname: 居民区."""
    words = _words()
    return any(text[start - size : start + 1] in words for size in (2, 3) if start >= size)


def torn_behind(text: str, start: int, end: int) -> bool:
    """Whether a word begins with the last character of the given name and goes on behind it,
    a more frequent one than what begins behind the name: 诈骗 in 肖钢诈|骗, but 冀向前|提交."""
    words = _words()
    least = min(_COMMON, words.get(text[end : end + 2], _COMMON))
    return any(
        words.get(text[at : at + size], least) < least
        for at in range(start + 1, end)
        for size in range(end - at + 1, _LONGEST + 1)
        if at + size <= len(text)
    )


def goes_on_as_word(text: str, end: int) -> bool:
    """Whether an everyday word begins behind the name."""
    return _words().get(text[end : end + 2], _COMMON) < _COMMON


def holds_word(name: str) -> bool:
    """Whether a common word is within a name that is none of Chinese."""
    words = _words()
    return any(
        name[at : at + size] in words for size in (2, 3) for at in range(len(name) - size + 1)
    )


@lru_cache(maxsize=1)
def _weights() -> dict[str, float]:
    """How much each character stands in common words; ranks stand for frequencies."""
    weights: dict[str, float] = {}
    for word, rank in common_words().items():
        for char in word:
            weights[char] = weights.get(char, 0.0) + 1.0 / (rank + 10)
    return weights


_EVERYDAY: Final = 0.0015


def is_everyday(char: str) -> bool:
    """Whether a character stands in many words or in frequent ones."""
    return _weights().get(char, 0.0) > _EVERYDAY

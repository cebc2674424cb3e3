"""What common words say of a name: a name is made of characters that form no word together.

Words and ranks are those of `cases.words.whole_words`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cases.privacy.name_words import ROLES, SURE, TITLES
from cases.words.whole_words import common_words

_COMMON: Final = 8000
"""Words of a lower rank are everyday ones; of the rarer ones many are names too (天佑)."""
_PERSONS: Final = ROLES | SURE | TITLES


@lru_cache(maxsize=1)
def words_by_rank() -> dict[str, int]:
    """Common words with their rank, without the words that a name stands behind."""
    return {word: rank for word, rank in common_words().items() if word not in _PERSONS}


def goes_on_as_word(text: str, end: int) -> bool:
    """Whether an everyday word begins behind the name."""
    return words_by_rank().get(text[end : end + 2], _COMMON) < _COMMON


def holds_word(name: str) -> bool:
    """Whether a common word is within a name that is none of Chinese."""
    words = words_by_rank()
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

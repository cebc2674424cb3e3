"""Whether a run of characters is a word where it stands, or a piece torn out of others.

Chinese leaves no blanks, so a list of words finds 轻生 in "减轻生产", 假酒 in "度假酒店" and 建设
in the name "建设路". Every search for listed words asks here, and quotes are cut here.

The list of common words (`common_words.txt`, the most frequent first) is taken from the
dictionary of jieba 0.42.1 (Sun Junyi, MIT licence, text in `common_words.LICENSE`): words of two
to four characters that occur 30 times or more in its corpus, without names of people.
"""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.resources import files

_LONGEST = 4
_SHORT_ENOUGH_TO_TEAR = 3
_ROADS = frozenset("路街巷")
MAY_NAME_ROAD = frozenset("路街巷大")
"""What stands right behind a word that is part of a road's name."""
WHETHER = "有没"
"""A word that begins with the second of these right behind the first is asked, not said."""
_PLACES = frozenset("路街巷道镇乡村岭桥站线")
_AVENUE = "大道"
_UNLIKELY = 1000.0
_UNKNOWN = 14.0
"""The cost of a character that belongs to no common word, above that of the rarest word."""
_NO_ENDS = frozenset("的了是在和与及一二三四五六七八九十两0123456789第,.、 \"'()")
"""What no quoted word begins or ends with."""


@lru_cache(maxsize=1)
def common_words() -> dict[str, int]:
    """Common words with their rank, 0 the most frequent; read once."""
    text = files("cases.words").joinpath("common_words.txt").read_text(encoding="utf-8")
    return {word: rank for rank, word in enumerate(text.split())}


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a word of its own rather than torn out of two others, a part of
    a road's name, or the second half of a question ("有没有水")."""
    return not (
        (start > 0 and text.startswith(WHETHER, start - 1))
        or _is_torn(text, start, end)
        or _is_in_road_name(text, end)
    )


def neighbours(word: str) -> tuple[tuple[str, str], ...]:
    """Which characters before `word` and behind it can tear it, for each place inside it: where
    none of these pairs stands around it, it is not torn. What spares most words the full look."""
    if len(word) > _SHORT_ENOUGH_TO_TEAR:
        return ()
    before, behind = _reach()
    pairs = (
        (before.get(word[:middle], ""), behind.get(word[middle:], ""))
        for middle in range(1, len(word))
    )
    return tuple(pair for pair in pairs if all(pair))


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The range grown to the words that it touches, without what no quote begins or ends with.

    Never crosses a mark or a blank. A range of nothing but such characters is given back as it was.
    """
    first, last = start, end
    if text[start:end] not in common_words() or _is_torn(text, start, end):
        low, high = _run(text, start, end)
        edges = _split(text[low:high])
        first = low + max(edge for edge in edges if low + edge <= start)
        last = low + min(edge for edge in edges if low + edge >= end)
    while first < last and text[first] in _NO_ENDS:
        first += 1
    while first < last and text[last - 1] in _NO_ENDS:
        last -= 1
    return (first, last) if first < last else (start, end)


@lru_cache(maxsize=1)
def _reach() -> tuple[dict[str, str], dict[str, str]]:
    """For one or two characters: what stands before them where they end a common word, and what
    follows where they begin one."""
    before: dict[str, set[str]] = {}
    behind: dict[str, set[str]] = {}
    for word in common_words():
        for size in range(1, min(len(word), _SHORT_ENOUGH_TO_TEAR)):
            before.setdefault(word[-size:], set()).add(word[-size - 1])
            behind.setdefault(word[:size], set()).add(word[size])
    return (
        {piece: "".join(sorted(chars)) for piece, chars in before.items()},
        {piece: "".join(sorted(chars)) for piece, chars in behind.items()},
    )


def is_place_name(word: str) -> bool:
    """Whether a quoted word is a road, village or stop by its ending: "建设北路", not "道路"."""
    return word[-1:] in _PLACES and word not in common_words()


def _is_torn(text: str, start: int, end: int) -> bool:
    """Whether a word that begins before and one that ends behind meet inside the range, both
    more common than what they tear: "减轻|生产" against 轻生."""
    if end - start > _SHORT_ENOUGH_TO_TEAR:
        return False
    words = common_words()
    least = words.get(text[start:end], len(words))
    for middle in range(start + 1, end):
        for first in range(start - 1, max(middle - _LONGEST, 0) - 1, -1):
            if words.get(text[first:middle], least) < least:
                break
        else:
            continue
        for last in range(end + 1, middle + _LONGEST + 1):
            if words.get(text[middle:last], least) < least:
                return True
    return False


def _is_in_road_name(text: str, end: int) -> bool:
    """Whether what follows makes a road's name of it: "建设路", but not "小区路灯"."""
    following = text[end : end + 1]
    if following in _ROADS:
        return text[end : end + 2] not in common_words()
    return text.startswith(_AVENUE, end)


def _run(text: str, start: int, end: int) -> tuple[int, int]:
    """The letters around the range, as far as a common word reaches."""
    low, high = start, end
    while low > max(0, start - _LONGEST + 1) and text[low - 1].isalnum():
        low -= 1
    while high < min(len(text), end + _LONGEST - 1) and text[high].isalnum():
        high += 1
    return low, high


@lru_cache(maxsize=1)
def _prices() -> dict[str, float]:
    """What a word costs: less the more frequent it is. Ranks stand for frequencies, for a word's
    frequency is about inverse to its rank."""
    return {word: math.log(rank + 10) for word, rank in common_words().items()}


@lru_cache(maxsize=8192)
def _split(run: str) -> tuple[int, ...]:
    """Where the likeliest words of a short run begin and end."""
    price = _prices().get
    costs = [0.0]
    came = [0]
    for end in range(1, len(run) + 1):
        cost, before = costs[end - 1] + _UNKNOWN, end - 1
        for size in range(2, min(_LONGEST, end) + 1):
            own = costs[end - size] + price(run[end - size : end], _UNLIKELY)
            if own < cost:
                cost, before = own, end - size
        costs.append(cost)
        came.append(before)
    edges = [len(run)]
    while edges[-1]:
        edges.append(came[edges[-1]])
    return tuple(edges)

"""One scan for four lexicons: the same hits as each word list gives by itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.words.whole_words import is_whole
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.lexicon import FourLexicons, Lexicon
from classifiers.text.folding import Folded, fold

# Few letters, so that words overlap, begin with each other and stand inside each other.
WORD = st.text("公交车站路牌", min_size=1, max_size=4)
WORDS = st.dictionaries(WORD, st.integers(), max_size=12)
TEXT = st.text("公交车站路牌，\n?x", max_size=40)


def plain(words: dict[str, int], text: str, *, nested: bool) -> list[tuple[int, int, int]]:
    """What a lexicon has to find, written the slow way: every word at every place where it is
    one."""
    found: list[tuple[int, int, int]] = []
    covered = 0
    for start in range(len(text)):
        here = [
            word
            for word in words
            if text.startswith(word, start) and is_whole(text, start, start + len(word))
        ]
        if not here:
            continue
        word = max(here, key=len)
        end = start + len(word)
        if end > covered or nested:
            covered = max(covered, end)
            found.append((start, end, words[word]))
    return found


@pytest.mark.slow
@given(
    st.lists(st.tuples(WORDS, st.booleans()), min_size=4, max_size=4),
    TEXT,
    st.text(max_size=10),
)
@settings(max_examples=300)
def test_one_scan_finds_what_each_lexicon_has_to_find(
    lists: list[tuple[dict[str, int], bool]], body: str, title: str
) -> None:
    message = fold(body, title)
    first, second, third, fourth = (Lexicon(words, nested=nested) for words, nested in lists)
    together = FourLexicons(first, second, third, fourth).find(message)
    for (words, nested), lexicon, found in zip(
        lists, (first, second, third, fourth), together, strict=True
    ):
        assert found == plain(words, message.text, nested=nested)
        assert lexicon.find(message) == found


@given(st.data())
@settings(max_examples=100)
def test_whole_tables_give_the_same_in_one_scan_as_in_four(
    rules: RulesClassifier, data: st.DataObject
) -> None:
    pool = [
        *sorted(rules.topics.lexicon.values),
        *sorted(rules.kinds.lexicon.values),
        *sorted(rules.feelings.lexicon.values),
        *sorted(rules.risks.lexicon.values),
        *"没有了的，。\n？！𠀀",
    ]
    parts = data.draw(st.lists(st.sampled_from(pool) | st.text(max_size=4), max_size=30))
    cut = data.draw(st.integers(0, len(parts)))
    message: Folded = fold("".join(parts[cut:]), "".join(parts[:cut]))
    reading = rules.read(message)
    assert reading.topics == rules.topics.find(message)
    assert reading.kind == rules.kinds.guess(message)
    assert reading.feelings == rules.feelings.read(message)
    assert reading.risk == rules.risks.find(message)

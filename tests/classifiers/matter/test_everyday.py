"""Which pairs of characters are words, and which are part of a name."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.matter.everyday import packed, pair_codes, rarity, unpacked
from classifiers.training.common_pairs import common


@pytest.mark.parametrize(("words", "named"), [("噪音扰民", 0), ("购房补贴", 0), ("岚屿霁川", 3)])
def test_what_nobody_else_writes_is_a_name(words: str, named: int) -> None:
    weights, names = rarity(pair_codes(words))
    assert int(names.sum()) == named
    assert weights.max() > 9 if named else weights.max() < 9


def test_pairs_do_not_reach_over_what_is_no_word() -> None:
    assert len(pair_codes("噪音，A3区 扰民")) == 2
    assert len(pair_codes("\ud800x")) == len(pair_codes("区")) == 0


@given(st.sets(st.integers(0x34003400, 0x9FFF9FFF), min_size=1))
def test_the_file_holds_what_was_packed(pairs: set[int]) -> None:
    codes = np.array(sorted(pairs), dtype=np.uint32)
    assert unpacked(packed(codes)).tolist() == codes.tolist()


def test_what_two_cities_write_is_common_and_a_name_of_one_is_not() -> None:
    general, here, there = Counter({1: 3, 2: 2}), Counter({3: 2, 4: 4, 5: 5}), Counter({3: 1, 6: 4})
    assert common(general, there, (here,)) == {1, 3, 5, 6}

"""A listed word counts only where it is one, and a quote is never a piece of a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.words.whole_words import is_place_name, is_whole, whole_words
from cases.words.word_finder import WordFinder

CHARACTERS = "减轻生产度假酒店建设路灯小区的在"


def stands(text: str, word: str) -> bool:
    start = text.index(word)
    return is_whole(text, start, start + len(word))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("为了减轻生产成本", "轻生"),
        ("预订特色度假酒店四晚", "假酒"),
        ("查一下消防栓有没有水", "没有水"),
        ("问有没有发放工资", "没有发放"),
        ("一家健身房人去楼空", "房人"),
        ("这里办公交通便利", "公交"),
        ("建设路与人民路交界", "建设"),
        ("教育街十号", "教育"),
        ("学院大道堵车", "学院"),
    ],
)
def test_a_piece_of_other_words_or_of_a_road_s_name_is_no_word(text: str, word: str) -> None:
    assert not stands(text, word)
    assert WordFinder([word]).find(text) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("他一时想轻生", "轻生"),
        ("买到假酒了", "假酒"),
        ("家里没有水", "没有水"),
        ("没有水喝", "没有水"),
        ("坐公交车上班", "公交"),
        ("小区路灯不亮", "小区"),
        ("市政路面破损", "市政"),
        ("拖欠工资半年", "工资"),
        ("轻生", "轻生"),
    ],
)
def test_a_word_of_its_own_is_found(text: str, word: str) -> None:
    assert stands(text, word)
    start = text.index(word)
    assert WordFinder([word]).find(text) == [(start, -start - len(word), 0)]


@given(st.lists(st.text(CHARACTERS, min_size=1, max_size=4), max_size=8), st.text(CHARACTERS))
def test_the_finder_finds_every_word_that_is_whole(words: list[str], text: str) -> None:
    finder = WordFinder(words)
    every = {
        (start, -start - len(word), number)
        for number, word in enumerate(finder.words)
        for start in range(len(text) - len(word) + 1)
        if text.startswith(word, start) and is_whole(text, start, start + len(word))
    }
    assert finder.find(text) == sorted(every)


def test_half_a_character_does_not_stop_the_search() -> None:
    assert WordFinder(["路灯"]).find("\ud800路灯") == [(1, -3, 0)]


@pytest.mark.parametrize(
    ("text", "piece", "quote"),
    [
        ("天然气管道破裂", "气管道", "天然气管道"),
        ("小区垃圾成堆", "区垃圾", "小区垃圾"),
        ("晚上七点开始", "晚上七", "晚上七点"),
        ("请问什么时候修", "什么时", "什么时候"),
        ("业主的停车位", "的停车", "停车"),
        ("路灯，坏了", "路灯", "路灯"),
    ],
)
def test_a_quote_grows_to_whole_words(text: str, piece: str, quote: str) -> None:
    start = text.index(piece)
    first, last = whole_words(text, start, start + len(piece))
    assert text[first:last] == quote


@given(st.text(max_size=30), st.data())
def test_a_quote_stays_in_the_text_and_is_never_empty(text: str, data: st.DataObject) -> None:
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = whole_words(text, start, end)
    assert 0 <= first < last <= len(text)


def test_names_of_places_are_told_from_words_that_end_like_them() -> None:
    assert is_place_name("建设北路")
    assert is_place_name("石塘铺村")
    assert not is_place_name("道路")
    assert not is_place_name("物业")

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifiers.model.features import ngrams
from classifiers.text.folding import fold

ANY_TEXT = st.text(alphabet=st.characters(), max_size=200)


def test_one_spelling_for_scripts_widths_and_cases() -> None:
    assert fold("電費ＰＭ２.５太高！").text == fold("电费 pm2.5 太高!").text


def test_markup_links_and_names_are_not_read() -> None:
    folded = fold('<p class="a">路灯</p>&nbsp;坏了 https://example.cn/x?y=1 @城管局: 请修')
    assert folded.text == "路灯坏了请修"


def test_masked_places_leave_no_letters() -> None:
    assert "a" not in fold("A3区和A市的路灯").text
    assert "5g" in fold("5G信号差").text


def test_a_quote_is_the_citizens_own_spelling_at_its_own_place() -> None:
    title, body = "關於 路燈", "您好，<b>路 燈</b>壞了"
    folded = fold(body, title)
    start = folded.text.index("路灯坏了")
    quote = folded.quote("topic:城乡建设", start, start + 4, 1.0)
    assert quote.field == "body"
    assert quote.text == body[quote.start : quote.end] == "路 燈</b>壞了"
    in_title = folded.quote("topic:城乡建设", 2, 4, 1.0)
    assert (in_title.field, in_title.text) == ("title", "路燈")


@given(ANY_TEXT, ANY_TEXT)
def test_every_folded_character_comes_from_where_it_says(title: str, body: str) -> None:
    folded = fold(body, title)
    assert len(folded.text) == len(folded.codes) == len(folded.origin)
    for at in range(len(folded.text)):
        field, start, end = folded.span(at, at + 1)
        raw = title if field == "title" else body
        assert (field == "title") == (at < folded.split)
        if not (title and at == folded.split):  # the break belongs to neither
            assert 0 <= start < end <= len(raw)
            assert fold(raw[start:end]).text in (folded.text[at], "")


@given(ANY_TEXT, ANY_TEXT)
def test_every_ngram_is_found_again_where_it_stands(title: str, body: str) -> None:
    message = fold(body, title)
    grams = ngrams([message])
    assert (grams.counts >= 1).all()
    assert (np.diff(grams.keys.astype(np.int64)) > 0).all()
    for start, end in grams.locate(np.arange(len(grams.keys))):
        assert 1 <= end - start <= 3
        assert 0 <= start < end <= len(message.text)


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), min_size=1, max_size=5))
def test_messages_together_have_the_ngrams_they_have_alone(pairs: list[tuple[str, str]]) -> None:
    messages = [fold(body, title) for title, body in pairs]
    together = ngrams(messages)
    for number, message in enumerate(messages):
        alone = ngrams([message])
        own = slice(together.start[number], together.start[number + 1])
        assert together.keys[own].tolist() == alone.keys.tolist()
        assert together.counts[own].tolist() == alone.counts.tolist()
        rows = np.arange(own.start, own.stop)
        assert together.locate(rows) == alone.locate(np.arange(len(alone.keys)))


def test_a_masked_place_is_no_feature() -> None:
    one, other = ngrams([fold("A3区路灯坏了")]), ngrams([fold("K12县路灯坏了")])
    assert one.keys.tolist() == other.keys.tolist()
    assert ngrams([fold("A市A3区B4县K2区西地省")]).keys.tolist() == []


def test_the_title_speaks_with_its_own_features_too() -> None:
    in_title, in_body = (
        ngrams([fold("请处理。" * 10, "路灯")]),
        ngrams([fold("请处理。" * 10 + "路灯")]),
    )
    assert set(in_title.keys.tolist()) > set(ngrams([fold("路灯")]).keys.tolist())
    assert not set(in_body.keys.tolist()) > set(ngrams([fold("路灯")]).keys.tolist())


def test_the_name_of_a_well_known_city_is_no_feature() -> None:
    here, there = ngrams([fold("武汉的路灯坏了")]), ngrams([fold("哈尔滨的路灯坏了")])
    assert here.keys.tolist() == there.keys.tolist()

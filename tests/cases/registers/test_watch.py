"""关注主题: which words may be watched, and what is said of the messages in which they stand."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cases.registers.watch import MOST_QUOTES, Watch, check, hear, quote_of
from cases.words.labels import Kind, Sentiment
from tests.cases.helpers import Story, item, labels

WATCH = Watch(title="供水", words=("水费", "停水"))


@pytest.mark.parametrize(
    ("watch", "problem"),
    [
        (WATCH, ""),
        (replace(WATCH, field="专题"), ""),
        (replace(WATCH, title=" "), "请填写名称"),
        (replace(WATCH, words=()), "每个词至少两个字"),
        (replace(WATCH, words=("水费", "水 ")), "每个词至少两个字"),
        (replace(WATCH, field="其他"), "类别应为政策或专题，实际是“其他”"),
    ],
)
def test_what_may_be_watched(watch: Watch, problem: str) -> None:
    said = check(watch)
    assert problem in said
    assert bool(said) is bool(problem)


def heard(number: int, body: str, sentiment: Sentiment, score: float, **more: object) -> Story:
    read = labels(kind=Kind.COMPLAINT, sentiment=sentiment, sentiment_score=score, topic="供水")
    return Story(item(str(number), title="来信", body=body, **more), read_as=read)


def test_the_numbers_and_the_angriest_first() -> None:
    calm = heard(1, "水费可以网上交，很好", Sentiment.POSITIVE, 0.9).case
    angry = heard(2, "又停水了", Sentiment.NEGATIVE, 0.1).case
    told = hear(WATCH, [calm, angry], more=True)
    assert (told.total, told.negative, told.positive, told.answered) == (2, 1, 1, 0)
    assert told.more
    assert told.kinds == ((Kind.COMPLAINT.value, 2),)
    assert told.topics == (("供水", 2),)
    assert [quote.case_id for quote in told.quotes] == [angry.case_id, calm.case_id]


def test_no_more_than_a_few_are_quoted() -> None:
    cases = [heard(n, "停水", Sentiment.NEGATIVE, 0.1).case for n in range(MOST_QUOTES + 1)]
    told = hear(WATCH, cases)
    assert (told.total, len(told.quotes)) == (MOST_QUOTES + 1, MOST_QUOTES)


def test_a_quote_is_masked_and_cut_around_the_word() -> None:
    before, after = "东" * 40, "西" * 40
    quote = quote_of(heard(1, f"{before}停水{after}", Sentiment.NEGATIVE, 0.1).case, WATCH.words)
    assert quote is not None
    assert (quote.before, quote.word, quote.after) == ("东" * 30, "停水", "西" * 30)
    called = heard(2, "停水，请打13987654321", Sentiment.NEGATIVE, 0.1).case
    shown = quote_of(called, WATCH.words)
    assert shown is not None
    assert "13987654321" not in shown.after


def test_nothing_is_quoted_of_a_confidential_case_or_of_one_without_the_word() -> None:
    secret = heard(1, "停水", Sentiment.NEGATIVE, 0.1, confidential=True).case
    assert quote_of(secret, WATCH.words) is None
    assert hear(WATCH, [secret]).total == 1
    assert quote_of(heard(2, "路灯", Sentiment.NEGATIVE, 0.1).case, WATCH.words) is None

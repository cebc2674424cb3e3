"""A later verdict on topic and feeling: what it may change, and what it never does."""

from __future__ import annotations

from typing import cast

import pytest
from msgspec.structs import replace

from cases.alert_rules import alerts_for
from cases.clocks.policy import ClockPolicy
from cases.figures.dated import as_of
from cases.figures.taught import taught, taught_heads
from cases.life.rules import Rules
from cases.record import commands as do
from cases.record import events as ev
from cases.words.actors import SYSTEM
from cases.words.labels import Evidence, Intensity, Kind, Labels, Sentiment
from tests.cases.helpers import DESK, DUE, LEAD, Story, at, item, labels, table, usual

LATER = "2026-03-03T09:00"
ROADS = labels(
    model="second/first",
    topic="交通运输",
    topic_path=("交通运输", "道路管理"),
    topic_confidence=0.8,
    topic_candidates=(("交通运输", 0.8), ("城乡建设", 0.2)),
    sentiment=Sentiment.NEGATIVE,
    sentiment_score=-0.7,
    intensity=Intensity.ANGRY,
    evidence=(
        Evidence(label="topic:交通运输", text="路"),
        Evidence(label="sentiment:negative", text="坏"),
        Evidence(label="risk:生", text="生"),
    ),
)


def judged(story: Story, said: Labels = ROADS, when: str = LATER) -> tuple[ev.EventBody, ...]:
    return story.does(SYSTEM, do.JudgeAgain(version=story.case.version, labels=said), when)


def soon_for(topic: str, days: int) -> Rules:
    """The usual rules, in which an answer about this topic has so many working days."""
    shipped = table("deadlines.toml")
    rows = list(cast("list[dict[str, object]]", shipped["clock"]))
    plain = next(row for row in rows if row["id"] == "reply")
    own = {**plain, "id": "own", "working_days": days, "when": {"topic": topic}}
    policy = ClockPolicy.from_table({**shipped, "clock": [own, *rows]})
    return replace(usual(), policy=policy)


def test_topic_and_feeling_are_what_was_said_later_with_the_model_and_its_words() -> None:
    first = labels(
        evidence=(
            Evidence(label="topic:城乡建设", text="小区"),
            Evidence(label="kind:投诉", text="请"),
            Evidence(label="sentiment:neutral", text="灯"),
            Evidence(label="urgent", text="尽快"),
        )
    )
    story = Story(read_as=first)
    (body,) = judged(story)
    assert isinstance(body, ev.JudgedAgain)
    assert body.fields == ("topic_path", "sentiment")
    now = story.case.labels
    assert (now.topic, now.topic_confidence, now.model) == ("交通运输", 0.8, "second/first")
    assert (now.sentiment, now.intensity) == (Sentiment.NEGATIVE, Intensity.ANGRY)
    assert [one.label for one in now.evidence] == [
        "topic:交通运输",
        "kind:投诉",
        "sentiment:negative",
        "urgent",
    ], "in the order of a classifier"


def test_what_moves_clocks_and_alarms_was_decided_before() -> None:
    first = labels(risk=("群体诉求",), urgent=True, loud=True, simple=True, kind=Kind.INQUIRY)
    story = Story(read_as=first)
    due = story.due()
    judged(story, replace(ROADS, risk=("自伤极端",), kind=Kind.THANKS))
    now = story.case.labels
    assert (now.risk, now.urgent, now.loud, now.simple, now.kind) == (
        ("群体诉求",), True, True, True, Kind.INQUIRY,
    )  # fmt: skip
    assert story.due() == due
    last = story.case.history[-1:]
    assert not list(alerts_for(story.case, last, story.rules.handling)), "it calls nobody"


@pytest.mark.parametrize("days", [2, 30])
def test_a_clock_by_topic_comes_forward_and_never_moves_back(days: int) -> None:
    story = Story(rules=soon_for("交通运输", days))
    assert story.due() == DUE
    said = judged(story)
    assert (story.due() < DUE) == (days == 2)
    assert any(isinstance(body, ev.ClocksSet) for body in said) == (days == 2)


def test_a_clock_that_only_the_old_topic_had_stays() -> None:
    story = Story(rules=soon_for("城乡建设", 2))
    due = story.due()
    assert due < DUE
    judged(story)
    assert story.due() == due


def test_tables_that_were_changed_meanwhile_set_no_clock_of_a_verdict_about_feeling() -> None:
    story = Story()
    story.rules = soon_for("城乡建设", 2)
    judged(story, replace(ROADS, topic="城乡建设", topic_path=("城乡建设", "市政管理")))
    assert (story.due(), story.case.labels.sentiment) == (DUE, Sentiment.NEGATIVE)


def test_what_a_person_set_stays() -> None:
    story = Story()
    story.does(DESK, do.Correct(topic_path=("教育文体",)), LATER)
    (body,) = judged(story, when="2026-03-03T10:00")
    assert isinstance(body, ev.JudgedAgain)
    assert body.fields == ("sentiment",)
    assert (story.case.labels.topic, story.case.labels.topic_confidence) == ("教育文体", 1.0)
    story.does(DESK, do.Correct(sentiment=Sentiment.POSITIVE), "2026-03-03T11:00")
    command = do.JudgeAgain(version=story.case.version, labels=replace(ROADS, model="third"))
    assert "已由人认定" in story.refuses(SYSTEM, command, "2026-03-03T12:00")


def test_a_verdict_on_another_text_says_nothing() -> None:
    story = Story()
    version = story.case.version
    story.shows(item(body="换了一件事：学校门口没有斑马线。"), LATER)
    before = story.case.labels
    command = do.JudgeAgain(version=version, labels=ROADS)
    assert "新的内容" in story.refuses(SYSTEM, command, "2026-03-03T10:00")
    assert story.case.labels == before


def test_no_person_gives_it() -> None:
    story = Story()
    for actor in (DESK, LEAD):
        story.refuses(actor, do.JudgeAgain(version=story.case.version, labels=ROADS), LATER)


def test_an_ended_case_has_its_labels_and_no_clock_moved() -> None:
    story = Story(rules=soon_for("交通运输", 2))
    story.does(DESK, do.Close(exception="重复件"), LATER)
    (body,) = judged(story, when="2026-03-03T10:00")
    assert isinstance(body, ev.JudgedAgain)
    assert (story.due(), story.case.labels.topic) == (DUE, "交通运输")


def test_the_figures_of_a_period_that_is_over_know_the_labels_of_that_time() -> None:
    story = Story()
    judged(story, when="2026-03-02T18:00")
    then = as_of(story.case, at("2026-03-02T17:00"))
    assert then is not None
    assert then.labels.topic == "城乡建设"
    assert story.case.labels.topic == "交通运输"


def test_a_correction_is_held_against_what_was_said_last() -> None:
    story = Story()
    judged(story)
    assert not taught(story.case), "a machine teaches nothing"
    story.does(DESK, do.Correct(topic_path=("城乡建设", "市政管理")), "2026-03-03T10:00")
    (row,) = taught(story.case)
    assert (row.before, row.model) == ("交通运输/道路管理", "second/first")
    assert taught_heads(story.case).topic == "城乡建设"

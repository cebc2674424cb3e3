"""A text that changes after a person said something of the case: that stays, and a new danger
counts."""

from __future__ import annotations

import pytest

from cases.alert_rules import alerts_for
from cases.alerts import AlertKind
from cases.record import commands as do
from cases.words.actors import SYSTEM
from cases.words.labels import LOUD, URGENT, Evidence, Kind, Labels, Sentiment
from tests.cases.helpers import DESK, Story, item, labels

THEN, LATER = "2026-03-02T11:00", "2026-03-02T12:00"
CRY = "我妈爬到楼顶了"


def danger(text: str = CRY, *, loud: bool = True) -> Labels:
    head = LOUD if loud else URGENT
    found = Evidence(label=f"{head}:自杀自伤", text=text, field="body", end=len(text))
    return labels(urgent=True, loud=loud, risk=("自伤极端",), evidence=(found,))


def called(story: Story) -> list[AlertKind]:
    found = alerts_for(story.case, story.case.history, story.rules.handling)
    return [each.kind for each in found]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (do.Correct(topic_path=("交通运输",)), ("topic", "交通运输")),
        (do.Correct(kind=Kind.INQUIRY), ("kind", Kind.INQUIRY)),
        (do.Correct(sentiment=Sentiment.NEGATIVE), ("sentiment", Sentiment.NEGATIVE)),
        (do.Correct(simple=True), ("simple", True)),
    ],
)
def test_a_danger_in_the_new_text_counts_whatever_a_person_corrected(
    said: do.Correct, kept: tuple[str, object]
) -> None:
    story = Story()
    story.does(DESK, said, THEN)
    story.shows(item(body=f"{CRY}，快来人"), LATER, read_as=danger())
    assert (story.case.labels.urgent, story.case.labels.loud) == (True, True)
    assert getattr(story.case.labels, kept[0]) == kept[1]
    assert AlertKind.URGENT in called(story)


def test_after_a_false_alarm_the_old_words_call_nobody_and_new_ones_do() -> None:
    story = Story(item(body=CRY), read_as=danger())
    story.does(DESK, do.NotUrgent(reason="是拍电影"), THEN)
    story.shows(item(body=f"{CRY}。门牌是 3 号。"), LATER, read_as=danger())
    assert (story.case.labels.urgent, story.case.labels.loud) == (False, False)
    assert called(story).count(AlertKind.URGENT) == 1

    new = "屋里有煤气味"
    story.shows(item(body=f"{CRY}。{new}。"), "2026-03-02T13:00", read_as=danger(new))
    assert (story.case.labels.urgent, story.case.labels.loud) == (True, True)
    assert called(story).count(AlertKind.URGENT) == 2


def test_what_was_seen_over_many_messages_outlasts_a_new_text() -> None:
    story = Story()
    story.does(SYSTEM, do.Correct(risk=("群体诉求",), reason="同一事项"), THEN)
    story.shows(item(body="又有三户漏水。"), LATER, read_as=labels(risk=("安全生产",)))
    assert story.case.labels.risk == ("安全生产", "群体诉求")


def test_a_risk_that_a_person_took_away_comes_back_by_new_words_alone() -> None:
    old = Evidence(label="risk:安全生产", text="隐患", field="body", end=2)
    story = Story(item(body="有隐患。"), read_as=labels(risk=("安全生产",), evidence=(old,)))
    story.does(DESK, do.Correct(risk=()), THEN)
    story.shows(
        item(body="有隐患，请看看。"), LATER, read_as=labels(risk=("安全生产",), evidence=(old,))
    )
    assert not story.case.labels.risk
    new = Evidence(label="risk:安全生产", text="着火", field="body", end=2)
    story.shows(
        item(body="有隐患，着火了。"),
        "2026-03-02T13:00",
        read_as=labels(risk=("安全生产",), evidence=(old, new)),
    )
    assert story.case.labels.risk == ("安全生产",)


def test_the_words_of_a_label_that_stays_are_not_those_of_the_new_text() -> None:
    story = Story()
    story.does(DESK, do.Correct(topic_path=("交通运输",)), THEN)
    word = Evidence(label="topic:教育文体", text="学校", field="body", end=2)
    story.shows(item(body="学校门口。"), LATER, read_as=labels(topic="教育文体", evidence=(word,)))
    assert story.case.labels.evidence == ()

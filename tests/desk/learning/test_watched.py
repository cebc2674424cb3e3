"""The figures of the model page: by week, what drifts, the newest corrections."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cases.record import commands as do
from cases.record.case import Case
from cases.words.labels import Labels
from classifiers.model.engine import ModelClassifier
from desk.ground import wiring
from desk.ground.settings import read_settings
from desk.learning.watched import WEEKS, since, watch
from desk.phrasing.phrases import Phrases
from tests.cases.helpers import DESK, Story, at, item, labels, register

NOW = at("2026-03-31T10:00")
"""A Tuesday."""
PHRASES = Phrases(register(), NOW)
LEFT = labels(topic="", topic_path=(), topic_guess="交通运输", abstained=True)


def came(number: str, day: str, read_as: Labels | None = None, **more: object) -> Story:
    return Story(item(number, received_at=at(f"{day}T09:00"), **more), read_as=read_as)


def corrected(story: Story, day: str) -> Case:
    story.does(DESK, do.Correct(topic_path=("交通运输", "公交")), f"{day}T10:00")
    return story.case


def test_weeks_begin_on_monday_and_count_what_was_left_and_corrected_in_them() -> None:
    cases = [
        corrected(came("1", "2026-03-24"), "2026-03-30"),
        came("2", "2026-03-30", LEFT).case,
        corrected(came("3", "2026-03-30", LEFT), "2026-03-31"),
        came("4", "2026-03-31").case,
    ]
    found = watch(cases, NOW, PHRASES, None)
    assert since(NOW) == at("2026-01-12T00:00")
    assert len(found.weeks) == WEEKS
    newest, before = found.weeks[:2]
    assert (newest.first, newest.corrections) == (date(2026, 3, 30), 2)
    assert (newest.abstained.part, newest.abstained.whole) == (2, 3), "as the model had left them"
    assert (before.first, before.corrections, before.abstained.whole) == (date(2026, 3, 23), 0, 1)
    assert (found.cases, found.corrected, found.fields) == (4, 2, (("事项分类", 2),))


def test_the_newest_corrections_come_first_with_both_values_and_no_personal_data() -> None:
    older = corrected(came("1", "2026-03-24", title="周晓岚家门口路灯"), "2026-03-25")
    newer = corrected(came("2", "2026-03-25", LEFT), "2026-03-26")
    rows = watch([older, newer], NOW, PHRASES, None).newest
    assert [row.href for row in rows] == ["/cases/letters%3A2", "/cases/letters%3A1"]
    assert [(row.before, row.after) for row in rows] == [
        ("未分类", "交通运输 / 公交"),
        ("城乡建设 / 市政管理", "交通运输 / 公交"),
    ]
    assert "周晓岚" not in rows[1].title


def test_topics_that_changed_most_come_first_by_what_the_model_said() -> None:
    cases = [came(str(n), "2026-02-10").case for n in range(4)]
    cases += [corrected(came(f"a{n}", "2026-03-20", LEFT), "2026-03-21") for n in range(3)]
    cases.append(came("b", "2026-03-20").case)
    first, second = watch(cases, NOW, PHRASES, None).topics
    assert {first.topic, second.topic} == {"交通运输", "城乡建设"}
    transport = first if first.topic == "交通运输" else second
    assert (transport.before.part, transport.before.whole) == (0, 4)
    assert (transport.now.part, transport.now.whole) == (3, 4)


def test_a_confidential_case_is_in_no_number() -> None:
    story = came("1", "2026-03-24")
    corrected(story, "2026-03-25")
    story.does(DESK, do.MarkConfidential(reason="要求保密"), "2026-03-26T09:00")
    found = watch([story.case], NOW, PHRASES, None)
    assert (found.cases, found.corrected, found.newest) == (0, 0, ())


def test_words_that_the_model_does_not_know_are_counted_for_both_months(root: Path) -> None:
    engine = wiring.build_classifier(
        read_settings({"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_CLASSIFIER": "linear"})
    )
    assert isinstance(engine, ModelClassifier)
    usual = came("1", "2026-02-10").case
    odd = came("2", "2026-03-20", title="甪圳圐圙", body="甪圳圐圙畀唔到嘅嘢冇晒喇噃㗎嘅啩").case
    before, now = watch([usual, odd], NOW, PHRASES, engine).unknown
    assert before is not None
    assert now is not None
    assert before < 0.5 < now
    assert watch([usual], NOW, PHRASES, None).unknown == (None, None)

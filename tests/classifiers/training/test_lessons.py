"""A home's lessons move the shipped weights: what it learns, on what it is measured, what stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from classifiers.base import Text
from classifiers.model import modelfile
from classifiers.model.engine import SHIPPED, ModelClassifier, load_model, maker
from classifiers.model.modelfile import ModelFile
from classifiers.rules.tables import RuleTables
from classifiers.training import lessons
from classifiers.training.lessons import LEAST, Head, Lesson, Share, teach

ROADS = "东西南北中新老前后上下大小左右"
OURS = "商贸旅游"
"""What the county calls letters about cold stores."""


@pytest.fixture(scope="module")
def base() -> ModelFile:
    return modelfile.read(SHIPPED)


def cold_store(number: int) -> Text:
    """Letters about a matter that the shipped model files elsewhere."""
    road = ROADS[number % len(ROADS)] + ROADS[number // len(ROADS)]
    return Text(
        f"{road}街冷库氨味",
        f"{road}街旁边的冷库夜里有氨味，{road}街住的人头晕，冷库说正常，第{number}回反映了。",
    )


def taught(count: int, label: str) -> list[Lesson]:
    return [
        Lesson(text=cold_store(n), topic=label, corrected=frozenset({Head.TOPIC}))
        for n in range(count)
    ]


def lamp(number: int) -> Lesson:
    road = ROADS[number % len(ROADS)]
    text = Text(f"{road}门小区路灯", f"{road}门小区的路灯坏了{number}天，物业不修。")
    return Lesson(text=text, topic="城乡建设")


@pytest.fixture(scope="module")
def moved(tables: RuleTables, base: ModelFile) -> tuple[ModelFile, lessons.Teaching]:
    letters = [*taught(20, OURS), *(lamp(n) for n in range(12))]
    return teach(base, letters, maker(tables, base))


def test_corrections_teach_and_are_measured_on_letters_that_taught_nothing(
    tables: RuleTables, base: ModelFile, moved: tuple[ModelFile, lessons.Teaching]
) -> None:
    model, teaching = moved
    topic = teaching.heads[0]
    assert (topic.head, topic.learnt, topic.corrected.count) == (Head.TOPIC, True, 20)
    assert topic.corrected.after > topic.corrected.before
    assert topic.confirmed == Share(12, 12, 12)
    assert teaching.better
    unseen = Text("冷库的氨味", "河湾旁边的冷库夜里有氨味，住在这里的人头晕。")
    make = maker(tables, base)
    before, after = (make(each).classify([unseen])[0].best_topic for each in (base, model))
    assert (before == OURS, after) == (False, OURS)


def test_near_duplicates_never_stand_on_both_sides(tables: RuleTables, base: ModelFile) -> None:
    copies = [replace(taught(1, OURS)[0], topic=OURS) for _ in range(20)]
    model, teaching = teach(base, copies, maker(tables, base))
    assert teaching.heads[0].corrected == Share(20, 0, 0), "each copy is held out with the others"
    assert make_topic(tables, base, model) == OURS, "the model itself learns from all"


def make_topic(tables: RuleTables, base: ModelFile, model: ModelFile) -> str:
    return maker(tables, base)(model).classify([cold_store(0)])[0].best_topic


def test_too_few_corrections_change_nothing(tables: RuleTables, base: ModelFile) -> None:
    model, teaching = teach(base, taught(LEAST - 1, OURS), maker(tables, base))
    assert model is base
    assert not teaching.learnt
    assert not teaching.better
    assert teaching.heads[0].corrected.count == LEAST - 1


def test_a_head_without_corrections_keeps_its_weights(
    base: ModelFile, moved: tuple[ModelFile, lessons.Teaching]
) -> None:
    model, teaching = moved
    topics = len(base.info.topics)
    assert [head.learnt for head in teaching.heads] == [True, False, False]
    assert not np.array_equal(model.weights[:, :topics], base.weights[:, :topics])
    assert np.array_equal(model.weights[:, topics:], base.weights[:, topics:])
    assert np.array_equal(model.bias, base.bias)
    assert model.info.topic == base.info.topic, "calibration stays"


def test_labels_of_the_county_alone_are_counted_and_not_learnt(
    tables: RuleTables, base: ModelFile
) -> None:
    _, teaching = teach(base, taught(LEAST, "渔业"), maker(tables, base))
    assert teaching.strange == LEAST
    assert not teaching.learnt


def test_the_same_lessons_give_the_same_file_under_a_name_of_its_own(
    tables: RuleTables,
    base: ModelFile,
    moved: tuple[ModelFile, lessons.Teaching],
    tmp_path: Path,
) -> None:
    letters = [*taught(20, OURS), *(lamp(n) for n in range(12))]
    again, _ = teach(base, letters, maker(tables, base))
    files = []
    for number, model in enumerate((moved[0], again)):
        path = tmp_path / f"{number}.model"
        modelfile.write(path, model.info, model.keys, model.idf, model.weights, model.bias)
        files.append(path)
    assert files[0].read_bytes() == files[1].read_bytes()
    engine = load_model(tables, files[0])
    assert isinstance(engine, ModelClassifier)
    (labels,) = engine.classify([cold_store(0)])
    assert f"{base.info.name}-home-" in labels.model, "labels carry the version"
    assert again.info.trained_on["base"] == base.version

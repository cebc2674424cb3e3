"""裁定 as rows of the 派单目录: consulted before every other rule."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import pytest

from cases.routing.reasons import Rule
from cases.routing.routing import Router
from cases.routing.units import UnitTableError
from cases.words.labels import Labels
from tests.cases.helpers import CITY, HOUSING, item, table

LAMPS = {
    "id": "lamps",
    "item": "背街小巷路灯",
    "unit": CITY,
    "words": ["路灯", "小巷"],
    "basis": "县政府办会议纪要第3号",
    "decided_on": "2026-03-02",
    "decided_by": "值班台",
}
NO_LABELS = Labels(model="test")


def router(*rulings: Mapping[str, object]) -> Router:
    return Router.from_table({**table("units.toml"), "ruling": list(rulings)})


def test_what_was_ruled_comes_before_the_unit_that_the_source_names() -> None:
    letter = item(title="小巷路灯不亮", body="请住建局修。", named_unit="县住建局")
    assert router().route(letter, NO_LABELS).rule is Rule.NAMED_UNIT
    chosen = router(LAMPS).route(letter, NO_LABELS)
    assert (chosen.lead, chosen.rule) == (CITY, Rule.RULING)
    assert "派单目录“背街小巷路灯”（2026-03-02 值班台裁定：县政府办会议纪要第3号）" in chosen.reason


def test_all_words_have_to_occur_and_the_most_exact_row_counts() -> None:
    main_road = item(title="大街路灯不亮", body="请住建局修。", named_unit="县住建局")
    assert router(LAMPS).route(main_road, NO_LABELS).rule is Rule.NAMED_UNIT
    exact = {**LAMPS, "id": "exact", "unit": HOUSING, "words": ["路灯", "小巷", "不亮"]}
    letter = item(title="小巷路灯不亮", body="请修。")
    assert router(LAMPS, exact).route(letter, NO_LABELS).lead == HOUSING
    newer = {**LAMPS, "id": "newer", "unit": HOUSING, "decided_on": "2026-03-05"}
    assert router(newer, LAMPS).route(letter, NO_LABELS).lead == HOUSING


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"unit": "nobody"}, "本文件中某个单位的 id"),
        ({"words": []}, "至少一个词"),
        ({"words": ["灯"]}, "每个词至少两个字"),
        ({"basis": " "}, "依据"),
        ({"decided_by": ""}, "裁定人"),
    ],
)
def test_a_row_that_says_too_little_is_refused_in_words(
    changed: dict[str, object], why: str
) -> None:
    with pytest.raises(UnitTableError, match=why) as refusal:
        router({**LAMPS, **changed})
    assert "[[ruling]] id = lamps" in str(refusal.value)


def test_a_date_is_read_as_toml_writes_it() -> None:
    row = tomllib.loads("decided_on = 2026-03-02")
    letter = item(title="小巷路灯不亮", body="请修。")
    assert router({**LAMPS, **row}).route(letter, NO_LABELS).rule is Rule.RULING

"""Files of the configuration changed by the program."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from huiyin.configuration.written import (
    toml_text,
    with_keys,
    with_row,
    with_table,
    without_row,
    written,
)

OFFICE = '# 本单位\nplace = "甲县" # 旧名\n\n# 周报\n[paper.weekly]\nword = "周"\n'
UNITS = '# 单位\n[[unit]]\nid = "a"\nname = "甲" # 注\n\n# 第二个\n[[unit]]\nid = "b"\nnew = true\n'


def test_a_key_changes_its_line_and_nothing_else() -> None:
    text = with_keys(OFFICE, {"place": "乙县", "seal": '落"款', "superior": None})
    assert tomllib.loads(text) == {
        "place": "乙县", "seal": '落"款', "paper": {"weekly": {"word": "周"}}
    }  # fmt: skip
    assert text.startswith("# 本单位\n")
    assert "# 周报\n[paper.weekly]" in text


def test_a_key_goes_away_and_comes_into_an_empty_file() -> None:
    assert "place" not in tomllib.loads(with_keys(OFFICE, {"place": None}))
    assert with_keys("", {"place": "乙县"}) == 'place = "乙县"\n'


def test_a_row_keeps_its_other_keys_and_the_comments_around_it() -> None:
    text = with_row(UNITS, "unit", "id", {"id": "a", "aliases": ("一", "二")})
    assert tomllib.loads(text)["unit"] == [
        {"id": "a", "name": "甲", "aliases": ["一", "二"]}, {"id": "b", "new": True}
    ]  # fmt: skip
    assert "# 单位\n" in text
    assert "# 第二个\n" in text
    assert tomllib.loads(with_row(text, "unit", "id", {"id": "c"}))["unit"][2] == {"id": "c"}


def test_a_table_takes_the_place_of_the_one_before() -> None:
    before = '[source.x]\nadapter = "a"\n[source.x.options]\nb = 1\n# 注\n[source.y]\nz = 1\n'
    table = {"adapter": "t", "options": {"columns": {"id": ("编号",)}}}
    text = with_table(before, ("source", "x"), table)
    assert tomllib.loads(text)["source"] == {
        "x": {"adapter": "t", "options": {"columns": {"id": ["编号"]}}}, "y": {"z": 1}
    }  # fmt: skip
    assert "# 注\n[source.y]" in text


@pytest.mark.parametrize(
    "before",
    [
        'place = """\n甲\n乙"""\nz = 1\n',  # a value of several lines
        'unit = [{ id = "a" }]\n',  # an array that is no run of [[unit]]
        'source = { x = { adapter = "a" } }\n',
        'a.b = 1\n[[unit]]\nid = "a"\n[unit.more]\nx = 1\n',
    ],
)
def test_however_it_is_written_the_result_holds_what_was_asked_for(before: str) -> None:
    tree = tomllib.loads(before)
    keys = tomllib.loads(with_keys(before, {"place": "乙"}))
    assert keys == {**tree, "place": "乙"}
    rows = tomllib.loads(with_row(before, "unit", "id", {"id": "a", "n": 2}))
    assert rows["unit"][0]["n"] == 2
    assert {**rows, "unit": 0} == {**tree, "unit": 0}
    tables = tomllib.loads(with_table(before, ("source", "x"), {"n": 2}))
    assert tables["source"]["x"] == {"n": 2}
    assert {**tables, "source": 0} == {**tree, "source": 0}


def test_every_value_of_toml_is_read_again_as_it_was() -> None:
    tree = {
        "text": '引"号\\ \n\t\x7f',
        "many": [["长" * 60, "b"], []],
        "day": date(2026, 11, 30),
        "yes": True,
        "空 键": {"深": {"n": 1.5}},
        "row": [{"id": "a", "in": {"x": [{"y": 1}]}}, {"id": "b"}],
    }
    assert tomllib.loads(toml_text(tree)) == tree
    with pytest.raises(TypeError):
        written(object())


def test_a_row_goes_away_and_the_others_stay() -> None:
    text = without_row(UNITS, "unit", "id", "a")
    assert tomllib.loads(text) == {"unit": [{"id": "b", "new": True}]}
    assert "# 第二个\n" in text
    assert tomllib.loads(without_row(text, "unit", "id", "b")) == {}
    assert without_row(UNITS, "unit", "id", "z") == UNITS


def test_an_empty_table_goes_away_with_what_it_stood_in() -> None:
    text = with_table(OFFICE, ("paper", "weekly"), {"word": None})
    assert tomllib.loads(text) == {"place": "甲县"}
    assert with_table(text, ("letterhead",), {}) == text
    assert tomllib.loads(with_table(text, ("letterhead",), {"to": "县委"}))["letterhead"] == {
        "to": "县委"
    }

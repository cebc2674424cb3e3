"""The register of units: what it answers, and what it says about a wrong table."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from cases.routing.units import UnitKind, UnitRegister, UnitTableError

TABLE = """
[[unit]]
id = "resources"
name = "县自然资源局"
kind = "部门"
aliases = ["自然资源局"]
topics = ["国土资源"]
formerly = [{ name = "县国土规划局", until = 2019-02-28 }, { name = "县国土局", until = 2010-12-31 }]

[[unit]]
id = "planning"
name = "县规划局"
kind = "部门"
merged_into = "resources"
valid_to = 2019-02-28

[[unit]]
id = "surveyors"
name = "县测绘队"
kind = "公共企事业"
merged_into = "planning"
valid_to = 2012-06-30
parent = "planning"
"""


def register(text: str = TABLE, **options: object) -> UnitRegister:
    return UnitRegister.from_table(tomllib.loads(text), **options)  # type: ignore[arg-type]


def test_mergers_are_followed_to_the_unit_of_the_day() -> None:
    units = register()
    assert units.current("surveyors", date(2012, 6, 30)).id == "surveyors"
    assert units.current("surveyors", date(2012, 7, 1)).id == "planning"
    assert units.current("surveyors", date(2020, 1, 1)).id == "resources"
    assert units.current("surveyors").id == "resources"
    assert units.current("resources").id == "resources"


def test_names_keep_their_history() -> None:
    units = register()
    assert units.name("resources") == "县自然资源局"
    assert units.name("resources", date(2010, 12, 31)) == "县国土局"
    assert units.name("resources", date(2011, 1, 1)) == "县国土规划局"
    assert units.name("resources", date(2019, 3, 1)) == "县自然资源局"
    former = units.by_name("县国土局")
    assert former is not None
    assert former.id == "resources"


def test_an_id_that_is_gone_stays_readable() -> None:
    assert register().name("old-desk") == "old-desk"
    with pytest.raises(KeyError, match="old-desk"):
        register().get("old-desk")


def test_units_can_be_counted_and_listed() -> None:
    units = register()
    assert len(units) == 3
    assert [unit.id for unit in units if unit.kind is UnitKind.PUBLIC] == ["surveyors"]
    assert "planning" in units
    assert "nobody" not in units


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ('id = "planning"', 'id = "resources"'),
            ["resources", "县自然资源局", "县规划局", "共用"],
        ),
        (('name = "县规划局"', 'name = "自然资源局"'), ["自然资源局", "县自然资源局", "planning"]),
        (('merged_into = "planning"', 'merged_into = "nobody"'), ["surveyors", "nobody"]),
        (('merged_into = "resources"', 'merged_into = "surveyors"'), ["循环", "planning"]),
        (('merged_into = "resources"\n', ""), ["planning", "merged_into", "valid_to"]),
        (('parent = "planning"', 'parent = "surveyors"'), ["parent", "循环"]),
        (('kind = "公共企事业"', 'kind = "公司"'), ["第 3 项", "surveyors", "公司"]),
        (('name = "县规划局"', 'nmae = "县规划局"'), ["第 2 项", "planning", "nmae"]),
        (('id = "planning"', 'id = "规划"'), ["id = 规划", "英文字母"]),
        (('name = "县规划局"', 'name = " 县规划局"'), ["id = planning", "空格"]),
    ],
)
def test_a_wrong_table_is_refused_with_file_entry_found_and_expected(
    change: tuple[str, str], words: list[str]
) -> None:
    assert change[0] in TABLE
    with pytest.raises(UnitTableError) as caught:
        register(TABLE.replace(*change), file="conf/u.toml")
    message = str(caught.value)
    assert message.startswith("conf/u.toml")
    for word in words:
        assert word in message


def test_one_topic_has_one_leading_unit() -> None:
    with pytest.raises(
        UnitTableError, match=r"国土资源.*县自然资源局.*assists|assists.*县自然资源局"
    ):
        register(TABLE + 'topics = ["国土资源"]\n')


def test_a_topic_outside_the_taxonomy_is_reported_when_a_list_is_given() -> None:
    assert len(register(topics={"国土资源"})) == 3
    with pytest.raises(UnitTableError, match="国土资源"):
        register(topics={"民政"})


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(UnitTableError, match="键 unit：缺少这个必填的键"):
        register("")

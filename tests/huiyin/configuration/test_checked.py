"""A table as a value: all problems at once, in Chinese, each with its place and a remedy."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct
from pydantic import BaseModel, ConfigDict, Field

from huiyin.configuration.checked import read_table
from huiyin.configuration.table import Table


class Sort(StrEnum):
    A = "甲"
    B = "乙"


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    sort: Sort = Sort.A
    level: Literal["高", "低"] = "低"


class Shape(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, Meta(min_length=2)]
    count: Annotated[int, Meta(ge=1, le=9)] = 1
    share: Annotated[float, Meta(gt=0)] = 1.0
    on: bool = False
    day: date | None = None
    at: time = time(8)
    words: tuple[str, ...] = ()
    pairs: list[tuple[list[str], list[str]]] = []
    one_or_more: str | tuple[str, ...] = ""
    by_name: dict[str, int] = {}
    row: tuple[Row, ...] = ()


GOOD = """
name = "名称"
count = 3
share = 2
on = true
day = 2027-01-01
at = 09:30:00
words = ["a"]
pairs = [[["a"], ["b"]]]
one_or_more = ["x"]
[by_name]
z = 1
[[row]]
id = "r"
sort = "乙"
"""


class Wrong(Exception):
    pass


def read(folder: Path, text: str) -> Shape:
    path = folder / "shape.toml"
    path.write_text(text, "utf-8")
    return read_table(Shape, Table.read(path), "shape.toml", Wrong)


def test_a_good_table_is_the_value(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert (found.day, found.at, found.share) == (date(2027, 1, 1), time(9, 30), 2)
    assert found.row == (Row(id="r", sort=Sort.B),)
    assert (found.words, found.one_or_more) == (("a",), ("x",))
    assert read(tmp_path, 'name = "名称"\nat = "17:00"').at == time(17)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("count = 3", 'count = "3"', 3, "键 count：找到 '3'，应为整数"),
        ("count = 3", "count = true", 3, "找到 True，应为整数"),
        ("count = 3", "count = 10", 3, "应为不大于 9"),
        ("share = 2", "share = 0", 4, "应为大于 0"),
        ("on = true", 'on = "是"', 5, "应为 true 或 false"),
        ("on = true", "on = 1", 5, "应为 true 或 false"),
        ('name = "名称"', "", 0, "键 name：缺少这个必填的键，请补上"),
        ('name = "名称"', 'name = "名"', 2, "至少 2 个字的字符串"),
        ('name = "名称"', 'name = "名称"\nnmae = 1', 3, "不认识这个键（值 1）。相近的有：name"),
        ("day = 2027-01-01", "day = 2027-01-01T08:00:00", 6, "应为日期"),
        ("at = 09:30:00", 'at = "25:00"', 7, "应为时间"),
        ('words = ["a"]', 'words = "a"', 8, "应为列表"),
        ('words = ["a"]', 'words = ["a", 2]', 8, "键 words 第 2 项：找到 2，应为字符串"),
        ('one_or_more = ["x"]', "one_or_more = 1", 10, "应为非空字符串，或这样的词的列表"),
        ("z = 1", 'z = "1"', 12, "表 [by_name] 键 z"),
        ('sort = "乙"', 'sort = "丙"', 15, "[row.第 1 项（id = r）] 键 sort：找到 '丙'，应为以下之一：'甲'、'乙'"),
        ('sort = "乙"', 'sort = "乙"\nlevel = "中"', 16, "应为以下之一"),
        ('sort = "乙"', 'sort = "乙"\nlvl = "中"', 16, "可用的键：id、level、sort"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_found_expected_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    with pytest.raises(Wrong) as caught:
        read(tmp_path, GOOD.replace(old, new))
    text = str(caught.value)
    place = f"{tmp_path / 'shape.toml'} 第 {line} 行" if line else f"{tmp_path / 'shape.toml'} "
    assert text.startswith(place), text
    assert said in text
    assert "请" in text


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Wrong) as caught:
        read(tmp_path, "count = 0\ncolour = 1\n")
    assert len(str(caught.value).splitlines()) == 3


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str = Field(min_length=1)


def test_a_value_that_may_be_a_secret_is_not_repeated(tmp_path: Path) -> None:
    for table in ({"password": ["hunter2"]}, {"password": "p", "more": "hunter2"}):
        with pytest.raises(Wrong) as caught:
            read_table(Model, table, "a.toml", Wrong, at=("door",), secret=True)
        assert "hunter2" not in str(caught.value)
        assert "a.toml 表 [door] 键" in str(caught.value)

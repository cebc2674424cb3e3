"""Where each value of a configuration file is written, and what an unreadable file says."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiyin.configuration.document import ConfigurationError, read_document
from huiyin.configuration.table import Table

TEXT = '''# a comment with "quotes" and [brackets]
version = "1"   # 2

[office]
hours = [
    "08:30-12:00",   # 6, a part of 5
]
note = """
[not a table]
also = "no key"
"""
plain."dotted key" = 1

[[unit]]
id = "a"
[unit.more]
x = { y = "=[{#", z = 2 }

[[unit]]
id = "b"
[[unit.section]]
name = "c"
["quoted".'table]']
last = true'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "units.toml"
    found.write_text(TEXT, "utf-8")
    return found


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (("version",), 2),
        (("office",), 4),
        (("office", "hours"), 5),
        (("office", "hours", 0), 5),
        (("office", "note"), 8),
        (("office", "plain", "dotted key"), 12),
        (("unit", 0, "id"), 15),
        (("unit", 0, "more", "x", "z"), 17),
        (("unit", 1, "id"), 20),
        (("unit", 1, "section", 0, "name"), 22),
        (("quoted", "table]", "last"), 24),
        (("unit", 1, "nothing"), 19),
        (("nothing",), 0),
    ],
)
def test_every_value_knows_its_line(path: Path, steps: tuple[str | int, ...], line: int) -> None:
    assert Table.read(path).place(*steps).line == line


def test_the_place_is_file_and_line(path: Path) -> None:
    table = Table.read(path)
    assert str(table.place("version")) == f"{path} 第 2 行"
    assert str(table.place()) == str(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[delivery\n", ["不是合法的 TOML", "第 1 行第 10 列", "引号、括号"]),
        (b"a = 1\na = 2\n", ["不是合法的 TOML", "第 2 行"]),
        (b'a = "', ["不是合法的 TOML", "文件末尾"]),
        ("name = '县'".encode("gb18030"), ["UTF-8", "第 8 字节"]),
        (None, ["读不到配置文件", "HUIYIN_OVERLAY"]),
    ],
)
def test_an_unreadable_file_says_where_and_what_to_do(
    tmp_path: Path, content: bytes | None, said: list[str]
) -> None:
    path = tmp_path / "delivery.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_document(path)
    for word in [str(path), *said]:
        assert word in str(caught.value)

"""config/sources.toml: what is wrong in it is named by file, table and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.sources.registry import ADAPTERS, build_source, file_source, load_registry
from streams.sources.seam.base import FileSource, SourceError
from streams.sources.seam.config import load_sources
from tests.streams.sources.tabular import AROUND, CONFIG

GOOD = """
[source.letters]
adapter = "table-file"
channel = "信箱"
[source.letters.options.columns]
id = ["编号"]
received_at = ["时间"]
title = ["标题"]
body = ["正文"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sources.toml"


def problem(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError) as caught:
        load_registry(path, AROUND)
    return str(caught.value)


def test_the_shipped_file_sources():
    entries = load_sources(CONFIG)
    for name in ("hotline-export", "board-export", "liuyan-export"):
        built = build_source(entries[name], AROUND)
        assert isinstance(built, FileSource)
        assert built.name == name


def test_every_shipped_adapter_is_known():
    assert {entry.adapter for entry in load_sources(CONFIG).values()} <= set(ADAPTERS)


def test_a_file_with_a_byte_order_mark(path: Path):
    path.write_text(GOOD, "utf-8-sig")
    assert list(load_registry(path, AROUND)) == ["letters"]


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "channel = ",
            "chanel = ",
            ["[source.letters] 键 chanel", "不认识这个键", "channel", "缺少这个必填的键"],
        ),
        ('"信箱"', "3", ["[source.letters] 键 channel", "找到 3", "字符串"]),
        ('"table-file"', '"tabel-file"', ["adapter", "tabel-file", "table-file", "hotline-file"]),
        ("letters", '"来信"', ["小写字母"]),
        ("title = ", "titel = ", ["[source.letters.options.columns] 键 titel", "received_at"]),
        ('title = ["标题"]', "", ["[source.letters.options]", "title", "columns 里却没有"]),
        ('["标题"]', '["正文"]', ["正文", "title 和 body"]),
        ('["标题"]', "[]", ["title 的列名是空的"]),
        ('["标题"]', '"标题"', ["[source.letters.options.columns] 键 title", "列表"]),
        (
            "[source.letters.options.columns]",
            "[source.letters.options]\ncut_lenght = 1\n[source.letters.options.columns]",
            ["cut_lenght", "可用的键", "cut_length"],
        ),
        (
            "[source.letters.options.columns]",
            "[source.letters.options.limits]\nheader_rows = 0\n[source.letters.options.columns]",
            ["[source.letters.options.limits] 键 header_rows", "找到 0", "大于 0"],
        ),
        ("[source.letters]", "[sources.letters]", ["不认识的表 sources"]),
        ("[source.letters]", "[source.letters", ["不是合法的 TOML"]),
    ],
)
def test_errors_name_the_place_and_the_remedy(path: Path, old: str, new: str, parts: list[str]):
    message = problem(path, GOOD.replace(old, new))
    for part in [str(path), *parts]:
        assert part in message


def test_no_source_at_all(path: Path):
    assert "没有任何来源" in problem(path, "")


def test_a_missing_or_misencoded_file(path: Path):
    with pytest.raises(SourceError, match="读不到配置文件"):
        load_sources(path)
    path.write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(SourceError, match="UTF-8"):
        load_sources(path)


def test_asking_for_a_file_source(path: Path):
    path.write_text(GOOD, "utf-8")
    sources = load_registry(path, AROUND)
    assert file_source(sources, "letters").name == "letters"
    with pytest.raises(SourceError, match=r"没有这个来源.*letters"):
        file_source(sources, "letter")

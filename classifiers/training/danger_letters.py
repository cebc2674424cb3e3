"""The everyday letters of the data folder, which are read and not kept."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from classifiers.base import Text

FILES: Final = (
    ("messages/replies.csv", "留言编号", "留言主题", "留言详情"),
    ("messages/hotspot.csv", "留言编号", "留言主题", "留言详情"),
    ("liuyan/hangzhou.csv", "tid", "title", "content"),
)
"""File, and its columns: id, title, text."""


def everyday_letters(folder: Path) -> Iterator[Text]:
    """Every letter, in the order of the files."""
    for _, text in letters_by_id(folder):
        yield text


def letters_by_id(folder: Path) -> Iterator[tuple[str, Text]]:
    """With its file and id: `replies:2549`."""
    csv.field_size_limit(10_000_000)
    for name, number, title, body in FILES:
        with (folder / name).open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                text = Text(row[title] or "", row[body] or "")
                yield f"{Path(name).stem}:{row[number]}", text

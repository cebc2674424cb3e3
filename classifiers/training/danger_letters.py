"""The everyday letters and posts of the data folder, which are read and not kept."""

from __future__ import annotations

import csv
import re
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
POSTS: Final = "sentiment/smp2020_usual_train.csv"
_SENTENCE: Final = re.compile(r"[^。！？!?\n]+[。！？!?]?")


def everyday_letters(folder: Path) -> Iterator[Text]:
    """Every letter, in the order of the files."""
    for _, text in letters_by_id(folder):
        yield text


def everyday_posts(folder: Path) -> Iterator[Text]:
    """Short posts about anything but the affairs of a county: what is short is no danger for that
    alone."""
    with (folder / POSTS).open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            yield Text("", row["content"] or "")


def opening(letter: Text) -> Text:
    """A letter as a person in a hurry writes it: its title and its first two sentences."""
    sentences = [one for one in _SENTENCE.findall(letter.body) if one.strip()]
    return Text(letter.title, "".join(sentences[:2]).strip())


def letters_by_id(folder: Path) -> Iterator[tuple[str, Text]]:
    """With its file and id: `replies:2549`."""
    csv.field_size_limit(10_000_000)
    for name, number, title, body in FILES:
        with (folder / name).open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                text = Text(row[title] or "", row[body] or "")
                yield f"{Path(name).stem}:{row[number]}", text

"""Make `classifiers/matter/common_pairs.bin`: pairs of characters that are words, and no names.

    python -m classifiers.training.common_pairs --data ../shared/data

A pair is common where at least three posts, reviews or orders of `sentiment/` have it; where five
letters of one collection (`topics/train.csv`, `messages/replies.csv`) have it; where four letters
of `liuyan/hangzhou.csv` have it, or one there and two of another collection: what is written in two
cities is the name of a place in neither. `messages/hotspot.csv` is left out, for the linking of
matters is measured on it.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from classifiers.matter import everyday

_FILE: Final = Path(everyday.__file__).with_name("common_pairs.bin")
_READ: Final = 1200
"""Characters of each column."""
_GENERAL: Final = {
    "smp2020_usual_train": "content",
    "smp2020_virus_train": "content",
    "online_shopping_10_cats": "review",
    "waimai_10k": "review",
}
_POSTS, _LETTERS, _ELSEWHERE = 3, 5, 4


def counted(path: Path, columns: Sequence[str]) -> Counter[int]:
    """How many rows have each pair."""
    csv.field_size_limit(1 << 30)
    found: Counter[int] = Counter()
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            text = " ".join((row[column] or "")[:_READ] for column in columns)
            found.update(set(everyday.pair_codes(text).tolist()))
    return found


def common(
    general: Counter[int], elsewhere: Counter[int], letters: Sequence[Counter[int]]
) -> set[int]:
    """`elsewhere`: letters of another city than `letters` are of."""
    found = {pair for pair, rows in general.items() if rows >= _POSTS}
    for own in letters:
        found |= {pair for pair, rows in own.items() if rows >= _LETTERS}
    found |= {
        pair
        for pair, rows in elsewhere.items()
        if rows >= _ELSEWHERE or any(own[pair] > 1 for own in letters)
    }
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.common_pairs")
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args(arguments).data
    general: Counter[int] = Counter()
    for name, column in _GENERAL.items():
        general.update(counted(data / "sentiment" / f"{name}.csv", [column]))
    elsewhere = counted(data / "liuyan" / "hangzhou.csv", ["title", "content"])
    replies = counted(data / "messages" / "replies.csv", ["留言主题", "留言详情"])
    topics = counted(data / "topics" / "train.csv", ["title", "text"])
    found = common(general, elsewhere, (topics, replies))
    _FILE.write_bytes(everyday.packed(np.array(sorted(found), dtype=np.uint32)))
    sys.stdout.write(f"{len(found)} pairs, {_FILE.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])

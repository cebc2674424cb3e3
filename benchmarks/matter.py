"""How often two letters are rightly put into one matter.

    python -m benchmarks.matter --data FOLDER

The pairs of `matter_pairs.csv` (ids alone) were drawn from `messages/hotspot.csv` of the data
folder: each letter with its five closest earlier ones of sixty days, by character pairs weighted
by rarity, in five strata of closeness (0.10 to 0.75). One person read them before any linker
was asked: `same` (one office would answer them as one matter), `different`, or `unclear` (left out
of the rates). `weight` is how many pairs of the whole one stands for. The limits of
`classifiers.matter.likeness` were chosen on the half `choosing`. All letters go through the linker
in the order in which they came; two are taken for the same when they end in one matter. It
prints rates; it asserts nothing.
"""

from __future__ import annotations

import argparse
import csv
import sys
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from cases.words.times import BEIJING
from classifiers.base import Text
from classifiers.matter.linker import Matters, Sighting
from classifiers.rules.tables import CrowdTable

_PAIRS = Path(__file__).with_name("matter_pairs.csv")
_WRITTEN = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


class Pair(Struct, frozen=True):
    first: str
    second: str
    judged: str
    weight: float
    half: str


class Rates(Struct, frozen=True):
    precision: float
    recall: float


def pairs(path: Path = _PAIRS) -> list[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Pair(row["first"], row["second"], row["judged"], float(row["weight"]), row["half"])
            for row in csv.DictReader(file)
        ]


def rates(judged: list[Pair], matter_of: dict[str, str], *, weighted: bool = False) -> Rates:
    """Of the pairs that are clear; `weighted`: as many as they stand for."""
    joined = right = every = 0.0
    for pair in judged:
        if pair.judged == "unclear":
            continue
        weight = pair.weight if weighted else 1.0
        together = matter_of[pair.first] == matter_of[pair.second]
        joined += weight * together
        right += weight * (together and pair.judged == "same")
        every += weight * (pair.judged == "same")
    return Rates(right / joined if joined else 1.0, right / every if every else 1.0)


def letters(data: Path) -> list[Sighting]:
    """In the order in which they came."""
    csv.field_size_limit(1 << 30)
    with (data / "messages" / "hotspot.csv").open(encoding="utf-8-sig", newline="") as file:
        found = [
            Sighting(
                case_id=row["留言编号"],
                text=Text(row["留言主题"].strip(), row["留言详情"].strip()),
                at=_moment(row["留言时间"].strip()),
                person=row["留言用户"],
            )
            for row in csv.DictReader(file)
        ]
    return sorted(found, key=lambda letter: letter.at)


def _moment(text: str) -> datetime:
    """Raises `ValueError`."""
    for written in _WRITTEN:
        try:
            return datetime.strptime(text, written).replace(tzinfo=BEIJING)
        except ValueError:
            continue
    raise ValueError(text)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matter")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds messages/")
    data = parser.parse_args(arguments).data
    matters = Matters(CrowdTable(distinct_people=5, window_hours=720))
    matter_of = {each.case_id: matters.add(each).matter_id for each in letters(data)}
    judged = pairs()
    for half in ("choosing", "final"):
        own = [pair for pair in judged if pair.half == half]
        clear = sum(pair.judged != "unclear" for pair in own)
        plain, whole = rates(own, matter_of), rates(own, matter_of, weighted=True)
        print(
            f"{half}: {clear} pairs  precision {plain.precision:.3f}  recall {plain.recall:.3f}  "
            f"(as many as they stand for: {whole.precision:.2f}, {whole.recall:.2f})"
        )


if __name__ == "__main__":
    main(sys.argv[1:])

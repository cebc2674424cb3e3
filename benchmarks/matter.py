"""How often two letters are rightly put into one matter.

    python -m benchmarks.matter --data FOLDER

The pairs of `matter_pairs.csv` (ids alone) were drawn from `messages/hotspot.csv` of the data
folder, within sixty days. `words`: each letter with its five closest earlier ones by character
pairs weighted by rarity, in strata of closeness. `meaning`: its five closest by the encoder's
vector (without the mean, whitened) that are not among those and share some words. `name`: two
whose titles share four characters in a row. People read them before any linker was asked, those
drawn by `words` in the half `final` twice, the others once: `same` (one office would answer them
as one matter), `different`, or `unclear` (left out of the rates). `weight` is how many pairs of
the whole one stands for. What
`classifiers.matter.likeness` counts was chosen on the half `choosing`. All letters go through the
linker in the order in which they came; two are taken for the same when they end in one matter.
Intervals are of a thousand samples drawn from the pairs. It prints rates; it asserts nothing.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from cases.words.times import BEIJING
from classifiers.base import Text
from classifiers.matter.linker import Matters, Sighting
from classifiers.rules.tables import CrowdTable

_PAIRS = Path(__file__).with_name("matter_pairs.csv")
_SAMPLES = 1_000
_SEED = 1
_WRITTEN = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


class Pair(Struct, frozen=True):
    first: str
    second: str
    judged: str
    weight: float
    half: str
    drawn: str = "words"


class Rates(Struct, frozen=True):
    precision: float
    recall: float


def pairs(path: Path = _PAIRS) -> list[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Pair(
                row["first"],
                row["second"],
                row["judged"],
                float(row["weight"]),
                row["half"],
                row["drawn"],
            )
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
        _tell(half, own, matter_of)
        for drawn in sorted({pair.drawn for pair in own}):
            _tell(f"  {drawn}", [pair for pair in own if pair.drawn == drawn], matter_of)


def _tell(name: str, judged: list[Pair], matter_of: dict[str, str]) -> None:
    plain, whole = rates(judged, matter_of), rates(judged, matter_of, weighted=True)
    luck = random.Random(_SEED)
    sampled = [
        rates(luck.choices(judged, k=len(judged)), matter_of, weighted=True)
        for _ in range(_SAMPLES)
    ]
    precision = _interval([each.precision for each in sampled])
    recall = _interval([each.recall for each in sampled])
    print(
        f"{name}: {sum(pair.judged != 'unclear' for pair in judged)} pairs  "
        f"precision {plain.precision:.3f}  recall {plain.recall:.3f}  as many as they stand for: "
        f"{whole.precision:.3f} ({precision}), {whole.recall:.3f} ({recall})"
    )


def _interval(values: list[float]) -> str:
    """Of 95 in 100."""
    values.sort()
    return f"{values[len(values) // 40]:.2f} to {values[-1 - len(values) // 40]:.2f}"


if __name__ == "__main__":
    main(sys.argv[1:])

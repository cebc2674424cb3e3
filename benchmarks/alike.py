"""How well the thresholds of config/qa.toml tell two inquiries that ask the same from two
that do not.

    python -m benchmarks.alike --data FOLDER

The pairs of `alike_pairs.csv` (ids alone) were drawn from `messages/` of the data folder: the
letters that the rules take for inquiries, each with the closest earlier one by its title, in
strata of closeness. One person read them: `same` (one answer would serve both), `place` (the
same question of another place, which one office hardly gets; left out of the rates) or
`different`. `weight` is how many pairs of the whole one stands for. Recall is of the pairs
that ask the same among these closest pairs. It prints rates; it asserts nothing.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tomllib
from pathlib import Path

from msgspec import Struct

from cases.words.labels import Kind
from classifiers.base import Text
from classifiers.matter.similar import SimilarCases
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables

_CONFIG = Path(__file__).resolve().parent.parent / "config"
_PAIRS = Path(__file__).with_name("alike_pairs.csv")
_LOOKED_AT = 60
_STEPS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


class Pair(Struct, frozen=True):
    first: str
    second: str
    same: bool
    weight: float


class Rates(Struct, frozen=True):
    precision: float
    recall: float
    merged: float
    """Pairs above the threshold, as many as they stand for."""


def pairs(path: Path = _PAIRS) -> list[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Pair(row["first"], row["second"], row["judged"] == "same", float(row["weight"]))
            for row in csv.DictReader(file)
            if row["judged"] != "place"
        ]


def rates(judged: list[tuple[Pair, float]], threshold: float) -> Rates:
    """`judged`: each pair with how close it is."""
    above = [pair for pair, score in judged if score >= threshold]
    merged = sum(pair.weight for pair in above)
    right = sum(pair.weight for pair in above if pair.same)
    every = sum(pair.weight for pair, _ in judged if pair.same)
    return Rates(right / merged if merged else 1.0, right / every if every else 1.0, merged)


def titles(data: Path) -> dict[str, tuple[str, str]]:
    """Title and text by id, as the pairs name it."""
    csv.field_size_limit(1 << 30)
    found = {}
    for name in ("replies", "hotspot"):
        with (data / "messages" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                found[f"{name}:{row['留言编号']}"] = (row["留言主题"].strip(), row["留言详情"])
    return found


def scored(data: Path, judged: list[Pair]) -> list[tuple[Pair, float]]:
    """With the rarity of a year's inquiries, as in an office that has been at it for long."""
    known = titles(data)
    tables = (
        tomllib.loads((_CONFIG / f"{name}.toml").read_text("utf-8"))
        for name in ("topics", "kinds", "risk")
    )
    engine = RulesClassifier(RuleTables.from_tables(*tables))
    letters = [Text(title, body) for title, body in known.values()]
    index = SimilarCases()
    asked = {each for pair in judged for each in (pair.first, pair.second)}
    for case_id, labels in zip(known, engine.classify(letters), strict=True):
        if labels.kind is Kind.INQUIRY or case_id in asked:
            index.add(case_id, Text(known[case_id][0], ""))
    return [(pair, _closeness(index, known[pair.first][0], pair)) for pair in judged]


def _closeness(index: SimilarCases, title: str, pair: Pair) -> float:
    found = index.find(Text(title, ""), _LOOKED_AT, exclude=pair.first)
    return next((one.score for one in found if one.case_id == pair.second), 0.0)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alike")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds messages/")
    judged = scored(parser.parse_args(arguments).data, pairs())
    print(f"{len(judged)} pairs, {sum(pair.same for pair, _ in judged)} of them the same")
    for threshold in _STEPS:
        found = rates(judged, threshold)
        print(
            f"{threshold:.2f}  precision {found.precision:.0%}  recall {found.recall:.0%}  "
            f"merged {found.merged:.0f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])

"""How often a reader of real letters would correct what the rules said.

    python -m benchmarks.reading --data FOLDER [--half final]

`read_letters.csv` holds what a reader wrote down for 415 letters of `messages/` and
`liuyan/hangzhou.csv` before any program had labelled them: ids and labels, no texts. Half was
used for choosing words and thresholds, half only for the figure. `stratum` says how a letter was
drawn: `random`, or from letters in which a net of words or the program's earlier answer promised
a rare label; so the shares of `random` hold for all letters, precision and recall for the strata.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from benchmarks.places import configuration
from cases.record.item import Item
from cases.routing.routing import Assignment, Router
from cases.words.labels import Labels
from cases.words.times import BEIJING
from classifiers.base import Text
from classifiers.encoder.judge import available
from classifiers.model.engine import load_model
from classifiers.rules.tables import RuleTables

READ = Path(__file__).with_name("read_letters.csv")
_TABLES = configuration()
_FILES = {
    "replies": ("messages/replies.csv", "留言编号", "留言主题", "留言详情"),
    "hotspot": ("messages/hotspot.csv", "留言编号", "留言主题", "留言详情"),
    "hangzhou": ("liuyan/hangzhou.csv", "tid", "title", "content"),
}
_RANDOM = "random"
_Z = 1.96


class Read(Struct, frozen=True):
    """What a reader accepts for one letter; sets hold every acceptable answer."""

    id: str
    stratum: str
    topics: frozenset[str]
    units: frozenset[str]
    kinds: frozenset[str]
    sentiments: frozenset[str]
    risks: frozenset[str]
    risks_also: frozenset[str]
    """Risks that may be named and need not be."""
    urgent: str
    """yes, no or either."""
    simple: str


class Judged(Struct, frozen=True):
    """A letter as it was read and as the program has it."""

    read: Read
    labels: Labels
    assignment: Assignment


class Share(Struct, frozen=True):
    """`right` of `of`."""

    right: int
    of: int

    @property
    def value(self) -> float:
        return self.right / self.of if self.of else math.nan

    def __str__(self) -> str:
        """With its 95 % interval (Wilson)."""
        if not self.of:
            return "   –"
        share, size = self.value, self.of
        scale = 1 + _Z * _Z / size
        centre = (share + _Z * _Z / (2 * size)) / scale
        spread = _Z * math.sqrt(share * (1 - share) / size + (_Z / (2 * size)) ** 2) / scale
        return (
            f"{self.right:3}/{size:<3} {share:.2f} [{centre - spread:.2f}, {centre + spread:.2f}]"
        )


def labels_of(half: str) -> list[Read]:
    """The labels of one half: `choosing` or `final`."""
    with READ.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["half"] == half]
    return [
        Read(
            id=row["id"],
            stratum=row["stratum"],
            urgent=row["urgent"],
            simple=row["simple"],
            **{name: frozenset(filter(None, row[name].split("/"))) for name in _SETS},
        )
        for row in rows
    ]


_SETS = ("topics", "units", "kinds", "sentiments", "risks", "risks_also")


def texts_of(data: Path, wanted: Collection[str]) -> dict[str, Text]:
    """Title and body of the wanted letters by id (`replies:2549`)."""
    found: dict[str, Text] = {}
    for source, (name, number, title, body) in _FILES.items():
        with (data / name).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                key = f"{source}:{row[number]}"
                if key in wanted:
                    found[key] = Text(row[title].strip(), row[body].strip())
    return found


def judge(data: Path, half: str) -> list[Judged]:
    """The letters of one half, labelled by the shipped model (with the second judge where it is
    installed), tables and rules of routing."""
    reads = labels_of(half)
    texts = texts_of(data, {read.id for read in reads})
    tables = RuleTables.from_tables(
        *(_TABLES.table(f"{name}.toml") for name in ("topics", "kinds", "risk"))
    )
    model, router = load_model(tables, second=available()), _router()
    ordered = [texts[read.id] for read in reads]
    return [
        Judged(read, labels, router.route(_item(read.id, text), labels))
        for read, text, labels in zip(reads, ordered, model.classify(ordered), strict=True)
    ]


def figures(judged: Sequence[Judged]) -> Iterator[tuple[str, Share]]:
    """Name and share of everything that is measured."""
    places = {unit.id for unit in _router().register if unit.places}
    drawn = [one for one in judged if one.read.stratum == _RANDOM]

    def units(one: Judged) -> bool:
        lead, fit = one.assignment.lead, one.read.units
        return lead in fit or ("place" in fit and lead in places)

    yield "topic, best guess", _share(drawn, lambda one: best_topic(one.labels) in one.read.topics)
    sure = [one for one in drawn if not one.labels.abstained]
    yield "topic, where sure", _share(sure, lambda one: one.labels.topic in one.read.topics)
    yield "unit", _share(drawn, units)
    yield "kind", _share(drawn, lambda one: one.labels.kind.value in one.read.kinds)
    yield "sentiment", _share(drawn, lambda one: one.labels.sentiment.value in one.read.sentiments)
    for risk in ("自伤极端", "工资拖欠", "食品药品安全"):
        named = [one for one in judged if risk in one.labels.risk]
        fits = [one for one in named if risk in one.read.risks | one.read.risks_also]
        real = [one for one in judged if risk in one.read.risks]
        yield f"{risk}, precision", Share(len(fits), len(named))
        yield f"{risk}, recall", Share(sum(risk in one.labels.risk for one in real), len(real))
    urgent = [(one.labels.urgent, one.read.urgent) for one in judged]
    simple = [(one.labels.simple, one.read.simple) for one in judged]
    for name, pairs in (("urgent", urgent), ("simple", simple)):
        flagged = [read for said, read in pairs if said]
        real_ones = [said for said, read in pairs if read == "yes"]
        yield f"{name}, precision", Share(sum(read != "no" for read in flagged), len(flagged))
        yield f"{name}, recall", Share(sum(real_ones), len(real_ones))


def best_topic(labels: Labels) -> str:
    """The topic, or the best guess where the model abstained."""
    return labels.topic or next((name for name, _ in labels.topic_candidates), "")


def _share(judged: Sequence[Judged], right: Callable[[Judged], bool]) -> Share:
    return Share(sum(map(right, judged)), len(judged))


def _item(number: str, text: Text) -> Item:
    return Item(
        source="reading",
        source_item_id=number,
        channel="问政平台",
        received_at=datetime(2026, 3, 2, 9, tzinfo=BEIJING),
        title=text.title,
        body=text.body,
    )


def _router() -> Router:
    return Router.from_table(_TABLES.table("units.toml"))


def main(arguments: Sequence[str] = ()) -> None:
    """Prints a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="holds messages/ and liuyan/")
    parser.add_argument("--half", choices=("choosing", "final"), default="final")
    options = parser.parse_args(arguments)
    for name, share in figures(judge(options.data, options.half)):
        print(f"{name:22} {share}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""How often a reader of real letters would correct what the rules said.

    python -m benchmarks.reading --data FOLDER [--half final] [--letters 1]

`read_letters_2.csv` holds what a reader wrote down, twice, for 320 letters of `messages/` and
`liuyan/hangzhou.csv` before any answer of the program to them was seen: ids and labels, no texts.
Half chooses words and thresholds, half is only for the figure. `stratum` says how a letter was
drawn: `random`, or from letters in which a net of words or the program's earlier answer promised
a rare label. The shares of `random` hold for all letters; `weight` is how many letters of the
pool one stands for, so weighted precision and recall hold for all letters as well.
`read_letters.csv` (`--letters 1`) are 415 read before; its final half has been scored many times.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

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
READ_2 = Path(__file__).with_name("read_letters_2.csv")
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
    weight: float = 1.0
    """How many letters of the pool this one stands for."""


class Judged(Struct, frozen=True):
    """A letter as it was read and as the program has it."""

    read: Read
    labels: Labels
    assignment: Assignment
    suggested: tuple[str, ...]
    """The three units that come first."""


class Share(Struct, frozen=True):
    """`right` of `of`."""

    right: int
    of: int
    weighted: float | None = None
    """The same share by the weights of the letters."""

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
        weighted = "" if self.weighted is None else f"  weighted {self.weighted:.2f}"
        return (
            f"{self.right:3}/{size:<3} {share:.2f} "
            f"[{centre - spread:.2f}, {centre + spread:.2f}]{weighted}"
        )


def labels_of(half: str, file: Path = READ_2) -> list[Read]:
    """The labels of one half: `choosing` or `final`."""
    with file.open(encoding="utf-8", newline="") as rows_of:
        rows = [row for row in csv.DictReader(rows_of) if row["half"] == half]
    return [
        Read(
            id=row["id"],
            stratum=row["stratum"],
            urgent=row["urgent"],
            simple=row["simple"],
            weight=float(row.get("weight", 1)),
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


def judge(data: Path, half: str, file: Path = READ_2) -> list[Judged]:
    """The letters of one half, labelled by the shipped model (with the second judge where it is
    installed), tables and rules of routing."""
    reads = labels_of(half, file)
    texts = texts_of(data, {read.id for read in reads})
    model, router = load_model(_rules(), second=available()), _router()
    ordered = [texts[read.id] for read in reads]
    return [
        _judged(router, read, _item(read.id, text), labels)
        for read, text, labels in zip(reads, ordered, model.classify(ordered), strict=True)
    ]


def _judged(router: Router, read: Read, item: Item, labels: Labels) -> Judged:
    three = tuple(one.unit for one in router.suggest(item, labels))
    return Judged(read, labels, router.route(item, labels), three)


def figures(judged: Sequence[Judged]) -> Iterator[tuple[str, Share]]:
    """Name and share of everything that is measured."""
    places = {unit.id for unit in _router().register if unit.places}
    drawn = [one for one in judged if one.read.stratum == _RANDOM]

    def fits(one: Judged, unit: str) -> bool:
        return unit in one.read.units or ("place" in one.read.units and unit in places)

    yield "topic, best guess", _share(drawn, lambda one: best_topic(one.labels) in one.read.topics)
    sure = [one for one in drawn if not one.labels.abstained]
    yield "topic, where sure", _share(sure, lambda one: one.labels.topic in one.read.topics)
    yield "unit", _share(drawn, lambda one: fits(one, one.assignment.lead))
    yield (
        "unit, among three",
        _share(drawn, lambda one: any(fits(one, unit) for unit in one.suggested)),
    )
    yield "kind", _share(drawn, lambda one: one.labels.kind.value in one.read.kinds)
    yield "sentiment", _share(drawn, lambda one: one.labels.sentiment.value in one.read.sentiments)
    for name in _names():
        yield from _precision_and_recall(name, judged, partial(_of_risk, name))
    for name in ("urgent", "simple"):
        yield from _precision_and_recall(name, judged, partial(_of_flag, name))


class _Seen(NamedTuple):
    said: bool
    """By the program."""
    real: bool
    """What the reader demands."""
    allowed: bool


def _of_risk(name: str, one: Judged) -> _Seen:
    real = name in one.read.risks
    return _Seen(name in one.labels.risk, real, real or name in one.read.risks_also)


def _of_flag(name: str, one: Judged) -> _Seen:
    read = getattr(one.read, name)
    return _Seen(getattr(one.labels, name), read == "yes", read != "no")


_Test = Callable[[Judged], bool]


def _precision_and_recall(
    name: str, judged: Sequence[Judged], see: Callable[[Judged], _Seen]
) -> Iterator[tuple[str, Share]]:
    said = [one for one in judged if see(one).said]
    real = [one for one in judged if see(one).real]
    yield f"{name}, precision", _weighted(said, lambda one: see(one).allowed)
    yield f"{name}, recall", _weighted(real, lambda one: see(one).said)


def _weighted(judged: Sequence[Judged], right: _Test) -> Share:
    every = sum(one.read.weight for one in judged)
    weight = sum(one.read.weight for one in judged if right(one)) / every if every else None
    return Share(sum(map(right, judged)), len(judged), weight)


def _names() -> list[str]:
    return [risk.name for risk in _rules().risk.risk]


def _rules() -> RuleTables:
    return RuleTables.from_tables(
        *(_TABLES.table(f"{name}.toml") for name in ("topics", "kinds", "risk"))
    )


def best_topic(labels: Labels) -> str:
    """The topic, or the best guess where the model abstained."""
    return labels.topic or next((name for name, _ in labels.topic_candidates), "")


def _share(judged: Sequence[Judged], right: _Test) -> Share:
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
    parser.add_argument(
        "--letters", choices=("1", "2"), default="2", help="which letters were read"
    )
    options = parser.parse_args(arguments)
    file = READ if options.letters == "1" else READ_2
    for name, share in figures(judge(options.data, options.half, file)):
        print(f"{name:22} {share}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Which sentences about a danger are marked and loud, and how many everyday letters are.

    python -m benchmarks.urgent [--half final] [--data FOLDER] [--show]

`urgent_sentences.csv` holds 300 sentences and letters in which a life is in danger, or may soon be
(`loud`: whether a person has to be woken up), and 101 near misses (`kind` none), put down by a
writer who had seen neither the words nor the model. Half (`choosing`) was learnt from and chose
words and limits; `final` is only for the figure. With `--data` the letters of `messages/` and
`liuyan/hangzhou.csv` are judged as well; `--show` prints the loud ones. It asserts nothing.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.places import configuration
from cases.words.labels import LOUD, Labels
from classifiers.base import Text
from classifiers.model.engine import ModelClassifier, load_model
from classifiers.rules.tables import RuleTables
from classifiers.training.danger_letters import letters_by_id

SENTENCES = Path(__file__).with_name("urgent_sentences.csv")
NONE = "none"


def engine() -> ModelClassifier:
    tables = configuration()
    return load_model(
        RuleTables.from_tables(
            tables.table("topics.toml"), tables.table("kinds.toml"), tables.table("risk.toml")
        )
    )


def scored(half: str, judge: ModelClassifier) -> list[tuple[dict[str, str], Labels]]:
    """The rows of one half, each with its labels."""
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["half"] == half]
    return list(zip(rows, judge.classify([Text("", row["text"]) for row in rows]), strict=True))


def share(labels: Sequence[bool]) -> str:
    return f"{sum(labels):3}/{len(labels):<3} {sum(labels) / max(1, len(labels)):.3f}"


def report(rows: Sequence[tuple[dict[str, str], Labels]]) -> None:
    by_kind: dict[str, list[tuple[dict[str, str], Labels]]] = defaultdict(list)
    for row, labels in rows:
        by_kind[row["kind"]].append((row, labels))
        if row["kind"] != NONE:
            by_kind["all dangers"].append((row, labels))
    for kind, own in sorted(by_kind.items()):
        marked = [labels.urgent for _, labels in own]
        now = [labels.loud for row, labels in own if row["loud"] == "yes"]
        later = [labels.loud for row, labels in own if row["loud"] == "no"]
        sys.stdout.write(
            f"{kind:24} marked {share(marked)}   loud {share(now)}   "
            f"loud though not now {share(later)}\n"
        )


def letters(folder: Path, judge: ModelClassifier, *, show: bool) -> None:
    count = marked = loud = 0
    for number, text in letters_by_id(folder):
        (labels,) = judge.classify([text])
        count += 1
        marked += labels.urgent
        loud += labels.loud
        if labels.loud and show:
            said = [one for one in labels.evidence if one.label.startswith(LOUD)]
            quotes = " / ".join(f"{one.label}【{one.text[:60]}】" for one in said)
            sys.stdout.write(f"{number} {text.title[:30]} {quotes}\n")
    sys.stdout.write(
        f"{count} letters: marked {marked} ({1000 * marked / count:.1f} of 1,000), "
        f"loud {loud} ({1000 * loud / count:.1f})\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--half", choices=("choosing", "final"), default="choosing")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args(arguments)
    judge = engine()
    report(scored(args.half, judge))
    if args.data is not None:
        letters(args.data, judge, show=args.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())

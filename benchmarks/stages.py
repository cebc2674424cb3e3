"""Where each microsecond of a message goes, in one process with the fast judge.

    python -m benchmarks stages [ROWS]
    python -m benchmarks.stages --data FOLDER       the same on letters of `benchmarks.golden`

Each step is taken by itself, over all messages, with what comes before it computed already:
processor time, the best of some rounds, so that other programs disturb it little. Last the whole
way of `process` over the same messages into a file of its own. The floor is the steps that no way
of doing the same could leave out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final, TypeVar

from benchmarks.golden import NOW, Memory, items_of
from benchmarks.messages import write_board_csv
from benchmarks.places import OVERLAY
from cases.life.decide import decide
from cases.life.evolve import fold as fold_case
from cases.privacy.visibility import masked
from cases.record.events import Recorded, encode_event
from cases.record.item import Item, content_hash, quoted_text, written_text
from cases.record.messages import decode_message, encode_message, observe
from classifiers.base import Text
from classifiers.danger import scorer as danger
from classifiers.danger.judging import judge_with
from classifiers.model.engine import SHIPPED
from classifiers.model.features import MOST_MESSAGES
from classifiers.model.linear import LinearModel
from classifiers.model.modelfile import read as read_model
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.lexicon import FourLexicons
from classifiers.text.folding import fold
from desk.ground import wiring
from desk.ground.settings import Settings, read_settings
from huiyin.interpreter import settle
from sinks.ledger.case_index import folded, index_of
from sinks.ledger.fields import tokens
from sinks.ledger.sqlite_table import UPSERT, row_of
from sinks.ledger.stored_case import encode_stored
from streams.embedded.runner import BATCH
from streams.embedded.store import EmbeddedStore
from streams.sources.registry import file_source
from streams.sources.seam.base import Batch

T = TypeVar("T")
ROWS: Final = 1_000
ROUNDS: Final = 3
_TEXT: Final = "INSERT INTO cases_text (rowid, text) VALUES (?, ?)"
FLOOR: Final = frozenset(("decode", "encode the case", "ledger write", "journal write"))
"""Steps without which there is no message, no case and no event."""


class Steps:
    """Microseconds of processor time a message, by step."""

    def __init__(self, messages: int) -> None:
        self._messages = messages
        self.spent: dict[str, float] = {}

    def take(self, name: str, work: Callable[[], object], rounds: int = ROUNDS) -> None:
        """`work` is over all messages. Rounds after the first find their caches warm, as a batch
        of a running process does."""
        best = float("inf")
        for _ in range(rounds):
            start = process_time()
            work()
            best = min(best, process_time() - start)
        self.spent[name] = best / self._messages * 1e6

    def less(self, name: str, *others: str) -> None:
        """What a step costs beside steps that it takes in."""
        self.spent[name] = max(0.0, self.spent[name] - sum(self.spent[one] for one in others))


def _settings(home: Path) -> Settings:
    return read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_OVERLAY": str(OVERLAY),
            "HUIYIN_NOW": NOW.isoformat(),
            "HUIYIN_CLASSIFIER": "linear",
        }
    )


def _generated(folder: Path, rows: int, settings: Settings) -> list[Item]:
    path = folder / "messages.csv"
    write_board_csv(path, rows)
    reader = file_source(wiring.build_sources(settings), "board-export")
    batches = reader.read(path, now=settings.clock())
    return [found for batch in batches for found in batch.found if isinstance(found, Item)]


def measured(items: Sequence[Item], settings: Settings) -> Steps:
    steps = Steps(len(items))
    tables, rules = wiring.build_tables(settings), wiring.build_rules(settings)
    router, words = wiring.build_router(settings), RulesClassifier(tables)
    linear, heard = LinearModel(read_model(SHIPPED)), judge_with(danger.shipped())
    four = (words.topics, words.kinds, words.feelings, words.risks)
    lexicons = FourLexicons(*(each.lexicon for each in four))
    processor = wiring.build_processor(settings)
    classifier = wiring.build_classifier(settings)
    settle()
    messages = [observe(item, "") for item in items]
    data = [encode_message(message) for message in messages]

    steps.take("content hash", lambda: [content_hash(item) for item in items])
    steps.take("encode for the inbox", lambda: [encode_message(one) for one in messages])
    steps.take("decode", lambda: [decode_message(one) for one in data])
    texts = [Text(item.title, item.body, quoted_text(item)) for item in items]
    letters = [fold(text.body, text.title) for text in texts]
    steps.take("fold", lambda: [fold(text.body, text.title) for text in texts])
    steps.take("words of all tables", lambda: [lexicons.find(one) for one in letters])
    steps.take("rules", lambda: [words.read(one) for one in letters])
    steps.less("rules", "words of all tables")
    plain = [words.read(one).risk for one in letters]
    steps.take("danger", lambda: [heard(a, b) for a, b in zip(plain, letters, strict=True)])
    steps.take("linear model", lambda: [linear.score(part) for part in _parts(letters)])
    steps.take("evidence and labels", lambda: classifier.classify(texts))
    steps.less(
        "evidence and labels", "fold", "words of all tables", "rules", "danger", "linear model"
    )
    labels = classifier.classify(texts)
    pairs = list(zip(items, labels, strict=True))
    steps.take("routing", lambda: [router.route(*pair, on=NOW.date()) for pair in pairs])
    accusation = rules.accusation
    steps.take("accusation", lambda: [accusation.find(i.title, written_text(i)) for i in items])
    found = processor.prepare(data, NOW).findings
    both = [(message, found[message.message_id]) for message in messages]
    steps.take("decide", lambda: [decide(None, m, NOW, rules, f) for m, f in both])
    events = [decide(None, message, NOW, rules, one) for message, one in both]
    steps.take("evolve", lambda: [fold_case(each) for each in events])
    _written(steps, events, settings)
    return steps


def _written(steps: Steps, events: Sequence[Sequence[Recorded]], settings: Settings) -> None:
    """What it takes to index and write what was decided."""
    cases = [case for each in events if (case := fold_case(each))]
    raw = [
        _searched(case.item, [d.text for r in case.rounds for d in r.deliveries]) for case in cases
    ]
    hidden = [masked(case.item, text) for case, text in zip(cases, raw, strict=True)]
    steps.take("masking", lambda: [masked(c.item, t) for c, t in zip(cases, raw, strict=True)])
    steps.take("search text", lambda: [tokens(folded(text)) for text in hidden])
    steps.take("fields of the index", lambda: [index_of(case) for case in cases])
    steps.take("folded once", lambda: [folded(text) for text in hidden])
    steps.less("fields of the index", "masking", "folded once")
    del steps.spent["folded once"]
    steps.take("encode the case", lambda: [encode_stored(case) for case in cases])
    every = [event for each in events for event in each]
    steps.take("encode events", lambda: [encode_event(event) for event in every])
    rows = [
        (row_of(key, index := index_of(case), encode_stored(case)), tokens(index.text))
        for key, case in enumerate(cases, 1)
    ]
    with closing(EmbeddedStore(settings.home / "steps.db")) as store:
        steps.take("ledger write", lambda: _write(store, rows), 1)
        steps.take("journal write", lambda: _append(store, every), 1)
    steps.less("journal write", "encode events")


def _searched(item: Item, replies: Sequence[str]) -> str:
    return "\n".join((item.source_item_id, item.title, item.body, item.place, *replies))


def _parts(all_of: Sequence[T], size: int = MOST_MESSAGES) -> list[Sequence[T]]:
    return [all_of[at : at + size] for at in range(0, len(all_of), size)]


def _write(store: EmbeddedStore, rows: Sequence[tuple[tuple[object, ...], str]]) -> None:
    for part in _parts(rows, BATCH):
        with store.transaction():
            store.connection.executemany(UPSERT, [row for row, _ in part])
            store.connection.executemany(_TEXT, [(row[0], text) for row, text in part])


def _append(store: EmbeddedStore, events: Sequence[Recorded]) -> None:
    for part in _parts(events, 2 * BATCH):
        with store.transaction():
            store.append_events(part)


def whole(items: Sequence[Item], settings: Settings) -> float:
    """Processor time a message of `process` into a new file, in microseconds."""
    runner = wiring.open_runner(settings, wiring.build_processor(settings))
    half = len(items) // 2
    with closing(runner.store):
        runner.take("warm", Batch(found=tuple(items[:half])))
        runner.pump_all()
        runner.take("board", Batch(found=tuple(items[half:])))
        start = process_time()
        runner.pump_all()
        return (process_time() - start) / (len(items) - half) * 1e6


def in_memory(items: Sequence[Item], settings: Settings) -> float:
    """The same of `process` alone: its ledger and journal keep objects and write nothing."""
    processor, ports = wiring.build_processor(settings), Memory().ports()
    data = [encode_message(observe(item, "")) for item in items]
    best = float("inf")
    for _ in range(ROUNDS):
        start = process_time()
        for part in _parts(data, BATCH):
            processor.process(part, ports, NOW)
        best = min(best, process_time() - start)
    return best / len(items) * 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    given = sys.argv[2:] if arguments is None else arguments
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("rows", type=int, nargs="?", default=ROWS)
    parser.add_argument("--data", type=Path, help="real letters instead of generated ones")
    options = parser.parse_args(given)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "whole").mkdir()
        settings = _settings(folder)
        items = (
            list(islice(items_of(options.data), options.rows))
            if options.data
            else _generated(folder, options.rows, settings)
        )
        steps = measured(items, settings)
        alone = in_memory(items, settings)
        total = whole(items, _settings(folder / "whole"))
    size = sum(len(item.title) + len(item.body) for item in items) / len(items)
    print(f"{len(items)} messages of {size:.0f} characters, load {os.getloadavg()[0]:.1f}")
    for step, spent in steps.spent.items():
        print(f"  {step:22}{spent:7.0f} µs{'  floor' if step in FLOOR else ''}")
    floor = sum(steps.spent[step] for step in FLOOR)
    print(f"process, nothing written: {alone:.0f} µs; inbox to ledger and journal: {total:.0f} µs")
    print(f"floor: {floor:.0f} µs, {total / floor:.1f} times that is taken")


if __name__ == "__main__":
    main(sys.argv[1:])

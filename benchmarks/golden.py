"""Whether a change left every answer as it was: labels, routing, masked text, events, index.

    python -m benchmarks.golden --data FOLDER --keep FILE       before the change
    python -m benchmarks.golden --data FOLDER --against FILE    after it

Every row of `messages/`, `liuyan/`, `topics/` and `sentiment/` is a letter. It goes through
`process` with the fast judge into a ledger in memory; a line of FILE holds its id and a digest of
each of these as bytes. No text is kept.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.places import OVERLAY
from cases.alerts import Alert
from cases.privacy.masking import find_personal_data, mask_item
from cases.record.case import Case
from cases.record.events import Recorded
from cases.record.item import Item, SourceReply
from cases.record.messages import encode_message, observe
from cases.words.times import BEIJING
from desk.ground import wiring
from desk.ground.settings import read_settings
from sinks.ledger.base import Change
from sinks.ledger.case_index import index_of
from sinks.ledger.stored_case import encode_stored
from streams.dead_letters import DeadLetter
from streams.process import Ports

BATCH = 500
MOST_SHOWN = 20
NOW = datetime(2026, 11, 22, 9, tzinfo=BEIJING)
RECEIVED = datetime(2026, 11, 20, 9, tzinfo=BEIJING)
WHAT = ("labels", "routing", "masked", "personal data", "index", "events", "alerts")
"""What a line has a digest of, in this order."""
_FILES = {
    "replies": ("messages/replies.csv", "留言主题", "留言详情", "答复意见"),
    "hotspot": ("messages/hotspot.csv", "留言主题", "留言详情", ""),
    "hangzhou": ("liuyan/hangzhou.csv", "title", "content", ""),
    "topics": ("topics/train.csv", "title", "text", ""),
    "shopping": ("sentiment/online_shopping_10_cats.csv", "", "review", ""),
    "usual-eval": ("sentiment/smp2020_usual_eval.csv", "", "content", ""),
    "usual": ("sentiment/smp2020_usual_train.csv", "", "content", ""),
    "virus-eval": ("sentiment/smp2020_virus_eval.csv", "", "content", ""),
    "virus": ("sentiment/smp2020_virus_train.csv", "", "content", ""),
    "takeaway": ("sentiment/waimai_10k.csv", "", "review", ""),
}
_encode = msgspec.json.Encoder(order="deterministic").encode


class Memory:
    """All four ports of `process`, keeping one batch."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.events: dict[str, list[Recorded]] = {}
        self.alerts: dict[str, list[Alert]] = {}

    def load(self, _case_ids: Sequence[str]) -> dict[str, Case]:
        return {}

    def store(self, changes: Sequence[Change]) -> tuple[str, ...]:
        self.cases = {change.case.case_id: change.case for change in changes}
        return ()

    def append(self, events: Sequence[Recorded]) -> None:
        self.events = {}
        for event in events:
            self.events.setdefault(event.case_id, []).append(event)

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self.alerts = {}
        for alert in alerts:
            self.alerts.setdefault(alert.case_id, []).append(alert)

    def add(self, letters: Sequence[DeadLetter]) -> None:
        if letters:
            raise SystemExit(f"a dead letter: {letters[0]}")

    def ports(self) -> Ports:
        return Ports(
            ledger=self,  # type: ignore[arg-type]
            journal=self,
            alerts=self,
            dead_letters=self,  # type: ignore[arg-type]
        )


def items_of(data: Path, each: int = 0) -> Iterator[Item]:
    """All letters, or the first `each` of every file."""
    csv.field_size_limit(10_000_000)
    for source, (name, title, body, reply) in _FILES.items():
        with (data / name).open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(islice(csv.DictReader(file), each or None)):
                answer = (row[reply] or "").strip() if reply else ""
                yield Item(
                    source="golden",
                    source_item_id=f"{source}:{number}",
                    channel="领导信箱",
                    received_at=RECEIVED,
                    title=(row[title] or "").strip() if title else "",
                    body=(row[body] or "").strip(),
                    author=row.get("留言用户") or "",
                    replies=(SourceReply(text=answer, at=RECEIVED),) if answer else (),
                )


def lines(items: Iterator[Item], home: Path) -> Iterator[list[str]]:
    """Of each item its number, and a digest for each of `WHAT`."""
    settings = read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_OVERLAY": str(OVERLAY),
            "HUIYIN_NOW": NOW.isoformat(),
            "HUIYIN_CLASSIFIER": "linear",
        }
    )
    processor, memory = wiring.build_processor(settings), Memory()
    ports, router = memory.ports(), wiring.build_router(settings)
    while batch := list(islice(items, BATCH)):
        processor.process([encode_message(observe(item, "")) for item in batch], ports, NOW)
        for item in batch:
            case = memory.cases[item.case_id]
            found = (
                case.labels,
                (router.route(item, case.labels), router.suggest(item, case.labels)),
                mask_item(item),
                [find_personal_data(text) for text in (item.title, item.body)],
                index_of(case),
                (encode_stored(case), memory.events[item.case_id]),
                memory.alerts.get(item.case_id, []),
            )
            digests = (sha256(_encode(each)).hexdigest()[:16] for each in found)
            yield [item.source_item_id, *digests]


def compare(before: Path, after: Iterator[list[str]]) -> int:
    """Prints what differs; gives how many letters differ in anything."""
    kept = dict(line.split("\t", 1) for line in before.read_text().splitlines())
    different: Counter[str] = Counter()
    letters = compared = 0
    for name, *digests in after:
        if name not in kept:
            continue
        compared += 1
        old = kept[name].split("\t")
        wrong = [what for what, a, b in zip(WHAT, old, digests, strict=True) if a != b]
        if wrong:
            letters += 1
            different.update(wrong)
            if letters <= MOST_SHOWN:
                print(f"  {name}: {', '.join(wrong)}")
    print(f"{compared} of {len(kept)} letters compared, {letters} differ {dict(different) or ''}")
    return letters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--each", type=int, default=0, help="so many rows of each file")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--keep", type=Path)
    what.add_argument("--against", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        found = lines(items_of(options.data, options.each), Path(name))
        if options.against:
            sys.exit(1 if compare(options.against, found) else 0)
        with options.keep.open("w") as out:
            out.writelines("\t".join(line) + "\n" for line in found)


if __name__ == "__main__":
    main()

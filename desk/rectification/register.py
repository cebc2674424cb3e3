"""The register of 整改事项, and what looks as if it should stand in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from msgspec import Struct

from cases.figures.case_facts import CaseFacts
from cases.figures.counted import Verdict, verdict
from cases.record.case import Case
from cases.registers.rectification import (
    Found,
    Happened,
    Origin,
    Rectification,
    Step,
    check,
    check_found,
    fold,
)
from cases.routing.units import UnitRegister
from cases.words.actors import Actor
from cases.words.refusals import NotAllowed
from cases.words.times import micros
from classifiers.base import Text
from classifiers.reply.quality import check_reply
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry
from sinks.ledger.base import Ledger

COMMON_FROM: Final = 3
"""So many messages about one matter within the time looked at are a common problem."""
_decoder = msgspec.json.Decoder(Step)


class Rectifications:
    """Raises what `cases.registers.rectification` and `desk.ground.registers` raise."""

    def __init__(self, file: DeskFile, units: Collection[str]) -> None:
        self._book = Register(file, "rectification")
        self._units = units

    def find(self, step: Found, at: datetime, by: Actor) -> Rectification:
        """Puts a problem on the register. Raises `NotAllowed`."""
        check_found(step, by, self._units)
        entry = self._book.begin(f"ZG{at:%Y}-", at, by, step)
        return fold(entry.record, [_happened(entry)])

    def do(self, number: str, seen: int, step: Step, at: datetime, by: Actor) -> Rectification:
        """One step of item `number`, of which the person has seen `seen` steps.

        Raises `NotAllowed` and `Changed`."""
        item = self.get(number)
        if item is None:
            raise NotAllowed(f"没有编号为“{number[:40]}”的整改事项。")
        check(item, step, by)
        self._book.append(number, seen, at, by, step)
        return fold(number, [*item.history, Happened(at, by, step)])

    def get(self, number: str) -> Rectification | None:
        entries = self._book.load(number)
        return fold(number, map(_happened, entries)) if entries else None

    def all(self) -> list[Rectification]:
        """In the order in which they were found."""
        return [
            fold(number, map(_happened, entries)) for number, entries in self._book.all().items()
        ]


def _happened(entry: RegisterEntry) -> Happened:
    return Happened(entry.at, entry.by, _decoder.decode(entry.body))


class Candidate(Struct, frozen=True, kw_only=True):
    """Cases of one unit that show the same problem and are on no item yet."""

    origin: Origin
    unit: str
    case_ids: tuple[str, ...]
    text: str


def candidates(
    outlines: Iterable[CaseFacts], items: Sequence[Rectification], now: datetime
) -> list[Candidate]:
    """What the ledger shows and nobody has dealt with: answers that came late or are
    overdue, citizens who had to come again, promises that were broken. Those with the most
    cases first."""
    known = {(item.origin, case_id) for item in items for case_id in item.case_ids}
    groups: dict[tuple[Origin, str], list[str]] = defaultdict(list)
    matters: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in outlines:
        for origin in _problems(row, now):
            if row.unit and (origin, row.case_id) not in known:
                groups[origin, row.unit].append(row.case_id)
        if row.unit and row.matter and (Origin.COMMON, row.case_id) not in known:
            matters[row.unit, row.matter].append(row.case_id)
    words = {
        Origin.LATE_REPLY: "件逾期答复或逾期未答",
        Origin.REPEATED: "件回访不满意或重新办理",
        Origin.BROKEN_PROMISE: "件承诺经核实未兑现",
    }
    found = [
        _candidate(origin, unit, case_ids, words[origin])
        for (origin, unit), case_ids in groups.items()
    ]
    found += [
        _candidate(Origin.COMMON, unit, case_ids, "件反映同一事项，请主动回应")
        for (unit, _), case_ids in matters.items()
        if len(case_ids) >= COMMON_FROM
    ]
    return most_first(found)


MOST_READ: Final = 300
"""The latest replies that are looked at for their quality."""


class PoorReplies:
    """Replies that the rules take for no answer. Each is read once."""

    def __init__(self) -> None:
        self._poor: dict[tuple[str, int], bool] = {}

    def candidates(
        self, ledger: Ledger, outlines: Sequence[CaseFacts], items: Sequence[Rectification]
    ) -> list[Candidate]:
        """By unit, like `candidates`."""
        known = {
            case_id
            for item in items
            if item.origin is Origin.BAD_REPLY
            for case_id in item.case_ids
        }
        rows = [row for row in outlines if row.has_reply and row.unit and row.case_id not in known]
        rows.sort(key=lambda row: (row.replied or 0, row.case_id))
        found = ledger.load([row.case_id for row in rows[-MOST_READ:]])
        self._poor = {(case_id, case.seq): self._known(case) for case_id, case in found.items()}
        groups: dict[str, list[str]] = defaultdict(list)
        for (case_id, _), poor in self._poor.items():
            if poor:
                groups[found[case_id].unit].append(case_id)
        return [
            _candidate(Origin.BAD_REPLY, unit, ids, "件答复像是套话、只转办或答非所问")
            for unit, ids in groups.items()
        ]

    def _known(self, case: Case) -> bool:
        poor = self._poor.get((case.case_id, case.seq))
        return _is_poor(case) if poor is None else poor


def _is_poor(case: Case) -> bool:
    first = case.round.first_delivery
    if first is None:
        return False
    item, on = case.item, (first.at or case.received_at).date()
    return not check_reply(Text(item.title, item.body), first.text, on).answers


def most_first(found: Iterable[Candidate]) -> list[Candidate]:
    return sorted(found, key=lambda one: (-len(one.case_ids), one.unit, one.origin))


def _candidate(origin: Origin, unit: str, case_ids: list[str], words: str) -> Candidate:
    return Candidate(
        origin=origin,
        unit=unit,
        case_ids=tuple(sorted(case_ids)),
        text=f"{len(case_ids)} {words}",
    )


def _problems(row: CaseFacts, now: datetime) -> Iterable[Origin]:
    overdue = bool(row.judged) and verdict(row.judged[-1], micros(now)) is Verdict.OVERDUE
    if row.on_time is False or overdue:
        yield Origin.LATE_REPLY
    if row.rounds > 1 or row.satisfied is False:
        yield Origin.REPEATED
    if any(kept is False for _, _, kept in row.promises):
        yield Origin.BROKEN_PROMISE


class PrintedItem(Struct, frozen=True, kw_only=True):
    """An item as the papers read it (`cases.reporting.rectification.RectificationItem`)."""

    id: str
    title: str
    unit: str
    found_on: date
    source: str
    due: date | None
    measure: str
    evidence: str
    verified_by: str
    state: str


def printed_items(file: DeskFile, register: UnitRegister) -> list[PrintedItem]:
    """The whole register, for the papers."""
    items = Rectifications(file, {unit.id for unit in register}).all()
    return [printed(one, register.name(one.unit)) for one in items]


def printed(item: Rectification, unit_name: str) -> PrintedItem:
    return PrintedItem(
        id=item.number,
        title=item.title,
        unit=unit_name,
        found_on=item.found_on,
        source=item.origin.value,
        due=item.due,
        measure=item.measure,
        evidence=item.evidence,
        verified_by=item.verified_by,
        state=item.stage.value,
    )

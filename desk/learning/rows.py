"""Every correction that was made at this desk, out of the ledger and the register of names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from cases.figures.taught import Taught, What, taught
from cases.privacy.masking import mask
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from desk.ground.deskfile import DeskFile
from desk.hotspots.naming import NameRegister, name_in
from sinks.ledger.base import Ledger


class CorrectionLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A correction as it leaves the house: without what people wrote, unless it was asked for."""

    case_id: str
    what: What
    before: str
    after: str
    by: str
    at: datetime
    model: str
    reason: str = ""
    """With the texts only; masked."""
    title: str = ""
    body: str = ""


def hotspot_names(file: DeskFile) -> tuple[Taught, ...]:
    """Each name that a person gave to a matter; `case_id` is the matter, its first case."""
    found = []
    for matter, entries in NameRegister(file).book.all().items():
        names = ["", *(name_in(entry) for entry in entries)]
        found += [
            Taught(
                case_id=matter,
                what=What.HOTSPOT,
                before=before,
                after=after,
                by=entry.by.id,
                at=entry.at,
                model="",
            )
            for entry, (before, after) in zip(entries, pairwise(names), strict=True)
        ]
    return tuple(found)


def lines(
    cases: Iterable[Case], since: datetime | None = None, *, texts: bool = False
) -> Iterator[CorrectionLine]:
    """Case by case; those of confidential cases are left out."""
    for case in cases:
        for row in taught(case):
            if since is None or row.at >= since:
                yield line_of(row, case, texts=texts)


def name_lines(
    names: Iterable[Taught], ledger: Ledger, since: datetime | None = None
) -> Iterator[CorrectionLine]:
    """Those of matters whose first case is confidential are left out: the name tells of it."""
    wanted = [row for row in names if since is None or row.at >= since]
    known = ledger.load(list(dict.fromkeys(row.case_id for row in wanted)))
    for row in wanted:
        case = known.get(row.case_id)
        if case is None or not case.confidential:
            yield line_of(row, None, texts=False)


def line_of(row: Taught, case: Case | None, *, texts: bool) -> CorrectionLine:
    """`case` is None for a name, which belongs to no case alone."""
    told = asdict(row)
    if row.what is What.HOTSPOT:
        told |= {
            "before": mask(row.before, by_office=True),
            "after": mask(row.after, by_office=True),
        }
    told["reason"] = ""
    if texts and case is not None:
        told |= {
            "reason": for_anyone(case, row.reason, by_office=True),
            "title": for_anyone(case, case.item.title),
            "body": for_anyone(case, case.item.body),
        }
    return msgspec.convert(told, CorrectionLine)

"""The columns of the ledger's page, of which every reader chooses.

They are those of the files (`cases.reporting.columns`) that are offered on the page, and one that
no file has: the time left, for it is true at the moment of reading only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from cases.privacy.visibility import is_withheld
from cases.record.case import Case
from cases.reporting import columns
from cases.reporting.columns import View, plain
from cases.reporting.lines import line_of
from cases.reporting.naming import UnitNames
from cases.reporting.periods import everything
from cases.reporting.sight import masked_for_all
from cases.words.actors import Actor
from cases.words.times import beijing
from desk.ground.context import DeskContext
from desk.phrasing.lines import HIDDEN_LABEL, CaseLine
from sinks.ledger.base import Order


class Column(Struct, frozen=True):
    name: str
    header: str
    order: Order | None = None
    """Sorting by it, where the ledger can."""
    usual: bool = False
    of_files: columns.Column | None = None
    """Gives the cell where a line of a list does not have it."""


def _from_files() -> tuple[Column, ...]:
    offered = [(one.page, one) for one in columns.COLUMNS.values() if one.page is not None]
    offered.sort(key=lambda pair: pair[0].place)
    return tuple(
        Column(
            name=page.name or one.key,
            header=page.header or one.header,
            order=Order(page.sorted) if page.sorted else None,
            usual=page.usual,
            of_files=one,
        )
        for page, one in offered
    )


COLUMNS: Final = (Column("left", "时限", Order.DUE, usual=True), *_from_files())
_ALWAYS: Final = "title"
_IN_A_LINE: Final = frozenset((*CaseLine.__struct_fields__, *("received", "due", "replied")))
"""What the template writes from the line itself, with links, tags and colours."""


def chosen(names: Iterable[str]) -> tuple[Column, ...]:
    """These columns in their usual order, the title among them; the usual ones where
    nothing is chosen."""
    known = {column.name for column in COLUMNS}
    wanted = known.intersection(names) or {column.name for column in COLUMNS if column.usual}
    return tuple(column for column in COLUMNS if column.name in {*wanted, _ALWAYS})


def cells(
    shown: Sequence[Column], cases: Sequence[Case], office: DeskContext, now: datetime, actor: Actor
) -> dict[str, dict[str, str]]:
    """By case_id and column: the cells that a line of a list does not have, as a file that
    everyone may read gives them. Of a case that is withheld from the reader they say nothing."""
    wanted = [one for one in shown if one.of_files is not None and one.name not in _IN_A_LINE]
    if not wanted:
        return {}
    view = View(UnitNames(office.register, beijing(now).date()), masked_for_all)
    # What happened just now is part of it.
    at = now + timedelta(microseconds=1)
    found: dict[str, dict[str, str]] = {}
    for case in cases:
        line = line_of(case, everything(at), at)
        seen = None if is_withheld(case, actor) else line
        found[case.case_id] = {
            one.name: plain(one.of_files.cell(seen, view)) if seen else HIDDEN_LABEL
            for one in wanted
            if one.of_files is not None
        }
    return found

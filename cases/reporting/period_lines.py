"""From the cases of the ledger to the lines of a period, one case at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from cases.record.case import Case
from cases.reporting.balance import Books
from cases.reporting.history import as_of, waiting
from cases.reporting.lines import Entry, Line, line_of
from cases.reporting.periods import Period


class Only(Struct, frozen=True, kw_only=True):
    """Conditions on the cases as they were at the end of the period; empty: all."""

    units: frozenset[str] = frozenset()
    """Lead or assisting; a unit with those merged into it."""
    channel: str = ""
    topic: str = ""
    """First level, or a path joined by "/" down to any level."""

    def holds(self, case: Case) -> bool:
        if self.channel and case.item.channel != self.channel:
            return False
        if self.units and not self.units & {case.unit, *(task.unit for task in case.tasks)}:
            return False
        if not self.topic:
            return True
        path = "/".join(case.labels.topic_path or (case.labels.topic,))
        return path == self.topic or path.startswith(f"{self.topic}/")

    @property
    def by_state(self) -> bool:
        """Whether the case has to be known as it was then to tell."""
        return bool(self.units or self.topic)


def lines(
    cases: Iterable[Case],
    period: Period,
    books: Books,
    only: Only | None = None,
    *,
    media: Collection[str] = (),
) -> Iterator[Line]:
    """The cases on the books of the period, in their order; `books` takes part in all.

    `cases`: at least all that were received before the end, by case id. Of a period that
    runs on, those received later than now are not on the books, and named. `media`: channels of
    reports; a report stands in the list of the period in which it was received, and on no books."""
    only = only or Only()
    at = books.at
    for case in cases:
        if case.received_at >= at:
            if at < period.end_at and only.holds(case):
                books.put_off(case)
            continue
        if only.by_state:
            then = as_of(case, at)
            if then is None or not only.holds(then):
                continue
        elif not only.holds(case):
            continue
        spans = waiting(case)
        if case.item.channel in media:
            books.look_at_report(case)
            line = line_of(case, period, at, spans)
            if line is not None and line.entry is Entry.NEW:
                books.add_report(line.case)
                yield replace(line, entry=Entry.REPORT)
            continue
        books.look(case, spans)
        line = line_of(case, period, at, spans)
        if line is not None:
            books.add(line)
            yield line

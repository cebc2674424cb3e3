"""Counting what happened in a period, for the whole office, a unit, a topic, a channel.

What a case counts by stands in `cases.figures.measures`; here it is given to the groups.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from cases.figures.case_facts import CaseFacts, facts_of
from cases.figures.counted import Counts, Ratio, count_rounds
from cases.figures.course import Course, course_of
from cases.privacy.visibility import for_anyone, withheld_from
from cases.record import events as ev
from cases.record.case import Case, State
from cases.registers.watch import story_of
from cases.reporting.history import Span, as_of, dated
from cases.reporting.lines import Entry, Line, line_of
from cases.reporting.naming import UnitNames
from cases.reporting.periods import Period
from cases.words.labels import Kind, Sentiment
from cases.words.times import BEIJING, micros, moment_of

__all__ = ["Counts", "DuePromise", "Hit", "LateCase", "Ratio", "Tally"]


class Hit(Struct, frozen=True, array_like=True):
    """What one case gave to the counts, and to whose."""

    case_id: str
    unit: str
    """Where it was counted: id as of the end of the period, "" for none."""
    topic: str
    channel: str
    found: tuple[tuple[str, int], ...]
    """Fields of `Counts` that are not 0."""
    matters: tuple[str, ...] = ()
    """The first it is linked to, as `CaseFacts` has it; none of a case that is withheld from
    some readers of papers."""
    risks: tuple[str, ...] = ()
    """Both of the newly received only."""
    history: bool = False
    """Taken in as history: no part of the scoring."""


class LateCase(Struct, frozen=True, kw_only=True):
    """One line of the list of what is overdue."""

    case_id: str
    title: str
    unit: str
    received_at: datetime
    due_at: datetime
    days: int
    high_risk: bool
    """False of a case that is withheld from some readers of papers."""


class DuePromise(Struct, frozen=True, kw_only=True):
    case_id: str
    text: str
    owner: str
    day: date
    kept: bool | None
    published: str


class Tally:
    """Takes every case of the ledger and keeps the counts of one period."""

    def __init__(
        self,
        period: Period,
        at: datetime,
        names: UnitNames,
        *,
        high_risks: Collection[str] = (),
        appeals: Collection[str] = (),
        media: Collection[str] = (),
        detailed: bool = True,
    ) -> None:
        """`appeals`: ids of cases that do not count in the scoring; `media`: channels of reports,
        which count as reports and as nothing else; `detailed`: keep the lists, not only the
        numbers."""
        self.period, self.at, self.names = period, at, names
        self.total = Counts()
        self.units: dict[str, Counts] = {}
        self.scored: dict[str, Counts] = {}
        """Like `units`, without the cases of upheld appeals."""
        self.excluded: dict[str, set[str]] = {}
        """By unit, the cases that would have counted in the scoring."""
        self.topics: dict[str, Counts] = {}
        self.channels: dict[str, Counts] = {}
        self.risks: dict[str, int] = {}
        """Of the newly received."""
        self.linked: list[CaseFacts] = []
        """Of the newly received, those that are about a matter, as far as a paper may tell."""
        self.titles: dict[str, str] = {}
        """Of those, by case, masked."""
        self.late: list[LateCase] = []
        self.promises: list[DuePromise] = []
        self.hits: list[Hit] = []
        """The list behind every number."""
        self._alike: dict[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]] = {}
        self._high = frozenset(high_risks)
        self._appeals = frozenset(appeals)
        self._media = frozenset(media)
        self._stories: set[str] = set()
        self._detailed = detailed

    def add(self, case: Case, spans: tuple[Span, ...]) -> None:
        if case.received_at >= self.at:
            return
        line = line_of(case, self.period, self.at, spans)
        then = line.case if line else as_of(case, self.at)
        if then is None:
            return
        if then.item.channel in self._media:
            self._reported(then)
            return
        found = Counts()
        if line is not None:
            _on_books(found, line)
        course = course_of(then)
        self._rounds(found, then, course)
        found.pressed += sum(self._within(moment_of(each)) for each in course.pressed)
        if found.received:
            found.at_once = course.at_once
        if course.sent_at is not None and self._within(moment_of(course.sent_at)):
            found.sent, found.sent_right = 1, course.sent_right
            found.sent_returned = bool(course.returned)
        new = self._detailed and line is not None and line.entry is Entry.NEW
        if new:
            self._received(then)
        self._give(found, then, then.unit, new=new)
        self._returned(case, then)
        self._promised(then)

    def _reported(self, then: Case) -> None:
        """A report of media: no citizen waits for it, and what was promised is promised."""
        if self._within(then.received_at):
            story = story_of(then)
            self._give(Counts(media=1, stories=story not in self._stories), then, then.unit)
            self._stories.add(story)
        self._promised(then)

    def _rounds(self, found: Counts, then: Case, course: Course) -> None:
        count_rounds(found, course.judged, micros(self.period.start_at), micros(self.at))
        if found.overdue and self._detailed:
            self.late.append(self._late(then, found.overdue_days))

    def _late(self, then: Case, days: int) -> LateCase:
        clock = then.round.deciding_clock
        if clock is None:
            raise ValueError(f"{then.case_id}: overdue without a clock")
        labels = then.labels
        return LateCase(
            case_id=then.case_id,
            title=for_anyone(then, then.item.title),
            unit=self.names.shown(then.unit),
            received_at=then.received_at,
            due_at=clock.due_at,
            days=days,
            high_risk=not withheld_from(then)
            and (labels.urgent or not self._high.isdisjoint(labels.risk)),
        )

    def _returned(self, case: Case, then: Case) -> None:
        """Counted at the unit that handed it back, not at the one that has the case now."""
        if not then.returns:
            return
        for event, counts in dated(case):
            if isinstance(event.body, ev.ReturnApproved) and self._within(counts):
                self._give(Counts(returns=1), then, event.body.unit)

    def _promised(self, then: Case) -> None:
        """Counted at the unit that promised."""
        for each in then.promises:
            over = datetime.combine(each.due, time(0), BEIJING) + timedelta(days=1)
            if not self.period.start_at < over <= self.at:
                continue
            found = Counts(
                promises_due=1,
                promises_kept=int(each.kept is True),
                promises_broken=int(each.kept is False),
            )
            self._give(found, then, each.owner)
            if self._detailed:
                self.promises.append(
                    DuePromise(
                        case_id=then.case_id,
                        text=for_anyone(then, each.text, by_office=True),
                        owner=self.names.shown(each.owner),
                        day=each.due,
                        kept=each.kept,
                        published=each.published,
                    )
                )

    def _received(self, then: Case) -> None:
        for risk in then.labels.risk:
            self.risks[risk] = self.risks.get(risk, 0) + 1
        if _matter_told(then):
            self.linked.append(facts_of(then))
            self.titles[then.case_id] = for_anyone(then, then.item.title)

    def _give(self, found: Counts, then: Case, unit_id: str, *, new: bool = False) -> None:
        unit = self.names.counted_at(unit_id)
        self._keep(found, then, unit, new=new)
        groups = [
            self.total,
            self.units.setdefault(unit, Counts()),
            self.topics.setdefault(then.labels.topic, Counts()),
            self.channels.setdefault(then.item.channel, Counts()),
        ]
        if then.state is State.ARCHIVED:
            pass  # what was before the desk is nobody's score
        elif then.case_id not in self._appeals:
            groups.append(self.scored.setdefault(unit, Counts()))
        elif found != Counts():
            self.excluded.setdefault(unit, set()).add(then.case_id)
        for group in groups:
            group.add(found)

    def _keep(self, found: Counts, then: Case, unit: str, *, new: bool) -> None:
        given = tuple(
            (name, int(n)) for name in Counts.__struct_fields__ if (n := getattr(found, name))
        )
        if given:
            self.hits.append(
                Hit(
                    then.case_id,
                    unit,
                    then.labels.topic,
                    then.item.channel,
                    # Few kinds of cases, many cases.
                    self._alike.setdefault(given, given),
                    _matter_told(then) if new else (),
                    then.labels.risk if new else (),
                    then.state is State.ARCHIVED,
                )
            )

    def _within(self, moment: datetime) -> bool:
        return self.period.start_at <= moment < self.at


def _matter_told(then: Case) -> tuple[str, ...]:
    """What a paper, which everybody reads, may say that a case is about."""
    return () if withheld_from(then) else then.matters[:1]


def _on_books(found: Counts, line: Line) -> None:
    match line.entry:
        case Entry.CARRIED:
            found.carried = 1
        case Entry.NEW:
            found.received = 1
            found.negative = line.case.labels.sentiment is Sentiment.NEGATIVE
            found.suggestions = line.case.labels.kind is Kind.SUGGESTION
        case Entry.REOPENED:
            found.reopened = 1
    if line.ended is None:
        found.closing = 1
    else:
        found.ended = 1

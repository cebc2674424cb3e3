"""Counting what happened in a period, for the whole office, a unit, a topic, a channel.

What a case counts by:

- received, carried over, ended, left over: as in the balance (件);
- due, answered, on time: rounds by their due time — those that fell due in the period,
  however early they were answered; what was refused, turned out invalid, waits for the
  citizen or was answered without a known time has no verdict and is left out;
- resolved, satisfied: call-backs made in the period that got an answer;
- returned, pressed: what happened in the period;
- promises: those whose day fell into the period.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from cases.privacy.visibility import for_anyone
from cases.record import events as ev
from cases.record.case import Case, Round, State
from cases.record.commands import Rung
from cases.reporting.history import Span, as_of, dated
from cases.reporting.lines import Entry, Line, Verdict, days_late, line_of, verdict_of
from cases.reporting.naming import UnitNames
from cases.reporting.periods import Period
from cases.words.labels import Kind, Sentiment
from cases.words.times import BEIJING


class Ratio(Struct, frozen=True):
    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """None when there is nothing to take a share of."""
        return self.part / self.whole if self.whole else None


class Counts(Struct, kw_only=True):
    """Plain numbers; grows while cases are added."""

    received: int = 0
    carried: int = 0
    reopened: int = 0
    ended: int = 0
    closing: int = 0
    due: int = 0
    due_answered: int = 0
    due_on_time: int = 0
    untimed: int = 0
    """Due in the period and answered, but nobody knows when."""
    asked_resolved: int = 0
    said_resolved: int = 0
    asked_satisfied: int = 0
    said_satisfied: int = 0
    overdue: int = 0
    """Unanswered at the end, after their due time."""
    overdue_days: int = 0
    returns: int = 0
    pressed: int = 0
    """督办, 挂牌, 约谈; a reminder (催办) is not counted."""
    promises_due: int = 0
    promises_kept: int = 0
    promises_broken: int = 0
    negative: int = 0
    suggestions: int = 0

    @property
    def on_time(self) -> Ratio:
        """按时率: of the rounds due in the period."""
        return Ratio(self.due_on_time, self.due)

    @property
    def answered(self) -> Ratio:
        """回应率: of the rounds due in the period, answered by its end."""
        return Ratio(self.due_answered, self.due)

    @property
    def resolved(self) -> Ratio:
        return Ratio(self.said_resolved, self.asked_resolved)

    @property
    def satisfied(self) -> Ratio:
        return Ratio(self.said_satisfied, self.asked_satisfied)

    @property
    def promises_unchecked(self) -> int:
        return self.promises_due - self.promises_kept - self.promises_broken

    @property
    def on_books(self) -> int:
        return self.carried + self.received + self.reopened


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
    risks: tuple[str, ...] = ()
    """Both of the newly received only."""


class Matter(Struct, kw_only=True):
    """Several messages about one thing."""

    id: str
    title: str
    """Of the first of them, masked."""
    unit: str
    case_id: str
    count: int = 0


class LateCase(Struct, frozen=True, kw_only=True):
    """One line of the list of what is overdue."""

    case_id: str
    title: str
    unit: str
    received_at: datetime
    due_at: datetime
    days: int
    high_risk: bool


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
        detailed: bool = True,
    ) -> None:
        """`appeals`: ids of cases that do not count in the scoring; `detailed`: keep the
        lists, not only the numbers."""
        self.period, self.at, self.names = period, at, names
        self.total = Counts()
        self.units: dict[str, Counts] = {}
        self.scored: dict[str, Counts] = {}
        """Like `units`, without the cases of upheld appeals."""
        self.topics: dict[str, Counts] = {}
        self.channels: dict[str, Counts] = {}
        self.risks: dict[str, int] = {}
        """Of the newly received."""
        self.matters: dict[str, Matter] = {}
        """Of the newly received."""
        self.late: list[LateCase] = []
        self.promises: list[DuePromise] = []
        self.hits: list[Hit] = []
        """The list behind every number."""
        self._alike: dict[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]] = {}
        self._high = frozenset(high_risks)
        self._appeals = frozenset(appeals)
        self._detailed = detailed

    def add(self, case: Case, spans: tuple[Span, ...]) -> None:
        if case.received_at >= self.at:
            return
        line = line_of(case, self.period, self.at, spans)
        then = line.case if line else as_of(case, self.at)
        if then is None:
            return
        found = Counts()
        if line is not None:
            _on_books(found, line)
        self._rounds(found, then, line)
        found.pressed += sum(
            each.rung is not Rung.REMIND and self._within(each.at) for each in then.pressures
        )
        new = self._detailed and line is not None and line.entry is Entry.NEW
        if new:
            self._received(then)
        self._give(found, then, then.unit, new=new)
        self._returned(case, then)
        self._promised(then)

    def _rounds(self, found: Counts, then: Case, line: Line | None) -> None:
        ended = then.state in (State.REFUSED, State.INVALID)
        for round_ in then.rounds:
            verdict = verdict_of(round_, self.at, ended=ended and round_ is then.round)
            clock, called = round_.reply_clock, round_.callback
            if clock is not None and self._within(clock.due_at):
                _count_due(found, verdict)
            if called is not None and self._within(called.at):
                found.asked_resolved += called.resolved is not None
                found.said_resolved += called.resolved is True
                found.asked_satisfied += called.satisfied is not None
                found.said_satisfied += called.satisfied is True
            if verdict is Verdict.OVERDUE and line is not None and line.ended is None:
                days = days_late(round_, self.at, verdict) or 0
                found.overdue += 1
                found.overdue_days += days
                if self._detailed:
                    self.late.append(self._late(then, round_, days))

    def _late(self, then: Case, round_: Round, days: int) -> LateCase:
        clock = round_.reply_clock
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
            high_risk=labels.urgent or not self._high.isdisjoint(labels.risk),
        )

    def _returned(self, case: Case, then: Case) -> None:
        """Counted at the unit that handed it back, whoever has the case now."""
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
        for matter_id in then.matters:
            matter = self.matters.get(matter_id)
            if matter is None:
                matter = self.matters[matter_id] = Matter(
                    id=matter_id,
                    title=for_anyone(then, then.item.title),
                    unit=self.names.shown(then.unit),
                    case_id=then.case_id,
                )
            matter.count += 1

    def _give(self, found: Counts, then: Case, unit_id: str, *, new: bool = False) -> None:
        unit = self.names.counted_at(unit_id)
        self._keep(found, then, unit, new=new)
        groups = [
            self.total,
            self.units.setdefault(unit, Counts()),
            self.topics.setdefault(then.labels.topic, Counts()),
            self.channels.setdefault(then.item.channel, Counts()),
        ]
        if then.case_id not in self._appeals:
            groups.append(self.scored.setdefault(unit, Counts()))
        for name in Counts.__struct_fields__:
            more = getattr(found, name)
            if more:
                for group in groups:
                    setattr(group, name, getattr(group, name) + more)

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
                    tuple(then.matters) if new else (),
                    then.labels.risk if new else (),
                )
            )

    def _within(self, moment: datetime) -> bool:
        return self.period.start_at <= moment < self.at


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


def _count_due(found: Counts, verdict: Verdict) -> None:
    match verdict:
        case Verdict.ON_TIME:
            found.due += 1
            found.due_answered += 1
            found.due_on_time += 1
        case Verdict.LATE:
            found.due += 1
            found.due_answered += 1
        case Verdict.OVERDUE:
            found.due += 1
        case Verdict.NO_TIME:
            found.untimed += 1
        case _:
            pass

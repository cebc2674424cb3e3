"""The duty desk's first page, and what stands above every page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import Alert, AlertKind, Level
from cases.life.todo import Todo
from cases.life.urgent import waits_for_measure
from cases.privacy.visibility import is_withheld
from cases.record.case import OPEN_STATES, Case
from cases.settled import is_settled
from cases.words.actors import Actor
from desk.alerts.acknowledging import MAY_ACKNOWLEDGE
from desk.ground.context import DeskContext, PageStore
from desk.ground.sight import counts, for_actor
from desk.home.events import OpenEvent, event_lines
from desk.home.receipts import Receipt, Unseen, receipts, unseen_cases
from desk.home.returns import ReturnLine, return_lines
from desk.ledger.filters import Filter, View
from desk.opinion.incident_files import IncidentFiles
from desk.phrasing.lines import AlertLine, CaseLine, alert_line, alert_told, case_lines
from desk.phrasing.times import WEEKDAYS, midnight
from desk.sources.service import health_rules
from sinks.alerts.book import AlertBook
from sinks.ledger.base import Ledger, Order, Query
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.health import Complaint, findings

LISTED: Final = 40
"""Lines of the list of what needs a hand."""
ALERTED: Final = 30
_ALERTS_READ: Final = 200


class Counter(Struct, frozen=True):
    name: str
    value: int
    href: str
    tone: str


class Coming(Struct, frozen=True):
    """The next day on which something is due, when nothing is today."""

    heading: str
    total: int
    href: str


class Overview(Struct, frozen=True, kw_only=True):
    counters: tuple[Counter, ...]
    total: int
    hand: tuple[CaseLine, ...]
    """What needs a hand, by risk and time left."""
    receipts: dict[str, Receipt]
    """Of these, by case_id, whether the unit has looked, and whether 催办 is offered."""
    unseen: Unseen
    coming: Coming | None
    returns: tuple[ReturnLine, ...]
    """What units ask to give back, waiting for a decision."""
    alerts: tuple[AlertLine, ...]
    events: tuple[OpenEvent, ...]
    """Open event files."""


def silent_sources(
    store: PageStore, entries: Iterable[SourceEntry], office: DeskContext, now: datetime
) -> tuple[str, ...]:
    """Channels of the sources that should have spoken by now."""
    is_workday = office.rules.calendar.is_workday
    silent = []
    for entry in entries:
        health = store.health(entry.name)
        if health is None:
            continue
        found = findings(health, health_rules(entry), now=now, is_workday=is_workday)
        if any(each.complaint is Complaint.SILENT for each in found):
            silent.append(entry.channel or entry.name)
    return tuple(silent)


def overview(
    store: PageStore,
    office: DeskContext,
    now: datetime,
    actor: Actor,
    *,
    book: AlertBook,
    entries: Sequence[SourceEntry] = (),
) -> Overview:
    """`entries`: the sources that are watched."""
    found = counts(store.ledger, actor, now, office.high_risks)
    silent = len(silent_sources(store, entries, office, now))
    events = event_lines(office, now, actor)
    late = sum(one.late for one in events)
    counters = (
        Counter("今日收到", found.today, Filter(view=View.TODAY).href, ""),
        Counter("待派", found.undispatched, Filter(view=View.UNDISPATCHED).href, ""),
        Counter("今日到期", found.due_today, Filter(view=View.DUE_TODAY).href, "soon"),
        Counter("已逾期", found.overdue, Filter(view=View.OVERDUE).href, "late"),
        Counter("高风险", found.high_risk, Filter(view=View.HIGH_RISK).href, "late"),
        Counter("事件逾期", late, "/incidents", "late"),
        Counter("来源静默", silent, "#sources", "late"),
    )
    hand = needs_hand(store.ledger, office.high_risks, now, actor)
    return Overview(
        counters=counters,
        total=found.total,
        hand=case_lines(hand, office, now, actor),
        returns=return_lines(store.ledger, office, now, actor),
        receipts=receipts(hand, office, now),
        unseen=unseen_cases(store.ledger, office, now, actor),
        coming=None if found.due_today else _coming(store.ledger, now),
        alerts=_alerts(store, office, book, actor),
        events=events,
    )


def needs_hand(
    ledger: Ledger, high_risks: tuple[str, ...], now: datetime, actor: Actor
) -> tuple[Case, ...]:
    """Open cases of high risk, undispatched, with a request of a unit, due today or
    overdue; 危急 without a first measure on top, then high risk, as far as this person may know
    of it, then by time left. Of those that only their risk brings here half a list is sure of its
    place: the others give way to what is due today, late, or waits for a decision."""
    tomorrow = midnight(now) + timedelta(days=1)
    base = Query(order=Order.DUE, limit=LISTED, count_to=1)
    opened = tuple(OPEN_STATES)
    risky = replace(base, states=opened, high_risks=high_risks)
    found = {case.case_id: case for case in ledger.search(for_actor(risky, actor)).cases}
    at_once: set[str] = set()
    for query in (
        replace(base, todo=Todo.URGENT),
        replace(base, todo=Todo.DISPATCH),
        replace(base, todo=Todo.DECIDE_RETURN),
        replace(base, todo=Todo.DECIDE_EXTENSION),
        replace(base, states=opened, due_to=tomorrow),
    ):
        cases = ledger.search(for_actor(query, actor)).cases
        found |= {case.case_id: case for case in cases}
        at_once |= {case.case_id for case in cases}

    def pressing(case: Case) -> tuple[bool, bool, bool, float, str]:
        known = not is_withheld(case, actor)
        grave = case.labels.urgent or any(risk in high_risks for risk in case.labels.risk)
        high = grave and known
        clock = case.round.deciding_clock
        # Nobody knows yet how much time there is while the clock stands still.
        runs = clock is not None and clock.paused_since is None
        due = clock.due_at.timestamp() if clock and runs else 0.0
        # 危急 stays on top until a person has done something about it.
        calm = not (known and waits_for_measure(case))
        return calm, not high, not runs, due, case.case_id

    ranked = sorted(found.values(), key=pressing)
    risky_only = [c for c in ranked if c.case_id not in at_once and not c.labels.loud]
    later = risky_only[LISTED // 2 :]
    giving_way = {case.case_id for case in later}
    listed = sorted(ranked, key=lambda case: case.case_id in giving_way)[:LISTED]
    return tuple(sorted(listed, key=pressing))


def _alerts(
    store: PageStore, office: DeskContext, book: AlertBook, actor: Actor
) -> tuple[AlertLine, ...]:
    found = _calling(store, office, actor)
    states = book.states([alert.alert_id for alert, _ in found])
    return tuple(alert_line(one, case, office, states[one.alert_id]) for one, case in found)


def _calling(
    store: PageStore, office: DeskContext, actor: Actor
) -> list[tuple[Alert, Case | None]]:
    """The newest alerts that this person may know of and that still call for something, with their
    cases; 危急 that nobody has done anything about stays on top. The lowest level only where there
    is no other: what will be due tomorrow stands in the lists already."""
    read = office.get(IncidentFiles).book.calling(store.alerts(_ALERTS_READ), office.rules)
    urgent = [one for one in read if one.kind is AlertKind.URGENT]
    top = [
        (one, case) for one, case in _told(store, urgent, actor) if case and waits_for_measure(case)
    ]
    on_top = {one.alert_id for one, _ in top}
    for low in (False, True):
        rest = [
            one for one in read if (one.level is Level.LOW) is low and one.alert_id not in on_top
        ]
        found: list[tuple[Alert, Case | None]] = [*top]
        # Cases are loaded for as many alerts as the page needs.
        for start in range(0, len(rest), ALERTED):
            if len(found) < ALERTED:
                found += _told(store, rest[start : start + ALERTED], actor)
        if found:
            return found[:ALERTED]
    return []


def _told(
    store: PageStore, alerts: Sequence[Alert], actor: Actor
) -> list[tuple[Alert, Case | None]]:
    cases = store.ledger.load(list({alert.case_id for alert in alerts if alert.case_id}))
    pairs = ((one, cases.get(one.case_id)) for one in alerts)
    return [
        (one, case)
        for one, case in pairs
        if alert_told(one, case, actor) and not (case and is_settled(one, case))
    ]


def unacknowledged(store: PageStore, office: DeskContext, book: AlertBook, actor: Actor) -> int:
    """How many of the alerts on the first page wait for this person to take note."""
    if actor.role not in MAY_ACKNOWLEDGE:
        return 0
    return sum(not line.acknowledged for line in _alerts(store, office, book, actor))


def _coming(ledger: Ledger, now: datetime) -> Coming | None:
    """On a weekend nothing is due; then the desk wants to know what comes next."""

    def until(end: datetime | None) -> Query:
        return Query(states=tuple(OPEN_STATES), due_from=now, due_to=end, order=Order.DUE, limit=1)

    coming = ledger.search(replace(until(None), count_to=1)).cases
    first = coming[0].round.deciding_clock if coming else None
    if first is None:
        return None
    day = first.due_at.date()
    page = ledger.search(until(midnight(first.due_at) + timedelta(days=1)))
    href = Filter(due_from=day, due_to=day, state="open", order=Order.DUE).href
    heading = f"下一个到期日 {day:%m-%d}（周{WEEKDAYS[day.weekday()]}）"
    return Coming(heading, page.total, href)

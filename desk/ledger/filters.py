"""The conditions of the ledger page: to a query, and to an address."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import asdict, replace

from cases.life.todo import Todo
from cases.record.case import OPEN_STATES, STATE_WORDS, State
from cases.words.labels import Kind, Sentiment
from cases.words.times import BEIJING
from desk.phrasing.times import midnight
from sinks.ledger.base import Order, Query

PAGE_SIZE: Final = 50
PAGE_SIZES: Final = (20, 50, 100, 200)
COUNTED_TO: Final = 100_000
"""So many are counted, and paged through; nobody reads further without narrowing."""

OPEN: Final = "open"


class View(StrEnum):
    """The counters of the desk, as conditions."""

    TODAY = "today"
    UNDISPATCHED = "undispatched"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    HIGH_RISK = "high_risk"


VIEW_WORDS = {
    View.TODAY: "今日收到",
    View.UNDISPATCHED: "待派",
    View.DUE_TODAY: "今日到期",
    View.OVERDUE: "已逾期",
    View.HIGH_RISK: "高风险",
}
ORDER_WORDS = {Order.NEWEST: "最新受理", Order.OLDEST: "最早受理", Order.DUE: "先到期"}


class Answer(StrEnum):
    YES = "yes"
    NO = "no"


class PromiseFilter(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"


SATISFIED_WORDS = {Answer.YES: "满意", Answer.NO: "不满意"}
RETURNED_WORDS = {Answer.YES: "有过退回", Answer.NO: "没有退回"}
REPLIED_WORDS = {Answer.YES: "已答复", Answer.NO: "未答复"}
PROMISE_WORDS = {PromiseFilter.OPEN: "待兑现", PromiseFilter.OVERDUE: "逾期未兑现"}
_FAR: Final = datetime(9000, 1, 1, tzinfo=BEIJING)

STATES = {OPEN: "在办（全部）"} | {state.value: word for state, word in STATE_WORDS.items()}
_IN_FORM: Final = frozenset(
    (
        *("received_from", "received_to", "due_from", "due_to"),
        *("todo", "replied", "satisfied", "sentiment", "returned", "promise"),
    )
)
_DUE_VIEWS = (View.DUE_TODAY, View.OVERDUE)


class Filter(Struct, frozen=True, kw_only=True):
    """What the reader asked for. Dates include both ends."""

    q: str = ""
    view: View | None = None
    channel: str = ""
    unit: str = ""
    """Lead or assisting."""
    lead: str = ""
    topic: str = ""
    kind: Kind | None = None
    risk: str = ""
    state: str = ""
    sentiment: Sentiment | None = None
    satisfied: Answer | None = None
    """What the newest call-back said."""
    returned: Answer | None = None
    replied: Answer | None = None
    promise: PromiseFilter | None = None
    todo: Todo | None = None
    matter: str = ""
    figure: str = ""
    """A figure of a paper: the cases that it was counted from (`cases.reporting.lists`)."""
    received_from: date | None = None
    received_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    order: Order | None = None
    page: int = 1
    size: int = 0
    """Lines a page; 0 leaves it to the reader's own choice."""

    def query(
        self,
        now: datetime,
        high_risks: tuple[str, ...],
        case_ids: tuple[str, ...] | None = None,
    ) -> Query | None:
        """The query for this page; None when the conditions exclude each other.
        `case_ids`: the list behind `figure` (`desk.ledger.ledger_query`)."""
        today = midnight(now)
        tomorrow = today + timedelta(days=1)
        states = self._states()
        received = [_start(self.received_from), _end(self.received_to)]
        due = [_start(self.due_from), _end(self.due_to)]
        match self.view:
            case View.TODAY:
                received = _within(received, today, tomorrow)
            case View.DUE_TODAY:
                due = _within(due, now, tomorrow)
            case View.OVERDUE:
                due = _within(due, None, now)
            case _:
                pass
        of_view = self.view_states
        if of_view:
            states = tuple(s for s in states or of_view if s in of_view)
            if not states:
                return None
        return Query(
            text=self.q,
            channel=self.channel,
            unit=self.unit,
            lead=self.lead,
            topic=self.topic,
            kind=self.kind or "",
            risk=self.risk,
            sentiment=self.sentiment or "",
            matter=self.matter,
            todo=self.todo or "",
            replied=_flag(self.replied),
            satisfied=_flag(self.satisfied),
            returned=_flag(self.returned),
            promise_to=self._promise_to(now),
            states=states,
            case_ids=case_ids,
            dispatched=False if self.view is View.UNDISPATCHED else None,
            high_risks=high_risks if self.view is View.HIGH_RISK else None,
            received_from=received[0],
            received_to=received[1],
            due_from=due[0],
            due_to=due[1],
            order=self.sorted_by,
            limit=self.size or PAGE_SIZE,
            offset=(self.page - 1) * (self.size or PAGE_SIZE),
            count_to=COUNTED_TO,
        )

    def _promise_to(self, now: datetime) -> datetime | None:
        match self.promise:
            case PromiseFilter.OVERDUE:
                return now
            case PromiseFilter.OPEN:
                return _FAR
            case _:
                return None

    @property
    def view_states(self) -> tuple[State, ...]:
        """What the view is about; empty for all states."""
        if self.view is None or self.view is View.TODAY:
            return ()
        # Where the date that counts stands still there is none in the index.
        return tuple(OPEN_STATES)

    @property
    def sorted_by(self) -> Order:
        """As asked for; else what is due first where the view is about being due."""
        return self.order or (Order.DUE if self.view in _DUE_VIEWS else Order.NEWEST)

    def _states(self) -> tuple[State, ...]:
        if self.state == OPEN:
            return tuple(OPEN_STATES)
        return (State(self.state),) if self.state else ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the fields that narrow the list."""
        return tuple(
            name
            for name, value in asdict(self).items()
            if value and name not in ("order", "page", "size")
        )

    def without(self, name: str) -> Filter:
        return replace(self, **{name: getattr(Filter(), name), "page": 1})

    def having(self, name: str, value: object) -> Filter:
        """The same with one condition more, or another; for the links of the facets."""
        return replace(self, **{name: value, "page": 1})

    def sorted(self, order: Order) -> Filter:
        return replace(self, order=order, page=1)

    def sized(self, size: int) -> Filter:
        return replace(self, size=size, page=1)

    @property
    def plain(self) -> Filter:
        """The same list, wherever one was in it: what is kept as a saved filter."""
        return replace(self, page=1, size=0)

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """What a form that asks for a text carries along."""
        return tuple((name, value) for name, value in self._values() if name not in ("q", "page"))

    @property
    def hidden_but_form(self) -> tuple[tuple[str, str], ...]:
        """What the form of the remaining conditions carries along."""
        return tuple((name, value) for name, value in self.hidden if name not in _IN_FORM)

    def __getitem__(self, name: str) -> object:
        """A condition by its name, for templates."""
        return getattr(self, name)

    def at_page(self, page: int) -> Filter:
        return replace(self, page=page)

    @property
    def href(self) -> str:
        """The address of exactly this list."""
        return f"/ledger?{self.address}" if self.address else "/ledger"

    @property
    def address(self) -> str:
        """What stands behind the question mark."""
        return urlencode(self._values())

    def _values(self) -> list[tuple[str, str]]:
        return [
            (name, str(value))
            for name, value in asdict(self).items()
            if value and not (name == "page" and value == 1)
        ]


def _flag(answer: Answer | None) -> bool | None:
    return None if answer is None else answer is Answer.YES


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time(0), BEIJING) if day else None


def _end(day: date | None) -> datetime | None:
    return datetime.combine(day + timedelta(days=1), time(0), BEIJING) if day else None


def _within(
    span: list[datetime | None], begin: datetime | None, end: datetime | None
) -> list[datetime | None]:
    """The part of `span` that lies between `begin` and `end`."""
    starts = [at for at in (span[0], begin) if at]
    ends = [at for at in (span[1], end) if at]
    return [max(starts, default=None), min(ends, default=None)]

"""The conditions of the ledger page: from the address, to a query, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import asdict, replace

from cases.case import OPEN_STATES, STATE_WORDS, State
from cases.times import BEIJING
from desk.web.times import midnight
from sinks.ledger import Order, Query

PAGE_SIZE: Final = 50
_LONGEST: Final = 100
_LAST_PAGE: Final = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1990, 2060

OPEN: Final = "open"
RUNNING_STATES: Final = tuple(s for s in State if s in OPEN_STATES and s is not State.PAUSED)
"""Open, and the clock runs."""


class BadParameter(ValueError):
    """Something in the address that cannot be meant; the text says what, in Chinese."""


class View(StrEnum):
    """The counters of the desk, as conditions."""

    TODAY = "today"
    UNDISPATCHED = "undispatched"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    HIGH_RISK = "high_risk"


VIEW_WORDS = {
    View.TODAY: "今日新收",
    View.UNDISPATCHED: "待派",
    View.DUE_TODAY: "今日到期",
    View.OVERDUE: "已超期",
    View.HIGH_RISK: "高风险",
}
STATES = {OPEN: "在办（全部）"} | {state.value: word for state, word in STATE_WORDS.items()}
_DUE_VIEWS = (View.DUE_TODAY, View.OVERDUE)


class Filter(Struct, frozen=True, kw_only=True):
    """What the reader asked for. Dates include both ends."""

    q: str = ""
    view: View | None = None
    channel: str = ""
    unit: str = ""
    topic: str = ""
    state: str = ""
    received_from: date | None = None
    received_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    order: Order | None = None
    page: int = 1

    def query(self, now: datetime, high_risks: tuple[str, ...]) -> Query | None:
        """The query for this page; None when the conditions exclude each other."""
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
        if self.view and self.view is not View.TODAY:
            of_view = RUNNING_STATES if self.view in _DUE_VIEWS else tuple(OPEN_STATES)
            states = tuple(s for s in states or of_view if s in of_view)
            if not states:
                return None
        return Query(
            text=self.q,
            channel=self.channel,
            unit=self.unit,
            topic=self.topic,
            states=states,
            dispatched=False if self.view is View.UNDISPATCHED else None,
            high_risks=high_risks if self.view is View.HIGH_RISK else None,
            received_from=received[0],
            received_to=received[1],
            due_from=due[0],
            due_to=due[1],
            order=self.sorted_by,
            limit=PAGE_SIZE,
            offset=(self.page - 1) * PAGE_SIZE,
        )

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
            name for name, value in asdict(self).items() if value and name not in ("order", "page")
        )

    def without(self, name: str) -> Filter:
        return replace(self, **{name: getattr(Filter(), name), "page": 1})

    def at_page(self, page: int) -> Filter:
        return replace(self, page=page)

    @property
    def href(self) -> str:
        """The address of exactly this list."""
        values = {
            name: str(value)
            for name, value in asdict(self).items()
            if value and not (name == "page" and value == 1)
        }
        return f"/ledger?{urlencode(values)}" if values else "/ledger"


def read_filter(values: Mapping[str, str]) -> Filter:
    """The filter in an address; unknown names are left alone. Raises `BadParameter`."""
    text = {name: _text(values, name) for name in ("q", "channel", "unit", "topic")}
    state = values.get("state", "")
    if state and state not in STATES:
        raise BadParameter(f"没有“{state[:20]}”这个状态，可用的有：{'、'.join(STATES)}。")
    found = Filter(
        **text,
        state=state,
        view=_choice(View, values, "view"),
        order=_choice(Order, values, "order"),
        received_from=_date(values, "received_from"),
        received_to=_date(values, "received_to"),
        due_from=_date(values, "due_from"),
        due_to=_date(values, "due_to"),
        page=read_page(values),
    )
    for name, begin, end in (
        ("受理日期", found.received_from, found.received_to),
        ("到期日期", found.due_from, found.due_to),
    ):
        if begin and end and begin > end:
            raise BadParameter(f"{name}的起始（{begin}）晚于截止（{end}），请对调。")
    return found


def read_page(values: Mapping[str, str]) -> int:
    """The page number in an address, from 1. Raises `BadParameter`."""
    text = values.get("page", "") or "1"
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= len(str(_LAST_PAGE))):
        raise BadParameter(f"页码应为正整数，实际是“{text[:20]}”。")
    page = int(text)
    if not 1 <= page <= _LAST_PAGE:
        raise BadParameter(f"页码应在 1 至 {_LAST_PAGE} 之间，实际是 {page}。")
    return page


def _text(values: Mapping[str, str], name: str) -> str:
    text = values.get(name, "").strip()
    if len(text) > _LONGEST:
        raise BadParameter(f"检索条件最长 {_LONGEST} 个字，实际是 {len(text)} 个。")
    return text


_Word = TypeVar("_Word", bound=StrEnum)


def _choice(kind: type[_Word], values: Mapping[str, str], name: str) -> _Word | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        known = "、".join(kind)
        raise BadParameter(f"{name} 没有“{text[:20]}”这个值，可用的有：{known}。") from None


def _date(values: Mapping[str, str], name: str) -> date | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise BadParameter(
            f"日期应为 2026-11-22 这样的写法，年份在 {_FIRST_YEAR} 至 {_LAST_YEAR} 之间，"
            f"实际是“{text[:20]}”。"
        )
    return found


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

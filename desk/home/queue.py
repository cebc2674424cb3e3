"""我的待办: what waits for this person, by what has to be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response
from msgspec import Struct
from msgspec.structs import replace

from cases.life.available_actions import why_not
from cases.life.calls import CALLING_TODOS
from cases.life.rules import Rules
from cases.life.todo import TODO_WORDS, Todo
from cases.record.case import OPEN_STATES, Case
from cases.words.actors import Actor, Role
from desk.ground.context import DeskContext, PageStore
from desk.ground.sight import counts, for_actor
from desk.home.calls import LISTED as MOST_CALLED
from desk.home.calls import call_lines, count_calls
from desk.home.overview import Counter
from desk.home.reviews import review_notes
from desk.http.authentication import only
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.http.waiting import MOST, WaitingCounts
from desk.ledger.filters import Filter, View
from desk.phrasing.lines import CaseLine, case_lines
from sinks.ledger.base import Order, Query

ROLES: Final = (Role.RESPONDER, Role.REVIEWER, Role.LEADER, Role.DESK)
LISTED: Final = 20
_COUNTED_TO: Final = 1000
_TODOS: Final = {
    Role.RESPONDER: (
        *CALLING_TODOS,
        Todo.REPLY,
        Todo.DELIVER,
        Todo.SHARE,
        Todo.PROMISE,
    ),
    Role.REVIEWER: (),
    Role.LEADER: (Todo.INSTRUCT, Todo.REPORT),
    Role.DESK: (
        Todo.DISPATCH,
        Todo.DECIDE_RETURN,
        Todo.DECIDE_EXTENSION,
        Todo.SETTLE_UP,
        Todo.DELIVER,
        Todo.CALL_BACK,
        Todo.CLOSE,
    ),
}
_HINTS: Final = {
    Todo.ACKNOWLEDGE: "签收",
    Todo.REDRAFT: "修改答复",
    Todo.REPLY: "答复",
    Todo.DELIVER: "发送",
    Todo.SHARE: "提交协办意见",
    Todo.PRESSED: "反馈",
    Todo.REPORT: "反馈",
    Todo.PROMISE: "查看",
    Todo.REVIEW: "审核",
    Todo.INSTRUCT: "批示",
    Todo.DISPATCH: "派单",
    Todo.DECIDE_RETURN: "审批",
    Todo.DECIDE_EXTENSION: "审批",
    Todo.CALL_BACK: "回访",
    Todo.SETTLE_UP: "核实",
    Todo.CLOSE: "办结",
}


REQUEST: Final = "（依申请公开）"


class Wanted(Struct, frozen=True):
    """One section of the page before it is looked up."""

    heading: str
    todo: Todo
    word: str
    """As the ledger has it; of one look of several, `review@1` (`cases.life.todo`)."""


class Section(Struct, frozen=True, kw_only=True):
    heading: str
    total: str
    href: str
    do: str
    """What the button of a line says."""
    returnable: frozenset[str]
    """Ids of the cases that this person may give back now."""
    notes: Mapping[str, str]
    """By case_id: how long a reply waits for its review."""
    lines: tuple[CaseLine, ...]
    rest: bool
    """Whether there are more than are shown."""


def sections_for(actor: Actor, rules: Rules) -> tuple[Wanted, ...]:
    """What can wait for this person at all, the most pressing first."""
    found = [Wanted(TODO_WORDS[todo], todo, todo.value) for todo in _TODOS.get(actor.role, ())]
    review = rules.handling.review
    reviews = "approve_reply" in rules.handling.may.get(actor.role, frozenset())
    if review.levels or not reviews:
        every = ((review.levels, "", ""), (review.steps_of(disclosure=True), "d", REQUEST))
        looks = [
            Wanted(f"待{level.name}{what}", Todo.REVIEW, f"{Todo.REVIEW}@{kind}{number}")
            for levels, kind, what in every
            for number, level in enumerate(levels)
            if (actor.role in level.roles if level.roles else reviews)
        ]
    else:
        looks = [Wanted(TODO_WORDS[Todo.REVIEW], Todo.REVIEW, Todo.REVIEW.value)]
    if rules.handling.allows(actor, "approve_reply"):
        found = [*looks, *found]
    return tuple(found)


def queue(
    store: PageStore, office: DeskContext, actor: Actor, now: datetime
) -> tuple[Section, ...]:
    """The sections that are not empty. What a unit is called upon for stands on top of them
    (`desk.home.calls`), and not here again."""
    found = []
    called = CALLING_TODOS if actor.role is Role.RESPONDER else ()
    for wanted in sections_for(actor, office.rules):
        if wanted.todo in called:
            continue
        query = for_actor(_query(wanted), actor)
        page = store.ledger.search(query)
        if not page.cases:
            continue
        found.append(
            Section(
                heading=wanted.heading,
                total=f"{page.total}" if page.exact else f"{page.total}+",
                href=Filter(todo=wanted.todo, order=Order.DUE).href,
                do=_hint(wanted.todo, office, actor),
                returnable=_returnable(page.cases, office, actor, now),
                notes=review_notes(page.cases, now) if wanted.todo is Todo.REVIEW else {},
                lines=case_lines(page.cases, office, now, actor),
                rest=page.total > len(page.cases),
            )
        )
    return tuple(found)


def _hint(todo: Todo, office: DeskContext, actor: Actor) -> str:
    """What the button of a line says: a leader looks at what units have to report."""
    if todo is Todo.REPORT and not office.rules.handling.allows(actor, "report_on_instruction"):
        return "查看"
    return _HINTS[todo]


def _returnable(
    cases: Iterable[Case], office: DeskContext, actor: Actor, now: datetime
) -> frozenset[str]:
    if not office.rules.handling.allows(actor, "ask_return"):
        return frozenset()
    return frozenset(
        case.case_id for case in cases if not why_not(case, "ask_return", actor, now, office.rules)
    )


def waiting_counts(store: PageStore, office: DeskContext, actor: Actor) -> tuple[int, ...]:
    """How much waits in each section: another answer means that the page has changed."""
    return tuple(
        store.ledger.search(replace(for_actor(_query(wanted), actor), limit=0)).total
        for wanted in sections_for(actor, office.rules)
    )


def waiting(store: PageStore, office: DeskContext, actor: Actor) -> int:
    """How much waits for this person, counted no further than the navigation shows."""
    if actor.role not in ROLES:
        return 0
    total = 0
    for wanted in sections_for(actor, office.rules):
        query = replace(for_actor(_query(wanted), actor), limit=0, count_to=MOST + 1 - total)
        total += store.ledger.search(query).total
        if total > MOST:
            break
    return total


def _query(wanted: Wanted) -> Query:
    return Query(todo=wanted.word, order=Order.DUE, limit=LISTED, count_to=_COUNTED_TO)


def own_counters(
    store: PageStore, office: DeskContext, actor: Actor, now: datetime
) -> tuple[Counter, ...]:
    """A unit's own numbers, each leading to its list."""
    found = counts(store.ledger, actor, now, office.high_risks)
    running = store.ledger.search(
        Query(states=tuple(OPEN_STATES), unit=actor.unit, limit=0, count_to=_COUNTED_TO)
    )
    return (
        Counter("在办", running.total, Filter(state="open").href, ""),
        Counter("今日到期", found.due_today, Filter(view=View.DUE_TODAY).href, "soon"),
        Counter("已逾期", found.overdue, Filter(view=View.OVERDUE).href, "late"),
    )


def add_queue(app: FastAPI, office: DeskContext) -> None:
    counts = office.get(WaitingCounts)
    counts.register("queue", lambda store, who: waiting(store, office, who))
    counts.register("calls", lambda store, who: count_calls(store, office, who))

    @app.get("/queue")
    def queue_page(request: Request) -> Response:
        person = only(request, *ROLES)
        with page_context(office, request, "queue") as (store, around, now):
            called = call_lines(store, office, person.actor, now)
            sections = queue(store, office, person.actor, now)
            counters = (
                own_counters(store, office, person.actor, now)
                if person.role is Role.RESPONDER
                else ()
            )
        return render(
            "queue.html",
            around,
            called=called,
            most_called=MOST_CALLED,
            sections=sections,
            counters=counters,
            unit=office.register.name(person.unit) if person.unit else "",
        )

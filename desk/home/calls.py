"""上级催办和交办: what a unit was called upon for, on top of its own page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from math import inf
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.life.available_actions import why_not
from cases.life.calls import CALLING_TODOS, Call, CallKind, calls, calls_until
from cases.privacy.visibility import for_anyone
from cases.record.case import OPEN_STATES, Case
from cases.words.actors import Actor, Role
from desk.actions.menu import IN_REPLY
from desk.ground.context import DeskContext, PageStore
from desk.ground.sight import for_actor, only_seen_of
from desk.http.waiting import MOST
from desk.phrasing.lines import HIDDEN_TITLE, CaseLine, act_href, case_href, case_line
from desk.phrasing.phrases import Phrases
from sinks.ledger.base import Order, Query

LISTED: Final = 100
"""Cases that are looked at for each reason to call, those due first; the page says where there
may be more."""
MOST_CHARACTERS: Final = 200
RETURN_WAITS: Final = "已申请退回，等待值班台审批"
"""Instead of what the assignment says: until then there is nothing to acknowledge."""
_RANKS: Final = {kind: rank for rank, kind in enumerate(CallKind)}
_ANSWERS: Final = {
    "acknowledge": "签收",
    "report_on_pressure": "反馈",
    "report_on_instruction": "反馈",
    "draft_reply": "答复",
    "deliver": "发送",
    "finish_share": "提交协办意见",
    "approve_reply": "审核",
}


class CallLine(Struct, frozen=True, kw_only=True):
    line: CaseLine
    kind: str
    at: datetime | None
    """None where nobody called but the clock."""
    by: str
    text: str
    due_at: datetime | None
    href: str
    """Opens exactly the form that answers it; the case, while nothing can."""
    do: str
    """What the button says."""
    may_return: bool


def call_lines(
    store: PageStore, office: DeskContext, actor: Actor, now: datetime
) -> tuple[CallLine, ...]:
    """Of a unit's own cases, the most pressing first; () for who is no unit."""
    found = [
        (case, call)
        for case in calling(store, office, actor, now)
        for call in calls(case, actor, office.rules, now)
    ]
    found.sort(key=_pressing)
    return tuple(_line(case, call, office, actor, now) for case, call in found)


def _pressing(found: tuple[Case, Call]) -> tuple[int, float, datetime, str]:
    """Order of the lines: the sort of call, then what is due first."""
    case, call = found
    clock = case.round.deciding_clock
    due = clock.due_at.timestamp() if clock and clock.paused_since is None else inf
    return _RANKS[call.kind], due, call.at, case.case_id


def count_calls(store: PageStore, office: DeskContext, actor: Actor) -> int:
    """How many calls wait for this unit: a number of its own beside 我的待办, counted no further
    than it is shown."""
    now, total = office.clock(), 0
    for case in calling(store, office, actor, now):
        total += len(calls(case, actor, office.rules, now))
        if total > MOST:
            break
    return total


def calling(store: PageStore, office: DeskContext, actor: Actor, now: datetime) -> Iterator[Case]:
    """The cases that may call upon this unit, each once; none for who is no unit."""
    if actor.role is not Role.RESPONDER:
        return
    base = Query(order=Order.DUE, limit=LISTED, count_to=1)
    queries = [replace(base, todo=todo.value) for todo in CALLING_TODOS]
    last = datetime.combine(calls_until(now, office.rules), time(), now.tzinfo)
    queries.append(replace(base, states=tuple(OPEN_STATES), due_to=last + timedelta(days=1)))
    known: set[str] = set()
    for query in queries:
        page = store.ledger.search(for_actor(query, actor))
        new = [case for case in page.cases if case.case_id not in known]
        known.update(case.case_id for case in new)
        yield from only_seen_of(new, actor)


def _line(case: Case, call: Call, office: DeskContext, actor: Actor, now: datetime) -> CallLine:
    phrases, rules = Phrases(office.register, now), office.rules
    text = for_anyone(case, call.text[:MOST_CHARACTERS], by_office=True, instead=HIDDEN_TITLE)
    returns = call.kind is CallKind.ASSIGNED
    return CallLine(
        line=case_line(case, office, now, actor),
        kind=call.kind.value,
        at=call.at if call.by is not None else None,
        by=phrases.actor(call.by) if call.by is not None else "",
        text=text if call.command else RETURN_WAITS,
        due_at=call.due_at,
        href=_form_of(case, call.command),
        do=_ANSWERS.get(call.command, "打开"),
        may_return=returns and not why_not(case, "ask_return", actor, now, rules),
    )


def _form_of(case: Case, command: str) -> str:
    if command in IN_REPLY:
        return f"{case_href(case.case_id)}#reply"
    return act_href(case.case_id, command) if command else case_href(case.case_id)

"""The page 派单异议: dispute, second dispatch, ruling, its row of the 派单目录, and the shares by
rule and by unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct
from starlette.exceptions import HTTPException

from cases.figures.case_facts import CaseFacts
from cases.figures.disputes import BY_DESK, DispatchShare, Dispute, dispatch_shares, disputes
from cases.figures.measures import MEASURES, rate_text
from cases.life.todo import Todo
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.routing.reasons import Rule
from cases.routing.rulings import Ruling
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import micros
from desk.disputes.directory import ENTERS, WITHDRAWS, Directory, may_be_entered, row_of
from desk.ground.context import DeskContext, PageStore
from desk.ground.doer import Doer, NotThere
from desk.ground.media import media_table
from desk.ground.sight import for_actor, only_seen_of
from desk.http.authentication import doer_of, only
from desk.http.form_input import Form, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.http.waiting import MOST, WaitingCounts
from desk.ledger.filter_input import BadParameter
from desk.phrasing.lines import HIDDEN_TITLE, CaseLine, act_href, case_line
from desk.phrasing.phrases import Phrases
from desk.phrasing.times import midnight
from sinks.ledger.base import Query

ROLES: Final = (Role.DESK, Role.LEADER, Role.ADMIN)
SPANS: Final = {7: "近 7 天", 30: "近 30 天", 90: "近 90 天"}
_LOOKED_BACK: Final = timedelta(days=366)
"""How long before its first dispatch a case may have come in."""
_MOST: Final = 300
"""Disputes that are listed."""
_AT_A_TIME: Final = 200
"""Cases that are in memory at once."""
_WAITS: Final = "待裁定"
_RULED: Final = {
    True: ("同意退回", "done"),
    False: ("不同意", "quiet"),
    None: ("未裁定", "quiet"),
}
"""Word and tone of a ruling; a case that ended or was taken back meanwhile has none."""
_RULES: Final = {
    Rule.RULING: "派单目录（裁定）",
    Rule.NAMED_UNIT: "来源指定单位",
    Rule.NAMED_IN_TEXT: "正文点名",
    Rule.EVENT: "派单目录、谁处置谁回应",
    Rule.TOPIC: "谁主管谁回应",
    Rule.PLACE: "属地管理",
    Rule.DEFAULT: "无规则可依",
}


class DisputeLine(Struct, frozen=True, kw_only=True):
    line: CaseLine
    dispute: Dispute
    rule: str
    basis: str
    unit: str
    reason: str
    suggested: str
    state: str
    tone: str
    ruled_by: str
    ruling: str
    next_unit: str
    row: str
    """Id of its row of the 派单目录; "" where there can be none."""
    entered: tuple[str, ...]
    """The words of that row, where it counts."""
    topic: str
    """What the form to enter it begins with."""
    decide: str
    """Where it is ruled on; "" where it was, or this person does not rule."""


class ShareLine(Struct, frozen=True):
    name: str
    right: str
    returned: str


def rule_word(rule: str) -> str:
    """What dispatched a case, in the office's word."""
    if rule == BY_DESK:
        return "值班台派单"
    return _RULES.get(Rule(rule), rule) if rule in set(Rule) else rule or "不详"


def add_disputes(app: FastAPI, office: DeskContext) -> None:
    office.get(WaitingCounts).register("disputes", _waiting)

    directory = office.get(Directory)

    def page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        person = only(request, *ROLES)
        days = _days(request.query_params.get("days", "30"))
        with page_context(office, request, "disputes") as (store, around, now):
            start = midnight(now) - timedelta(days=days - 1)
            telling = _Telling(office, now, person.actor, start, directory.rulings())
            until = now + timedelta(microseconds=1)
            rows = _of_the_time(store, start, until)
            media = media_table(office.settings).channels
            letters = [row for row in rows if row.channel not in media]
            by_rule, by_unit = dispatch_shares(letters, start, until)
            lines = telling.lines(_disputed(store, rows, start, person.actor))
        return render(
            "disputes.html",
            around,
            400 if problem else 200,
            problem=problem,
            typed=typed or {},
            lines=lines[:_MOST],
            cut=len(lines) > _MOST,
            spans=SPANS,
            days=days,
            tables=(
                ("派单规则", _shares(by_rule, rule_word)),
                ("首次派到的单位", _shares(by_unit, office.register.name)),
            ),
            right=MEASURES["right_first"],
            returned=MEASURES["returned_share"],
            rulings=directory.rulings(),
            unit_name=office.register.name,
            may_enter=person.role in ENTERS,
            may_withdraw=person.role in WITHDRAWS,
        )

    @app.get("/disputes")
    def disputes_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.post("/disputes/rulings")
    def enter(request: Request, form: Form) -> Response:
        typed = typed_of(form)
        case_id, row, item, words, basis = (
            typed.get(name, "") for name in ("case", "row", "item", "words", "basis")
        )
        return done(
            request,
            lambda by: directory.enter(by, case_id, row, item=item, words=words, basis=basis),
            typed,
        )

    @app.post("/disputes/rulings/{row}/withdraw")
    def withdraw(request: Request, row: str, _form: Form) -> Response:
        return done(request, lambda by: directory.withdraw(by, row))

    def done(
        request: Request, what: Callable[[Doer], None], typed: Mapping[str, str] | None = None
    ) -> Response:
        try:
            what(doer_of(request))
        except NotThere as problem:
            raise HTTPException(404, str(problem)) from None
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        days = _days(request.query_params.get("days", "30"))
        return RedirectResponse(f"/disputes?days={days}#rulings", 303)


def _waiting(store: PageStore, actor: Actor) -> int:
    if actor.role is not Role.DESK:
        return 0
    return store.ledger.search(Query(todo=Todo.DECIDE_RETURN, limit=0, count_to=MOST + 1)).total


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text[:9]) in SPANS:
        return int(text)
    raise BadParameter(f"没有“{text[:20]}”这个时段，可用的有：{'、'.join(map(str, SPANS))}（天）。")


def _of_the_time(store: PageStore, start: datetime, until: datetime) -> list[CaseFacts]:
    """Of cases first dispatched since, and of those that a unit asked to give back since."""
    since = micros(start)
    return [
        row
        for row in store.ledger.outlines(start - _LOOKED_BACK, until)
        if (row.sent_at is not None and row.sent_at >= since)
        or (row.asked and row.asked[-1] >= since)
    ]


def _disputed(
    store: PageStore, rows: Iterable[CaseFacts], start: datetime, actor: Actor
) -> Iterator[Case]:
    """The cases that a unit asked to give back since, or asks to give back now. Only these are
    read: among a million, a month dispatches twenty thousand."""
    since = micros(start)
    ids = {row.case_id for row in rows if row.asked and row.asked[-1] >= since}
    pending = Query(todo=Todo.DECIDE_RETURN, limit=_MOST)
    ids |= {case.case_id for case in store.ledger.search(for_actor(pending, actor)).cases}
    wanted = sorted(ids)
    for at in range(0, len(wanted), _AT_A_TIME):
        loaded = store.ledger.load(wanted[at : at + _AT_A_TIME])
        yield from only_seen_of(loaded.values(), actor)


class _Telling:
    """Makes the lines of the page out of cases."""

    def __init__(
        self,
        office: DeskContext,
        now: datetime,
        actor: Actor,
        start: datetime,
        rulings: Iterable[Ruling],
    ) -> None:
        self._office = office
        self._now = now
        self._actor = actor
        self._start = start
        self._entered = {row.id: row.words for row in rulings}

    def lines(self, cases: Iterable[Case]) -> list[DisputeLine]:
        """Those that wait for a ruling first, then the newest."""
        found = []
        for case in cases:
            asked = disputes(case)
            for one in asked:
                waits = one is asked[-1] and _waits(case, one)
                if waits or one.asked_at >= self._start:
                    found.append(self._line(case, one, waits=waits))
        return sorted(found, key=lambda one: (one.state != _WAITS, -micros(one.dispute.asked_at)))

    def _line(self, case: Case, dispute: Dispute, *, waits: bool) -> DisputeLine:
        office, now, actor = self._office, self._now, self._actor
        name, phrases = office.register.name, Phrases(office.register, now)
        row = row_of(case, dispute)

        def told(text: str) -> str:
            return for_anyone(case, text[:500], by_office=True, instead=HIDDEN_TITLE)

        state, tone = (_WAITS, "late") if waits else _RULED[dispute.agreed]
        return DisputeLine(
            line=case_line(case, office, now, actor),
            dispute=dispute,
            rule=rule_word(dispute.rule),
            basis=told(dispute.basis),
            unit=name(dispute.unit),
            reason=told(dispute.reason),
            suggested=name(dispute.suggested) if dispute.suggested in office.register else "",
            state=state,
            tone=tone,
            ruled_by=phrases.actor(dispute.ruled_by) if dispute.ruled_by else "",
            ruling=told(dispute.ruling),
            next_unit=name(dispute.next_unit) if dispute.next_unit else "",
            row=row if may_be_entered(case, dispute) else "",
            entered=self._entered.get(row, ()),
            topic="" if case.confidential else case.labels.topic,
            decide=act_href(case.case_id, "decide_return")
            if waits and actor.role is Role.DESK
            else "",
        )


def _waits(case: Case, dispute: Dispute) -> bool:
    task = case.task(dispute.unit)
    return case.open and dispute.agreed is None and task is not None and bool(task.return_asked)


def _shares(rows: Iterable[DispatchShare], name: Callable[[str], str]) -> tuple[ShareLine, ...]:
    return tuple(
        ShareLine(name(row.name), rate_text(row.right), rate_text(row.returned)) for row in rows
    )

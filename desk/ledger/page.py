"""台账: the table of all cases, searched and filtered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from typing import Annotated, Final
from urllib.parse import parse_qsl
from uuid import uuid4

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from msgspec import Struct
from msgspec.structs import replace
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.life.todo import TODO_WORDS, Todo
from cases.words.actors import Actor, Role
from cases.words.labels import SENTIMENT_WORDS
from desk.ground.context import DeskContext, PageStore
from desk.http.authentication import local_path, person_of, posted
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger import filters as words
from desk.ledger.bulk import BULK_WORDS, MOST_CASES
from desk.ledger.columns import COLUMNS, cells, chosen
from desk.ledger.facets import FacetMemory, facet_links
from desk.ledger.filter_input import BadParameter, read_filter
from desk.ledger.filters import Filter
from desk.ledger.ledger_query import figure_of, query_for
from desk.ledger.saved import Saved, SavedFilter, SaveRefused
from desk.phrasing.lines import case_lines
from sinks.ledger.base import Ledger, Page, Query

Form = Annotated[FormData, Depends(posted)]
_COUNT_SECONDS: Final = 60.0
_COUNT_BUDGET: Final = 0.03
"""What the numbers of the saved filters may cost one page."""
_COUNTED_TO: Final = 1000


class SavedLink(Struct, frozen=True):
    filter: SavedFilter
    count: str
    """"" where it was not counted yet."""
    own: bool


class _SavedCounts:
    """How many cases each saved filter finds, a minute old at most."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], tuple[float, str]] = {}

    def read(
        self,
        kept: list[SavedFilter],
        ledger: Ledger,
        office: DeskContext,
        actor: Actor,
        now: datetime,
    ) -> tuple[SavedLink, ...]:
        end = monotonic() + _COUNT_BUDGET
        links = []
        for each in kept:
            key = (each.address, actor.role.value, actor.unit)
            until, count = self._known.get(key, (0.0, ""))
            if until < monotonic() < end:
                count = self._count(each, ledger, office, actor, now)
                self._known[key] = (monotonic() + _COUNT_SECONDS, count)
            links.append(SavedLink(each, count, own=each.account == actor.id))
        if len(self._known) > _COUNTED_TO:
            self._known.clear()
        return tuple(links)

    def _count(
        self, each: SavedFilter, ledger: Ledger, office: DeskContext, actor: Actor, now: datetime
    ) -> str:
        try:
            query = query_for(read_address(each.address), office, now, actor)
        except BadParameter:
            return ""
        if query is None:
            return "0"
        wanted = replace(query, limit=0, offset=0, count_to=_COUNTED_TO)
        page = ledger.search(wanted)
        return f"{page.total}" if page.exact else f"{page.total}+"


def read_address(address: str) -> Filter:
    """The filter in what stands behind the question mark. Raises `BadParameter`."""
    if len(address) > 4000:
        raise BadParameter("筛选条件太长。")
    return read_filter(dict(parse_qsl(address)))


def add_ledger(app: FastAPI, office: DeskContext) -> None:
    memory = FacetMemory()
    counts = _SavedCounts()
    saved = Saved(office.file)

    @app.get("/ledger")
    def ledger_page(request: Request) -> Response:
        person = person_of(request)
        wanted = read_filter(request.query_params)
        size = wanted.size or int(saved.preference(person.account.id, "size") or words.PAGE_SIZE)
        with page_context(office, request, "ledger") as (store, around, now):
            if _first_look(request.query_params, person.actor, store):
                return RedirectResponse(Filter(todo=Todo.REVIEW).href, 303)
            query = query_for(replace(wanted, size=size), office, now, person.actor)
            page, facets = Page(0, ()), None
            if query is not None:
                page = store.ledger.search(query)
                facets = memory.read(store.ledger, query, store.processed, person.actor)
            lines = case_lines(page.cases, office, now, person.actor)
            columns = chosen(saved.preference(person.account.id, "columns").split(","))
            kept = saved.filters(person.account.id, with_shared=person.role is Role.DESK)
            links = counts.read(kept, store.ledger, office, person.actor, now)
        own_unit = person.role is Role.RESPONDER
        return render(
            "ledger.html",
            around,
            wanted=wanted,
            figure=figure_of(wanted, office, person.actor),
            size=size,
            page=page,
            lines=lines,
            pages=max(1, -(-page.total // size)),
            facets=facet_links(facets, wanted, office.register.name, units=not own_unit)
            if facets
            else (),
            facets_exact=facets.exact if facets else True,
            chips=tuple(_chip(name, wanted, office, person.actor) for name in wanted.conditions),
            columns=columns,
            cells=cells(columns, page.cases, office, now, person.actor),
            all_columns=COLUMNS,
            saved=links,
            orders=words.ORDER_WORDS,
            sizes=words.PAGE_SIZES,
            more=_more_fields(),
            bulk=BULK_WORDS if person.role is Role.DESK else {},
            most=MOST_CASES,
            job=uuid4().hex,
            units=office.unit_groups() if person.role is Role.DESK else (),
            may_unmask=person.role in (Role.DESK, Role.REVIEWER),
        )

    @app.post("/ledger/view")
    def choose_view(request: Request, form: Form) -> Response:
        """Columns and page size, from now on."""
        account = person_of(request).account.id
        names = [str(name) for name in form.getlist("column")]
        saved.prefer(account, "columns", ",".join(c.name for c in chosen(names)))
        if (size := str(form.get("size", ""))) in map(str, words.PAGE_SIZES):
            saved.prefer(account, "size", size)
        return RedirectResponse(local_path(str(form.get("back", "/ledger"))), 303)

    @app.post("/ledger/saved")
    def keep_filter(request: Request, form: Form) -> Response:
        person = person_of(request)
        wanted = read_address(str(form.get("filter", ""))).plain
        shared = bool(form.get("shared")) and person.role is Role.DESK
        name = str(form.get("name", ""))
        try:
            saved.keep(person.account.id, name, wanted.address, office.clock(), shared=shared)
        except SaveRefused as refusal:
            raise HTTPException(400, str(refusal)) from None
        return RedirectResponse(wanted.href, 303)

    @app.post("/ledger/saved/{filter_id}/drop")
    def drop_filter(request: Request, filter_id: int, form: Form) -> Response:
        saved.drop(person_of(request).account.id, filter_id)
        return RedirectResponse(local_path(str(form.get("back", "/ledger"))), 303)


def _first_look(values: Mapping[str, str], actor: Actor, store: PageStore) -> bool:
    """Whether a reviewer, who asked for nothing, is shown what waits for review."""
    if values or actor.role is not Role.REVIEWER:
        return False
    return store.ledger.search(Query(todo=Todo.REVIEW, limit=0, count_to=1)).total > 0


class Chip(Struct, frozen=True):
    label: str
    text: str
    href: str
    """The list without this condition."""


_LABELS: Final = {
    "q": "含",
    "channel": "渠道",
    "topic": "分类",
    "unit": "单位",
    "lead": "主办",
    "kind": "诉求",
    "risk": "风险",
    "state": "状态",
    "sentiment": "情感",
    "satisfied": "回访",
    "matter": "同一事项",
    "figure": "报表数字",
    "due_from": "到期从",
    "due_to": "到期至",
    "received_from": "受理从",
    "received_to": "受理至",
    "promise": "承诺",
}
_WORDS: Final[dict[str, Mapping[str, str]]] = {
    "view": {view.value: word for view, word in words.VIEW_WORDS.items()},
    "state": words.STATES,
    "sentiment": {each.value: word for each, word in SENTIMENT_WORDS.items()},
    "satisfied": {each.value: word for each, word in words.SATISFIED_WORDS.items()},
    "returned": {each.value: word for each, word in words.RETURNED_WORDS.items()},
    "replied": {each.value: word for each, word in words.REPLIED_WORDS.items()},
    "promise": {each.value: word for each, word in words.PROMISE_WORDS.items()},
    "todo": {each.value: word for each, word in TODO_WORDS.items()},
}


def _chip(name: str, wanted: Filter, office: DeskContext, actor: Actor) -> Chip:
    value = str(getattr(wanted, name))
    text = _WORDS.get(name, {}).get(value, value)
    if name in ("unit", "lead"):
        text = office.register.name(value)
    if name == "figure" and (found := figure_of(wanted, office, actor)):
        text = found.words(office.register)
    return Chip(_LABELS.get(name, ""), text, wanted.without(name).href)


def described(wanted: Filter, office: DeskContext, actor: Actor) -> str:
    """The conditions in words, for the trail and the heads of lists."""
    chips = [_chip(name, wanted, office, actor) for name in wanted.conditions]
    return "；".join(f"{c.label} {c.text}".strip() for c in chips) or "全部事项"


def _more_fields() -> tuple[tuple[str, str, Mapping[str, str]], ...]:
    """Conditions without numbers beside them: name in the address, label, choices."""
    return (
        ("todo", "待办", _WORDS["todo"]),
        ("replied", "本轮答复", _WORDS["replied"]),
        ("satisfied", "回访", _WORDS["satisfied"]),
        ("sentiment", "情感", _WORDS["sentiment"]),
        ("returned", "退回", _WORDS["returned"]),
        ("promise", "承诺", _WORDS["promise"]),
    )

"""看板: the figures of a period, for those who look rather than read."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, timedelta
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from msgspec import Struct

from cases.figures.board import Board, Period, board
from cases.privacy.visibility import for_anyone, marks_of
from cases.words.actors import Actor, Role
from desk.board.charts import Chart
from desk.board.handling import handling
from desk.board.incoming import incoming
from desk.ground.context import DeskContext, PageStore
from desk.ground.sight import outlines
from desk.http.authentication import person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.http.security import HEADERS
from desk.ledger.filters import BadParameter
from sinks.ledger.base import Query

SPANS: Final = {7: "近 7 天", 30: "近 30 天", 90: "近 90 天", 365: "近一年"}
LONGEST_DAYS: Final = 731
_KEPT: Final = 16
_FRESH_SECONDS: Final = 30.0
SCRIPT: Final = f"/board/plotly-{version('plotly')}.js"
_NOTHING_INLINE: Final = "style-src 'self'"
# The charts make empty style elements and fill them by script; this is the hash of nothing.
_EMPTY_STYLE: Final = f"{_NOTHING_INLINE} 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
_POLICY: Final = HEADERS["content-security-policy"].replace(_NOTHING_INLINE, _EMPTY_STYLE)


class _Known(Struct, frozen=True):
    figures: Board
    revision: int
    until: float


class Boards:
    """Figures once made are kept until something was processed, and half a minute more
    where much happens: a wall of screens costs no more than one."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._lock = Lock()
        self._known: OrderedDict[tuple[Period, str, tuple[str, ...], date], _Known] = OrderedDict()

    def read(self, store: PageStore, period: Period, unit: str, actor: Actor) -> Board:
        """`unit`: of the cases that it leads only; "" for all. `actor`: who reads it."""
        now = self._office.clock()
        key = (period, unit, marks_of(actor), now.date())
        with self._lock:
            known = self._known.get(key)
            if known and (known.revision == store.processed or monotonic() < known.until):
                return known.figures
            revision = store.processed
            every = outlines(store.ledger.outlines(period.start, period.end), actor)
            mine = (one for one in every if one.unit == unit) if unit else every
            earlier = Query(
                received_from=period.before.start,
                received_to=period.before.end,
                lead=unit,
                limit=0,
            )
            before = store.ledger.search(earlier).total
            figures = board(mine, period, now, before=before)
            self._known[key] = _Known(figures, revision, monotonic() + _FRESH_SECONDS)
            self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return figures


def add_board(app: FastAPI, office: DeskContext) -> None:
    boards = Boards(office)

    def page(request: Request, tab: str) -> HTMLResponse:
        person = person_of(request)
        unit = person.unit if person.role is Role.RESPONDER else ""
        period = _period(request, office)
        with page_context(office, request, "board") as (store, around, now):
            found = boards.read(store, period, unit, person.actor)
            heads = store.ledger.load([line.matter for line in found.hotspots])
        titles = {
            key: for_anyone(case, case.item.title, instead="（保密件）")
            for key, case in heads.items()
        }
        charts = (
            incoming(found, unit, lambda matter: titles.get(matter, matter))
            if tab == "incoming"
            else handling(found, unit, office.register.name)
        )
        answer = render(
            "board.html",
            around,
            tab=tab,
            found=found,
            charts=charts,
            data=[_picture(one) for one in charts],
            spans=SPANS,
            today=now.date(),
            script=SCRIPT,
            unit=office.register.name(unit) if unit else "",
        )
        answer.headers["content-security-policy"] = _POLICY
        return answer

    @app.get("/board")
    def incoming_page(request: Request) -> HTMLResponse:
        return page(request, "incoming")

    @app.get("/board/handling")
    def handling_page(request: Request) -> HTMLResponse:
        return page(request, "handling")

    @app.get(SCRIPT)
    def script() -> Response:
        forever = {"cache-control": "public, max-age=31536000, immutable"}
        return FileResponse(_package_script(), media_type="text/javascript", headers=forever)


def _package_script() -> Path:
    """The script that the plotly package carries; the package itself is not imported."""
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("plotly is not installed")
    return Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"


def _picture(chart: Chart) -> dict[str, object]:
    return {
        "key": chart.key,
        "flat": chart.flat,
        "stacked": chart.stacked,
        "percent": chart.percent,
        "traces": [
            {name: getattr(one, name) for name in one.__struct_fields__} for one in chart.traces
        ],
    }


def _period(request: Request, office: DeskContext) -> Period:
    """Raises `BadParameter`."""
    today = office.clock().date()
    values = request.query_params
    if values.get("from") or values.get("to"):
        try:
            first = date.fromisoformat(values.get("from", ""))
            last = date.fromisoformat(values.get("to", ""))
        except ValueError:
            raise BadParameter("起止日期应都填写，写作 2026-11-22。") from None
        if not first <= last <= today:
            raise BadParameter(f"起始日期（{first}）应不晚于截止日期（{last}），且都不晚于今天。")
        if (last - first).days >= LONGEST_DAYS:
            raise BadParameter(f"最长看 {LONGEST_DAYS} 天，实际是 {(last - first).days + 1} 天。")
        return Period(first, last)
    text = values.get("days", "30")
    if text not in map(str, SPANS):
        raise BadParameter(f"days 应为 {'、'.join(map(str, SPANS))} 之一，实际是“{text[:20]}”。")
    return Period(today - timedelta(days=int(text) - 1), today)

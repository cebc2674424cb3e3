"""/admin/calendar: a year's view, and the yearly notice put in by its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from cases.clocks.workdays import CalendarRangeError
from cases.words.refusals import NotAllowed
from desk.admin.area import ADMIN, Posted, back, show
from desk.ground.calendar_ahead import unpublished
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, only
from desk.http.form_input import typed_of
from desk.ledger.filter_input import BadParameter
from desk.setup.own_tables import OwnTables
from desk.tables.calendar import FILE, HolidayNotices, Notice
from desk.tables.effects import Effect
from desk.tables.forms import NOW
from desk.tables.year_view import month_of, specials_of, year_of

HREF: Final = "/admin/calendar"
_YEARS_ON: Final = 2


def add_calendar(app: FastAPI, office: DeskContext) -> None:
    notices, own = office.get(HolidayNotices), office.get(OwnTables)

    def page(
        request: Request,
        year: str,
        problem: str = "",
        typed: Mapping[str, str] | None = None,
        read: Notice | None = None,
        effects: tuple[Effect, ...] | None = None,
    ) -> HTMLResponse:
        today, table = office.clock().date(), office.rules.calendar
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            raise BadParameter(f"年份应为四位数字，实际是“{year[:20]}”。")
        try:
            months = [month_of(table, int(year), number, today) for number in range(1, 13)]
        except CalendarRangeError as error:
            raise BadParameter(str(error)) from None
        years = range(today.year - 1, today.year + _YEARS_ON + 1)
        newest = own.newest(FILE)
        done = bool(newest) and request.query_params.get("done", "") == str(newest)
        return show(
            office, request, "calendar", 400 if problem else 200,
            months=months, years=[year_of(table, number) for number in years],
            chosen=year_of(table, int(year)), specials=specials_of(table, int(year)),
            version=table.version, ahead=unpublished(table, today), problem=problem,
            typed={"year": year, "notice": "", "text": "", **(typed or {})},
            read=read, effects=effects,
            done=NOW if done else "", number=newest if done else 0,
        )  # fmt: skip

    @app.get(HREF)
    def calendar(request: Request) -> HTMLResponse:
        return page(request, request.query_params.get("year", "") or f"{office.clock().year}")

    @app.post(HREF)
    def put_notice(request: Request, form: Posted) -> Response:
        only(request, *ADMIN)
        typed, by = typed_of(form), doer_of(request)
        shown = f"{office.clock().year}"
        try:
            notice = notices.read(typed)
            shown = str(notice.year)
            if typed.get("press") != "save":
                found = notices.preview(by, notice)
                return page(request, shown, "", typed, notice, found)
            number = notices.take(by, notice)
        except NotAllowed as problem:
            return page(request, shown, str(problem), typed)
        return back(f"{HREF}?{urlencode({'year': notice.year, 'done': number})}")

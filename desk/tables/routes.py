"""/admin/tables: the tables of the configuration, row by row, for an administrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from msgspec import Struct
from starlette.exceptions import HTTPException

from cases.words.refusals import NotAllowed
from desk.admin.area import ADMIN, Posted, back, show, show_as
from desk.doctor.tables import wrong_tables
from desk.ground.context import DeskContext
from desk.ground.doer import NotThere
from desk.http.authentication import doer_of, only
from desk.http.form_input import typed_of
from desk.setup.own_tables import OwnTables
from desk.tables.effects import Effect
from desk.tables.forms import NOW, page_fields, page_rows
from desk.tables.service import RowWrong, Tables
from desk.tables.sheets import SHEETS, Sheet
from huiyin.configuration.standing import StandingRow

HREF: Final = "/admin/tables"


class Listed(Struct, frozen=True):
    """One table on the first page."""

    sheet: Sheet
    local: int
    """Rows, or keys, that are the office's own."""


class Tried(Struct, frozen=True):
    """What a change would do, or what is wrong with it."""

    effects: tuple[Effect, ...] | None = None
    fields: Mapping[str, str] = {}
    others: tuple[str, ...] = ()


def add_table_pages(app: FastAPI, office: DeskContext) -> None:
    pages = _Pages(office)

    @app.get(HREF)
    def tables_page(request: Request) -> HTMLResponse:
        only(request, *ADMIN)
        settings = office.settings.read_again()
        return show(
            office, request, "tables", groups=pages.groups(),
            problems=wrong_tables(settings), folder="/".join(pages.own.folder.parts[-2:]),
        )  # fmt: skip

    @app.get(HREF + "/{name}")
    def table_page(request: Request, name: str) -> HTMLResponse:
        only(request, *ADMIN)
        sheet = pages.sheet(name)
        return pages.rows(request, sheet) if sheet.has_rows else pages.form(request, sheet, "")

    @app.get(HREF + "/{name}/row")
    def row_page(request: Request, name: str) -> HTMLResponse:
        only(request, *ADMIN)
        return pages.form(request, pages.sheet(name), request.query_params.get("id", ""))

    @app.post(HREF + "/{name}/row")
    def save_row(request: Request, name: str, form: Posted) -> Response:
        only(request, *ADMIN)
        sheet, typed = pages.sheet(name), typed_of(form)
        row_id, by = typed.pop("id", ""), doer_of(request)
        try:
            if typed.pop("press", "") != "save":
                found = pages.tables.preview(by, sheet, row_id, typed)
                return pages.form(request, sheet, row_id, typed, Tried(found))
            return pages.done(sheet, pages.tables.save(by, sheet, row_id, typed))
        except RowWrong as wrong:
            tried = Tried(None, wrong.fields, wrong.others)
        except NotThere as problem:
            raise HTTPException(404, str(problem)) from None
        except NotAllowed as problem:
            tried = Tried(None, {}, tuple(str(problem).splitlines()))
        return pages.form(request, sheet, row_id, typed, tried)

    @app.post(HREF + "/{name}/switch")
    def switch_row(request: Request, name: str, form: Posted) -> Response:
        only(request, *ADMIN)
        sheet, typed = pages.sheet(name), typed_of(form)
        on = typed.get("on") == "1"
        return pages.pressed(
            request, sheet, typed.get("id", ""),
            lambda row_id: pages.tables.switch(doer_of(request), sheet, row_id, on=on),
        )  # fmt: skip

    @app.post(HREF + "/{name}/restore")
    def restore_row(request: Request, name: str, form: Posted) -> Response:
        only(request, *ADMIN)
        sheet = pages.sheet(name)
        return pages.pressed(
            request, sheet, typed_of(form).get("id", ""),
            lambda row_id: pages.tables.restore(doer_of(request), sheet, row_id),
        )  # fmt: skip


class _Pages:
    """What the pages share."""

    def __init__(self, office: DeskContext) -> None:
        self.office = office
        self.tables = office.get(Tables)
        self.own = office.get(OwnTables)

    def sheet(self, name: str) -> Sheet:
        try:
            return self.tables.sheet(name)
        except NotThere as problem:
            raise HTTPException(404, str(problem)) from None

    def groups(self) -> dict[str, list[Listed]]:
        found: dict[str, list[Listed]] = {}
        for sheet in SHEETS.values():
            found.setdefault(sheet.group, []).append(Listed(sheet, self._local(sheet)))
        return found

    def _local(self, sheet: Sheet) -> int:
        at = self.tables.standing(sheet.file)
        if not sheet.has_rows:
            return len(self.tables.said(sheet, at))
        return sum(row.local is not None for row in self.tables.rows(sheet, at))

    def rows(self, request: Request, sheet: Sheet, problem: str = "") -> HTMLResponse:
        at = self.tables.standing(sheet.file)
        asked = request.query_params
        wanted, local = asked.get("q", "").strip()[:40], asked.get("local") == "1"
        rows = page_rows(self.tables, sheet, at, wanted, local=local)
        return show_as(
            self.office, request, "tables", "admin_table.html", 400 if problem else 200,
            sheet=sheet, rows=rows, wanted=wanted, local=local, problem=problem,
            problems=at.problems, readable=at.readable, **self._done(request, sheet),
        )  # fmt: skip

    def form(
        self,
        request: Request,
        sheet: Sheet,
        row_id: str,
        typed: Mapping[str, str] | None = None,
        tried: Tried | None = None,
    ) -> HTMLResponse:
        """`row_id` "": a new row (`from` in the address: with what another one has)."""
        tried = tried or Tried()
        at = self.tables.standing(sheet.file)
        row = self._row(sheet, row_id) if row_id else None
        if not sheet.has_rows:
            values = self.tables.settings(sheet, at)
        elif row is not None:
            values = row.values
        else:
            values = {}
        seen = self.tables.seen(values)
        copied = request.query_params.get("from", "") if row is None and typed is None else ""
        if copied:
            values = {k: v for k, v in self._row(sheet, copied).values.items() if k != sheet.key}
        wrong = bool(tried.fields or tried.others)
        return show_as(
            self.office, request, "tables", "admin_table_row.html", 400 if wrong else 200,
            sheet=sheet, row=row, row_id=row_id, copied=copied,
            name=self.tables.name_of(sheet, values) if row is not None else "",
            fields=page_fields(
                self.tables, sheet, at, values, typed=typed, problems=tried.fields,
                shipped=row.shipped if row is not None else None,
            ),
            others=self._others(sheet, row_id), before=(typed or {}).get("before", ""),
            seen=(typed or {}).get("seen") or seen,
            tried=tried, problems=at.problems, readable=at.readable,
            **self._done(request, sheet),
        )  # fmt: skip

    def pressed(
        self, request: Request, sheet: Sheet, row_id: str, press: Callable[[str], int]
    ) -> Response:
        try:
            return self.done(sheet, press(row_id))
        except NotThere as problem:
            raise HTTPException(404, str(problem)) from None
        except NotAllowed as problem:
            return self.rows(request, sheet, str(problem))

    def done(self, sheet: Sheet, number: int) -> Response:
        return back(f"{HREF}/{sheet.name}?{urlencode({'done': number})}")

    def _done(self, request: Request, sheet: Sheet) -> dict[str, object]:
        """What was done just now, and the number by which it is taken back."""
        said = request.query_params.get("done", "")
        if not said:
            return {"done": "", "number": 0}
        newest = self.own.newest(sheet.file)
        if said == str(newest):
            return {"done": NOW, "number": newest}
        return {"done": "没有不同，没有改动。" if said == "0" else "", "number": 0}

    def _row(self, sheet: Sheet, row_id: str) -> StandingRow:
        try:
            return self.tables.row(sheet, row_id, self.tables.standing(sheet.file))
        except NotThere as problem:
            raise HTTPException(404, str(problem)) from None

    def _others(self, sheet: Sheet, row_id: str) -> list[tuple[str, str]]:
        """Rows that this one may be put in front of, where that counts."""
        if not sheet.ordered:
            return []
        return [
            (row.id, f"{self.tables.name_of(sheet, row.values)}（{row.id}）")
            for row in self.tables.rows(sheet, self.tables.standing(sheet.file))
            if row.id != row_id and not row.disabled
        ]

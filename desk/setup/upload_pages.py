"""管理 → 来源 → 上传文件: an export, its columns, the first rows, and in it goes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from msgspec.structs import replace
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.words.refusals import NotAllowed
from desk.admin.area import ADMIN, Posted, back, show_as
from desk.ground.context import DeskContext
from desk.ground.doer import NotThere
from desk.http.authentication import doer_of, only, posted_file
from desk.setup.exports import Export, Exports, Trial
from desk.setup.fields import FIELD_WORDS
from desk.setup.own_source import Chosen
from desk.setup.upload_form import file_of
from streams.history import HistoryLine
from streams.sources.tables.guess import NOT_KEPT
from streams.sources.tables.header_map import FIELDS

_HREF: Final = "/admin/upload"
_MOST: Final = 512 << 20
"""Bytes of an export."""

_CHANNELS: Final = ("12345热线", "领导留言板", "政府网站信箱", "领导信箱", "问政平台", "政务新媒体")

ExportForm = Annotated[FormData, Depends(posted_file(_MOST, *ADMIN))]


def add_uploads(app: FastAPI, office: DeskContext) -> None:
    pages = _Pages(office)

    @app.get(_HREF)
    def upload_page(request: Request) -> HTMLResponse:
        return pages.begin(request)

    @app.post(_HREF)
    def upload(request: Request, form: ExportForm) -> Response:
        only(request, *ADMIN)
        try:
            file = file_of(form)
            export = pages.exports.put(doer_of(request), file.file, file.filename or "")
        except NotAllowed as problem:
            return pages.begin(request, str(problem))
        return back(f"{_HREF}/{export.token}")

    @app.get(_HREF + "/{token}")
    def described(request: Request, token: str) -> HTMLResponse:
        return pages.describe(request, token)

    @app.post(_HREF + "/{token}")
    def chosen(request: Request, token: str, form: Posted) -> Response:
        return pages.chosen(request, token, form)


class _Pages:
    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self.exports = office.get(Exports)

    def begin(self, request: Request, problem: str = "") -> HTMLResponse:
        only(request, *ADMIN)
        return show_as(
            self._office, request, "sources", "admin_upload.html", 400 if problem else 200,
            problem=problem, most=_MOST >> 20,
        )  # fmt: skip

    def describe(
        self,
        request: Request,
        token: str,
        problem: str = "",
        trial: Trial | None = None,
        chosen: Chosen | None = None,
        history: tuple[str, str] = ("", ""),
    ) -> HTMLResponse:
        """`history`: what the form said of it, also where that is no date."""
        only(request, *ADMIN)
        export = self._get(token)
        if export.begun:
            return show_as(
                self._office, request, "sources", "admin_upload_progress.html", export=export
            )
        entries = self.exports.sources()
        known = [(name, entries[name].channel) for name in export.fitting if name in entries]
        chosen = chosen or Chosen(
            source=known[0][0] if known else "",
            fields={at: column.field for at, column in enumerate(export.guess.columns)},
        )
        return show_as(
            self._office, request, "sources", "admin_upload_columns.html", 400 if problem else 200,
            export=export, known=known, chosen=chosen, trial=trial, problem=problem,
            words=FIELD_WORDS, not_kept=NOT_KEPT, channels=_CHANNELS,
            history=history[0], before=history[1],
        )  # fmt: skip

    def chosen(self, request: Request, token: str, form: FormData) -> Response:
        only(request, *ADMIN)
        export = self._get(token)
        chosen = _chosen(form, export)
        history = str(form.get("history", "")), str(form.get("before", ""))
        try:
            chosen = replace(chosen, history=_line(*history))
            if form.get("do") == "take":
                self.exports.take(doer_of(request), token, chosen)
                return back(f"{_HREF}/{token}")
            trial = self.exports.attempt(doer_of(request), token, chosen)
        except NotAllowed as problem:
            return self.describe(request, token, str(problem), chosen=chosen, history=history)
        return self.describe(request, token, trial=trial, chosen=chosen, history=history)

    def _get(self, token: str) -> Export:
        try:
            return self.exports.get(token)
        except NotThere as problem:
            raise HTTPException(404, str(problem)) from None


def _chosen(form: FormData, export: Export) -> Chosen:
    """Without the line of history, which may be said wrongly."""
    return Chosen(
        source=str(form.get("source", "")),
        channel=str(form.get("channel", "")).strip(),
        fields=_fields(form, export),
    )


def _line(history: str, before: str) -> HistoryLine | None:
    """Raises `NotAllowed`."""
    if history == "all":
        return HistoryLine(None)
    if history != "before":
        return None
    try:
        return HistoryLine(date.fromisoformat(before))
    except ValueError:
        raise NotAllowed("请填写从哪一天起照常办理。") from None


def _fields(form: FormData, export: Export) -> dict[int, str]:
    found = {}
    for at in range(len(export.guess.columns)):
        field = str(form.get(f"field-{at}", ""))
        if field in FIELDS or field == NOT_KEPT:
            found[at] = field
    return found

"""来源: how each door is doing, and its handles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from msgspec import Struct

from cases.privacy.masking import mask
from cases.words.refusals import NotAllowed
from cases.words.times import beijing
from desk.admin.area import ADMIN, Posted, back, show
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.settings import SettingsError
from desk.http.authentication import doer_of, only
from desk.sources.service import HOW, SourceLine, Sources
from streams.sources.seam.base import SourceError


class Row(Struct, frozen=True):
    """A source as the page shows it."""

    line: SourceLine
    polled: bool
    """Whether it is asked, and so can be asked now or again."""
    state: str
    tone: str
    error: str
    problems: tuple[str, ...]
    run: str
    """What became of the last poll that was ordered here."""
    aside: int = 0
    """Mails set aside because a program wrote them."""


def add_sources(app: FastAPI, office: DeskContext) -> None:
    service = office.get(Sources)

    def page(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
        lines = service.lines()
        with office.readers.reader() as store:
            aside = store.aside_counts()
        rows = [_row(line, service.said(line.name), aside.get(line.name, 0)) for line in lines]
        return show(office, request, "sources", status, rows=rows, problem=problem)

    def done(request: Request, act: Callable[[Doer], None]) -> Response:
        try:
            act(doer_of(request))
        except NotAllowed as problem:
            return page(request, str(problem), 409)
        except (SettingsError, SourceError) as problem:
            return page(request, str(problem), 400)
        return back("/admin/sources")

    @app.get("/admin/sources")
    def sources(request: Request) -> HTMLResponse:
        return page(request)

    @app.post("/admin/sources/{name}/pause")
    def pause(request: Request, name: str, _form: Posted) -> Response:
        return done(request, lambda by: service.pause(by, name))

    @app.post("/admin/sources/{name}/resume")
    def resume(request: Request, name: str, _form: Posted) -> Response:
        return done(request, lambda by: service.resume(by, name))

    @app.post("/admin/sources/{name}/run")
    def run(request: Request, name: str, _form: Posted) -> Response:
        return done(request, lambda by: service.begin(by, name))

    @app.post("/admin/sources/{name}/rewind")
    def rewind(request: Request, name: str, form: Posted) -> Response:
        only(request, *ADMIN)
        try:
            to = beijing(datetime.fromisoformat(str(form.get("to", ""))))
        except ValueError:
            return page(request, "请填写从哪一天起重新读。", 400)
        return done(request, lambda by: service.rewind(by, name, to))


def _row(line: SourceLine, run: str, aside: int) -> Row:
    if not line.enabled:
        state, tone = "未启用", "quiet"
    elif line.paused:
        state, tone = "已暂停", "soon"
    elif line.problems:
        state, tone = "异常", "late"
    else:
        state, tone = "正常", "done"
    return Row(
        line,
        line.adapter not in HOW,
        state,
        tone,
        mask(line.last_error),
        tuple(map(mask, line.problems)),
        mask(run),
        aside,
    )

"""来源: how each door is doing, and its handles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from msgspec import Struct
from starlette.exceptions import HTTPException

from cases.privacy.masking import mask
from cases.words.times import beijing
from desk.admin.area import ADMIN, Posted, back, note, show
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.settings import SettingsError
from desk.http.authentication import only, person_of
from desk.sources import service as doors
from streams.runtime import Runtime
from streams.sources.seam.base import SourceError

_WAIT_SECONDS: Final = 8.0
"""A poll that takes longer goes on behind the page."""


class Row(Struct, frozen=True):
    """A source as the page shows it."""

    line: doors.SourceLine
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


class _Runs:
    """Polls that somebody ordered, in threads of their own."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._lock = threading.Lock()
        self._said: dict[str, str] = {}
        self._running: set[str] = set()

    def said(self, name: str) -> str:
        with self._lock:
            return "正在读取，请稍后刷新" if name in self._running else self._said.get(name, "")

    def start(self, name: str) -> None:
        """Waits a little for the end. One at a time for each source."""
        with self._lock:
            if name in self._running:
                return
            self._running.add(name)
        thread = threading.Thread(target=self._run, args=(name,), daemon=True)
        thread.start()
        thread.join(_WAIT_SECONDS)

    def _run(self, name: str) -> None:
        said = "读取没有完成，请查看日志"
        try:
            settings = self._office.settings
            with self._office.acts.apart() as runner:
                result = doors.run_source(settings, runner, wiring.source_context(settings), name)
            counts = result.counts
            said = result.error or (
                f"读到 {counts.read} 条，新事项 {counts.new}，新版本 {counts.later}，"
                f"死信 {counts.rejected}"
            )
            if result.paused:
                said = "已暂停，没有读取。请先恢复"
        except (SettingsError, SourceError) as problem:
            said = str(problem)
        finally:
            with self._lock:
                self._running.discard(name)
                self._said[name] = f"{beijing(self._office.clock()):%H:%M} {said}"


def add_sources(app: FastAPI, office: DeskContext) -> None:
    runs = _Runs(office)

    def page(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
        with office.acts.borrowed() as runner:
            lines = doors.source_lines(office.settings, runner)
        with office.readers.reader() as store:
            aside = store.aside_counts()
        rows = [_row(line, runs.said(line.name), aside.get(line.name, 0)) for line in lines]
        return show(office, request, "sources", status, rows=rows, problem=problem)

    def done(request: Request, name: str, detail: str, act: Callable[[Runtime], None]) -> Response:
        try:
            with office.acts.borrowed() as runner:
                act(runner)
        except (SettingsError, SourceError) as problem:
            return page(request, str(problem), 400)
        note(office, request, AuditAction.SOURCE, name, detail)
        return back("/admin/sources")

    @app.get("/admin/sources")
    def sources(request: Request) -> HTMLResponse:
        return page(request)

    @app.post("/admin/sources/{name}/pause")
    def pause(request: Request, name: str, _form: Posted) -> Response:
        by = person_of(request).account.name
        _known(request, office, name)
        return done(
            request, name, "暂停", lambda r: doors.pause_source(office.settings, r, name, by)
        )

    @app.post("/admin/sources/{name}/resume")
    def resume(request: Request, name: str, _form: Posted) -> Response:
        _known(request, office, name)
        return done(request, name, "恢复", lambda r: doors.resume_source(office.settings, r, name))

    @app.post("/admin/sources/{name}/run")
    def run(request: Request, name: str, _form: Posted) -> Response:
        _known(request, office, name)
        note(office, request, AuditAction.SOURCE, name, "读取一次")
        runs.start(name)
        return back("/admin/sources")

    @app.post("/admin/sources/{name}/rewind")
    def rewind(request: Request, name: str, form: Posted) -> Response:
        _known(request, office, name)
        try:
            to = beijing(datetime.fromisoformat(str(form.get("to", ""))))
        except ValueError:
            return page(request, "请填写从哪一天起重新读。", 400)
        if to > office.clock():
            return page(request, "只能回退到过去的日子。", 400)
        around = wiring.source_context(office.settings)
        return done(
            request,
            name,
            f"回退到 {to:%Y-%m-%d}",
            lambda r: doors.rewind_source(office.settings, r, around, name, to),
        )


def _known(request: Request, office: DeskContext, name: str) -> None:
    """Raises `HTTPException` 403 and 404."""
    only(request, *ADMIN)
    if name not in wiring.source_entries(office.settings):
        raise HTTPException(404, "没有这个来源。")


def _row(line: doors.SourceLine, run: str, aside: int) -> Row:
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
        line.adapter not in doors.HOW,
        state,
        tone,
        mask(line.last_error),
        tuple(map(mask, line.problems)),
        mask(run),
        aside,
    )

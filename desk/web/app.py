"""The web application: routes, and what happens to errors."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from cases.masking import mask
from desk.web.case_page import case_page
from desk.web.filters import PAGE_SIZE, STATES, VIEW_WORDS, BadParameter, read_filter, read_page
from desk.web.lines import case_lines
from desk.web.office import Office
from desk.web.overview import overview, stream_state
from desk.web.pages import STATIC, Frame, error_page, frame, render
from desk.web.push import Pushes, add_pushes
from desk.web.security import HEADERS, KnownHosts, SafeHeaders
from sinks.ledger import Counts, LedgerUnavailable, Page
from streams.embedded.store import EmbeddedStore, StoreError

_log = logging.getLogger(__name__)

_FACETS_SECONDS: Final = 10.0
_LETTERS_PAGE: Final = 50


class _CaseId(Convertor[str]):
    """The rest of the path whatever it holds: a source numbers its items as it likes."""

    regex = "(?s:.+)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("case_id", _CaseId())


class _Static(StaticFiles):
    """Files whose address carries their content's hash: kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if answer.status_code == 200:
            answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


class _Facets:
    """The numbers beside the choices of the ledger, a few seconds old at most."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._counts: Counts | None = None
        self._until = 0.0

    def read(self, store: EmbeddedStore, now: datetime) -> Counts:
        if self._counts is None or monotonic() > self._until:
            self._counts = store.ledger.counts(now, self._office.high_risks)
            self._until = monotonic() + _FACETS_SECONDS
        return self._counts


def create_app(office: Office, *, host: str = "127.0.0.1", pushes: Pushes | None = None) -> FastAPI:
    """The desk of `office`. `host` is the name it is served under, besides localhost."""
    app = FastAPI(
        title="回音",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(SafeHeaders), Middleware(KnownHosts, host=host)],
    )
    app.mount("/static", _Static(directory=STATIC), name="static")
    _add_errors(app, office)
    _add_pages(app, office)
    if pushes is not None:
        add_pushes(app, pushes)
    return app


def _add_pages(app: FastAPI, office: Office) -> None:
    facets = _Facets(office)
    units = office.unit_groups()

    @contextmanager
    def reading(here: str) -> Iterator[tuple[EmbeddedStore, Frame, datetime]]:
        now = office.clock()
        with office.readers.reader() as store:
            yield store, frame(store, office, now, here), now

    @app.get("/")
    def overview_page() -> HTMLResponse:
        with reading("overview") as (store, around, now):
            view = overview(store, office, now)
        return render("overview.html", around, view=view, folders=office.folders)

    @app.get("/ledger")
    def ledger_page(request: Request) -> HTMLResponse:
        wanted = read_filter(request.query_params)
        with reading("ledger") as (store, around, now):
            query = wanted.query(now, office.high_risks)
            page = store.ledger.search(query) if query else Page(0, ())
            counts = facets.read(store, now)
        return render(
            "ledger.html",
            around,
            wanted=wanted,
            total=page.total,
            lines=case_lines(page.cases, office, now),
            pages=max(1, -(-page.total // PAGE_SIZE)),
            counts=counts,
            units=units,
            states=STATES,
            views=VIEW_WORDS,
            register=office.register,
        )

    @app.get("/cases/{case_id:case_id}")
    def one_case(case_id: str) -> HTMLResponse:
        with reading("case") as (store, around, now):
            case = store.ledger.load([case_id]).get(case_id)
        if case is None:
            raise HTTPException(404, f"没有编号为“{mask(case_id[:80])}”的事项。")
        return render("case.html", around, page=case_page(case, office, now))

    @app.get("/dead-letters")
    def dead_letters(request: Request) -> HTMLResponse:
        page = read_page(request.query_params)
        with reading("letters") as (store, around, _now):
            letters = store.newest_letters(_LETTERS_PAGE, (page - 1) * _LETTERS_PAGE)
            total = store.letters_waiting()
        lines = [
            (
                one.letter.at,
                one.letter.source,
                mask(one.letter.origin),
                mask(_head(one.letter.detail)),
            )
            for one in letters
        ]
        pages = max(1, -(-total // _LETTERS_PAGE))
        return render("letters.html", around, lines=lines, total=total, number=page, pages=pages)

    @app.get("/healthz")
    def health() -> JSONResponse:
        now = office.clock()
        with office.readers.reader() as store:
            stream = stream_state(store, office, now)
        age = (now - stream.last_sweep).total_seconds() if stream.last_sweep else None
        return JSONResponse(
            {
                "ok": stream.ok,
                "stream": stream.word,
                "detail": stream.detail,
                "waiting": stream.waiting,
                "dead_letters": stream.letters,
                "last_sweep_age_seconds": age,
                "revision": stream.revision,
            },
            200 if stream.ok else 503,
        )


def _head(detail: str) -> str:
    """What a dead letter says to people; the traceback below it is for `huiyin dead-letters`."""
    return detail.partition("\nTraceback")[0]


def _add_errors(app: FastAPI, office: Office) -> None:
    def page(status: int, heading: str, text: str) -> HTMLResponse:
        return error_page(office.clock(), status, heading, text)

    @app.exception_handler(BadParameter)
    def bad_parameter(_request: Request, error: BadParameter) -> HTMLResponse:
        return page(400, "网址里的条件不对", str(error))

    @app.exception_handler(HTTPException)
    def refused(_request: Request, error: HTTPException) -> HTMLResponse:
        if error.status_code == 404:
            text = error.detail if error.detail != "Not Found" else "这个网址没有对应的页面。"
            return page(404, "没有找到", text)
        return page(error.status_code, "不能这样访问", f"服务器不接受这个请求（{error.detail}）。")

    @app.exception_handler(LedgerUnavailable)
    @app.exception_handler(StoreError)
    @app.exception_handler(sqlite3.DatabaseError)
    def no_data(_request: Request, error: Exception) -> HTMLResponse:
        _log.error("data file: %s", error)
        return page(
            503, "暂时读不到数据", f"{error} 稍后刷新再试；仍不行请运行 huiyin doctor 检查。"
        )

    @app.exception_handler(Exception)
    def broken(_request: Request, _error: Exception) -> HTMLResponse:
        text = "出错的细节已打印在启动回音的窗口里，请连同网址一起告诉维护人员。"
        answer = page(500, "程序出错", text)
        # This answer is made outside of all middleware.
        answer.headers.update(HEADERS)
        return answer

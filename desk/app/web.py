"""The web application: its areas, and what happens to errors."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from cases.words.refusals import NotAllowed
from desk.api.app import add_api
from desk.app.admin_pages import add_admin
from desk.board.routes import add_board
from desk.cases.routes import add_cases
from desk.disclosure.routes import add_disclosure
from desk.disputes.proposals_page import add_proposals
from desk.disputes.routes import add_disputes
from desk.duty.roster import Duty
from desk.duty.routes import add_duty
from desk.emerging.routes import add_emerging
from desk.exchange.routes import add_exchange
from desk.exclusions.routes import add_exclusions
from desk.files.pages import add_attachments
from desk.files.uploads import Uploads
from desk.ground.context import DeskContext
from desk.ground.doer import NotPermitted, NotThere
from desk.ground.storage_problems import STORAGE
from desk.home.queue import add_queue
from desk.home.today import add_today
from desk.hotspots.routes import add_hotspots
from desk.http.pages import STATIC
from desk.http.problems import Failures, Problem, problem_answer, problem_of
from desk.http.security import MOST_BODY_BYTES, KnownHosts, SafeHeaders, SmallBodies, headers_for
from desk.http.signed_in import SignedIn
from desk.http.stream_state import stream_state
from desk.ledger.bulk_routes import add_bulk
from desk.ledger.exports import add_exports
from desk.ledger.filter_input import BadParameter
from desk.ledger.page import add_ledger
from desk.manual.routes import add_manual
from desk.matters.routes import add_matters
from desk.measures.routes import add_measures
from desk.notices.routes import add_notices
from desk.open311.routes import add_open311
from desk.opinion.routes import add_opinion
from desk.papers.brief_pages import add_briefs
from desk.papers.prints import add_prints
from desk.promises.routes import add_promises
from desk.qa.routes import add_qa
from desk.rectification.routes import add_rectification
from desk.registration.routes import add_register_item
from desk.reports.routes import add_reports
from desk.sign_in.own_account import add_own_account
from desk.sign_in.routes import add_login
from desk.site_columns.routes import add_site
from desk.sources.push import Pushes, add_pushes

AREAS = (
    add_login,
    add_own_account,
    add_today,
    add_ledger,
    add_bulk,
    add_exports,
    add_queue,
    add_attachments,  # before the cases, whose addresses begin the same
    add_cases,
    add_admin,
    add_board,
    add_hotspots,
    add_emerging,
    add_matters,
    add_measures,
    add_duty,
    add_notices,
    add_rectification,
    add_register_item,
    add_qa,
    add_site,
    add_opinion,
    add_promises,
    add_disputes,
    add_proposals,
    add_exchange,
    add_disclosure,
    add_reports,
    add_exclusions,
    add_prints,
    add_briefs,
    add_manual,
    add_api,
    add_open311,
)
"""Each adds the routes of one area of the desk."""


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


def create_app(office: DeskContext, *, pushes: Pushes | None = None) -> FastAPI:
    """The desk of `office`."""
    app = FastAPI(
        title="回音",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # It answers with the host that the request names.
        redirect_slashes=False,
        middleware=[
            Middleware(SafeHeaders, secure=office.secure),
            Middleware(Failures, clock=office.clock),
            Middleware(KnownHosts, office=office),
            Middleware(
                SmallBodies,
                clock=office.clock,
                most=max(MOST_BODY_BYTES, office.get(Uploads).most_bytes + (1 << 20)),
            ),
            Middleware(SignedIn, office=office),
        ],
    )
    office.on_duty = lambda at: tuple(shift.name for shift in office.get(Duty).on_duty(at))
    app.mount("/static", _Static(directory=STATIC), name="static")
    _add_errors(app, office)
    app.state.before_stop = []
    """Called when the server is about to stop: ends what would go on by itself."""
    for add in AREAS:
        add(app, office)
    _add_health(app, office)
    if pushes is not None:
        add_pushes(app, pushes, office.settings.web.push_bytes)
    return app


def _add_health(app: FastAPI, office: DeskContext) -> None:
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


def _add_errors(app: FastAPI, office: DeskContext) -> None:
    """An API answers in its one shape, a page with a page."""

    def answer(request: Request, status: int, code: str, heading: str, text: str) -> Response:
        problem = Problem(status=status, code=code, heading=heading, text=text)
        return problem_answer(request.scope, problem, office.clock())

    @app.exception_handler(BadParameter)
    def bad_parameter(request: Request, error: BadParameter) -> Response:
        return answer(request, 400, "bad_parameter", "网址里的条件不对", str(error))

    @app.exception_handler(NotThere)
    def not_there(request: Request, error: NotThere) -> Response:
        return answer(request, 404, "not_found", "没有找到", str(error))

    @app.exception_handler(NotPermitted)
    def not_permitted(request: Request, error: NotPermitted) -> Response:
        return answer(request, 403, "forbidden", "不能这样访问", str(error))

    @app.exception_handler(NotAllowed)
    def not_allowed(request: Request, error: NotAllowed) -> Response:
        return answer(request, 409, "refused", "没有办理", str(error))

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            text = error.detail if error.detail != "Not Found" else "这个网址没有对应的页面。"
            return answer(request, 404, "not_found", "没有找到", text)
        ours = any("\u4e00" <= letter <= "\u9fff" for letter in error.detail)
        text = error.detail if ours else f"服务器不接受这个请求（{error.detail}）。"
        code = {403: "forbidden", 405: "method", 413: "too_large"}.get(error.status_code, "refused")
        return answer(request, error.status_code, code, "不能这样访问", text)

    def no_data(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem is None:
            raise error
        return problem_answer(request.scope, problem, office.clock())

    for kind in STORAGE:
        app.add_exception_handler(kind, no_data)

    @app.exception_handler(Exception)
    def broken(request: Request, _error: Exception) -> HTMLResponse | Response:
        text = "出错的细节已打印在启动回音的窗口里，请连同网址一起告诉维护人员。"
        made = answer(request, 500, "broken", "程序出错", text)
        # This answer is made outside of all middleware.
        made.headers.update(headers_for(secure=office.secure))
        made.headers["cache-control"] = "no-store"
        return made

"""An error in the shape that its asker reads: a page, the interface's JSON, or Open311's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from fastapi.responses import JSONResponse, Response
from msgspec import Struct
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.ground.storage_problems import STORAGE, storage_problem
from desk.http.georeport_formats import Format, Names, Value, answer
from desk.http.pages import Frame, error_page

_log = logging.getLogger(__name__)
_RETRY_SECONDS: Final = 30
_MACHINES: Final = ("/api/", "/push/")


class Problem(Struct, frozen=True, kw_only=True):
    status: int
    code: str
    """Stable, for programs."""
    heading: str = "不能这样访问"
    """Of a page."""
    text: str


def problem_answer(scope: Scope, problem: Problem, now: datetime) -> Response:
    """`scope`: the request's, as the outermost application sees it."""
    path: str = scope["path"]
    made: Response
    if path.startswith(_MACHINES):
        error = {"code": problem.code, "message": problem.text}
        made = JSONResponse({"error": error}, problem.status)
    elif path.startswith("/open311/"):
        form = Format.JSON if path.endswith(".json") else Format.XML
        said: Value = [{"code": problem.status, "description": problem.text}]
        made = answer(said, Names("errors", "error"), form, problem.status)
    else:
        person = scope.get("state", {}).get("person")
        around = Frame(now, "", person=person)
        made = error_page(now, problem.status, problem.heading, problem.text, frame=around)
    if problem.status in (503, 507):
        made.headers["retry-after"] = str(_RETRY_SECONDS)
    return made


class Failures:
    """What fails below, in whichever layer, becomes an answer that says what to do.

    Handlers of the application see only what its routes raise; who asks is looked up before,
    in a file that may be full or damaged too."""

    def __init__(self, app: ASGIApp, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except STORAGE as error:
            problem = problem_of(error)
            if problem is None or begun or scope["type"] != "http":
                raise
            await problem_answer(scope, problem, self._clock())(scope, receive, send)


def problem_of(error: Exception) -> Problem | None:
    """What to answer to an error of disk, data file or log, which is noted in our log; None
    for another error."""
    found = storage_problem(error)
    if found is None:
        return None
    _log.error("storage: %s", error)
    return Problem(status=found.status, code=found.code, heading=found.heading, text=found.text)

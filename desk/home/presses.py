"""What the duty desk does to a case from its first page, without leaving it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.record import commands as do
from cases.words.refusals import NotAllowed
from desk.actions.acting import Acting
from desk.ground.actions import CaseChanged, NotYet
from desk.ground.context import DeskContext
from desk.ground.doer import NotPermitted, NotThere
from desk.home.live import Live
from desk.http.authentication import doer_of, posted

Form = Annotated[FormData, Depends(posted)]
REMINDER: Final = "请尽快查看、签收，按期答复群众。"
"""What 催办 of one press says; the page of the case takes other words."""


def add_presses(app: FastAPI, office: DeskContext, live: Live) -> None:
    @app.post("/today/assign")
    def assign(request: Request, form: Form) -> Response:
        command = do.Assign(lead=str(form.get("lead", "")), reason=_reason(form))
        return act(request, form, command)

    @app.post("/today/return")
    def decide_return(request: Request, form: Form) -> Response:
        """The answer to a unit that asks to give a case back."""
        if form.get("approve") not in ("0", "1"):
            return _refused(request, 422, "请选择同意还是不同意退回。")
        command = do.DecideReturn(
            unit=str(form.get("unit", "")),
            approve=form.get("approve") == "1",
            reason=_reason(form),
            to=str(form.get("to", "")),
        )
        return act(request, form, command)

    @app.post("/today/remind")
    def remind(request: Request, form: Form) -> Response:
        return act(request, form, do.Press(rung=do.Rung.REMIND, text=REMINDER))

    def act(request: Request, form: FormData, command: do.AnyCommand) -> Response:
        """From the list, with the case as it stood in the list."""
        seen = str(form.get("seen", ""))
        try:
            done = office.get(Acting).act(
                doer_of(request),
                str(form.get("case", "")),
                command,
                action_id=str(form.get("action_id", "")),
                seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None,
            )
        except NotThere as problem:
            return _refused(request, 404, str(problem))
        except NotPermitted as problem:
            return _refused(request, 403, str(problem))
        except (NotAllowed, CaseChanged, NotYet) as problem:
            return _refused(request, 409, str(problem))
        live.acknowledged()
        if by_script(request):
            return JSONResponse({"unit": office.register.name(done.case.unit)})
        return RedirectResponse("/", 303)


def by_script(request: Request) -> bool:
    """Whether the script of the page asks, which shows the answer in its place."""
    return "application/json" in request.headers.get("accept", "")


def _refused(request: Request, status: int, why: str) -> Response:
    if by_script(request):
        return JSONResponse({"error": {"code": "not_done", "message": why}}, status)
    raise HTTPException(status, why)


def _reason(form: FormData) -> str:
    return str(form.get("reason", "")).strip()[:2000]

"""事项: one case, and everything a person does to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.life.available_actions import OFFERED, available_actions
from cases.life.handling import COMMANDS
from cases.life.reply import approved_draft
from cases.record import commands as do
from cases.record.case import Case
from cases.record.commands import AnyCommand
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING
from desk.actions.acting import Acting
from desk.actions.fields import BadForm, Form, read_command, typed_in
from desk.actions.form_context import FormContext
from desk.actions.labels import lengthening, unchanged_left_out, with_approval
from desk.actions.menu import forms
from desk.actions.reply_flow import Looked, look_over
from desk.cases.looks import Looks
from desk.cases.similar_answers import answer_for
from desk.cases.view import CaseViews, Trouble
from desk.delivery.outbox import OutboxError, ReplyOutbox
from desk.ground.actions import CaseChanged, NotYet
from desk.ground.context import DeskContext
from desk.ground.sight import NoReason, NotForYou, Unmasking, find_case
from desk.http.authentication import Person, address_of, doer_of, person_of, posted
from desk.http.draft_autosave import DraftAutosave
from desk.http.unmasking import ask_page, grant_target, is_file, with_grant
from desk.phrasing.lines import case_href
from sinks.delivery.log import SettleError
from streams.deliver_reply import NotSent

Posted = Annotated[FormData, Depends(posted)]
_WRITES: Final = ("draft_reply", "answer_instantly")
"""What is typed for these stays on the page when it is not taken."""
_SEND_PATIENCE: Final = 3.0
"""Seconds that a press on 发送答复 waits for the result, so that it mostly stands on the
page that follows."""


def add_cases(app: FastAPI, office: DeskContext) -> None:
    """The page itself takes every address below /cases/: areas with pages of their own
    there come before this one."""
    views = CaseViews(office)
    desk = _CaseDesk(office, views)
    office.get(ReplyOutbox).start()

    @app.post("/cases/{case_id:case_id}/act/{command}")
    async def act(request: Request, case_id: str, command: str, form: Posted) -> Response:
        return await run_in_threadpool(desk.act, request, case_id, command, form)

    @app.post("/cases/{case_id:case_id}/unmask")
    async def unmask(request: Request, case_id: str, form: Posted) -> Response:
        return await run_in_threadpool(desk.unmask, request, case_id, form)

    @app.post("/cases/{case_id:case_id}/typed")
    async def keep_typed(request: Request, case_id: str, form: Posted) -> Response:
        return await run_in_threadpool(desk.keep, request, case_id, form)

    @app.post("/cases/{case_id:case_id}/look")
    async def look(request: Request, case_id: str, form: Posted) -> Response:
        return await run_in_threadpool(desk.look, request, case_id, form)

    @app.post("/cases/{case_id:case_id}/use")
    async def use(request: Request, case_id: str, form: Posted) -> Response:
        return await run_in_threadpool(desk.use, request, case_id, form)

    @app.post("/cases/{case_id:case_id}/send")
    async def send(request: Request, case_id: str, form: Posted) -> Response:
        return await run_in_threadpool(desk.send, request, case_id, form)

    @app.post("/cases/{case_id:case_id}/posted")
    async def posted_there(request: Request, case_id: str, form: Posted) -> Response:
        return await run_in_threadpool(desk.record, request, case_id, form)

    @app.post("/cases/{case_id:case_id}/settle")
    async def settle(request: Request, case_id: str, form: Posted) -> Response:
        return await run_in_threadpool(desk.settle, request, case_id, form)

    @app.get("/cases/{case_id:case_id}")
    def one_case(
        request: Request,
        case_id: str,
        done: str = "",
        wanted: Annotated[str, Query(alias="do")] = "",
    ) -> HTMLResponse:
        page = views.page(request, case_id, done=done, wanted=wanted)
        person = person_of(request)
        if not person.machine:
            with office.readers.reader() as store:
                case = find_case(store.ledger, case_id, person.actor)
            office.get(Looks).note(case, person.actor, office.clock())
        return page


class _CaseDesk:
    """Each method answers one kind of POST."""

    def __init__(self, office: DeskContext, views: CaseViews) -> None:
        self._office = office
        self._views = views

    # -- actions -------------------------------------------------------------

    def act(self, request: Request, case_id: str, name: str, form: FormData) -> Response:
        if COMMANDS.get(name) not in OFFERED:
            raise HTTPException(404, "没有这样的办理动作。")
        person = person_of(request)
        case = self._case(case_id, person)
        known = self._form(case, person, name, form)
        typed = _text(form, "text") or None if name in _WRITES else None

        def again(text: str, status: int, **more: object) -> Response:
            trouble = Trouble(text=text, command=name, form=known, reply=typed, **more)  # type: ignore[arg-type]
            return self._views.page(request, case_id, status=status, trouble=trouble)

        try:
            command = self._command(case, name, form, known)
        except BadForm as error:
            return again(str(error), 422)
        if isinstance(command, do.DraftReply) and not _text(form, "advised"):
            looked = look_over(
                case, person.actor, command.text, self._office.clock(), self._office.rules
            )
            if not looked.stops and looked.advice:
                return again("提交前请看提示：可以修改，也可以仍然提交。", 422, advised=True)
        if isinstance(command, do.Correct) and not command.lengthen_approved and known:
            longer = lengthening(self._around(case, person), command)
            if longer:
                known = with_approval(known, longer)
                return again(f"{longer}须经值班台同意。", 422)
        seen = _number(form, "seen")
        try:
            done = self._office.get(Acting).act(
                doer_of(request),
                case_id,
                command,
                action_id=f"{name}-{_text(form, 'action_id')}" if _text(form, "action_id") else "",
                seen=seen,
            )
        except CaseChanged as error:
            return again(str(error), 409, since=error.since)
        except NotAllowed as error:
            return again(str(error), 422)
        except NotYet as error:
            return again(str(error), 202)
        return self._done(request, case_id, name, done.case)

    def _done(self, request: Request, case_id: str, name: str, case: Case) -> Response:
        if name == "draft_reply":
            self._office.get(DraftAutosave).forget(person_of(request).actor.id, case_id)
        if name == "answer_instantly":
            return self._sends_at_once(request, case_id, case)
        return _back(case_id, name)

    def _sends_at_once(self, request: Request, case_id: str, case: Case) -> Response:
        """The second half of 即时答复: reviewed text leaves by the case's own door."""
        outbox, draft = self._office.get(ReplyOutbox), approved_draft(case)
        try:
            if draft is not None and outbox.sends_by_itself(case.item.source):
                outbox.send(person_of(request).actor, case_id, draft.number, {})
                outbox.wait(_SEND_PATIENCE)
        except (NotSent, OutboxError, NotAllowed, NotYet) as error:
            return self._trouble(request, case_id, error, "deliver")
        return _back(case_id, "answer_instantly")

    def _command(self, case: Case, name: str, form: FormData, known: Form | None) -> AnyCommand:
        command = read_command(name, form, known)
        if isinstance(command, do.Assign) and "fixed" in form:
            command = replace(command, may_return=False)
        if isinstance(command, do.DecideReturn) and not command.approve:
            # The form names a unit before the answer is chosen.
            command = replace(command, to="")
        if isinstance(command, do.Correct):
            command = unchanged_left_out(case, command)
        if isinstance(command, do.DraftReply):
            command = replace(command, base_seq=_number(form, "seen"))
        return command

    def _form(self, case: Case, person: Person, name: str, form: FormData) -> Form | None:
        """The form with what was typed; None where it stands in the reply."""
        now = self._office.clock()
        may = available_actions(case, person.actor, now, self._office.rules)
        found = (one for one in forms(self._around(case, person), may) if one.command == name)
        known = next(found, None)
        return typed_in(form, known) if known else None

    # -- personal data -------------------------------------------------------

    def unmask(self, request: Request, case_id: str, form: FormData) -> Response:
        person = person_of(request)
        case = self._case(case_id, person)
        then = grant_target(_text(form, "then"))
        try:
            grant = self._office.get(Unmasking).ask(
                case,
                person.actor,
                _text(form, "reason"),
                self._office.clock(),
                address_of(request),
                files=is_file(then),
            )
        except NotForYou as refusal:
            raise HTTPException(403, str(refusal)) from None
        except NoReason as problem:
            if then:
                return ask_page(self._office, request, case, then, str(problem))
            trouble = Trouble(text=str(problem), command="unmask")
            return self._views.page(request, case_id, status=422, trouble=trouble)
        if then:
            return RedirectResponse(with_grant(then, grant), 303)
        return self._views.page(request, case_id, grant=grant)

    # -- the reply -----------------------------------------------------------

    def keep(self, request: Request, case_id: str, form: FormData) -> Response:
        person = person_of(request)
        case = self._case(case_id, person)
        if not self._office.rules.handling.allows(person.actor, "draft_reply"):
            raise HTTPException(403, "您的角色不拟写答复。")
        now = self._office.clock()
        seen = _number(form, "seen")
        text = _text(form, "text", strip=False)
        typed = self._office.get(DraftAutosave)
        typed.keep(person.actor.id, case_id, text, case.seq if seen is None else seen, now)
        others = typed.others(person.actor.id, case_id, now)
        return JSONResponse({"kept": f"{now:%H:%M:%S}", "others": others})

    def look(self, request: Request, case_id: str, form: FormData) -> Response:
        person = person_of(request)
        case = self._case(case_id, person)
        if not self._office.rules.handling.allows(person.actor, "draft_reply"):
            raise HTTPException(403, "您的角色不拟写答复。")
        text = _text(form, "text")
        looked = look_over(case, person.actor, text, self._office.clock(), self._office.rules)
        return JSONResponse(_told(looked))

    def use(self, request: Request, case_id: str, form: FormData) -> Response:
        """The answer of a similar case goes to the end of what the writer has typed so far."""
        person = person_of(request)
        case = self._case(case_id, person)
        if not self._office.rules.handling.allows(person.actor, "draft_reply"):
            raise HTTPException(403, "您的角色不拟写答复。")
        other_id = _text(form, "from")
        with self._office.readers.reader() as store:
            other = store.ledger.load([other_id]).get(other_id)
        answer = answer_for(other, person.actor) if other else ""
        if not answer:
            raise HTTPException(404, "没有这件事项的答复，或您无权查看，不能引用。")
        now = self._office.clock()
        self._office.get(DraftAutosave).add(person.actor.id, case_id, answer, case.seq, now)
        return RedirectResponse(f"{case_href(case_id)}#reply", 303)

    def send(self, request: Request, case_id: str, form: FormData) -> Response:
        person = person_of(request)
        self._case(case_id, person)
        fields = {
            key.removeprefix("field-"): str(value).strip()
            for key, value in form.multi_items()
            if key.startswith("field-")
        }
        try:
            self._office.get(ReplyOutbox).send(
                person.actor, case_id, _number(form, "draft") or 0, fields
            )
        except (NotSent, OutboxError, NotAllowed, NotYet) as error:
            return self._trouble(request, case_id, error, "deliver")
        self._office.get(ReplyOutbox).wait(_SEND_PATIENCE)
        return _back(case_id, "sending")

    def record(self, request: Request, case_id: str, form: FormData) -> Response:
        person = person_of(request)
        self._case(case_id, person)
        try:
            at = _moment(_text(form, "at"))
            self._office.get(ReplyOutbox).record(
                person.actor, case_id, _number(form, "draft") or 0, _text(form, "proof"), at
            )
        except (NotSent, OutboxError, SettleError, NotAllowed, NotYet, BadForm) as error:
            return self._trouble(request, case_id, error, "deliver")
        return _back(case_id, "posted")

    def settle(self, request: Request, case_id: str, form: FormData) -> Response:
        person = person_of(request)
        self._case(case_id, person)
        if _text(form, "delivered") not in ("0", "1"):
            return self._trouble(request, case_id, BadForm("请选择是否已经送达。"), "deliver")
        try:
            self._office.get(ReplyOutbox).settle(
                person.actor,
                case_id,
                _number(form, "draft") or 0,
                delivered=_text(form, "delivered") == "1",
                proof=_text(form, "proof"),
            )
        except (NotSent, OutboxError, SettleError, NotAllowed, NotYet) as error:
            return self._trouble(request, case_id, error, "deliver")
        return _back(case_id, "settled")

    def _trouble(self, request: Request, case_id: str, error: Exception, name: str) -> Response:
        status = 202 if isinstance(error, NotYet) else 422
        trouble = Trouble(text=str(error), command=name)
        return self._views.page(request, case_id, status=status, trouble=trouble)

    # -- helpers -------------------------------------------------------------

    def _around(self, case: Case, person: Person) -> FormContext:
        return self._views.around(case, person.actor, self._office.clock())

    def _case(self, case_id: str, person: Person) -> Case:
        """Raises `NoSuchCase`, also where this person may not know of it."""
        # Not through the runner: what a person types is kept while another's action waits.
        with self._office.readers.reader() as store:
            return find_case(store.ledger, case_id, person.actor)


def _told(looked: Looked) -> dict[str, object]:
    return {
        "stops": [{"kind": kind, "text": text} for kind, text in looked.stops],
        "advice": [
            {"problem": one.problem, "text": one.text, "quotes": list(one.quotes)}
            for one in looked.advice
        ],
        "promises": [{"text": one.text, "due": one.due.isoformat()} for one in looked.promises],
    }


def _back(case_id: str, done: str) -> Response:
    """So that a reload does not submit again."""
    return RedirectResponse(f"{case_href(case_id)}?done={done}", 303)


def _text(form: FormData, name: str, *, strip: bool = True) -> str:
    text = str(form.get(name, ""))
    return text.strip() if strip else text


def _number(form: FormData, name: str) -> int | None:
    text = _text(form, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadForm(f"答复时间应写成 2026-11-24T10:30 这样，实际是“{text[:40]}”。") from None
    return at.replace(tzinfo=BEIJING) if at.tzinfo is None else at

"""同一事项 and 并单一并答复 on pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from cases.life.handling import ReviewLevel
from cases.life.jointly import BEGINNING, ENDING, LEAST, PLACES, letter
from cases.reporting.periods import days
from cases.words.refusals import NotAllowed
from classifiers.reply.secrecy import SecrecyTable
from desk.actions.reply_flow import STANDARD_POINTS, for_review, look_over
from desk.ground import wiring
from desk.ground.context import DeskContext
from desk.hotspots.service import Hotspots
from desk.http.authentication import doer_of, person_of, posted
from desk.http.draft_autosave import DraftAutosave
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.matters.carrying import Carrying
from desk.matters.joint_view import JointView
from desk.matters.matter_view import MOST, matter_view
from desk.matters.presses import Pressed, carry_out
from desk.matters.service import Matters, writing_key
from desk.matters.standing import IN_PLAY, UNSETTLED, Stage
from desk.phrasing.lines import case_line
from desk.phrasing.phrases import Phrases

Posted = Annotated[FormData, Depends(posted)]
_LOOKED_BACK: Final = timedelta(days=90)
_PATIENCE: Final = 3.0
"""Seconds that a press waits for what follows from it: mostly it stands on the next page."""


def matter_href(matter: str) -> str:
    """The address of a matter's page: its id may hold any character."""
    return f"/matters/{quote(matter, safe='')}"


def add_matters(app: FastAPI, office: DeskContext) -> None:
    desk = _MatterDesk(office)
    office.get(Carrying).start()

    @app.get("/matters")
    def matters_page(request: Request) -> Response:
        return desk.list(request)

    @app.get("/matters/{matter:coded}")
    def matter_page(request: Request, matter: str) -> Response:
        return desk.matter(request, matter)

    @app.post("/matters/{matter:coded}/joint")
    def begin(request: Request, matter: str, form: Posted) -> Response:
        return desk.begin(request, matter, form)

    @app.get("/joint/{number}")
    def joint_page(request: Request, number: str) -> Response:
        return desk.joint(request, number)

    @app.post("/joint/{number}/typed")
    def keep_typed(request: Request, number: str, form: Posted) -> Response:
        return desk.keep(request, number, form)

    @app.post("/joint/{number}/look")
    def look(request: Request, number: str, form: Posted) -> Response:
        return desk.look(request, number, form)

    @app.post("/joint/{number}/{press}")
    def press(request: Request, number: str, press: str, form: Posted) -> Response:
        return desk.press(request, number, press, form)


class _MatterDesk:
    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._service = office.get(Matters)
        self._secrecy: SecrecyTable | None = None

    def list(self, request: Request) -> Response:
        office, person = self._office, person_of(request)
        with page_context(office, request, "matters") as (store, frame, now):
            span = days((now - _LOOKED_BACK).date(), now.date())
            spots = office.get(Hotspots).find(store, person.actor, span)
        joints = [
            self._service.view(doer_of(request), one.number)
            for one in self._service.recent(person.actor)
        ]
        return render(
            "matters.html",
            frame,
            joints=joints,
            titles={
                one.joint.number: case_line(one.cases[0].case, office, now, person.actor).title
                for one in joints
                if one.cases
            },
            spots=[one for one in spots if one.open >= LEAST],
            days=_LOOKED_BACK.days,
            href=matter_href,
            unit_name=office.register.name,
            Stage=Stage,
        )

    def matter(
        self, request: Request, matter: str, problem: str = "", chosen: tuple[str, ...] = ()
    ) -> Response:
        office, person = self._office, person_of(request)
        with page_context(office, request, "matters") as (store, frame, now):
            found = matter_view(store, matter, person.actor, office, now)
        return render(
            "matter.html",
            frame,
            409 if problem else 200,
            one=found,
            joints=self._service.joints(person.actor, matter),
            href=matter_href(matter),
            may=office.rules.handling.allows(person.actor, "draft_reply"),
            problem=problem,
            chosen=chosen,
            most=MOST,
            least=LEAST,
            unit_name=office.register.name,
        )

    def begin(self, request: Request, matter: str, form: FormData) -> Response:
        chosen = tuple(str(one) for one in form.getlist("case"))
        try:
            made = self._service.begin(doer_of(request), matter, chosen)
        except NotAllowed as refused:
            return self.matter(request, matter, str(refused), chosen)
        return RedirectResponse(f"/joint/{made.joint.number}", 303)

    # -- one joint answer ----------------------------------------------------

    def joint(
        self, request: Request, number: str, problem: str = "", typed: FormData | None = None
    ) -> Response:
        office, person = self._office, person_of(request)
        view = self._service.view(doer_of(request), number)
        with page_context(office, request, "matters") as (_store, frame, now):
            lines = {
                one.case.case_id: case_line(one.case, office, now, person.actor)
                for one in view.cases
            }
            split = [case_line(one, office, now, person.actor) for one in view.split]
        kept = office.get(DraftAutosave)
        key = writing_key(number)
        own = kept.text(person.actor.id, key) if "write" in view.may else None
        edition = view.joint.edition
        level = _level(view, office)
        text = view.text if edition else f"{BEGINNING}\n\n{ENDING.strip()}"
        if own:
            text = own.text
        if typed is not None and "text" in typed:
            text = str(typed["text"])
        return render(
            "joint.html",
            frame,
            409 if problem else 200,
            view=view,
            joint=view.joint,
            lines=lines,
            split=split,
            text=text,
            kept_at=own.at if own else None,
            others=kept.others(person.actor.id, key, now) if "write" in view.may else (),
            places=PLACES,
            review=for_review(view.text, self._table) if edition else None,
            level=level.name if level else "",
            points=(level.checklist if level else ()) or STANDARD_POINTS,
            required=bool(level and level.checklist),
            unit=office.register.name(view.joint.unit),
            matter=matter_href(view.joint.matter),
            who=Phrases(office.register, now).actor,
            busy=any(one.standing.stage is Stage.WRITING for one in view.cases)
            or bool(edition and edition.sent and _moving(view)),
            unsettled=view.count(*UNSETTLED),
            Stage=Stage,
            problem=problem,
        )

    def press(self, request: Request, number: str, press: str, form: FormData) -> Response:
        pressed = Pressed(
            press=press,
            text=_text(form, "text"),
            checklist=tuple(str(one) for one in form.getlist("checklist")),
            note=_text(form, "note"),
            reason=_text(form, "reason"),
            case_id=_text(form, "case"),
            seen=_number(form, "seen"),
        )
        try:
            carry_out(self._service, doer_of(request), number, pressed)
        except NotAllowed as refused:
            return self.joint(request, number, str(refused), form)
        self._office.get(Carrying).wait(_PATIENCE)
        return RedirectResponse(f"/joint/{number}", 303)

    def keep(self, request: Request, number: str, form: FormData) -> Response:
        view = self._service.view(doer_of(request), number)
        if "write" not in view.may:
            raise NotAllowed("您现在不能起草这份答复。")
        person, now = person_of(request), self._office.clock()
        kept, key = self._office.get(DraftAutosave), writing_key(number)
        kept.keep(person.actor.id, key, str(form.get("text", "")), view.joint.seen, now)
        others = kept.others(person.actor.id, key, now)
        return JSONResponse({"kept": f"{now:%H:%M:%S}", "others": others})

    def look(self, request: Request, number: str, form: FormData) -> Response:
        """As the first of the citizens would get it: what stops it, what it promises."""
        view = self._service.view(doer_of(request), number)
        told: dict[str, list[object]] = {"stops": [], "advice": [], "promises": []}
        text = _text(form, "text")
        if "write" in view.may and view.cases and text:
            office, case = self._office, view.cases[0].case
            sent = letter(text, case.item, office.register.name(view.joint.unit))
            looked = look_over(case, person_of(request).actor, sent, office.clock(), office.rules)
            told["stops"] = [{"kind": kind, "text": found} for kind, found in looked.stops]
            told["advice"] = [
                {"problem": one.problem, "text": one.text, "quotes": []} for one in looked.advice
            ]
            told["promises"] = [
                {"text": one.text, "due": one.due.isoformat()} for one in looked.promises
            ]
        return JSONResponse(told)

    @property
    def _table(self) -> SecrecyTable:
        if self._secrecy is None:
            self._secrecy = wiring.build_secrecy(self._office.settings)
        return self._secrecy


def _level(view: JointView, office: DeskContext) -> ReviewLevel | None:
    """Which look of the review the drafts wait for, the earliest first."""
    steps = office.rules.handling.review.steps
    done = [
        len(one.standing.draft.approvals)
        for one in view.cases
        if one.standing.stage is Stage.REVIEW and one.standing.draft
    ]
    return steps[min(*done, len(steps) - 1)] if done else None


def _moving(view: JointView) -> bool:
    return any(
        one.standing.stage in IN_PLAY or one.standing.stage is Stage.SENDING for one in view.cases
    )


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()


def _number(form: FormData, name: str) -> int | None:
    text = _text(form, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

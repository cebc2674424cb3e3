"""值班: the roster of a month and the hand-over notes."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct
from starlette.exceptions import HTTPException

from cases.clocks.workdays import Calendar, CalendarRangeError
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Accounts
from desk.duty.roster import Duty, DutyError, Shift, daily
from desk.duty.sight import READERS, notes_for, shifts_for
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext, PageStore
from desk.ground.registers import Changed
from desk.ground.sight import LEAST_REASON, counts
from desk.http.authentication import only, person_of
from desk.http.form_input import Form, note, seen_of, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.filter_input import BadParameter
from desk.ledger.filters import Filter, View
from desk.phrasing.times import WEEKDAYS

PLANNERS = (Role.DESK, Role.ADMIN)
_AHEAD = 14
"""Days ahead in which a free day without anybody on duty is worth a word."""


class Day(Struct, frozen=True, kw_only=True):
    day: date
    sort: str
    """"workday", "weekend" or "holiday": days off need a person most."""
    note: str
    shifts: tuple[Shift, ...]
    today: bool


def add_duty(app: FastAPI, office: DeskContext) -> None:
    @app.get("/duty")
    def duty_page(request: Request) -> HTMLResponse:
        month = _month(request.query_params.get("month", ""), office.clock().date())
        return _page(office, request, month)

    _add_roster(app, office)
    _add_notes(app, office)


def _add_roster(app: FastAPI, office: DeskContext) -> None:
    @app.post("/duty/shifts")
    def plan(request: Request, form: Form) -> Response:
        person, now = only(request, *PLANNERS), office.clock()
        typed = typed_of(form)
        try:
            shift, last = _shift(typed, office)
            for one in daily(shift, last):
                made = office.get(Duty).plan(one, now, person.actor)
                note(
                    office,
                    request,
                    AuditAction.DUTY,
                    made.number,
                    f"排班 {made.name} {made.start:%m-%d %H:%M}",
                )
        except (DutyError, Changed) as problem:
            return _page(office, request, _this_month(office), str(problem), typed)
        return RedirectResponse(f"/duty?month={shift.start:%Y-%m}", 303)

    @app.post("/duty/shifts/{number}/cancel")
    def cancel(request: Request, number: str, form: Form) -> Response:
        person, now = only(request, *PLANNERS), office.clock()
        typed = typed_of(form)
        reason = typed.get("reason", "")
        try:
            office.get(Duty).cancel(number, seen_of(typed), reason, now, person.actor)
        except (DutyError, Changed) as problem:
            return _page(office, request, _this_month(office), str(problem))
        note(office, request, AuditAction.DUTY, number, f"取消排班：{reason}")
        return RedirectResponse("/duty", 303)


def _add_notes(app: FastAPI, office: DeskContext) -> None:
    @app.post("/duty/notes")
    def write_note(request: Request, form: Form) -> Response:
        person, now = only(request, *PLANNERS), office.clock()
        text = str(form.get("text", ""))
        try:
            written = office.get(Duty).write_note(text, now, person.actor)
        except DutyError as problem:
            return _page(office, request, _this_month(office), str(problem), {"text": text})
        note(office, request, AuditAction.DUTY, written.number, "写交接记录")
        return RedirectResponse("/duty#notes", 303)

    @app.post("/duty/notes/{number}/original")
    def original(request: Request, number: str, form: Form) -> HTMLResponse:
        return _shown(office, request, number, form)

    @app.post("/duty/notes/{number}/take")
    def take_note(request: Request, number: str, _form: Form) -> Response:
        person, now = only(request, *PLANNERS), office.clock()
        try:
            office.get(Duty).take_note(number, now, person.actor)
        except (DutyError, Changed) as problem:
            return _page(office, request, _this_month(office), str(problem))
        note(office, request, AuditAction.DUTY, number, "接班确认")
        return RedirectResponse("/duty#notes", 303)


def _shown(office: DeskContext, request: Request, number: str, form: Form) -> HTMLResponse:
    """One note as it was written, for the desk, with the reason in the trail."""
    only(request, Role.DESK)
    reason = str(form.get("reason", "")).strip()[:200]
    if number not in {one.number for one in office.get(Duty).notes()}:
        raise HTTPException(404, "没有这条交接记录。")
    if len(reason) < LEAST_REASON:
        return _page(office, request, _this_month(office), "请写明为什么需要查看个人信息。")
    note(office, request, AuditAction.UNMASK, number, f"查看交接记录原文：{reason}")
    return _page(office, request, _this_month(office), unmasked=number)


def _page(
    office: DeskContext,
    request: Request,
    month: date,
    problem: str = "",
    typed: dict[str, str] | None = None,
    *,
    unmasked: str = "",
) -> HTMLResponse:
    """With a `problem`, what was `typed` stays in the form. `unmasked`: number of the note
    that is shown as it was written."""
    with page_context(office, request, "duty") as (store, around, now):
        actor = person_of(request).actor
        summary = _summary(store, office, now, actor) if actor.role is not Role.RESPONDER else []
        notes = notes_for(office.get(Duty).notes(), store.ledger, actor, unmasked=unmasked)
    accounts = [
        (one.id, one.name)
        for one in office.get(Accounts).all()
        if one.role in (Role.DESK, Role.LEADER, Role.ADMIN) and office.get(Accounts).usable(one.id)
    ]
    return render(
        "duty.html",
        around,
        400 if problem else 200,
        month=month,
        before=month - timedelta(days=1),
        after=month + timedelta(days=31),
        lead=month.weekday(),
        days=_days(office, month, now.date(), actor),
        weekdays=WEEKDAYS,
        gaps=_gaps(office, now.date()),
        notes=notes,
        shown=unmasked,
        summary=summary,
        accounts=accounts,
        may_plan=person_of(request).role in PLANNERS,
        may_read=actor.role in READERS,
        may_unmask=actor.role is Role.DESK,
        problem=problem,
        typed=typed or {},
    )


def _this_month(office: DeskContext) -> date:
    return _month("", office.clock().date())


def _month(text: str, today: date) -> date:
    """The first day of the month. Raises `BadParameter`."""
    if not text:
        return today.replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2100:
        raise BadParameter(f"月份应写作 2026-11，实际是“{text[:20]}”。")
    return found


def _days(office: DeskContext, month: date, today: date, actor: Actor) -> list[Day]:
    shifts = shifts_for(office.get(Duty).shifts(), actor)
    calendar = office.rules.calendar
    found = []
    for n in range(monthrange(month.year, month.month)[1]):
        day = month + timedelta(days=n)
        sort, note = _sort(calendar, day)
        begins = tuple(one for one in shifts if one.start.date() == day)
        found.append(Day(day=day, sort=sort, note=note, shifts=begins, today=day == today))
    return found


def _sort(calendar: Calendar, day: date) -> tuple[str, str]:
    try:
        note = calendar.note(day)
        if calendar.is_workday(day):
            return "workday", note
    except CalendarRangeError:
        # So far ahead nothing is known but the week.
        return ("weekend" if day.weekday() >= 5 else "workday"), ""
    return ("weekend" if day.weekday() >= 5 and not note else "holiday"), note


def _gaps(office: DeskContext, today: date) -> list[date]:
    """Days off soon on which nobody is on duty at noon."""
    found = []
    for n in range(_AHEAD):
        day = today + timedelta(days=n)
        if office.rules.calendar.is_workday(day):
            continue
        if not office.get(Duty).on_duty(datetime.combine(day, time(12), BEIJING)):
            found.append(day)
    return found


def _shift(typed: dict[str, str], office: DeskContext) -> tuple[Shift, date]:
    """Raises `DutyError`."""
    try:
        first = date.fromisoformat(typed.get("first", ""))
        last = date.fromisoformat(typed.get("last") or typed.get("first", ""))
        begin = time.fromisoformat(typed.get("begin", ""))
        end = time.fromisoformat(typed.get("end", ""))
    except ValueError:
        raise DutyError("日期应写作 2026-11-28，时间写作 08:30。") from None
    account = office.get(Accounts).get(typed.get("account", "")) if typed.get("account") else None
    start = datetime.combine(first, begin, BEIJING)
    # A night shift ends the next day.
    over = datetime.combine(first + timedelta(days=int(end <= begin)), end, BEIJING)
    shift = Shift(
        start=start,
        end=over,
        name=typed.get("name", "") or (account.name if account else ""),
        account=account.id if account else "",
        mobile=typed.get("mobile", ""),
        email=typed.get("email", ""),
        lead=typed.get("lead") == "1",
    )
    return shift, last


def _summary(
    store: PageStore, office: DeskContext, now: datetime, actor: Actor
) -> list[tuple[str, int, str]]:
    """What the next shift has to know, as (name, number, list behind it)."""
    found = counts(store.ledger, actor, now, office.high_risks)
    return [
        ("待派", found.undispatched, Filter(view=View.UNDISPATCHED).href),
        ("今日到期", found.due_today, Filter(view=View.DUE_TODAY).href),
        ("已逾期", found.overdue, Filter(view=View.OVERDUE).href),
        ("高风险在办", found.high_risk, Filter(view=View.HIGH_RISK).href),
    ]

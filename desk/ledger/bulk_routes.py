"""Submitting a job for many cases, and watching it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from msgspec.structs import replace
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.words.actors import Actor, Role
from desk.actions.acting import Acting
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import only, posted
from desk.http.form_input import note
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.bulk import BULK_WORDS, MOST_CASES, BadBulk, Bulk, Job, bulk_command
from desk.ledger.ledger_query import query_for
from desk.ledger.page import described, read_address
from desk.phrasing.lines import case_href

Form = Annotated[FormData, Depends(posted)]
_JOB_ID = re.compile(r"[0-9a-f]{32}")


def add_bulk(app: FastAPI, office: DeskContext) -> None:
    bulk = Bulk(office.file, office.get(Acting))
    office.before_close.append(bulk.close)

    @app.post("/ledger/bulk")
    def submit(request: Request, form: Form) -> Response:
        person = only(request, Role.DESK)
        job_id, now = str(form.get("job", "")), office.clock()
        action = str(form.get("action", ""))
        if not _JOB_ID.fullmatch(job_id):
            raise HTTPException(400, "页面已过期，请返回刷新后再提交。")
        try:
            command = bulk_command(
                action,
                str(form.get("unit", "")),
                str(form.get("text", "")),
                str(form.get("due", "")),
                str(form.get("skip_reason", "")),
                now,
            )
            case_ids, about = _chosen(form, office, person.actor)
            bulk.submit(job_id, person.actor, BULK_WORDS[action], command, case_ids, now)
        except BadBulk as refusal:
            raise HTTPException(400, str(refusal)) from None
        detail = f"{BULK_WORDS[action]} {len(case_ids)} 件（{about}），批量任务 {job_id}"
        note(office, request, AuditAction.ACT, "台账", detail)
        return RedirectResponse(f"/jobs/{job_id}", 303)

    def job_of(request: Request, job_id: str) -> Job:
        only(request, Role.DESK)
        job = bulk.job(job_id)
        if job is None:
            raise HTTPException(404, "没有这个批量任务。")
        return job

    @app.get("/jobs/{job_id}")
    def job_page(request: Request, job_id: str) -> Response:
        # Asked before the numbers are read: a job that ends in between is shown as running
        # once more, never as cut short.
        running = bulk.running(job_id)
        job = job_of(request, job_id)
        with page_context(office, request, "ledger") as (store, around, _now):
            cases = store.ledger.load([each.case_id for each in job.problems])
        titles = {case_id: case.item.source_item_id for case_id, case in cases.items()}
        return render(
            "job.html",
            around,
            job=job,
            running=running,
            titles=titles,
            href=case_href,
        )

    @app.get("/jobs/{job_id}/progress")
    def progress(request: Request, job_id: str) -> Response:
        running = bulk.running(job_id)
        job = job_of(request, job_id)
        handled = job.done + job.refused + job.unclear
        return JSONResponse({"handled": handled, "total": job.total, "running": running})

    @app.post("/jobs/{job_id}/go-on")
    def go_on(request: Request, job_id: str, _form: Form) -> Response:
        bulk.go_on(job_of(request, job_id).id)
        return RedirectResponse(f"/jobs/{job_id}", 303)


def _chosen(form: FormData, office: DeskContext, actor: Actor) -> tuple[Sequence[str], str]:
    """The ids that were ticked, or all that the filter finds; and which these are, in words.

    Raises `BadBulk`."""
    if not form.get("all"):
        return [str(each) for each in form.getlist("case")], "逐件勾选"
    wanted = read_address(str(form.get("filter", ""))).plain
    query = query_for(wanted, office, office.clock(), actor)
    about = described(wanted, office, actor)
    if query is None:
        return [], about
    with office.readers.reader() as store:
        # One more than is allowed, so that too many are noticed.
        page = store.ledger.search(replace(query, limit=MOST_CASES + 1, offset=0))
    return [case.case_id for case in page.cases], about

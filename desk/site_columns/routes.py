"""栏目更新监测: the columns of the site, broken links, findings of other software."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from cases.registers.rectification import Found, Origin
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.wiring import build_columns
from desk.http.authentication import doer_of, only, person_of, posted, posted_file
from desk.http.form_input import note
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.rectification.register import Rectifications
from desk.site_columns.check import import_findings
from desk.site_columns.watch import SiteFinding, SiteWatch
from streams.site_watch.report import read_bytes
from streams.sources.seam.base import SourceError

Form = Annotated[FormData, Depends(posted)]
KEEPERS: Final = (Role.DESK, Role.ADMIN)
READERS: Final = (*KEEPERS, Role.LEADER, Role.REVIEWER)
MOST_UPLOAD: Final = 8 << 20
ReportForm = Annotated[FormData, Depends(posted_file(MOST_UPLOAD, *KEEPERS))]


def add_site(app: FastAPI, office: DeskContext) -> None:
    watch = SiteWatch(office.file, build_columns(office.settings), office.register)
    items = Rectifications(office.file, {unit.id for unit in office.register})

    def page(request: Request, problem: str = "", told: str = "") -> HTMLResponse:
        with page_context(office, request, "site") as (_store, around, now):
            pass
        person = person_of(request)
        return render(
            "site.html",
            around,
            400 if problem else 200,
            states=watch.states(now.date()),
            table=watch.table,
            last_run=watch.last_run(),
            findings=watch.findings(),
            may_keep=person.role in KEEPERS,
            units=office.unit_groups(),
            unit_name=office.register.name,
            due=office.rules.calendar.add_working_days(
                now.date(), watch.table.rectify_working_days
            ),
            problem=problem,
            told=told,
        )

    @app.get("/site")
    def site_page(request: Request) -> HTMLResponse:
        only(request, *READERS)
        return page(request)

    @app.post("/site/report")
    def take_report(request: Request, form: ReportForm) -> Response:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return page(request, "请选择监测软件导出的文件。")
        try:
            reported = read_bytes(file.file.read(), file.filename)
        except SourceError as error:
            return page(request, str(error))
        number = import_findings(office, watch, doer_of(request), reported, file.filename)
        return page(request, told=f"已导入 {number} 条监测结果。")

    @app.post("/site/findings")
    def hand_over(request: Request, form: Form) -> Response:
        person, now = only(request, *KEEPERS), office.clock()
        wanted = {str(value) for value in form.getlist("id")}
        chosen = [one for one in watch.findings() if str(one.id) in wanted and not one.item]
        if not chosen:
            return page(request, "请先勾选要交办的问题。")
        found = Found(
            title=f"网站问题 {len(chosen)} 处（{_where(chosen)}）",
            problem=_told(chosen),
            origin=Origin.BROKEN_LINK,
            unit=str(form.get("unit", "")),
            found_on=now.date(),
            due=office.rules.calendar.add_working_days(
                now.date(), watch.table.rectify_working_days
            ),
            ref="网站监测",
        )
        try:
            item = items.find(found, now, person.actor)
        except NotAllowed as problem:
            return page(request, str(problem))
        watch.hand_findings([one.id for one in chosen], item.number)
        note(office, request, AuditAction.REGISTER, item.number, item.title)
        return RedirectResponse(f"/rectification/{item.number}", 303)


def _where(chosen: list[SiteFinding]) -> str:
    hosts = list(dict.fromkeys(urlsplit(one.page).hostname or one.page[:30] for one in chosen))
    return "、".join(hosts[:3]) + ("等" if len(hosts) > 3 else "")


def _told(chosen: list[SiteFinding]) -> str:
    lines = []
    for one in chosen[:100]:
        detail = f"（{one.detail}）" if one.detail else ""
        target = f" → {one.target}" if one.target else ""
        lines.append(f"{one.trouble}：{one.page}{target}{detail}")
    if len(chosen) > 100:
        lines.append(f"另有 {len(chosen) - 100} 处，见栏目更新监测页。")
    return "\n".join(lines)

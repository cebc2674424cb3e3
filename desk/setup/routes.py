"""/setup, and the pages of 管理 on which an office says who it is."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.accounts.accounts import SHORTEST, Accounts
from desk.accounts.sessions import Way
from desk.admin.area import ADMIN, Posted, back, show, show_as
from desk.alerts.alerting import alert_setup
from desk.ground.context import DeskContext
from desk.ground.doer import NotThere
from desk.ground.locality import Level
from desk.http.authentication import (
    address_of,
    check_length,
    doer_of,
    from_here,
    only,
    posted_file,
)
from desk.http.download import disposition
from desk.http.page_context import page_context
from desk.http.pages import Frame, render
from desk.setup.channel_pages import add_channels
from desk.setup.first_account import FIRST_PAGE, FirstAccount, same
from desk.setup.own_tables import OwnTables
from desk.setup.people_pages import add_people
from desk.setup.service import OFFICE_KEYS, UNITS, Setup
from desk.setup.upload_form import MOST_LIST, laid_down
from desk.setup.upload_pages import add_uploads
from desk.setup.workbook import XLSX
from desk.sign_in.routes import enter

SETUP: Final = "/setup"
_OFFICE: Final = "/admin/office"
_UNITS: Final = "/admin/units/list"
_CHANGES: Final = "/admin/changes"
_MOST_FIRST: Final = 16 << 10

ListForm = Annotated[FormData, Depends(posted_file(MOST_LIST, *ADMIN))]


class Stage(Struct, frozen=True):
    """One thing to set up."""

    title: str
    text: str
    href: str
    done: str
    """What is there already; "" for nothing yet."""


def add_setup(app: FastAPI, office: DeskContext) -> None:
    _add_first(app, office)
    _add_office(app, office)
    _add_units(app, office)
    _add_changes(app, office)
    add_uploads(app, office)
    add_people(app, office)
    add_channels(app, office)

    @app.get(SETUP)
    def setup_page(request: Request) -> HTMLResponse:
        only(request, *ADMIN)
        with page_context(office, request, "admin") as (store, around, now):
            total = store.ledger.counts(now, ()).total
        return render("setup.html", around, stages=_stages(office, total))


def _stages(office: DeskContext, total: int) -> tuple[Stage, ...]:
    own, card = office.get(OwnTables), office.card
    people = [one for one in office.get(Accounts).all() if not (one.disabled or one.demo)]
    outlets = alert_setup(office.settings).outlets
    units = office.register.standing
    listed = (own.folder / UNITS).exists()
    return (
        Stage("本单位", "地名、级别、单位名称和落款", _OFFICE, card.place),
        Stage(
            "承办单位", "下载单位表，用 Excel 改好再上传；也可以直接上传本地的名单", _UNITS,
            f"{units} 个，已按本地名单" if listed else "",
        ),
        Stage(
            "第一批来件", "上传 12345、留言板等系统导出的 Excel 或 CSV，核对各列的含义后导入",
            "/admin/upload", f"{total} 件事项" if total else "",
        ),
        Stage(
            "人员", "一次添加多个账号，得到各人的一次性密码", "/admin/people",
            f"{len(people)} 个账号" if len(people) > 1 else "",
        ),
        Stage(
            "告警渠道", "钉钉、企业微信、飞书的群机器人；没有时只在值班台显示",
            "/admin/channels",
            f"{len(outlets)} 个" if outlets else "",
        ),
    )  # fmt: skip


# -- the first account ---------------------------------------------------------


def _add_first(app: FastAPI, office: DeskContext) -> None:
    first = office.get(FirstAccount)

    def page(problem: str = "", account: str = "", name: str = "") -> HTMLResponse:
        frame = Frame(office.clock(), "login", demo=office.demo, place=office.card.place)
        return render(
            "setup_first.html", frame, 400 if problem else 200,
            problem=problem, account=account, name=name, shortest=SHORTEST,
        )  # fmt: skip

    def make(request: Request, form: FormData) -> Response:
        said = {key: str(form.get(key, "")) for key in ("key", "account", "name", "new", "again")}
        try:
            same(said["new"], said["again"])
            made = first.make(
                said["key"], said["account"], said["name"], said["new"], address_of(request)
            )
        except NotAllowed as problem:
            return page(str(problem), said["account"][:64], said["name"][:40])
        return enter(office, request, made, Way.PASSWORD, SETUP)

    @app.get(FIRST_PAGE)
    def first_page() -> Response:
        return page() if first.wanted else RedirectResponse("/login", 303)

    @app.post(FIRST_PAGE)
    async def make_first(request: Request) -> Response:
        # Nobody is signed in, so there is no token: the browser says where it comes from.
        if not from_here(request.headers, office.settings.public_url):
            raise HTTPException(403, "请从本系统的页面提交。")
        check_length(request, _MOST_FIRST)
        form = await request.form(max_files=0, max_fields=10, max_part_size=_MOST_FIRST)
        return await run_in_threadpool(make, request, form)


# -- the office, its units, what was changed -----------------------------------


def _add_office(app: FastAPI, office: DeskContext) -> None:
    setup = office.get(Setup)

    def page(request: Request, problem: str = "", typed: dict[str, str] | None = None) -> Response:
        return show(
            office, request, "office", 400 if problem else 200,
            problem=problem, done="已保存，现在起生效。" if _done(request) else "",
            said=typed or setup.office(), card=office.card, levels=[*Level],
            unit=next((unit.name for unit in office.register), ""),
        )  # fmt: skip

    @app.get(_OFFICE)
    def office_page(request: Request) -> Response:
        return page(request)

    @app.post(_OFFICE)
    def name_office(request: Request, form: Posted) -> Response:
        only(request, *ADMIN)
        typed = {key: str(form.get(key, "")) for key in OFFICE_KEYS}
        try:
            setup.name_office(doer_of(request), typed)
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        return back(f"{_OFFICE}?done=1")


def _add_units(app: FastAPI, office: DeskContext) -> None:
    setup = office.get(Setup)

    def page(request: Request, problem: str = "", made: object = None) -> Response:
        return show_as(
            office, request, "units", "admin_unit_list.html", 400 if problem else 200,
            problem=problem, made=made, place=office.card.place,
        )  # fmt: skip

    @app.get(_UNITS)
    def list_page(request: Request) -> Response:
        only(request, *ADMIN)
        return page(request)

    @app.get(_UNITS + ".xlsx")
    def list_file(request: Request) -> Response:
        only(request, *ADMIN)
        name = f"{office.card.place}单位表.xlsx"
        headers = {"content-disposition": disposition(name, inline=False)}
        return Response(setup.units_workbook(), media_type=XLSX, headers=headers)

    @app.post(_UNITS)
    def take_list(request: Request, form: ListForm) -> Response:
        only(request, *ADMIN)
        try:
            with laid_down(form) as path:
                return page(request, made=setup.take_units(doer_of(request), path))
        except NotAllowed as problem:
            return page(request, str(problem))


def _add_changes(app: FastAPI, office: DeskContext) -> None:
    own = office.get(OwnTables)

    def page(request: Request, problem: str = "") -> HTMLResponse:
        return show(
            office, request, "changes", 400 if problem else 200, problem=problem,
            done="已撤回，现在起生效。" if _done(request) else "",
            changes=own.changes(), folder="/".join(own.folder.parts[-2:]),
        )  # fmt: skip

    @app.get(_CHANGES)
    def changes_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.post(_CHANGES + "/{number}/take-back")
    def take_back(request: Request, number: str, _form: Posted) -> Response:
        only(request, Role.ADMIN)
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise HTTPException(404, "没有这项改动。")
        try:
            own.take_back(doer_of(request), int(number))
        except NotThere as problem:
            raise HTTPException(404, str(problem)) from None
        except NotAllowed as problem:
            return page(request, str(problem))
        return back(f"{_CHANGES}?done=1")


def _done(request: Request) -> bool:
    return bool(request.query_params.get("done"))

"""The pages of 管理, their order and who may open which."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct
from starlette.datastructures import FormData

from cases.words.actors import Role
from desk.ground.context import DeskContext
from desk.http.authentication import only, posted
from desk.http.page_context import page_context
from desk.http.pages import render

BOTH: Final = (Role.DESK, Role.ADMIN)
ADMIN: Final = (Role.ADMIN,)
Posted = Annotated[FormData, Depends(posted)]


class Tab(Struct, frozen=True):
    name: str
    title: str
    href: str
    roles: tuple[Role, ...] = ADMIN


TABS: Final = (
    Tab("sources", "来源", "/admin/sources", BOTH),
    Tab("office", "本单位", "/admin/office"),
    Tab("letters", "死信", "/dead-letters", BOTH),
    Tab("set_aside", "自动邮件", "/set-aside", BOTH),
    Tab("units", "单位", "/admin/units", BOTH),
    Tab("calendar", "工作日历", "/admin/calendar", BOTH),
    Tab("tables", "规则和表", "/admin/tables"),
    Tab("accounts", "账号", "/admin/accounts"),
    Tab("channels", "告警渠道", "/admin/channels"),
    Tab("tokens", "接口令牌", "/admin/tokens"),
    Tab("model", "模型", "/admin/model"),
    Tab("persons", "个人信息", "/admin/persons", (Role.DESK,)),
    Tab("processing", "处理活动记录", "/admin/processing"),
    Tab("review", "年度自查", "/admin/review"),
    Tab("trail", "操作日志", "/admin/trail"),
    Tab("backup", "备份", "/admin/backup"),
    Tab("changes", "改动记录", "/admin/changes"),
    Tab("check", "配置检查", "/admin/check"),
)
_ROLES: Final = {tab.name: tab.roles for tab in TABS}


def show(
    office: DeskContext, request: Request, tab: str, status: int = 200, **values: object
) -> HTMLResponse:
    """The page `admin_TAB.html`, for who may open it. Raises `HTTPException` 403."""
    return show_as(office, request, tab, f"admin_{tab}.html", status, **values)


def show_as(
    office: DeskContext,
    request: Request,
    tab: str,
    template: str,
    status: int = 200,
    **values: object,
) -> HTMLResponse:
    """As `show`, with another template of that part."""
    person = only(request, *_ROLES[tab])
    with page_context(office, request, "admin") as (_store, around, _now):
        pass
    tabs = [each for each in TABS if person.role in each.roles]
    may_act = person.role is Role.ADMIN
    return render(template, around, status, tabs=tabs, tab=tab, may_act=may_act, **values)


def back(href: str) -> Response:
    """After something was done: a page that may be loaded again."""
    return RedirectResponse(href, 303)


def add_start(app: FastAPI) -> None:
    @app.get("/admin")
    def start(request: Request) -> Response:
        only(request, *BOTH)
        return RedirectResponse(TABS[0].href, 303)

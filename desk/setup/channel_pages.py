"""管理 → 告警渠道."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from cases.words.refusals import NotAllowed
from desk.admin.area import ADMIN, Posted, show
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, only
from desk.setup.channels import Channels, Tried
from sinks.alerts.receivers import ROBOTS

_HREF: Final = "/admin/channels"


def add_channels(app: FastAPI, office: DeskContext) -> None:
    channels = office.get(Channels)

    def page(
        request: Request, problem: str = "", done: str = "", tried: Tried | None = None
    ) -> HTMLResponse:
        return show(
            office, request, "channels", 400 if problem else 200,
            problem=problem, done=done, tried=tried, names=channels.names, robots=ROBOTS,
        )  # fmt: skip

    @app.get(_HREF)
    def channels_page(request: Request) -> HTMLResponse:
        only(request, *ADMIN)
        return page(request)

    @app.post(_HREF)
    def put(request: Request, form: Posted) -> HTMLResponse:
        only(request, *ADMIN)
        said = [str(form.get(key, "")).strip() for key in ("robot", "address", "key")]
        try:
            channels.put(doer_of(request), *said)
        except NotAllowed as problem:
            return page(request, str(problem))
        return page(request, done="已保存。请发一条测试消息；告警从下次启动回音起发到这里。")

    @app.post(_HREF + "/test")
    def attempt(request: Request, form: Posted) -> HTMLResponse:
        only(request, *ADMIN)
        try:
            tried = channels.attempt(doer_of(request), str(form.get("name", "")))
        except NotAllowed as problem:
            return page(request, str(problem))
        return page(request, tried=tried)

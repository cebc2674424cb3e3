"""管理 → 个人信息: find one person's cases, hand the data out, keep them, erase them."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.admin.area import Posted, show
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.http.authentication import doer_of, only
from desk.http.download import disposition
from desk.personal.finding import Found
from desk.personal.not_reached import not_reached
from desk.personal.service import Erasure, Persons

HREF = "/admin/persons"
_ASKED = ("name", "phone", "other", "reason")


def add_persons(app: FastAPI, office: DeskContext) -> None:
    pages = _Pages(office)
    app.get(HREF, response_class=HTMLResponse)(pages.start)
    app.post(f"{HREF}/find")(pages.find)
    app.post(f"{HREF}/export")(pages.export)
    app.post(f"{HREF}/hold")(pages.hold)
    app.post(f"{HREF}/release")(pages.release)
    app.post(f"{HREF}/erase")(pages.erase)


class _Pages:
    def __init__(self, office: DeskContext) -> None:
        self._office = office

    def start(self, request: Request) -> HTMLResponse:
        return self._page(request)

    def find(self, request: Request, form: Posted) -> Response:
        """Posted, so that no name stands in an address."""
        asked = {name: str(form.get(name, "")) for name in _ASKED}

        def look(persons: Persons, by: Doer) -> Response:
            return self._page(request, asked=asked, lines=persons.find(by, **asked))

        return self._tried(request, look, asked)

    def export(self, request: Request, form: Posted) -> Response:
        def give(persons: Persons, by: Doer) -> Response:
            headers = {"Content-Disposition": disposition("个人信息复制件.txt", inline=False)}
            text = persons.export(by, _chosen(form), str(form.get("ground", "")))
            return Response(text, media_type="text/plain; charset=utf-8", headers=headers)

        return self._tried(request, give)

    def hold(self, request: Request, form: Posted) -> Response:
        def keep(persons: Persons, by: Doer) -> Response:
            persons.hold(by, _chosen(form), str(form.get("reason", "")))
            return self._page(request, told=f"已保全 {len(_chosen(form))} 件。")

        return self._tried(request, keep)

    def release(self, request: Request, form: Posted) -> Response:
        def let_go(persons: Persons, by: Doer) -> Response:
            persons.release(by, _chosen(form), str(form.get("reason", "")))
            return self._page(request, told=f"已解除保全 {len(_chosen(form))} 件。")

        return self._tried(request, let_go)

    def erase(self, request: Request, form: Posted) -> Response:
        def go(persons: Persons, by: Doer) -> Response:
            if form.get("confirmed") != "1":
                raise NotAllowed("请核对清单，勾选“我已核对”，再删除。删除后不能恢复。")
            return self._page(request, done=persons.erase(by, _chosen(form)))

        return self._tried(request, go)

    def _tried(
        self,
        request: Request,
        act: Callable[[Persons, Doer], Response],
        asked: dict[str, str] | None = None,
    ) -> Response:
        only(request, Role.DESK)
        try:
            return act(self._office.get(Persons), doer_of(request))
        except NotAllowed as refusal:
            return self._page(request, asked=asked, problem=str(refusal))

    def _page(
        self,
        request: Request,
        *,
        asked: dict[str, str] | None = None,
        lines: tuple[Found, ...] | None = None,
        done: Erasure | None = None,
        told: str = "",
        problem: str = "",
    ) -> HTMLResponse:
        return show(
            self._office,
            request,
            "persons",
            409 if problem else 200,
            asked=asked or dict.fromkeys(_ASKED, ""),
            lines=lines,
            done=done,
            told=told,
            problem=problem,
            kept=not_reached(self._office.settings),
        )


def _chosen(form: FormData) -> list[str]:
    return [str(each) for each in form.getlist("case_id")]

"""管理 → 账号 → 批量添加."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from cases.words.refusals import NotAllowed
from desk.admin.area import ADMIN, show_as
from desk.ground.context import DeskContext
from desk.http.authentication import address_of, only, posted_file
from desk.http.download import disposition
from desk.phrasing.vocabulary import ROLES
from desk.setup.people import People, Person
from desk.setup.upload_form import MOST_LIST, laid_down
from desk.setup.workbook import XLSX

_HREF: Final = "/admin/people"

ListForm = Annotated[FormData, Depends(posted_file(MOST_LIST, *ADMIN))]


def add_people(app: FastAPI, office: DeskContext) -> None:
    people = office.get(People)

    def page(request: Request, problem: str = "", made: tuple[Person, ...] = ()) -> HTMLResponse:
        return show_as(
            office, request, "accounts", "admin_people.html", 400 if problem else 200,
            problem=problem, made=made, role_words=ROLES, register=office.register,
        )  # fmt: skip

    @app.get(_HREF)
    def people_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.get(_HREF + ".xlsx")
    def template(request: Request) -> Response:
        only(request, *ADMIN)
        headers = {"content-disposition": disposition("人员.xlsx", inline=False)}
        return Response(people.template(), media_type=XLSX, headers=headers)

    @app.post(_HREF)
    def take(request: Request, form: ListForm) -> HTMLResponse:
        person = only(request, *ADMIN)
        try:
            with laid_down(form) as path:
                made = people.add(person.account, path, address_of(request))
        except NotAllowed as problem:
            return page(request, str(problem))
        return page(request, made=made)

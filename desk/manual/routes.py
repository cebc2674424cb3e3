"""The pages of 使用手册."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from desk.ground.context import DeskContext
from desk.ground.doer import NotThere
from desk.http.authentication import person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.manual.book import PICTURES, Chapter, Found, read_book

_LONGEST_SEARCH = 100


def add_manual(app: FastAPI, office: DeskContext) -> None:
    def show(
        request: Request, chapter: Chapter | None, asked: str = "", found: tuple[Found, ...] = ()
    ) -> HTMLResponse:
        with page_context(office, request, "manual") as (_store, around, _now):
            return render(
                "manual.html",
                around,
                chapters=read_book().chapters,
                chapter=chapter,
                asked=asked,
                found=found,
            )

    @app.get("/manual")
    def manual(request: Request, q: str = "", page: str = "") -> Response:
        """A search with `q`; else what helps on `page` of the desk, as `Frame.here` names it."""
        role = person_of(request).role
        asked = q.strip()[:_LONGEST_SEARCH]
        if asked:
            return show(request, None, asked, read_book().find(asked, role))
        return RedirectResponse(quote(read_book().help_for(role, page), safe="/#"), 303)

    @app.get("/manual/pictures/{name}.webp")
    def picture(name: str) -> Response:
        known = {path.stem: path for path in PICTURES.glob("*.webp")}
        if name not in known:
            raise NotThere("这里没有这张图：制作安装包时没有拍图。手册的文字是全的。")
        return FileResponse(known[name], media_type="image/webp")

    @app.get("/manual/{name}")
    def chapter_page(request: Request, name: str) -> HTMLResponse:
        chapter = read_book().chapter(name)
        if chapter is None:
            raise NotThere("使用手册里没有这一部分，请从目录里选。")
        return show(request, chapter)

"""The interface as a part of the desk, and its description as a page."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from desk.api.cases import add_cases
from desk.api.describe import document
from desk.api.errors import add_errors
from desk.api.exclusions import add_exclusions
from desk.api.guard import Pace, guard
from desk.api.hotspots import add_hotspots
from desk.api.incidents import add_incidents
from desk.api.matters import add_matters
from desk.api.measures import add_measures
from desk.api.people import add_people
from desk.api.running import add_running
from desk.api.texts import add_texts
from desk.api.warn import add_alerts
from desk.api.work import add_work
from desk.ground.context import DeskContext
from desk.http.encoded_routes import CodedRoute
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.phrasing.phrases import Phrases

PREFIX: Final = "/api/v1"


def create_api(office: DeskContext) -> FastAPI:
    """Raises `SettingsError`."""
    pace = Pace(office.card.api_per_minute)
    api = FastAPI(
        title="回音",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(guard(pace))],
    )
    api.router.route_class = CodedRoute
    add_errors(api, lambda: Phrases(office.register, office.clock()))
    for add in (
        add_cases,
        add_work,
        add_alerts,
        add_texts,
        add_running,
        add_people,
        add_measures,
        add_exclusions,
        add_hotspots,
        add_matters,
        add_incidents,
    ):
        add(api, office)

    @api.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response:
        return JSONResponse(document(api, PREFIX))

    return api


def add_api(app: FastAPI, office: DeskContext) -> None:
    api = create_api(office)

    @app.get("/help/api")
    def page(request: Request) -> HTMLResponse:
        with page_context(office, request, "api") as (_store, around, _now):
            pass
        return render("api.html", around, prefix=PREFIX, groups=operations(document(api, PREFIX)))

    app.mount(PREFIX, api)


def operations(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations by group, for the page: method, path, what it does, parameters,
    and the names of what it takes and answers with."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            answer = next(
                body for status, body in one["responses"].items() if status.startswith("2")
            )
            groups.setdefault(one["tags"][0], []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": one["summary"],
                    "parameters": [_parameter(each) for each in one.get("parameters", [])],
                    "takes": _name(one.get("requestBody", {})),
                    "answers": _name(answer),
                }
            )
    return groups


def _parameter(one: dict[str, Any]) -> dict[str, str]:
    schema = one.get("schema", {})
    choices = schema.get("enum", [])
    return {
        "name": one["name"],
        "place": {"path": "地址", "query": "参数", "header": "请求头"}[one["in"]],
        "text": one.get("description", "") or "、".join(map(str, choices)),
    }


def _name(body: dict[str, Any]) -> str:
    content = body.get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return "、".join(content)
    ref: str = schema.get("$ref", "")
    return ref.rpartition("/")[2] or "动作（do 与各自的内容）"

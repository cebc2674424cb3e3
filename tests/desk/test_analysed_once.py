"""The desk of the tests is the desk that ships: the same routes, which take and give the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from fastapi._compat import ModelField
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from desk.app.web import create_app
from tests.desk.analysed_once import app_of
from tests.desk.case_office import NOW
from tests.desk.clients import MovingClock, office_of


def _routes(routes: list[BaseRoute]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _routes(list(route.routes))
        elif isinstance(route, APIRoute):
            yield route


def _described(app: FastAPI) -> list[tuple[object, ...]]:
    """What stands in `vars` of each route, as far as it is not of this one office."""
    return [
        (
            *(route.path, route.path_format, route.path_regex.pattern, route.methods, route.name),
            *(route.endpoint.__code__, route.dependant.call is route.endpoint, route.unique_id),
            *(route.status_code, route.response_model, route.description, route.tags),
            *(route.include_in_schema, type(route), route.is_json_stream, sorted(vars(route))),
            [(field.name, field.field_info.annotation) for field in _fields(route)],
            [part.call.__code__ for part in route.dependant.dependencies if part.call],
        )
        for route in _routes(list(app.routes))
    ]


def _fields(route: APIRoute) -> list[ModelField]:
    known = route.dependant
    return [
        *(*known.path_params, *known.query_params, *known.header_params, *known.cookie_params),
        *known.body_params,
    ]


def test_a_route_is_the_same_when_it_is_looked_at_late(tmp_path: Path, root: Path) -> None:
    office = office_of(tmp_path / "home", root / "config", MovingClock(NOW))
    shipped, ours, again = create_app(office), app_of(office), app_of(office)
    late = list(_routes(list(ours.routes)))
    assert len(late) > 200
    assert all("dependant" not in vars(route) for route in late)
    assert _described(ours) == _described(shipped)
    assert _described(again) == _described(shipped)
    assert all(route.app for route in late)
    office.close()

"""A desk for a test in a fraction of the time: it has two hundred routes, and a test opens three.

A route knows its address at once and looks at its function when it is first used. What FastAPI
finds there (which parameters there are, and of what type) is the same in each office, so it looks
once for all of them; the function that is called is that of the office. What takes a dependency of
its own office as a default is looked at each time. `test_analysed_once.py` compares with the app
that ships, route by route.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from fastapi import FastAPI, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant, get_typed_return_annotation
from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name

from desk.app.web import create_app
from desk.ground.context import DeskContext

_analysed: dict[tuple[object, ...], Dependant] = {}
_returned: dict[object, object] = {}
_looks_at_its_function = APIRoute.__init__
_one_at_a_time = threading.RLock()


def _dependant(*, path: str, call: Callable[..., Any], **rest: Any) -> Dependant:
    code = getattr(call, "__code__", None)
    defaults = (*(getattr(call, "__defaults__", None) or ()),)
    if code is None or any(isinstance(default, params.Depends) for default in defaults):
        return get_dependant(path=path, call=call, **rest)
    key = (path, code, *sorted(rest.items()))
    known = _analysed.get(key)
    if known is None:
        known = _analysed[key] = get_dependant(path=path, call=call, **rest)
    # FastAPI adds the dependencies of the whole router to this list.
    return replace(known, call=call, dependencies=list(known.dependencies))


def _returns(call: Callable[..., Any]) -> object:
    code = getattr(call, "__code__", None)
    if code is None:
        return get_typed_return_annotation(call)
    if code not in _returned:
        _returned[code] = get_typed_return_annotation(call)
    return _returned[code]


def _knows_its_address(
    route: APIRoute, path: str, endpoint: Callable[..., Any], **rest: Any
) -> None:
    """In place of `APIRoute.__init__`: what is looked at to find the route of a request."""
    route.path, route.endpoint = path, endpoint
    route.path_regex, route.path_format, route.param_convertors = compile_path(path)
    route.methods = {method.upper() for method in rest.get("methods") or ["GET"]}
    route.name = rest.get("name") or get_name(endpoint)
    vars(route)["at_first_use"] = rest


def _first_use(route: APIRoute, attribute: str) -> Any:
    """`APIRoute.__getattr__`, which is asked for what is not there yet."""
    with _one_at_a_time:
        rest = vars(route).pop("at_first_use", None)
        if rest is not None:
            with (
                mock.patch("fastapi.routing.get_dependant", _dependant),
                mock.patch("fastapi.routing.get_typed_return_annotation", _returns),
            ):
                _looks_at_its_function(route, route.path, route.endpoint, **rest)
    return object.__getattribute__(route, attribute)


APIRoute.__getattr__ = _first_use  # type: ignore[attr-defined]


def app_of(office: DeskContext) -> FastAPI:
    """The desk of `office`."""
    with mock.patch.object(APIRoute, "__init__", _knows_its_address):
        return create_app(office)

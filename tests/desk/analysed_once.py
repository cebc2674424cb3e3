"""A desk for a test in a fraction of the time: its two hundred routes are the same in each
office, so FastAPI looks at each function once for all of them.

Only the analysis is kept (which parameters there are, and of what type); the function that is
called is that of the office. What takes a dependency of its own office as a default is looked at
each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from fastapi import FastAPI, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant, get_typed_return_annotation

from desk.app.web import create_app
from desk.ground.context import DeskContext

_analysed: dict[tuple[object, ...], Dependant] = {}
_returned: dict[object, object] = {}


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


def app_of(office: DeskContext) -> FastAPI:
    """The desk of `office`."""
    with (
        mock.patch("fastapi.routing.get_dependant", _dependant),
        mock.patch("fastapi.routing.get_typed_return_annotation", _returns),
    ):
        return create_app(office)

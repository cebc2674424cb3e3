"""The description of the interface (OpenAPI 3.1), made of the values it answers with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response

from desk.api.errors import CODES, ErrorAnswer

_MARK: Final = "huiyin:"
_ALWAYS: Final = (400, 401, 403, 429, 503)
_kinds: dict[str, Any] = {}

Keywords = dict[str, Any]


def _named(kind: Any) -> dict[str, str]:
    name = getattr(kind, "__name__", None) or "Command"
    _kinds[name] = kind
    return {"$ref": f"{_MARK}{name}"}


def operation(
    answer: Any,
    summary: str,
    *,
    tag: str,
    takes: Any = None,
    status: int = 200,
    errors: Iterable[int] = (),
    parameters: Iterable[dict[str, Any]] = (),
) -> Keywords:
    """Keywords for the decorator of a route that answers with `answer` as JSON and reads
    its body, where it has one, as `takes`."""
    responses: dict[int | str, dict[str, Any]] = {
        status: {
            "description": "好",
            "content": {"application/json": {"schema": _named(answer)}},
        }
    }
    more = (*errors, *((413, 415) if takes is not None else ()))
    responses |= problems(*_ALWAYS, *more)
    extra: dict[str, Any] = {"parameters": list(parameters)} if parameters else {}
    if takes is not None:
        extra["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _named(takes)}},
        }
    return {
        "response_model": None,
        "status_code": status,
        "summary": summary,
        "tags": [tag],
        "responses": responses,
        "openapi_extra": extra,
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = _named(ErrorAnswer)
    return {
        status: {
            "description": CODES[status],
            "content": {"application/json": {"schema": schema}},
        }
        for status in sorted(set(statuses))
    }


def said(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer as JSON."""
    return Response(
        msgspec.json.encode(value), status, headers=headers, media_type="application/json"
    )


def document(api: FastAPI, prefix: str) -> dict[str, Any]:
    """The description. Made once."""
    if api.openapi_schema is not None:
        return api.openapi_schema
    made = get_openapi(
        title="回音 HTTP 接口",
        version="1",
        summary="政务舆情与留言的台账、办理、告警、来源。",
        routes=api.routes,
        servers=[{"url": prefix}],
    )
    names = list(_kinds)
    roots, parts = msgspec.json.schema_components(
        [_kinds[name] for name in names], ref_template="#/components/schemas/{name}"
    )
    schemas = dict(zip(names, roots, strict=True))
    components = made.setdefault("components", {})
    # What FastAPI says of its own errors is not what is answered.
    components["schemas"] = parts
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "huiyin"},
    }
    made["security"] = [{"token": []}, {"session": []}]
    for path in made["paths"].values():
        for each in path.values():
            each["responses"].pop("422", None)
    api.openapi_schema = _filled(made, schemas)
    return api.openapi_schema


def _filled(value: Any, schemas: Mapping[str, Any]) -> Any:
    """`value` with the marks replaced by the schemas they name."""
    if isinstance(value, dict):
        ref = value.get("$ref", "")
        if isinstance(ref, str) and ref.startswith(_MARK):
            return schemas[ref.removeprefix(_MARK)]
        return {name: _filled(each, schemas) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, schemas) for each in value]
    return value

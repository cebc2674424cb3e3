"""The conditions of the ledger page as parameters of the interface."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Final, get_args, get_type_hints

from fastapi import Request
from msgspec.structs import fields

from desk.api.errors import ApiError, Detail
from desk.ground.context import DeskContext
from desk.http.authentication import person_of
from desk.ledger.filter_input import read_filter
from desk.ledger.filters import STATES, Filter
from desk.ledger.ledger_query import query_for
from sinks.ledger.base import Query

_NOT_OURS: Final = frozenset(("page", "size"))
"""A list of the interface has a cursor instead."""
NAMES: Final = tuple(one.name for one in fields(Filter) if one.name not in _NOT_OURS)


def filter_of(request: Request, *others: str) -> Filter:
    """The conditions in an address. `others`: parameters that are no conditions.

    Raises `ApiError` 400 for a name that does not exist: a condition that is not
    understood must not give the whole ledger. Raises `BadParameter`."""
    strange = sorted(set(request.query_params) - {*NAMES, *others})
    if strange:
        raise ApiError(
            400,
            f"没有“{strange[0][:40]}”这个参数。可用的有：{'、'.join((*NAMES, *others))}。",
            details=[Detail(where=one[:40], text="没有这个参数") for one in strange],
        )
    return read_filter(request.query_params)


def query_of(wanted: Filter, request: Request, office: DeskContext) -> Query | None:
    """None when the conditions exclude each other. A responder's list holds the own unit's
    cases, whatever is asked for."""
    return query_for(wanted, office, office.clock(), person_of(request).actor)


def parameters() -> list[dict[str, Any]]:
    """The conditions as OpenAPI describes parameters."""
    hints = get_type_hints(Filter)
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": _schema(name, hints[name]),
            **({"description": _TEXTS[name]} if name in _TEXTS else {}),
        }
        for name in NAMES
    ]


_TEXTS: Final = {
    "q": "标题、正文、答复、编号里的文字；几个词用空格分开，都要有",
    "view": "值班台的计数，作为条件",
    "unit": "单位的 id，主办或协办",
    "lead": "主办单位的 id",
    "state": "办理状态；open 是全部在办",
    "todo": "等着办的事",
    "matter": "同一事项的编号",
    "figure": "周反馈、月整改、季通报里的一个数字：计入它的事项",
    "received_from": "受理日期，含当天",
    "received_to": "受理日期，含当天",
    "due_from": "到期日期，含当天",
    "due_to": "到期日期，含当天",
}


def _schema(name: str, hint: Any) -> dict[str, Any]:
    kinds = [one for one in (get_args(hint) or (hint,)) if one is not type(None)]
    if kinds and isinstance(kinds[0], type) and issubclass(kinds[0], StrEnum):
        return {"type": "string", "enum": [one.value for one in kinds[0]]}
    if kinds[0] is date:
        return {"type": "string", "format": "date"}
    if name == "state":
        return {"type": "string", "enum": list(STATES)}
    return {"type": "string", "maxLength": 100}

"""The columns of the ledger, of which every reader chooses his own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from sinks.ledger.base import Order


class Column(Struct, frozen=True):
    name: str
    header: str
    order: Order | None = None
    """Sorting by it, where the ledger can."""


COLUMNS: Final = (
    Column("left", "时限", Order.DUE),
    Column("title", "标题"),
    Column("number", "编号"),
    Column("channel", "渠道"),
    Column("topic", "分类"),
    Column("kind", "诉求"),
    Column("place", "地点"),
    Column("unit", "承办单位"),
    Column("state", "状态"),
    Column("received", "受理", Order.NEWEST),
    Column("due", "到期", Order.DUE),
    Column("replied", "答复时间"),
    Column("sentiment", "情感"),
    Column("satisfied", "满意度"),
    Column("returns", "退回次数"),
)
_USUAL: Final = ("left", "title", "channel", "topic", "unit", "state", "received")
_ALWAYS: Final = "title"
_BY_NAME: Final = {column.name: column for column in COLUMNS}


def chosen(names: Iterable[str]) -> tuple[Column, ...]:
    """These columns in their usual order, the title among them; the usual ones where
    nothing is chosen."""
    wanted = {name for name in names if name in _BY_NAME} or set(_USUAL)
    return tuple(column for column in COLUMNS if column.name in {*wanted, _ALWAYS})

"""The filter of an address: what may stand in it, and what is said where it may not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from cases.life.todo import Todo
from cases.words.labels import Kind, Sentiment
from desk.ledger.filters import PAGE_SIZES, STATES, Answer, Filter, PromiseFilter, View
from sinks.ledger.base import Order

_LONGEST: Final = 100
_LAST_PAGE: Final = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1990, 2060


class BadParameter(ValueError):
    """Something in the address that cannot be meant; the text says what, in Chinese."""


def read_filter(values: Mapping[str, str]) -> Filter:
    """The filter in an address; unknown names are left alone. Raises `BadParameter`."""
    text = {
        name: _text(values, name)
        for name in ("q", "channel", "unit", "lead", "topic", "risk", "matter", "figure")
    }
    state = values.get("state", "")
    if state and state not in STATES:
        raise BadParameter(f"没有“{state[:20]}”这个状态，可用的有：{'、'.join(STATES)}。")
    found = Filter(
        **text,
        state=state,
        view=_choice(View, values, "view"),
        kind=_choice(Kind, values, "kind"),
        sentiment=_choice(Sentiment, values, "sentiment"),
        satisfied=_choice(Answer, values, "satisfied"),
        returned=_choice(Answer, values, "returned"),
        replied=_choice(Answer, values, "replied"),
        promise=_choice(PromiseFilter, values, "promise"),
        todo=_choice(Todo, values, "todo"),
        order=_choice(Order, values, "order"),
        received_from=_date(values, "received_from"),
        received_to=_date(values, "received_to"),
        due_from=_date(values, "due_from"),
        due_to=_date(values, "due_to"),
        page=read_page(values),
        size=_size(values),
    )
    for name, begin, end in (
        ("受理日期", found.received_from, found.received_to),
        ("到期日期", found.due_from, found.due_to),
    ):
        if begin and end and begin > end:
            raise BadParameter(f"{name}的起始（{begin}）晚于截止（{end}），请对调。")
    return found


def _size(values: Mapping[str, str]) -> int:
    text = values.get("size", "")
    if text and text not in map(str, PAGE_SIZES):
        sizes = "、".join(map(str, PAGE_SIZES))
        raise BadParameter(f"每页件数应为 {sizes} 之一，实际是“{text[:20]}”。")
    return int(text or 0)


def read_page(values: Mapping[str, str]) -> int:
    """The page number in an address, from 1. Raises `BadParameter`."""
    text = values.get("page", "") or "1"
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= len(str(_LAST_PAGE))):
        raise BadParameter(f"页码应为正整数，实际是“{text[:20]}”。")
    page = int(text)
    if not 1 <= page <= _LAST_PAGE:
        raise BadParameter(f"页码应在 1 至 {_LAST_PAGE} 之间，实际是 {page}。")
    return page


def _text(values: Mapping[str, str], name: str) -> str:
    text = values.get(name, "").strip()
    if len(text) > _LONGEST:
        raise BadParameter(f"检索条件最长 {_LONGEST} 个字，实际是 {len(text)} 个。")
    return text


_Word = TypeVar("_Word", bound=StrEnum)


def _choice(kind: type[_Word], values: Mapping[str, str], name: str) -> _Word | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        known = "、".join(kind)
        raise BadParameter(f"{name} 没有“{text[:20]}”这个值，可用的有：{known}。") from None


def _date(values: Mapping[str, str], name: str) -> date | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise BadParameter(
            f"日期应为 2026-11-22 这样的写法，年份在 {_FIRST_YEAR} 至 {_LAST_YEAR} 之间，"
            f"实际是“{text[:20]}”。"
        )
    return found

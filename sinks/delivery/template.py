"""Bodies and headers of a platform's form, from a TOML table with named places.

[delivery.NAME.options.payload]
record_number = "{source_item_id}"
note10 = "{text}"
public_record = 2                     numbers, lists and true/false stay as they are
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from urllib.parse import quote

from pydantic import JsonValue

from sinks.delivery.base import DeliveryError, Outgoing

Value: TypeAlias = JsonValue

_PLACE: Final = re.compile(r"\{([a-z_]+)(?::([^{}]+))?\}")
PLACES: Final = (
    "source_item_id", "case_id", "delivery_id", "parent_id", "title", "text", "unit", "state",
    "author", "phone", "at", "date", "url",
)  # fmt: skip
"""`{field:NAME}` adds a value of `Outgoing.fields`, `{extra:NAME}` one of the item's own."""


def check(value: Value, where: str) -> None:
    """Raises `DeliveryError` for a place that doesn't exist: at start, not at the first reply."""
    if isinstance(value, dict):
        for key, inner in value.items():
            check(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for inner in value:
            check(inner, where)
    elif isinstance(value, str):
        for place in _PLACE.finditer(value):
            known = place[1] in ("field", "extra") if place[2] else place[1] in PLACES
            if not known:
                raise DeliveryError(
                    f"{where}：不认识占位符 {place[0]}。可用：{{field:名称}}、{{extra:名称}}、"
                    + "、".join("{" + name + "}" for name in PLACES)
                )


def places_named(value: Value, kind: str) -> tuple[str, ...]:
    """The NAMEs of all places `{kind:NAME}`, each once, in order."""
    found: dict[str, None] = {}
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            found |= dict.fromkeys(places_named(inner, kind))
    elif isinstance(value, str):
        found |= {
            place[2]: None for place in _PLACE.finditer(value) if place[1] == kind and place[2]
        }
    return tuple(found)


def fill(value: Value, outgoing: Outgoing) -> Value:
    """`value` with its places filled. Filled text is never read for places again."""
    if isinstance(value, dict):
        return {key: fill(inner, outgoing) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, outgoing) for inner in value]
    return fill_text(value, outgoing) if isinstance(value, str) else value


def fill_address(text: str, outgoing: Outgoing) -> str:
    """An address with its places filled and escaped: a number can't reach another path."""
    return _fill(text, outgoing, lambda value: quote(value.strip("."), safe=""))


def fill_text(text: str, outgoing: Outgoing) -> str:
    """One text with its places filled."""
    return _fill(text, outgoing, str)


def _fill(text: str, outgoing: Outgoing, escape: Callable[[str], str]) -> str:
    values = _values(outgoing)
    named: Mapping[str, Mapping[str, str]] = {
        "field": outgoing.fields,
        "extra": outgoing.item.extra,
    }

    def value(place: re.Match[str]) -> str:
        if place[2]:
            return escape(named[place[1]].get(place[2], ""))
        return escape(values[place[1]])

    return _PLACE.sub(value, text)


def _values(outgoing: Outgoing) -> dict[str, str]:
    item = outgoing.item
    return {
        "source_item_id": item.source_item_id,
        "case_id": outgoing.case_id,
        "delivery_id": outgoing.delivery_id,
        "parent_id": item.parent_id,
        "title": item.title,
        "text": outgoing.text,
        "unit": outgoing.unit,
        "state": outgoing.state,
        "author": item.author,
        "phone": item.phone,
        "at": f"{outgoing.at:%Y-%m-%d %H:%M:%S}",
        "date": f"{outgoing.at:%Y-%m-%d}",
        "url": item.url,
    }

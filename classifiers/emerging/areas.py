"""Where a message is from, from the narrowest place to the widest: 小区 < 街道. The 县 is all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from classifiers.base import Text
from classifiers.emerging.near_pairs import Hashes, near_pairs
from classifiers.matter.places import Place, is_wide, places

_LONGEST: Final = 12
"""Characters of a field that is a name by itself; longer ones are an address or a sentence."""
_SHORTEST: Final = 3
_KIND: Final = 2
_HOUSE: Final = re.compile(r"[0-9０-９#]|[一二三四五六七八九十]+(?:栋|幢|号|单元)")
"""Where the number of a house begins."""


class Area(Struct, frozen=True):
    """`key` is compared, `name` is shown."""

    key: str
    name: str


def areas_of(text: Text, field: str, town: str) -> tuple[Area, ...]:
    """`field`: the source's own field for the place; `town`: the 街道 or 乡镇 by the table of
    units, "" for none that is known."""
    spot = _spot(places(Text("", field))) or _whole(field, town) or _spot(places(text))
    found = [spot] if spot is not None else []
    if town and (spot is None or spot.name != town):
        found.append(Area(town, town))
    return tuple(found)


def _spot(found: Iterable[Place]) -> Area | None:
    """The first that is a single spot, no street and no town."""
    return next((Area(one.key, one.name) for one in found if not is_wide(one.key)), None)


def _whole(field: str, town: str) -> Area | None:
    """老粮站宿舍 and 幸福里小区3栋 are of no kind we know, and are places; 不详 is none."""
    field = _HOUSE.split(field.strip(), maxsplit=1)[0]
    known = _SHORTEST <= len(field) <= _LONGEST and not is_wide(field) and field != town
    return Area(field, field) if known else None


def without_names(text: Text, areas: Iterable[Area]) -> Hashes:
    """The pairs of a text without those that name its areas."""
    title, body = text.title, text.body
    names = [name for area in areas for name in (area.name, area.name[:-_KIND]) if len(name) > 1]
    for name in names:
        title, body = title.replace(name, "。"), body.replace(name, "。")
    return near_pairs(Text(title, body))

"""The rows of an array as they stand: what counts of each, what is shipped, what the county says,
and those that are switched off. For who changes them row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from huiyin.configuration.document import Located, Place
from huiyin.configuration.overlay import At, Layout, Row, laid, plain, row_id

Values = Mapping[str, object]


class StandingRow(Struct, frozen=True, kw_only=True):
    """One row of `[[array]]`."""

    id: str
    values: Values
    """As they count, or would if the row were not switched off."""
    shipped: Values | None
    """None: a row of the county's own."""
    local: Values | None
    """What the overlay says of it, its marks too; None: nothing."""
    disabled: bool
    asleep: bool
    """Shipped switched off."""
    place: Place
    """Where it is written: in the overlay, if there."""


def standing_rows(
    base: Located,
    local: Located | None,
    layout: Layout,
    path: At,
    fill: Callable[[Located], Located],
) -> Iterator[StandingRow]:
    """The rows at `path` in their order. `fill`: puts the words of the place in. Raises
    `ConfigurationError` where the two do not fit together."""
    keys = layout.arrays[path]
    shipped: Mapping[str, Row] = laid(base, None, layout)[1].get(path, {})
    said = {row_id(node, keys): node for node in _array(local, path)}
    for name, row in laid(base, local, layout)[1].get(path, {}).items():
        own = said.get(name)
        yield StandingRow(
            id=name,
            values=_values(row, fill),
            shipped=_values(shipped[name], fill) if name in shipped else None,
            local=_plain(own) if own is not None else None,
            disabled=bool(row.marks.get("disabled")),
            asleep=name in shipped and bool(shipped[name].marks.get("disabled")),
            place=(own or row.node).place,
        )


def _values(row: Row, fill: Callable[[Located], Located]) -> Values:
    return _plain(fill(row.node))


def _plain(node: Located) -> Values:
    found = plain(node)
    return found if isinstance(found, dict) else {}


def _array(node: Located | None, path: At) -> Iterator[Located]:
    for step in path:
        if node is None or not isinstance(node.value, dict):
            return
        node = node.value.get(step)
    if node is not None and isinstance(node.value, list):
        yield from (each for each in node.value if isinstance(each, Located))

"""A county's tables laid over the shipped ones, row by row.

A row is known by its id. In the overlay it says what is to be otherwise:

- keys alone: they replace those of the shipped row with this id, the other keys stay;
- `new = true`: the row is added. Without it an id that nothing shipped has is a slip of the pen;
- `disabled = true`: the shipped row does not count (`disabled = false` wakes one that is
  shipped asleep);
- `before = "id"` or `after = "id"`, in arrays: where the row stands among the others.

The shipped table may list ids under `[retired]`: rows that it had once and has no more. An
overlay may still switch them off; what it changes in them it has to say as a whole.

Outside rows a key replaces the shipped key. What is not named stays as it is shipped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from msgspec import Struct

from huiyin.configuration.document import ConfigurationError, Located, Place

_MOST_NAMED: Final = 20
_MARKS: Final = {
    "new": (bool, "true 或 false"),
    "disabled": (bool, "true 或 false"),
    "before": (str, "另一行的 id（加引号）"),
    "after": (str, "另一行的 id（加引号）"),
}
"""What a row says of itself as a row: the type, and what an error calls it."""
_OF_ARRAYS: Final = ("before", "after")

At = tuple[str, ...]
"""Names from the outside in, without the numbers of rows."""


class Layout(Struct, frozen=True):
    """Where a file has rows; the rest of it are settings."""

    arrays: Mapping[At, tuple[str, ...]] = {}
    """Arrays of tables. The first of these keys that a row has is its id."""
    named: Mapping[At, str] = {}
    """Tables whose keys are the ids of rows; "*" stands for any one name. Where rows are no
    tables but a list, the key under which an overlay writes it beside its marks, else ""."""
    settings: frozenset[str] = frozenset()
    """Keys of `named` tables that are no rows."""

    def leaf(self, path: At) -> str | None:
        """What `named` says of the table at `path`; None where it is not among them."""
        for each, leaf in self.named.items():
            if len(each) == len(path) and all(
                a in ("*", b) for a, b in zip(each, path, strict=True)
            ):
                return leaf
        return None


def laid_over(base: Located, local: Located | None, layout: Layout) -> Located:
    """`local` over `base`; None for a table that no overlay touches. Raises
    `ConfigurationError` with every problem found."""
    return laid(base, local, layout)[0]


def laid(
    base: Located, local: Located | None, layout: Layout
) -> tuple[Located, Mapping[At, Mapping[str, Row]]]:
    """As `laid_over`, and every row of its arrays by path and id, in order, those that are
    switched off among them."""
    kept, retired = _without_retired(base)
    laying = _Laying(layout, retired)
    merged = laying.over(kept, local, (), fresh=False)
    if laying.problems:
        raise ConfigurationError("\n".join(laying.problems))
    return merged, laying.rows


def plain(node: Located) -> object:
    """The values without their places."""
    if isinstance(node.value, dict):
        return {key: plain(each) for key, each in node.value.items()}
    if _is_array(node):
        return [plain(each) for each in _array(node)]
    return node.value


def row_id(row: Located, keys: Sequence[str]) -> str:
    """The id of a row, "" where it has none."""
    table = _table(row)
    return next((str(table[key].value) for key in keys if key in table), "")


def nearest(name: str, known: Collection[str]) -> str:
    """The known names that look like this one, else the first of all."""
    close = get_close_matches(name, known, 3, 0.5)
    if close:
        return f"相近的有：{'、'.join(close)}"
    shown = "、".join(list(known)[:_MOST_NAMED]) + ("……" if len(known) > _MOST_NAMED else "")
    return f"现有：{shown or '（没有）'}"


class Row(NamedTuple):
    node: Located
    """Without marks."""
    marks: Mapping[str, object]


class _Move(NamedTuple):
    name: str
    mark: str
    other: str
    place: Place


class _Laying:
    def __init__(self, layout: Layout, retired: Mapping[str, Collection[str]]) -> None:
        self._layout = layout
        self._retired = retired
        self.problems: list[str] = []
        self.rows: dict[At, Mapping[str, Row]] = {}

    def over(
        self, base: Located | None, local: Located | None, path: At, *, fresh: bool
    ) -> Located:
        """One of the two is there. `fresh`: they stand in a row that is new as a whole."""
        keys = self._layout.arrays.get(path)
        leaf = self._layout.leaf(path)
        shapes = [each for each in (base, local) if each is not None]
        if keys and all(map(_is_array, shapes)):
            return self._array(base, local, path, keys)
        if not all(isinstance(each.value, dict) for each in shapes):
            return shapes[-1]
        if leaf is not None:
            return self._named(base, local, path, leaf, fresh=fresh)
        mine, theirs = _table(base), _table(local)
        merged = {
            key: self.over(mine.get(key), theirs.get(key), (*path, key), fresh=fresh)
            for key in _keys(mine, theirs)
        }
        return Located(merged, shapes[-1].place)

    def _named(
        self, base: Located | None, local: Located | None, path: At, leaf: str, *, fresh: bool
    ) -> Located:
        title = f"[{'.'.join(path)}]"
        mine, theirs = _table(base), _table(local)
        merged: dict[str, Located] = {}
        for key in _keys(mine, theirs):
            at = (*path, key)
            if key in self._layout.settings:
                merged[key] = self.over(mine.get(key), theirs.get(key), at, fresh=fresh)
                continue
            shipped = self._row(mine[key], title, ("disabled",)) if key in mine else None
            row = self._row(theirs[key], title, ("new", "disabled")) if key in theirs else None
            if row is not None and shipped is None and not (fresh or row.marks.get("new")):
                self.problems.append(_unknown(row.node.place, title, key, mine))
                continue
            if _disabled(shipped, row):
                continue
            node = row.node if row is not None else None
            if node is not None and leaf and leaf in _table(node):
                node = _table(node)[leaf]
            before = shipped.node if shipped is not None else None
            if node is not None and node.value == {} and before is not None:
                node = None
            merged[key] = self.over(before, node, at, fresh=fresh or shipped is None)
        return Located(merged, (local or base or _NOTHING).place)

    def _array(
        self, base: Located | None, local: Located | None, path: At, keys: Sequence[str]
    ) -> Located:
        title = f"[[{'.'.join(path)}]]"
        rows: dict[str, Row] = {}
        for node in _array(base):
            rows[_free(row_id(node, keys), rows)] = self._row(node, title, ("disabled",))
        shipped, moves, seen = dict(rows), [], set()
        for node in _array(local):
            name, row = row_id(node, keys), self._row(node, title, tuple(_MARKS))
            if not name or name in seen:
                self.problems.append(
                    _twice(node.place, title, name) if name else _nameless(node.place, title, keys)
                )
                continue
            seen.add(name)
            known = shipped.get(name)
            if known is None and not row.marks.get("new"):
                if name in self._retired.get(".".join(path), ()):
                    if not row.marks.get("disabled"):
                        self.problems.append(_retired(node.place, title, name))
                    continue
                self.problems.append(_unknown(node.place, title, name, shipped))
                continue
            before = known.node if known is not None else None
            disabled = _disabled(known, row)
            merged = self.over(before, row.node, (*path, name), fresh=known is None)
            rows[name] = Row(merged, {"disabled": disabled})
            moves += [
                _Move(name, mark, str(row.marks[mark]), node.place)
                for mark in _OF_ARRAYS
                if mark in row.marks
            ]
        ordered = {name: rows[name] for name in self._ordered(list(rows), moves, title)}
        self.rows[path] = ordered
        left = [row.node for row in ordered.values() if not row.marks.get("disabled")]
        return Located(left, (local or base or _NOTHING).place)

    def _ordered(self, order: list[str], moves: Sequence[_Move], title: str) -> list[str]:
        moved: set[str] = set()
        for name, mark, other, place in moves:
            others = [each for each in order if each != name]
            if name in moved:
                self.problems.append(f"{place}：{title} “{name}”只能写 before、after 之一")
            elif other not in others:
                self.problems.append(
                    f"{place}：{title} “{name}”的 {mark} = “{other}”，没有这样的另一行；"
                    f"{nearest(other, others)}。请改成其中之一"
                )
            else:
                at = others.index(other) + (mark == "after")
                order = [*others[:at], name, *others[at:]]
            moved.add(name)
        return order

    def _row(self, node: Located, title: str, allowed: Collection[str]) -> Row:
        """The row and its marks apart. What is not allowed here stays a key like any other:
        the table's own check refuses it."""
        if not isinstance(node.value, dict):
            return Row(node, {})
        marks: dict[str, object] = {}
        for mark in allowed:
            said = node.value.get(mark)
            if said is None:
                continue
            sort, expected = _MARKS[mark]
            if isinstance(said.value, sort):
                marks[mark] = said.value
            else:
                self.problems.append(
                    f"{said.place}：{title} 的 {mark} 应为{expected}，实际是 {said.value!r}"
                )
        inner = {key: each for key, each in node.value.items() if key not in allowed}
        return Row(Located(inner, node.place), marks)


def _without_retired(base: Located) -> tuple[Located, Mapping[str, Collection[str]]]:
    """The table, and the ids that it had once, by where the rows stood."""
    found = _table(base).get("retired")
    if found is None:
        return base, {}
    rest = {key: each for key, each in _table(base).items() if key != "retired"}
    ids = {key: each.value for key, each in _table(found).items()}
    return Located(rest, base.place), {k: v for k, v in ids.items() if isinstance(v, list)}


_NOTHING: Final = Located({}, Place(""))


def _keys(mine: Mapping[str, object], theirs: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys((*mine, *theirs)))


def _disabled(shipped: Row | None, row: Row | None) -> bool:
    """The overlay's word counts, where it has one."""
    said = [each.marks["disabled"] for each in (shipped, row) if each and "disabled" in each.marks]
    return bool(said and said[-1])


def _free(name: str, known: Collection[str]) -> str:
    """The name, with a number where a row before has it already."""
    number, free = 1, name
    while free in known:
        number += 1
        free = f"{name}-{number}"
    return free


def _unknown(place: Place, title: str, name: str, known: Collection[str]) -> str:
    return (
        f"{place}：{title} 没有“{name}”这一行可以修改或停用；{nearest(name, known)}。"
        "请改正；如要新增这一行，请写 new = true"
    )


def _retired(place: Place, title: str, name: str) -> str:
    return (
        f"{place}：{title} “{name}”以前随程序提供，现在不再提供。"
        "还要用它的，请写 new = true 并写全各项；不用的请删去这一行"
    )


def _twice(place: Place, title: str, name: str) -> str:
    return f"{place}：{title} “{name}”与前面的行重复。请合成一行，或改成不同的 id"


def _nameless(place: Place, title: str, keys: Sequence[str]) -> str:
    return f"{place}：{title} 应写明是哪一行，实际没有 {'、'.join(keys)}。请补上"


def _table(node: Located | None) -> Mapping[str, Located]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _is_array(node: Located) -> bool:
    return isinstance(node.value, list) and all(isinstance(each, Located) for each in node.value)


def _array(node: Located | None) -> Sequence[Located]:
    return node.value if node is not None and isinstance(node.value, list) else ()

"""Which column of an export is which field of an item.

Headers drift: trailing spaces, full-width letters, a "12345" in front that
comes and goes. Both sides are normalised before they are compared, and the
aliases live in config/sources.toml. Other ways to say the same name, such as
without the note in "工单编号（必填）", are `streams.sources.tables.header_names`' business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Final, Literal, get_args

from msgspec import Struct
from pydantic import AfterValidator, Field, field_validator, model_validator

from streams.sources.seam.base import SourceError
from streams.sources.seam.config import Settings
from streams.sources.tables.header_names import CITIZEN_GROUPS, normal_header, other_names
from streams.sources.values.cells import showable
from streams.sources.values.secrecy import PUBLIC_NAMES, SECRET_NAMES

FieldName = Literal[
    "id",
    "received_at",
    "title",
    "body",
    "author",
    "phone",
    "email",
    "address",
    "place",
    "named_unit",
    "category",
    "kind",
    "urgency",
    "state",
    "parent_id",
    "url",
    "due_at",
    "closed_at",
    "reply",
    "replied_at",
    "reply_unit",
    "resolved",
    "satisfied",
    "confidential",
    "public",
    "disclosure",
    "withdrawn",
    "attachments",
    "likes",
    "dislikes",
]
FIELDS: Final[tuple[str, ...]] = get_args(FieldName)
PERSONAL: Final = frozenset({"author", "phone", "email", "address"})
"""Fields about the citizen; the name of a clerk or of a unit's contact is none of them."""
_LONGEST_NAME: Final = 200


def _normal_words(words: frozenset[str]) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFKC", word).strip().lower() for word in words)


Words = Annotated[frozenset[str], AfterValidator(_normal_words)]


class ColumnMap(Settings):
    """Column names per field; the earlier alias wins, a later one fills an empty cell."""

    columns: dict[FieldName, tuple[str, ...]] = Field(min_length=1)
    joined: dict[Literal["category", "place", "named_unit"], tuple[str, ...]] = Field(
        default_factory=dict
    )
    """Columns that together make one field, joined by " / " where they are filled;
    used instead of `columns` when at least one of them is in the file."""
    required: tuple[FieldName, ...] = ("id", "received_at", "title", "body")
    """Without these columns the file is not read."""
    header_prefixes: tuple[str, ...] = ()
    """Text in front of column names that may or may not be there."""
    citizen_groups: tuple[str, ...] = CITIZEN_GROUPS
    """Words in the name of a group of columns, or in a note, that say it is the citizen's."""
    ignore: frozenset[str] = frozenset()
    """Columns not kept. Any other column that is no field goes to `Item.extra`."""

    @cached_property
    def owners(self) -> dict[str, str]:
        """The field of each column name, normalised."""
        maps: tuple[Mapping[str, tuple[str, ...]], ...] = (self.columns, self.joined)  # type: ignore[assignment]
        return {
            normal_header(alias, self.header_prefixes): field
            for table in maps
            for field, aliases in table.items()
            for alias in aliases
        }

    @field_validator("columns")
    @classmethod
    def _one_meaning(
        cls, columns: dict[FieldName, tuple[str, ...]]
    ) -> dict[FieldName, tuple[str, ...]]:
        owner: dict[str, str] = {}
        for field, aliases in columns.items():
            if not aliases:
                raise ValueError(f"{field} 的列名是空的。请至少写一个列名，或删除这个键")
            for alias in aliases:
                other = owner.setdefault(normal_header(alias), field)
                if other != field:
                    raise ValueError(f"列名“{alias}”同时给了 {other} 和 {field}。请只留一处")
        return _with_secrecy(columns, owner)

    @model_validator(mode="after")
    def _required_is_mapped(self) -> ColumnMap:
        for field in self.required:
            if field not in self.columns and field not in self.joined:
                raise ValueError(f"required 里有 {field}，columns 里却没有它的列名。请补上")
        if "id" not in self.required or "received_at" not in self.required:
            raise ValueError("required 应至少含 id 和 received_at：没有编号和时间就不成案件")
        return self


def _with_secrecy(
    columns: dict[FieldName, tuple[str, ...]], owner: Mapping[str, str]
) -> dict[FieldName, tuple[str, ...]]:
    """Secrecy is read under its usual names too, whatever the configuration forgot."""
    usual: tuple[tuple[FieldName, tuple[str, ...]], ...] = (
        ("confidential", SECRET_NAMES),
        ("public", PUBLIC_NAMES),
    )
    known = dict(columns)
    for field, names in usual:
        free = [name for name in names if owner.get(normal_header(name), field) == field]
        own = known.get(field, ())
        taken = {normal_header(name) for name in own}
        known[field] = (*own, *(name for name in free if normal_header(name) not in taken))
    return known


class Layout(Struct, frozen=True, kw_only=True):
    """Where each field is in one header."""

    header: tuple[str, ...]
    names: tuple[str, ...]
    """The header's names made unique, as used in originals and `extra`."""
    fields: dict[str, tuple[int, ...]]
    """Column indices per field, best alias first."""
    joined: dict[str, tuple[int, ...]]
    extra: tuple[tuple[str, int], ...]
    """Columns that are no field and not ignored."""
    missing: tuple[str, ...]
    """Required fields without a column."""


def score(header: Sequence[object], columns: ColumnMap) -> int:
    """How many different fields this row names, were it the header."""
    wanted = columns.owners
    return len({wanted[name] for cell in header if (name := _alias(cell, wanted, columns))})


def columns_of(header: Sequence[object], field: str, columns: ColumnMap) -> list[int]:
    """The columns that this header gives a field."""
    wanted = columns.owners
    names = (_alias(cell, wanted, columns) for cell in header)
    return [index for index, name in enumerate(names) if name and wanted[name] == field]


def _alias(cell: object, wanted: Mapping[str, str], columns: ColumnMap) -> str:
    """The alias that a column goes by, normalised; "" for a column that is no field."""
    if not isinstance(cell, str) or not cell or len(cell) > _LONGEST_NAME:
        return ""
    if (exact := normal_header(cell, columns.header_prefixes)) in wanted:
        return exact
    for name in other_names(cell, columns.header_prefixes, columns.citizen_groups):
        field = wanted.get(name.text)
        if field is not None and (name.citizen or field not in PERSONAL):
            return name.text
    return ""


def lay_out(header: Sequence[object], columns: ColumnMap) -> Layout:
    """Finds each field's columns in `header`; says which required ones are missing."""
    wanted = columns.owners
    at: dict[str, list[int]] = {}
    looser: dict[str, list[int]] = {}
    """Columns whose header is not an alias to the letter: after those that are."""
    for index, cell in enumerate(header):
        exact = normal_header(cell, columns.header_prefixes)
        alias = _alias(cell, wanted, columns)
        (looser if alias and alias != exact else at).setdefault(alias or exact, []).append(index)

    def find(aliases: Sequence[str]) -> tuple[int, ...]:
        normal = [normal_header(alias, columns.header_prefixes) for alias in aliases]
        found = (i for table in (at, looser) for name in normal for i in table.get(name, ()))
        return tuple(dict.fromkeys(found))

    fields: dict[str, tuple[int, ...]] = {
        field: found for field, names in columns.columns.items() if (found := find(names))
    }
    joined: dict[str, tuple[int, ...]] = {
        field: found for field, names in columns.joined.items() if (found := find(names))
    }
    used = {i for table in (fields, joined) for indices in table.values() for i in indices}
    ignored = {normal_header(name, columns.header_prefixes) for name in columns.ignore}
    names = _unique(header)
    return Layout(
        header=tuple(str(cell or "") for cell in header),
        names=names,
        fields=fields,
        joined=joined,
        extra=tuple(
            (names[index], index)
            for index, cell in enumerate(header)
            if index not in used and not _is_ignored(cell, ignored, columns)
        ),
        missing=tuple(f for f in columns.required if f not in fields and f not in joined),
    )


def _is_ignored(cell: object, ignored: Container[str], columns: ColumnMap) -> bool:
    if normal_header(cell, columns.header_prefixes) in ignored:
        return True
    names = other_names(str(cell or ""), columns.header_prefixes, columns.citizen_groups)
    return any(name.text in ignored for name in names)


def _unique(header: Sequence[object]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    names = []
    for index, cell in enumerate(header, start=1):
        name = showable(str(cell or "").strip()) or f"第{index}列"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(names)


def missing_columns(layout: Layout, columns: ColumnMap, where: str, source: str) -> SourceError:
    """The error for a header without a required column."""
    lines = "；".join(
        f"{field}（认得的列名：{'、'.join(columns.columns.get(field, ()))}）"  # type: ignore[call-overload]
        for field in layout.missing
    )
    found = showable("、".join(name for name in layout.header if name.strip())) or "（没有表头）"
    return SourceError(
        f"{where}：缺少必需的列：{lines}。实际表头：{found[:500]}。"
        f"如果列名不同，请在 config/sources.toml 的 [source.{source}.options.columns] 里"
        "补上别名；如果表头是乱码，请用 UTF-8 或 GB18030 编码重新导出"
    )

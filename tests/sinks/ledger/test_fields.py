"""One declaration for each field of the index: what follows from it, and what stops the program
where it is left out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Struct, defstruct

from cases.privacy.visible_fields import Sort
from sinks.elastic.index import mapping_of
from sinks.ledger import sqlite_table
from sinks.ledger.base import Facets, Query
from sinks.ledger.case_index import ASKED, COUNTED, FIELDS, CaseIndex, index_of
from sinks.ledger.fields import (
    Field,
    Kind,
    Use,
    conditions_of,
    declared,
    fields_asked,
    fields_counted,
    fields_ordered_by,
)
from tests.cases.helpers import Story
from tests.docs.test_index_table import index_table

DISTRICT = Annotated[str, Field(Sort.OPEN, Use.COUNTED, asked=("district",), facet="district")]
AskedDistrict = defstruct("AskedDistrict", [("district", str, "")], bases=(Query,), kw_only=True)
CountedDistrict = defstruct(
    "CountedDistrict", [("district", tuple, ())], bases=(Facets,), kw_only=True
)


def index_with(hint: object) -> type[Struct]:
    """The index with one more field."""
    return defstruct("Later", [("district", hint)], bases=(CaseIndex,), kw_only=True)


def test_one_line_more_is_a_column_a_mapping_a_condition_and_a_facet() -> None:
    fields = declared(index_with(DISTRICT))
    assert [*fields] == [*FIELDS, "district"] or set(fields) == {*FIELDS, "district"}
    assert sqlite_table.ddl(fields["district"]) == "district TEXT NOT NULL"
    assert mapping_of(fields)["district"] == {"type": "keyword"}
    asked = fields_asked(fields, AskedDistrict)
    assert asked["district"] == "district"
    conditions = conditions_of(fields, asked, AskedDistrict)
    assert ("district", "district") in conditions.words
    assert fields_counted(fields, CountedDistrict)["district"] == "district"
    assert "| `district` | word | filtered and counted | `district` |" in index_table(fields)


@pytest.mark.parametrize(
    ("hint", "named"),
    [
        (str, "district has no Field"),
        (Annotated[str, "a word"], "district is annotated with 'a word'"),
        (Annotated[float, Field(Sort.OPEN, Use.KEPT)], "district is a <class 'float'>"),
        (Annotated[str, Field(Sort.OPEN, Use.COUNTED)], "district is counted or has the name"),
        (
            Annotated[str, Field(Sort.OPEN, Use.KEPT, facet="district")],
            "district is counted or has the name",
        ),
    ],
)
def test_what_a_field_does_not_say_stops_the_program(hint: object, named: str) -> None:
    with pytest.raises(TypeError, match=f"sinks/ledger/case_index.py: {named}"):
        declared(index_with(hint))


def test_a_condition_that_asks_for_no_field_stops_the_program() -> None:
    with pytest.raises(TypeError, match=r"Query and the fields .* differ in \['district'\]"):
        fields_asked(FIELDS, AskedDistrict)


def test_a_field_that_no_condition_asks_for_stops_the_program() -> None:
    with pytest.raises(TypeError, match=r"Query and the fields .* differ in \['district'\]"):
        fields_asked(declared(index_with(DISTRICT)))
    with pytest.raises(TypeError, match=r"Facets and the fields .* differ in \['district'\]"):
        fields_counted(declared(index_with(DISTRICT)))


def test_two_fields_for_one_condition_or_order_stop_the_program() -> None:
    twice = Annotated[str, Field(Sort.OPEN, Use.FILTERED, asked=("channel",))]
    with pytest.raises(TypeError, match=r"two fields declare \['channel'\] of Query"):
        fields_asked(declared(index_with(twice)))
    without = {name: each for name, each in FIELDS.items() if name != "due_at"}
    with pytest.raises(TypeError, match=r"Order and the fields .* differ in \['DUE'\]"):
        fields_ordered_by(without)


def test_a_condition_of_a_type_that_no_rule_puts_stops_the_program() -> None:
    flag = Annotated[bool, Field(Sort.OPEN, Use.FILTERED, asked=("district",))]
    fields = declared(index_with(flag))
    asked = fields_asked(fields, AskedDistrict)
    with pytest.raises(TypeError, match=r"no rule puts Query\.district to district"):
        conditions_of(fields, asked, AskedDistrict)


def test_a_changed_table_stops_the_program_until_it_has_a_number(root: Path) -> None:
    """The whole text of the module, with another column in its first line of columns."""
    text = (root / "sinks/ledger/sqlite_table.py").read_text("utf-8")
    changed = text.replace('"doc"),\n)', '"doc"), "more")').replace(
        "doc BLOB NOT NULL", "doc BLOB NOT NULL, more TEXT"
    )
    assert changed != text
    with pytest.raises(TypeError, match="Raise VERSION by one"):
        exec(compile(changed, "sqlite_table", "exec"), {"__name__": "changed"})  # noqa: S102


def test_the_index_of_a_case_has_the_types_that_it_declares() -> None:
    """What SQLite and Elasticsearch store is chosen by the declared type."""
    kinds = {
        Kind.WORD: str,
        Kind.LIST: tuple,
        Kind.NUMBER: int,
        Kind.FLAG: bool,
        Kind.MOMENT: datetime,
    }
    index = index_of(Story().case)
    for name, each in FIELDS.items():
        value = getattr(index, name)
        assert isinstance(value, kinds[each.kind]) or (each.optional and value is None), name


def test_every_condition_facet_and_order_has_its_field() -> None:
    assert ASKED["case_ids"] == "outline"
    assert COUNTED == {
        "channel": "channel",
        "unit": "units",
        "topic": "topic",
        "kind": "kind",
        "risk": "risk",
        "state": "state",
    }

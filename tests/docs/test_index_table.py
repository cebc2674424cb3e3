"""docs/elasticsearch.md lists the fields of the ledger's index as they are declared.

`python -m tests.docs.test_index_table` prints the table as it has to stand there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sinks.ledger.case_index import FIELDS
from sinks.ledger.fields import Declared


def index_table(fields: Mapping[str, Declared]) -> str:
    lines = ["| Field | Kind | For | Asked by |", "|---|---|---|---|"]
    for name, each in fields.items():
        kind = f"{each.kind.value}, or nothing" if each.optional else each.kind.value
        asked = ", ".join(f"`{condition}`" for condition in each.field.asked)
        lines.append(f"| `{name}` | {kind} | {each.field.use.value} | {asked or '–'} |")
    return "\n".join(lines)


def test_the_page_lists_the_fields_of_the_index(root: Path) -> None:
    assert index_table(FIELDS) in (root / "docs/elasticsearch.md").read_text("utf-8")


if __name__ == "__main__":
    print(index_table(FIELDS))

"""The threat model names tests and attacks that there are, and all attacks of the review."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.attack.registry import all_attacks

_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_ROW = re.compile(r"^\| (\d+) \| [^|]+ \| ([^|]+) \| (.+) \|$", re.MULTILINE)


def _page(root: Path) -> str:
    return (root / "docs" / "threat-model.md").read_text("utf-8")


@cache
def _tests_of(file: Path) -> frozenset[str]:
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_test_that_is_named_exists(root: Path) -> None:
    named = _TEST.findall(_page(root))
    assert len(named) > 50
    assert [each for each in named if each[1] not in _tests_of(root / each[0])] == []


def test_every_number_of_the_review_has_an_attack_and_a_test(root: Path) -> None:
    rows = _ROW.findall(_page(root))
    assert {int(number) for number, _, _ in rows} == set(range(1, 22))
    assert [row for row in rows if not _TEST.search(row[2])] == []
    by_name = {each.name: each for each in all_attacks()}
    for number, name, _ in rows:
        if not name.startswith("("):
            assert int(number) in by_name[name].issue, name


def test_every_row_of_places_has_a_test(root: Path) -> None:
    table = _page(root).partition("| Where | Who |")[2].partition("\n\n")[0]
    rows = table.splitlines()[2:]
    assert len(rows) > 15
    assert [row for row in rows if not _TEST.search(row)] == []

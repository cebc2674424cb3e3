"""The tree in docs/architecture.md is the tree on disk."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGES = ("huiyin", "cases", "classifiers", "sinks", "streams", "desk")
ROW = re.compile(r"^\| `([a-z0-9_/]+)/` \| (.+) \|$", re.MULTILINE)


def test_every_folder_stands_in_the_tree_with_its_own_first_line(root: Path) -> None:
    told = dict(ROW.findall((root / "docs" / "architecture.md").read_text("utf-8")))
    there = {
        str(file.parent.relative_to(root)): first_line(file)
        for package in PACKAGES
        for file in (root / package).rglob("__init__.py")
    }
    assert told == there


def test_no_folder_of_code_is_without_an_init(root: Path) -> None:
    """A folder without one is in no contract of import-linter and in no wheel."""
    folders = {file.parent for package in PACKAGES for file in (root / package).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_tests_stand_where_their_code_stands(root: Path) -> None:
    """A folder of tests below one that mirrors a package has a folder of code beside it."""
    stray = [
        folder.relative_to(root)
        for package in PACKAGES
        for folder in sorted((root / "tests" / package).rglob("*/"))
        if any(folder.glob("*.py"))
        if not (root / folder.relative_to(root / "tests")).is_dir()
    ]
    assert stray == []


@pytest.mark.parametrize(
    "name", ["Entry", "Refused", "NotAllowed", "Standing", "Outbox", "SENTIMENT_WORDS"]
)
def test_one_name_is_one_thing(root: Path, name: str) -> None:
    defined = re.compile(rf"^(?:class {name}\b|{name}\b[^=\n]*=)", re.MULTILINE)
    found = [
        str(file.relative_to(root))
        for package in PACKAGES
        for file in (root / package).rglob("*.py")
        if defined.search(file.read_text("utf-8"))
    ]
    assert len(found) <= 1, found


def test_threads_of_the_desk_are_loops(root: Path) -> None:
    """Work beside the pages says how it is doing and ends in order: `desk.ground.loops`. A poll, a
    file or a training that a person ordered is no loop; it ends by itself."""
    made = {
        str(file.relative_to(root))
        for file in (root / "desk").rglob("*.py")
        if re.search(r"\bThread\(", file.read_text("utf-8"))
    }
    assert made == {
        "desk/ground/loops.py",
        "desk/learning/teaching.py",
        "desk/setup/exports.py",
        "desk/sources/service.py",
    }


def first_line(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").split("\n")[0]

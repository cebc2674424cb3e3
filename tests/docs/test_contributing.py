"""docs/contributing.md, carried out on a copy of the tree; and what happens when a step is left out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = ("tests/cases", "tests/reporting", "tests/tables", "tests/desk/actions")
"""Copied too: tests find the configuration from where they stand."""
PACKAGES = ("huiyin", "cases", "classifiers", "sinks", "streams", "desk", "config")
MOST_FILES = 9
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

CHECKS = """
from pathlib import Path
import desk.actions.menu
from tests.desk.actions import test_registry
from tests.reporting import test_shipped_ledger
here = Path.cwd()
test_registry.test_every_action_that_people_are_offered_is_given_to_a_role(here)
test_shipped_ledger.test_a_column_stands_in_the_shipped_ledger_or_is_told_of(here)
"""
"""What the page says that names a missing step."""


class Change(NamedTuple):
    file: str
    before: str
    after: str


class Example(NamedTuple):
    changes: tuple[Change, ...]
    trial: str


def example(root: Path, heading: str) -> Example:
    page = (root / "docs" / "contributing.md").read_text("utf-8")
    section = page.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    blocks = BLOCK.findall(section)
    changes = tuple(read_change(text) for sort, text in blocks if sort == "diff")
    return Example(changes, "".join(text for sort, text in blocks if sort == "python"))


def read_change(block: str) -> Change:
    head, *lines = block.removesuffix("\n").split("\n")
    before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    return Change(head.removeprefix("--- "), before, after)


def changed_tree(root: Path, to: Path, changes: tuple[Change, ...]) -> Path:
    """The tree after these changes. What they leave alone is linked."""
    changed = {change.file.partition("/")[0] for change in changes}
    for name in (*changed, *TESTS, "config"):
        if not (to / name).exists():
            hidden = shutil.ignore_patterns("__pycache__")
            shutil.copytree(root / name, to / name, ignore=hidden)
    for name in {*PACKAGES, "docs"} - changed - {"config"}:
        (to / name).symlink_to(root / name)
    for change in changes:
        make(to / change.file, change)
    return to


def make(file: Path, change: Change) -> None:
    if not change.before:
        assert not file.exists(), f"{change.file} is there already"
        file.write_text(change.after, "utf-8")
        return
    text = file.read_text("utf-8")
    assert text.count(change.before) == 1, f"{change.file} does not hold once: {change.before}"
    file.write_text(text.replace(change.before, change.after), "utf-8")


def run(tree: Path, program: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


# -- an action -----------------------------------------------------------------

ACTION = "An action"
MISSING = (
    ("cases/record/commands.py", "(?:name|has no attribute) 'HoldHearing'"),
    ("cases/record/commands.py", "command HoldHearing has a rule, but is not in do.AnyCommand"),
    ("cases/record/events.py", "(?:name|has no attribute) 'HearingHeld'"),
    ("cases/record/events.py", "event HearingHeld has a rule, but is not in ev.EventBody"),
    ("cases/record/case.py", "name 'Hearing'"),
    ("cases/record/case.py", "has no attribute 'hearings'|no field `hearings`"),
    ("cases/privacy/visible_fields.py", "Case.hearings is not in cases/privacy/visible_fields.py"),
    ("cases/privacy/visible_fields.py", r"Hearing\.\w+ is not in cases/privacy/visible_fields.py"),
    ("cases/privacy/visible_fields.py", "HearingHeld.on is not in cases/privacy/visible_fields"),
    ("cases/privacy/visible_fields.py", "HearingHeld.opinion is not in cases/privacy/visible_fi"),
    ("cases/life/pressure.py", "name 'Hearing' is not defined"),
    ("cases/life/pressure.py", "no rule for command HoldHearing: write one with @decides"),
    ("cases/life/pressure.py", "no rule for event HearingHeld: write one with @applies"),
    ("desk/actions/pressure.py", "name 'day' is not defined"),
    ("desk/actions/pressure.py", "no word for command HoldHearing: register it with @form, plain"),
    ("desk/actions/pressure.py", "no sentence for event HearingHeld: write one with @sentence"),
    ("config/handling.toml", r"no role of \[may\] has {'hold_hearing'}"),
    ("cases/reporting/columns.py", "name '_hearings' is not defined"),
    ("cases/reporting/columns.py", "没有“hearings”这个栏目"),
    ("config/ledger.toml", r"neither in config/ledger.toml nor in docs/ledger.md: \['hearings'\]"),
)
"""Step by step: its file, and what is said when it is left out."""


@pytest.mark.slow
def test_the_action_works(root: Path, tmp_path: Path) -> None:
    action = example(root, ACTION)
    tree = changed_tree(root, tmp_path, action.changes)
    done = run(tree, CHECKS + action.trial)
    assert done.returncode == 0, done.stderr


def test_the_action_touches_few_files_and_the_page_lists_them(root: Path) -> None:
    files = list(dict.fromkeys(change.file for change in example(root, ACTION).changes))
    assert len(files) <= MOST_FILES
    page = (root / "docs" / "contributing.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)) >= set(files)
    assert [change.file for change in example(root, ACTION).changes] == [
        name for name, _ in MISSING
    ]


@pytest.mark.slow
@pytest.mark.parametrize("left_out", range(len(MISSING)))
def test_a_step_that_is_left_out_is_named(root: Path, tmp_path: Path, left_out: int) -> None:
    action = example(root, ACTION)
    tree = changed_tree(
        root, tmp_path, tuple(c for number, c in enumerate(action.changes) if number != left_out)
    )
    done = run(tree, CHECKS + action.trial)
    assert done.returncode != 0
    assert re.search(MISSING[left_out][1], done.stderr), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("file", dict.fromkeys(file for file, _ in MISSING))
def test_a_file_that_is_left_out_is_named(root: Path, tmp_path: Path, file: str) -> None:
    action = example(root, ACTION)
    tree = changed_tree(
        root, tmp_path, tuple(change for change in action.changes if change.file != file)
    )
    done = run(tree, CHECKS + action.trial)
    told = "|".join(pattern for name, pattern in MISSING if name == file)
    assert done.returncode != 0
    assert re.search(told, done.stderr), done.stderr


@pytest.mark.slow
def test_a_column_that_masks_nothing_is_named(root: Path, tmp_path: Path) -> None:
    action = example(root, ACTION)
    tree = changed_tree(root, tmp_path, action.changes)
    columns = tree / "cases" / "reporting" / "columns.py"
    masked = "CitizenText(hearing.opinion, by_office=True, short=True)"
    text = columns.read_text("utf-8")
    assert masked in text
    columns.write_text(text.replace(masked, "hearing.opinion"), "utf-8")
    done = run(tree, action.trial)
    assert "UnmaskedText: 台账栏目“公开听证”（hearings）" in done.stderr


# -- the shorter examples --------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("heading", ["A source adapter", "A report figure", "A deadline rule"])
def test_the_other_examples_work(root: Path, tmp_path: Path, heading: str) -> None:
    short = example(root, heading)
    assert short.changes
    done = run(changed_tree(root, tmp_path, short.changes), short.trial)
    assert done.returncode == 0, done.stderr


def test_an_adapter_without_its_row_is_named(root: Path, tmp_path: Path) -> None:
    adapter = example(root, "A source adapter")
    row = next(change for change in adapter.changes if '"json-mailbox": _json' in change.after)
    changes = tuple(change for change in adapter.changes if change is not row)
    done = run(changed_tree(root, tmp_path, changes), adapter.trial)
    assert "[source.county-mailbox] 键 adapter：找到 'json-mailbox'" in done.stderr


def test_a_figure_that_is_not_counted_is_named(root: Path, tmp_path: Path) -> None:
    figure = example(root, "A report figure")
    changes = tuple(change for change in figure.changes if "measures" in change.file)
    done = run(changed_tree(root, tmp_path, changes), figure.trial)
    assert "'Counts' object has no attribute 'accusations'" in done.stderr


def test_every_example_of_the_page_is_tried(root: Path) -> None:
    page = (root / "docs" / "contributing.md").read_text("utf-8")
    headings = re.findall(r"^## (.+?):", page, re.MULTILINE)
    assert headings == ["An action", "A source adapter", "A report figure", "A deadline rule"]
    assert all(example(root, heading).trial for heading in headings)

"""Rules are tested with tables of their own (`tests/tables`): whoever edits a shipped table, as
counties' wishes make us do every month, breaks no test of a rule. What ships is tested apart, in
modules named `test_shipped_*`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RULES = ("tests/cases", "tests/classifiers", "tests/reporting")
"""Tests of rules. Of the last, what calls the command line runs a whole desk."""
WHOLE_DESK = "tests/reporting/test_cli.py"
PACKAGES = ("huiyin", "cases", "classifiers", "sinks", "streams", "desk", "benchmarks", "docs")

NUMBER = re.compile(r"(?m)^(\s*[\w-]+ = )(\d+)\b")
LIST = re.compile(r'\[(\s*)"[^"\n]*",\s*(?=")')
SWITCH = re.compile(r"(?m)^(\s*[\w-]+ = )(true|false)\b")
NOTHING = re.compile(r'(?m)^(\s*[\w-]+ = )""')
ROW = re.compile(r"(?m)^\[\[\w+\]\]\n")


def edited(text: str) -> str:
    """Every number is one more, every list lacks its first word, every switch is turned, and
    the last row is off."""
    text = NUMBER.sub(lambda found: f"{found[1]}{int(found[2]) + 1}", text)
    text = LIST.sub(r"[\1", text)
    text = SWITCH.sub(lambda found: found[1] + {"true": "false", "false": "true"}[found[2]], text)
    rows = list(ROW.finditer(text))
    if not rows:
        return text
    end = rows[-1].end()
    row = text[end:]
    return text[:end] + "disabled = true\n" + re.sub(r"(?m)^disabled = .*\n", "", row)


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    """The tree with every shipped table edited."""
    for name in PACKAGES:
        (tmp_path / name).symlink_to(root / name)
    hidden = shutil.ignore_patterns("__pycache__")
    for name in ("config", "tests"):
        shutil.copytree(root / name, tmp_path / name, ignore=hidden)
    shutil.copy(root / "pyproject.toml", tmp_path)
    for table in (tmp_path / "config").glob("*.toml"):
        before = table.read_text("utf-8")
        after = edited(before)
        if after == before:  # a table in which an office writes what is its own
            after = NOTHING.sub(r'\1"改"', before)
        table.write_text(after, "utf-8")
        assert table.read_text("utf-8") != before, table.name
    return tmp_path


def run_pytest(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-p", "no:cacheprovider", "--hypothesis-profile=fast", "--tb=line")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_edited_table_breaks_no_test_of_a_rule_and_those_of_what_ships(tree: Path) -> None:
    marks = "not slow and not no_cover and not integration and not browser"
    of_rules = run_pytest(
        tree, "-m", marks, "--ignore-glob=*test_shipped_*", f"--ignore={WHOLE_DESK}", *RULES
    )
    assert of_rules.returncode == 0, of_rules.stdout[-5000:]
    shipped = run_pytest(tree, "tests/cases/clocks/test_shipped_deadlines.py")
    assert shipped.returncode == 1, "the tables were not edited, or are read elsewhere"


def test_no_test_of_a_rule_names_what_ships(root: Path) -> None:
    names = re.compile(r'\bCONFIG\b|root / "config')
    allowed = {root / "tests/cases/helpers.py"}
    reads = [
        str(file.relative_to(root))
        for folder in RULES
        for file in (root / folder).rglob("*.py")
        if not file.name.startswith("test_shipped_")
        and file not in allowed
        and names.search(file.read_text("utf-8"))
    ]
    assert not reads, "name the module test_shipped_*, or use the tables of tests/tables"

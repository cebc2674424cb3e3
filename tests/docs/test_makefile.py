"""The README's two commands, the Makefile and CI say the same."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

READMES = ("README.md", "README.zh-CN.md")
FLOOR = 95.0
"""Percent of the rules and the ground that `make coverage` asks for at least."""
_TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _targets(root: Path) -> set[str]:
    return set(_TARGET.findall((root / "Makefile").read_text("utf-8")))


def _shell_lines(page: Path) -> list[str]:
    return [
        line for block in _SHELL.findall(page.read_text("utf-8")) for line in block.splitlines()
    ]


@pytest.mark.parametrize("readme", READMES)
def test_readme_has_the_two_commands(root: Path, readme: str) -> None:
    lines = _shell_lines(root / readme)
    assert "make run" in lines
    assert "make test" in lines


def test_ci_runs_the_test_command_of_the_readme(root: Path) -> None:
    steps = (root / ".ci" / "run").read_text("utf-8").splitlines()
    assert "make test" in steps
    assert "export CI=true" in "\n".join(steps)


def test_ci_holds_the_floor_of_the_coverage(root: Path) -> None:
    assert "make coverage" in (root / ".ci" / "run").read_text("utf-8").splitlines()
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["coverage"]
    assert settings["run"]["branch"]
    assert settings["run"]["source"] == ["cases", "huiyin"]
    assert settings["report"]["fail_under"] >= FLOOR


def test_every_make_command_in_the_documentation_exists(root: Path, pages: list[Path]) -> None:
    unknown = [
        f"{page.relative_to(root)}: make {target}"
        for page in pages
        for target in re.findall(
            r"(?:^|`)make ([a-z][a-z-]*)", page.read_text("utf-8"), re.MULTILINE
        )
        if target not in _targets(root)
    ]
    assert unknown == []


def test_make_help_lists_every_target(root: Path) -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    described = {line.split()[1] for line in shown.splitlines() if len(line.split()) > 2}
    assert described == _targets(root)


def test_every_target_is_phony(root: Path) -> None:
    """A folder `docs` or `test` must never make a target look done."""
    makefile = (root / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == _targets(root)

"""docs/commands.md describes the whole command line, and docs/configuration.md every variable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import typer.main

_PACKAGES = ("huiyin", "cases", "classifiers", "streams", "sinks", "desk")
_HEADING = re.compile(r"^#+ `(huiyin [^`]+)`$", re.MULTILINE)


def _commands() -> Iterator[tuple[str, set[str]]]:
    """Each command's full name with its long options, groups walked through."""
    from desk.app.cli import app

    todo = [("huiyin", typer.main.get_command(app))]
    while todo:
        name, command = todo.pop()
        if children := getattr(command, "commands", None):
            todo += [(f"{name} {child}", it) for child, it in children.items() if not it.hidden]
            continue
        options = {
            option
            for parameter in command.params
            if not getattr(parameter, "hidden", False)
            for option in parameter.opts
            if option.startswith("--") and option != "--help"
        }
        yield name, options


def _sections(root: Path) -> dict[str, str]:
    text = (root / "docs" / "commands.md").read_text("utf-8")
    parts = _HEADING.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_and_option_is_documented(root: Path) -> None:
    sections = _sections(root)
    missing = []
    for name, options in _commands():
        if name not in sections:
            missing.append(f"## `{name}`")
            continue
        missing += [f"{name} {option}" for option in options if option not in sections[name]]
    assert sorted(missing) == []


def test_no_documented_command_is_made_up(root: Path) -> None:
    assert set(_sections(root)) - {name for name, _ in _commands()} == set()


def test_every_environment_variable_is_documented(root: Path, files: list[Path]) -> None:
    page = (root / "docs" / "configuration.md").read_text("utf-8")
    used = {
        name
        for path in files
        if path.suffix == ".py" and path.relative_to(root).parts[0] in _PACKAGES
        for name in re.findall(r"\bHUIYIN_[A-Z_]+", path.read_text("utf-8"))
    }
    assert sorted(name for name in used if f"`{name}" not in page) == []

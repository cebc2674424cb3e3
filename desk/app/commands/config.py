"""`huiyin config`: what counts and where it stands, whether it is right, what is asked to count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from desk.doctor.tables import wrong_tables
from desk.ground import production
from desk.ground.configuration import LAYOUTS, Configuration, Value
from desk.ground.settings import Settings, SettingsError
from huiyin.extensions import Extension


class Line(Struct, frozen=True):
    """One value as it counts."""

    table: str
    name: str
    value: object
    file: str
    line: int
    """From 1."""
    local: bool
    """From the overlay."""


class Checked(Struct, frozen=True):
    number: str
    """Empty where there are problems."""
    files: int
    local: int
    """Values that the overlay sets."""
    problems: tuple[str, ...]


def shown(configuration: Configuration, names: Sequence[str]) -> list[Line]:
    """Every value of these tables. Raises `ConfigurationError`."""
    return [
        Line(
            table=name,
            name=value.name,
            value=value.value,
            file=value.place.file,
            line=value.place.line,
            local=_local(configuration, value),
        )
        for name in names
        for value in configuration.values(name)
    ]


def check(settings: Settings) -> Checked:
    """Every problem of every table."""
    configuration = settings.configuration
    problems = tuple(wrong_tables(settings))
    if problems:
        return Checked("", len(LAYOUTS), 0, problems)
    local = sum(
        _local(configuration, value) for name in LAYOUTS for value in configuration.values(name)
    )
    return Checked(configuration.number, len(LAYOUTS), local, ())


def reload(settings: Settings) -> str:
    """The checked configuration becomes the one that the running processes are to use. Gives its
    number. Raises `SettingsError`, `LogDown`, `LogError`."""
    checked = check(settings)
    if checked.problems:
        raise SettingsError("\n".join(checked.problems))
    production.ask_all(settings, checked.number)
    return checked.number


def of_packages(added: Sequence[Extension]) -> Iterator[str]:
    """What installed packages add, in the manner of `listed`."""
    if added:
        yield "扩展包"
    for one in added:
        yield f"  {one.group} {one.name} = {one.known_as}"
        if one.problem:
            yield f"    {one.problem}"


def listed(lines: Sequence[Line]) -> Iterator[str]:
    table = ""
    for line in lines:
        if line.table != table:
            table = line.table
            yield f"# {table}"
        mark = "（本地）" if line.local else ""
        yield f"{line.name} = {_written(line.value)}    # {mark}{line.file} 第 {line.line} 行"


_LONGEST: Final = 60


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……"


def _local(configuration: Configuration, value: Value) -> bool:
    overlay = configuration.overlay
    return overlay is not None and Path(value.place.file).is_relative_to(overlay)

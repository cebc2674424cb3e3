"""One configuration file as it is written: its values, and the line of each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

Steps = tuple[str | int, ...]
"""Names of tables and keys from the outside in; a number is a row of an array, from 0."""


class ConfigurationError(Exception):
    """A configuration that cannot be used; the text is plain Chinese, one line per problem."""


class Lines:
    """The lines of one text, counted when one is first asked for: few values are ever asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _numbers(self) -> dict[Steps, int]:
        return line_numbers(self._text)

    def of(self, steps: Steps) -> int:
        """The line of what stands there, or of what it stands in; 0 for the file."""
        numbers = self._numbers
        while steps and steps not in numbers:
            steps = steps[:-1]
        return numbers.get(steps, 0)


class Place(NamedTuple):
    """Where something is written."""

    file: str
    steps: Steps = ()
    lines: Lines | None = None

    @property
    def line(self) -> int:
        """From 1; 0 for a file as a whole."""
        return self.lines.of(self.steps) if self.lines else 0

    def __str__(self) -> str:
        line = self.line
        return f"{self.file} 第 {line} 行" if line else self.file


class Located(NamedTuple):
    """A value and its place. Tables are `dict[str, Located]`; arrays whose items are all tables
    are `list[Located]`; everything else is the value that TOML gives."""

    value: object
    place: Place


def read_document(path: Path) -> Located:
    """The file, every value with its place. Raises `ConfigurationError`."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(
            f"读不到配置文件 {path}：{error.strerror}。请检查文件是否存在、是否可读，"
            "以及 HUIYIN_CONFIG、HUIYIN_OVERLAY。"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"配置文件 {path} 应为 UTF-8 编码，第 {error.start} 字节不是。请用 UTF-8 另存。"
        ) from error
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax(path, str(error))) from error
    return _located(tree, Place(str(path), (), Lines(text)))


def _located(value: object, place: Place) -> Located:
    def inner(step: str | int, each: object) -> Located:
        return _located(each, place._replace(steps=(*place.steps, step)))

    if isinstance(value, Mapping):
        return Located({key: inner(key, each) for key, each in value.items()}, place)
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        return Located([inner(number, each) for number, each in enumerate(value)], place)
    return Located(value, place)


_POSITION: Final = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")


def _syntax(path: Path, message: str) -> str:
    found = _POSITION.search(message)
    where = f"第 {found[1]} 行第 {found[2]} 列" if found and found[1] else "文件末尾"
    said = _POSITION.sub("", message).strip()
    return (
        f"配置文件 {path} 不是合法的 TOML：{where}读不下去（{said}）。"
        "请检查引号、括号、等号是否成对，同一个键是否写了两次。"
    )


# -- lines ---------------------------------------------------------------------

_TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''.*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}=\n]"
    r"|[^\[\]{}=\n\"'\#]+",
    re.DOTALL,
)
_OPENING, _CLOSING = ("[", "{"), ("]", "}")


class _Statement(NamedTuple):
    head: str
    """`[table]`, `[[array]]`, or the key before the equals sign."""
    line: int


def line_numbers(text: str) -> dict[Steps, int]:
    """The line of every table header and key of a text that is valid TOML. What stands inside
    a value has no line of its own."""
    lines: dict[Steps, int] = {}
    rows: dict[Steps, int] = {}
    table: Steps = ()
    for head, line in _statements(text):
        if head.startswith("[["):
            keys = _keys(head.strip("[] "))
            array = _resolved(keys, rows)
            rows[array] = rows.get(array, -1) + 1
            table = (*array, rows[array])
            lines.setdefault(array, line)
        elif head.startswith("["):
            keys = _keys(head.strip("[] "))
            table = _resolved(keys, rows)
        else:
            keys = _keys(head)
            lines.setdefault((*table, *keys), line)
            for n in range(1, len(keys)):
                lines.setdefault((*table, *keys[:n]), line)
            continue
        lines.setdefault(table, line)
    return lines


def _statements(text: str) -> Iterator[_Statement]:
    head, begun, line, depth, in_value = "", 1, 1, 0, False
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part == "\n" and not depth:
            if head.strip().startswith("["):
                yield _Statement(head.strip(), begun)
            head, in_value = "", False
        elif part.startswith("#"):
            continue
        elif in_value:
            depth += (part in _OPENING) - (part in _CLOSING)
        elif part == "=" and not head.strip().startswith("["):
            yield _Statement(head.strip(), begun)
            in_value = True
        elif part != "\n":
            begun = begun if head.strip() else line
            head += part
        line += part.count("\n")
    if head.strip().startswith("[") and not in_value:
        yield _Statement(head.strip(), begun)


def _keys(dotted: str) -> tuple[str, ...]:
    """`a."b c".d` as its names."""
    found: list[str] = []
    node: object = tomllib.loads(f"{dotted} = 0")
    while isinstance(node, dict):
        ((key, node),) = node.items()
        found.append(key)
    return tuple(found)


def _resolved(keys: tuple[str, ...], rows: Mapping[Steps, int]) -> Steps:
    """The names as a path: below an array, its last row is meant."""
    path: Steps = ()
    for n, key in enumerate(keys):
        path = (*path, key)
        if path in rows and n + 1 < len(keys):
            path = (*path, rows[path])
    return path

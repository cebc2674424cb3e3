"""A configuration file changed by the program: what people wrote around the change stays.

Each function takes the text of a TOML file and gives the changed one. The result is read again: it
holds what was asked for and nothing else is different. Where a file is written in a way that a
change of single lines would not be safe, the whole file is written anew, without its comments.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime, time
from typing import Any, Final

from huiyin.configuration.document import Steps, line_numbers

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONG: Final = 88

Tree = dict[str, Any]


def with_keys(text: str, keys: Mapping[str, object]) -> str:
    """The file with these keys of its top level; None takes a key away. Raises
    `tomllib.TOMLDecodeError` for a text that is no TOML."""
    wanted = _changed(tomllib.loads(text), keys)
    lines = text.splitlines()
    for key, value in keys.items():
        numbers = line_numbers("\n".join(lines))
        line = numbers.get((key,), 0)
        new = [] if value is None else [f"{_key(key)} = {written(value)}"]
        if line:
            lines[line - 1 : line] = new
        else:
            heads = [n for steps, n in numbers.items() if _is_head(lines[n - 1], steps)]
            at = min(heads, default=len(lines) + 1) - 1
            while at and lines[at - 1].lstrip().startswith("#"):
                at -= 1  # what is said above a table is about it
            while at and not lines[at - 1].strip():
                at -= 1
            gap = [""] if new and at < len(lines) and lines[at].strip() else []
            lines[at:at] = [*new, *gap]
    return _checked("\n".join(lines) + "\n", wanted)


def with_row(text: str, array: str, key: str, row: Mapping[str, object]) -> str:
    """The file with this row of `[[array]]`, known by the value of its `key`. Where there is one,
    the keys of `row` take the places of its own and its others stay; None takes a key away.
    Raises `tomllib.TOMLDecodeError`."""
    wanted = tomllib.loads(text)
    rows = wanted.setdefault(array, [])
    at = next((n for n, each in enumerate(rows) if each.get(key) == row[key]), None)
    if at is None:
        rows.append(_changed({}, row))
        return _checked(_appended(text, [f"[[{array}]]", *_body((array,), rows[-1])]), wanted)
    rows[at] = _changed(rows[at], row)
    block = [f"[[{array}]]", *_body((array,), rows[at])]
    return _checked(_replaced(text, (array, at), block), wanted)


def without_row(text: str, array: str, key: str, row_id: str) -> str:
    """The file without the row of `[[array]]` whose `key` has this value; as it is where there is
    none. Raises `tomllib.TOMLDecodeError`."""
    wanted = tomllib.loads(text)
    rows = wanted.get(array, [])
    at = next((n for n, each in enumerate(rows) if str(each.get(key)) == row_id), None)
    if at is None:
        return text
    del rows[at]
    if not rows:
        del wanted[array]
    return _checked(_replaced(text, (array, at), []), wanted)


def with_table(text: str, path: Sequence[str], table: Mapping[str, object]) -> str:
    """The file with this whole table `[a]` or `[a.b]`; without it where it is empty. Raises
    `tomllib.TOMLDecodeError`."""
    wanted = tomllib.loads(text)
    *outer, name = path
    around: Any = wanted
    for step in outer:
        around = around.setdefault(step, {})
    known = name in around
    around[name] = _changed({}, table)
    title = ".".join(map(_key, path))
    block = [f"[{title}]", *_body(tuple(path), around[name])] if around[name] else []
    if not block:
        del around[name]
        wanted = {key: value for key, value in wanted.items() if value or key not in outer}
    new = _replaced(text, tuple(path), block) if known else _appended(text, block)
    return _checked(new if known or block else text, wanted)


def toml_text(tree: Mapping[str, object]) -> str:
    """A whole file."""
    return "\n".join(_body((), tree)).strip("\n") + "\n"


def written(value: object) -> str:
    """One value as TOML has it. Raises `TypeError` for what it has not."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            # JSON's escapes are TOML's, but for the last control character.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            inner = ", ".join(f"{_key(k)} = {written(v)}" for k, v in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case Sequence():
            return f"[{', '.join(map(written, value))}]"
        case _:
            raise TypeError(type(value))


def _body(path: tuple[str, ...], table: Mapping[str, object]) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if _is_table(value)}
    rows = {key: value for key, value in table.items() if not path and _is_rows(value)}
    for key, value in table.items():
        if key in inner or key in rows:
            continue
        line = f"{_key(key)} = {written(value)}"
        if len(line) > _LONG and isinstance(value, list):
            yield f"{_key(key)} = ["
            yield from (f"    {written(each)}," for each in value)
            yield "]"
        else:
            yield line
    for key, value in inner.items():
        steps = (*path, key)
        yield ""
        yield f"[{'.'.join(map(_key, steps))}]"
        yield from _body(steps, value)  # type: ignore[arg-type]
    for key, value in rows.items():
        for row in value:  # type: ignore[attr-defined]
            yield ""
            yield f"[[{_key(key)}]]"
            yield from _body((key,), row)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(x, Mapping) for x in value)


def _changed(table: Mapping[str, object], keys: Mapping[str, object]) -> Tree:
    new = {**deepcopy(dict(table)), **{k: _plain(v) for k, v in keys.items()}}
    return {key: value for key, value in new.items() if value is not None}


def _plain(value: object) -> object:
    """Tuples as TOML reads them again."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple | list) else value


def _appended(text: str, block: Sequence[str]) -> str:
    before = text.rstrip("\n")
    return (f"{before}\n\n" if before else "") + "\n".join(block) + "\n"


def _replaced(text: str, path: Steps, block: Sequence[str]) -> str:
    """The text with other lines for what stands at `path`, up to the next thing that does not
    belong to it and the comments above that."""
    lines, numbers = text.splitlines(), line_numbers(text)
    first = numbers.get(path, 0)
    others = [n for steps, n in numbers.items() if n > first and steps[: len(path)] != path]
    end = min(others, default=len(lines) + 1) - 1
    while end > first and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    lines[max(first - 1, 0) : end] = block
    return "\n".join(lines) + "\n"


def _checked(text: str, wanted: Tree) -> str:
    try:
        found: object = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        found = None
    return text if found == wanted else toml_text(wanted)


def _is_head(line: str, steps: Steps) -> bool:
    return bool(steps) and line.lstrip().startswith("[")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else written(key)

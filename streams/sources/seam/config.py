"""config/sources.toml: which doors exist and how each is set up.

[source.NAME]            NAME is part of every case id, so it stays for ever
adapter = "table-file"   one of `streams.sources.registry.ADAPTERS`
channel = "12345热线"     the office's name of the door
[source.NAME.options]    what the adapter needs; the adapter's own model checks it
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from streams.sources.seam.base import SourceError

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Settings(BaseModel):
    """Base of every settings table: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(Settings):
    adapter: str = Field(min_length=1)
    channel: str = Field(min_length=1)
    enabled: bool = True
    poll_minutes: float = Field(default=15.0, ge=0.05, le=1440)
    """How long to wait between two polls of a pulled source."""
    options: dict[str, object] = Field(default_factory=dict)
    health: dict[str, object] = Field(default_factory=dict)


class SourceEntry(_Entry):
    """One `[source.NAME]` table. `options` is checked by the adapter (`read_options`),
    `health` by `streams.sources.seam.health`."""

    name: str
    file: str
    """The config file it came from, for error messages."""


Model = TypeVar("Model", bound=BaseModel)


def load_sources(path: Path) -> dict[str, SourceEntry]:
    """The entries of `path` by name, in the file's order. Raises `SourceError`."""
    try:
        tree = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise SourceError(
            f"读不到来源配置 {path}：{error.strerror}。请检查文件是否存在、是否可读"
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"来源配置 {path} 应为 UTF-8 编码，第 {error.start} 字节不是。请用 UTF-8 另存"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"来源配置 {path} 不是合法的 TOML：{error}") from error
    tables = tree.pop("source", {})
    if tree:
        raise SourceError(f"{path}：不认识的表 {'、'.join(tree)}。应为 [source.名称]，请改名或删除")
    if not isinstance(tables, dict) or not tables:
        raise SourceError(f"{path}：没有任何来源。应至少有一个 [source.名称] 表")
    return {name: _entry(str(path), name, table) for name, table in tables.items()}


def _entry(file: str, name: str, table: object) -> SourceEntry:
    if _NAME.fullmatch(name) is None:
        raise SourceError(
            f"{file} 表 [source.{name}]：名称应由小写字母、数字、“-”“_”组成（最长 64 个），"
            "因为它是案件编号的一部分"
        )
    if not isinstance(table, dict):
        raise SourceError(f"{file}：source.{name} 应为一个表 [source.{name}]，实际是 {table!r}")
    entry = read_settings(_Entry, table, file, f"source.{name}")
    return SourceEntry(name=name, file=file, **entry.model_dump())


def read_options(entry: SourceEntry, model: type[Model]) -> Model:
    """The entry's options as the adapter's own model. Raises `SourceError`."""
    return read_settings(model, entry.options, entry.file, f"source.{entry.name}.options")


def read_settings(model: type[Model], table: Mapping[str, object], file: str, name: str) -> Model:
    """`table` as a `model`; the error names file, table, key, found, expected, remedy."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        lines = "\n".join(_line(problem, file, name, model) for problem in error.errors())
        raise SourceError(lines) from error


_EXPECTED: Final = {
    "string_type": "字符串（加引号）",
    "int_type": "整数",
    "float_type": "数字",
    "bool_type": "true 或 false",
    "list_type": "列表 [ ... ]",
    "tuple_type": "列表 [ ... ]",
    "frozen_set_type": "列表 [ ... ]",
    "set_type": "列表 [ ... ]",
    "dict_type": "一个表",
    "model_type": "一个表",
    "string_too_short": "非空字符串",
    "too_short": "至少一项",
}


def _line(problem: ErrorDetails, file: str, name: str, model: type[BaseModel]) -> str:
    # pydantic appends "[key]" when the key of a dict, not its value, is at fault.
    steps = [str(step) for step in problem["loc"] if step != "[key]"]
    key, table = (steps[-1], ".".join([name, *steps[:-1]])) if steps else ("", name)
    where = f"{file} 表 [{table}]" + (f" 键 {key}" if key else "")
    kind = problem["type"]
    context = problem.get("ctx", {})
    if kind == "extra_forbidden":
        known = "、".join(sorted(model.model_fields)) if len(steps) == 1 else ""
        hint = f"可用的键：{known}。" if known else ""
        return f"{where}：不认识这个键（值 {problem['input']!r}）。{hint}请改名或删除"
    if kind == "missing":
        return f"{where}：缺少这个必填的键，请补上"
    if kind == "value_error":
        return f"{where}：{context.get('error', problem['msg'])}"
    if kind in ("literal_error", "enum"):
        expected = f"以下之一：{context.get('expected', '')}"
    elif kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        expected = "、".join(f"{bound} {limit}" for bound, limit in context.items())
        expected = expected.replace("gt ", "大于 ").replace("ge ", "不小于 ")
        expected = expected.replace("lt ", "小于 ").replace("le ", "不大于 ")
    else:
        expected = _EXPECTED.get(kind, problem["msg"])
    return f"{where}：找到 {problem['input']!r}，应为{expected}。请改正后重试"

"""A parsed table as the value a program works with, checked by pydantic: strict about types and
names, all problems at once, in Chinese, each with file, line, what was found and expected.

A table's shape is declared once, as a frozen msgspec Struct or a pydantic model. For a Struct the
schema that pydantic checks by is derived from the declaration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, time
from functools import lru_cache
from typing import Final, TypeVar

import msgspec
from msgspec import Struct, inspect
from pydantic import BaseModel, ValidationError
from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    PydanticCustomError,
    SchemaValidator,
    core_schema,
)

from huiyin.configuration.overlay import nearest
from huiyin.configuration.table import where

T = TypeVar("T", bound=Struct | BaseModel)


def read_table(
    shape: type[T],
    table: Mapping[str, object],
    file: str,
    wrong: type[Exception],
    *,
    at: tuple[str, ...] = (),
    secret: bool = False,
) -> T:
    """`table` as a `shape`. Raises `wrong`.

    `file`: named in errors of a table that does not know its lines. `at`: where the table stands
    in the file. `secret`: errors leave out the values found.
    """
    try:
        if issubclass(shape, BaseModel):
            return shape.model_validate(dict(table))
        found = _validator(shape).validate_python(dict(table))
    except ValidationError as error:
        problems = error.errors(include_url=False)
        lines = [_line(each, shape, table, file, at, secret=secret) for each in problems]
        raise wrong("\n".join(dict.fromkeys(lines))) from None
    try:
        return msgspec.convert(found, shape)
    except msgspec.ValidationError as error:  # what only msgspec knows of the type
        raise wrong(f"{where(table, file)}：{error}。请改正后重试") from None


# -- what pydantic checks a Struct by ------------------------------------------


@lru_cache
def _validator(shape: type[Struct]) -> SchemaValidator:
    return SchemaValidator(_schema(inspect.type_info(shape)))


def _schema(kind: inspect.Type) -> CoreSchema:  # noqa: C901, PLR0911, PLR0912  (one case per type)
    match kind:
        case inspect.Metadata():
            return _schema(kind.type)
        case inspect.StructType():
            return core_schema.typed_dict_schema(
                {
                    field.encode_name: core_schema.typed_dict_field(
                        _schema(field.type), required=field.required
                    )
                    for field in kind.fields
                },
                extra_behavior="forbid" if kind.forbid_unknown_fields else "ignore",
            )
        case inspect.StrType():
            return core_schema.str_schema(
                strict=True,
                min_length=kind.min_length,
                max_length=kind.max_length,
                pattern=kind.pattern,
            )
        case inspect.BoolType():
            return core_schema.bool_schema(strict=True)
        case inspect.IntType():
            return core_schema.int_schema(
                strict=True, ge=kind.ge, gt=kind.gt, le=kind.le, lt=kind.lt
            )
        case inspect.FloatType():
            return core_schema.float_schema(
                strict=True, ge=kind.ge, gt=kind.gt, le=kind.le, lt=kind.lt
            )
        case inspect.DateType():
            return core_schema.no_info_plain_validator_function(_day)
        case inspect.TimeType():
            return core_schema.no_info_plain_validator_function(_time)
        case inspect.EnumType():
            return core_schema.enum_schema(kind.cls, list(kind.cls))
        case inspect.LiteralType():
            return core_schema.literal_schema(list(kind.values))
        case inspect.NoneType():
            return core_schema.none_schema()
        case inspect.UnionType():
            choices = [
                _schema(each) for each in kind.types if not isinstance(each, inspect.NoneType)
            ]
            return choices[0] if len(choices) == 1 else _one_of(choices)
        case inspect.TupleType():
            return core_schema.tuple_schema([_schema(each) for each in kind.item_types])
        case inspect.CollectionType():
            return core_schema.list_schema(
                _schema(kind.item_type), min_length=kind.min_length, max_length=kind.max_length
            )
        case inspect.DictType():
            return core_schema.dict_schema(_schema(kind.key_type), _schema(kind.value_type))
        case _:
            return core_schema.any_schema()


def _one_of(choices: Sequence[CoreSchema]) -> CoreSchema:
    """One error for all branches: what a person wrote is wrong once."""
    expected = "，或".join(map(_branch, choices))
    return core_schema.union_schema(
        list(choices),
        custom_error_type="one_of",
        custom_error_message="one_of",
        custom_error_context={"expected": expected},
    )


def _branch(choice: CoreSchema) -> str:
    if choice["type"] == "enum":
        return f"以下之一：{'、'.join(str(each.value) for each in choice['members'])}"
    if choice["type"] == "literal":
        return f"以下之一：{'、'.join(map(str, choice['expected']))}"
    return {"str": "非空字符串", "list": "这样的词的列表", "int": "整数"}.get(choice["type"], "")


def _day(value: object) -> object:
    # A TOML date-time is a datetime, which is a date for isinstance.
    if type(value) is date:
        return value
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise PydanticCustomError("date_type", "date")


def _time(value: object) -> object:
    if isinstance(value, time):
        return value
    if isinstance(value, str):
        with suppress(ValueError):
            return time.fromisoformat(value)
    raise PydanticCustomError("time_type", "time")


# -- what an error says --------------------------------------------------------

_EXPECTED: Final = {
    "string_type": "字符串（加引号）",
    "int_type": "整数",
    "int_from_float": "整数",
    "float_type": "数字",
    "bool_type": " true 或 false",
    "bool_parsing": " true 或 false",
    "int_parsing": "整数",
    "float_parsing": "数字",
    "list_type": "列表 [ ... ]",
    "tuple_type": "列表 [ ... ]",
    "frozen_set_type": "列表 [ ... ]",
    "set_type": "列表 [ ... ]",
    "dict_type": "一个表",
    "model_type": "一个表",
    "string_too_short": "非空字符串",
    "too_short": "至少一项",
    "date_type": "日期（如 2027-01-01，不加引号）",
    "time_type": "时间（如 08:30）",
}
"""What was expected, by pydantic's name of the error."""
_LONGEST: Final = 80
"""Characters of a value that an error repeats."""


def _line(
    problem: ErrorDetails,
    shape: type[object],
    table: Mapping[str, object],
    file: str,
    at: tuple[str, ...],
    *,
    secret: bool,
) -> str:
    # pydantic appends "[key]" when the key of a dict, not its value, is at fault, and names the
    # branches of a union.
    path = [step for step in problem["loc"] if step != "[key]"]
    steps, key = _key(path)
    name = ".".join([*at, *_names(table, steps)])
    title = f" 表 [{name}]" if name else ""
    place = f"{where(table, file, *path)}{title}" + (f" 键 {key}" if key else "")
    kind, context = problem["type"], problem.get("ctx", {})
    found = "" if secret else _short(problem["input"])
    if kind == "extra_forbidden":
        known = sorted(_known(shape, steps))
        hint = f"可用的键：{'、'.join(known)}。" if known else ""
        close = nearest(key, known)
        meant = f"{close}。" if known and close.startswith("相近") else ""
        value = "" if secret else f"（值 {found}）"
        return f"{place}：不认识这个键{value}。{meant}{hint}请改名或删除"
    if kind == "missing":
        return f"{place}：缺少这个必填的键，请补上"
    if kind == "value_error":
        return f"{place}：{context.get('error', problem['msg'])}"
    return (
        f"{place}：找到 {found}，应为{_expected(kind, context, problem['msg'])}。请改正后重试"
        if (not secret)
        else f"{place}：应为{_expected(kind, context, problem['msg'])}。请改正后重试"
    )


def _expected(kind: str, context: Mapping[str, object], message: str) -> str:
    if kind in ("literal_error", "enum"):
        return f"以下之一：{context.get('expected', '')}".replace(" or ", "、").replace(", ", "、")
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        words = {"gt": "大于", "ge": "不小于", "lt": "小于", "le": "不大于"}
        return "、".join(f"{words[bound]} {limit}" for bound, limit in context.items())
    if kind == "string_too_short" and context.get("min_length", 1) != 1:
        return f"至少 {context['min_length']} 个字的字符串"
    if kind == "one_of":
        return str(context.get("expected"))
    if kind == "string_pattern_mismatch":
        return f"符合 {context.get('pattern')} 的字符串"
    return _EXPECTED.get(kind, message)


def _key(path: Sequence[str | int]) -> tuple[Sequence[str | int], str]:
    """The table that a problem stands in, and its key; an item of a list is said with the key
    of the list, a row of an array is a table."""
    steps, items = list(path), ""
    while steps and isinstance(steps[-1], int):
        items = f" 第 {int(steps.pop()) + 1} 项{items}"
    return (steps[:-1], f"{steps[-1]}{items}") if steps else ((), "")


def _names(table: object, steps: Sequence[str | int]) -> Iterator[str]:
    """The steps as people read them, rows with what they are known by."""
    for step in steps:
        inner = table.get(step) if isinstance(table, Mapping) else None
        if isinstance(table, Sequence) and isinstance(step, int):
            inner = table[step]
        known = [
            key for key in ("id", "name", "key") if isinstance(inner, Mapping) and key in inner
        ]
        named = f"（{known[0]} = {inner[known[0]]}）" if known and isinstance(step, int) else ""  # type: ignore[index]
        yield f"第 {step + 1} 项{named}" if isinstance(step, int) else step
        table = inner


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……"


def _known(shape: type[object], steps: Sequence[str | int]) -> list[str]:
    """The keys that a table may have; none where that cannot be told."""
    if issubclass(shape, BaseModel):
        return [] if steps else list(shape.model_fields)
    kind: inspect.Type = inspect.type_info(shape)
    for step in steps:
        kind = _inner(kind, step)
    return (
        [field.encode_name for field in kind.fields] if isinstance(kind, inspect.StructType) else []
    )


def _inner(kind: inspect.Type, step: str | int) -> inspect.Type:
    match kind:
        case inspect.Metadata():
            return _inner(kind.type, step)
        case inspect.UnionType():
            return _inner(kind.types[0], step)
        case inspect.StructType():
            named = (field.type for field in kind.fields if field.encode_name == step)
            return next(named, inspect.AnyType())
        case inspect.DictType():
            return kind.value_type
        case inspect.CollectionType():
            return kind.item_type
        case _:
            return inspect.AnyType()

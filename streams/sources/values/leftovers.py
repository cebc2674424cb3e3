"""What a source says and no field takes: kept under the source's own names, and said.

A value is named by its dotted path (`order.contact.0.note`), as a field map would name it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from msgspec import Struct

from cases.privacy.masking import mask_column
from cases.record.item import Note
from huiyin.net.json_values import Json, as_text, plain_key

MOST_VALUES: Final = 300
MOST_CHARACTERS: Final = 200_000
"""The most leftovers of one message; a letter's own text has no limit but that of its door."""
_IN_NOTE: Final = 40
_SHOWN: Final = 60
_NAMED: Final = 5
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_WORDS: Final = re.compile(r"[^\W\d_]{2,}[\s,.;:!?'’-]+[^\W\d_]{2,}")
_LONG_NUMBER: Final = re.compile(r"(\d\d)\d{3,}")


class Kept(Struct, frozen=True):
    values: dict[str, str]
    """By name, as long as they fit."""
    notes: tuple[Note, ...]
    """Says what did not fit."""


class Used:
    """Which paths of a record a reader took; names match as `json_values.find` matches them."""

    def __init__(self, ignored: Iterable[str]) -> None:
        """`ignored`: names that are not kept, wherever they stand, or paths."""
        self._ignored = {_plain_path(name) for name in ignored}
        self._taken: set[str] = set()

    def take(self, path: str) -> None:
        """The path, and everything below it."""
        self._taken.add(_plain_path(path))

    def release(self, path: str) -> None:
        """What was taken and could not be read."""
        self._taken.discard(_plain_path(path))

    def rest(self, record: Json) -> dict[str, str]:
        """The texts of the record that were not taken, by path."""
        return named(
            (path, text)
            for path, leaf in leaves(record)
            if not self._covers(path) and (text := as_text(leaf))
        )

    def _covers(self, path: str) -> bool:
        parts = [plain_key(part) for part in path.split(".")]
        if not self._ignored.isdisjoint(parts):
            return True
        above = accumulate(parts, lambda left, right: f"{left}.{right}")
        return any(one in self._taken or one in self._ignored for one in above)


def _plain_path(path: str) -> str:
    return ".".join(plain_key(part) for part in path.split("."))


def leaves(value: Json) -> Iterator[tuple[str, Json]]:
    """The scalars and lists of scalars of a value, each with its path; "" for a bare scalar."""
    return _leaves(value, "")


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    inner: list[tuple[str, Json]] = []
    if isinstance(value, dict):
        inner = [(as_text(key), each) for key, each in value.items()]
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        inner = [(str(at), each) for at, each in enumerate(value)]
    else:
        yield path, value
    for key, each in inner:
        yield from _leaves(each, f"{path}.{key}" if path else key)


def says_something(text: str) -> bool:
    """Whether a person can read it: codes, numbers and times say nothing by themselves."""
    return _HAN.search(text) is not None or _WORDS.search(text) is not None


def named(found: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The texts by their names; a name that comes again with another text gets a number
    (`name#2`)."""
    values: dict[str, str] = {}
    for given, text in found:
        name, number = given, 1
        while name in values and values[name] != text:
            number += 1
            name = f"{given}#{number}"
        values[name] = text
    return values


def kept(found: Mapping[str, str]) -> Kept:
    """The texts within the limits; what is over them is counted and named."""
    values: dict[str, str] = {}
    room, left_out, characters = MOST_CHARACTERS, [], 0
    for name, text in found.items():
        if len(values) < MOST_VALUES and len(text) <= room:
            values[name] = text
            room -= len(text)
        else:
            left_out.append(name[:_SHOWN])
            characters += len(text)
    notes = (_cut_note(left_out, characters),) if left_out else ()
    return Kept(values, notes)


def _cut_note(left_out: list[str], characters: int) -> Note:
    names = "、".join(left_out[:_NAMED]) + (" 等" if len(left_out) > _NAMED else "")
    return Note(
        "leftovers_cut",
        f"来源还有 {len(left_out)} 项内容（共 {characters} 字）超出附加信息的上限"
        f"（{MOST_VALUES} 项、{MOST_CHARACTERS // 10_000} 万字），没有保存：{names}。"
        "请到来源系统查看，并在来源配置里写明需要哪些字段、忽略哪些",
    )


def leftover_note(unread: Mapping[str, str], *, confidential: bool = False) -> Note:
    """What stands in the item under the source's own names, shortened and masked."""
    names = list(unread)[:_IN_NOTE]
    lines = "；".join(f"{name}：{_shortened(name, unread[name], confidential)}" for name in names)
    more = f"；另有 {len(unread) - len(names)} 项" if len(unread) > len(names) else ""
    said = "来源还写有程序不认得的内容，原样保留在来件信息里，请人工查看："
    return Note("not_understood", f"{said}{lines}{more}")


def _shortened(name: str, value: str, confidential: bool) -> str:  # noqa: FBT001  one caller
    line = _LONG_NUMBER.sub(r"\1***", " ".join(value.split()))
    line = mask_column(name, line, confidential=confidential)
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"

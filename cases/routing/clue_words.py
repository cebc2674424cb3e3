"""The words and places of the table that point to a unit, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from cases.routing.units import UnitRegister, wrong_entry


class Handling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An `[[event]]` entry, a row of the 派单目录: words for a matter and who handles it."""

    unit: str
    words: tuple[str, ...]
    id: str = ""
    """Of the row, for an overlay."""
    item: str = ""
    """What the 派单目录 calls the matter; "" for an event of 谁处置谁回应."""


def event_words(register: UnitRegister, events: Iterable[Handling]) -> dict[str, tuple[str, str]]:
    """Word to its unit and its item of the 派单目录."""
    owners: dict[str, tuple[str, str]] = {}
    for number, event in enumerate(events, 1):
        entry = f"[[event]] id = {event.id}" if event.id else f"[[event]] 第 {number} 条"
        if event.unit not in register:
            raise wrong_entry(
                register.file, f"{entry} 的 unit", f" {event.unit!r}", "本文件中某个单位的 id"
            )
        for word in event.words:
            _check_length(word, f"{entry} 的 words", register.file)
            other, _ = owners.setdefault(word, (event.unit, event.item))
            if other != event.unit:
                raise wrong_entry(
                    register.file,
                    f"{entry} 的 words",
                    f"“{word}”同时属于“{register.name(other)}”和“{register.name(event.unit)}”",
                    "只属于一个处置单位的词",
                )
    return owners


def places_of(register: UnitRegister) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Plain place names with their units, and patterns with theirs."""
    names: dict[str, str] = {}
    patterns: list[tuple[str, str]] = []
    for unit in register:
        entry, file = f"[[unit]] id = {unit.id} 的 places", register.place(unit.id)
        for place in unit.places:
            if len(place) > 2 and place.startswith("/") and place.endswith("/"):
                patterns.append((_pattern(place[1:-1], entry, file), unit.id))
                continue
            _check_length(place, entry, file)
            other = names.setdefault(place, unit.id)
            if other != unit.id:
                raise wrong_entry(
                    file,
                    entry,
                    f"“{place}”同时属于“{unit.name}”和“{register.name(other)}”",
                    "只属于一个单位的地名",
                )
    return names, patterns


def _check_length(word: str, entry: str, file: str) -> None:
    if word != word.strip() or len(word) < 2:
        raise wrong_entry(file, entry, f"“{word}”", "两个字以上、前后无空格的词")


def _pattern(pattern: str, entry: str, file: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise wrong_entry(file, entry, f" /{pattern}/（{error}）", "正确的正则表达式") from error
    if compiled.groups or compiled.match(""):
        raise wrong_entry(
            file, entry, f" /{pattern}/", "不含括号分组（可用 (?:…)）且不匹配空文字的正则表达式"
        )
    return pattern

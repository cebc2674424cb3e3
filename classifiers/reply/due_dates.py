"""Days that a text names: "12月底前", "两个月内", "春节前", counted from the day it was written.

A part of a year stands for its last day ("2027年上半年" is 30 June), since that is the last
day on which what was said is kept. "前" takes in the day, month or year it names, as offices
mean it; before a holiday is the day before it. A month without a year is the next one;
one that lies more than ten months ahead has just gone by, and tells of the past. A day without
a year that follows one with a year goes on from there ("2027年上半年开工，秋季开园").
Working days are counted and not turned into a date: only the calendar knows them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec import Struct

from classifiers.reply.day_rules import NOTHING, RULES, WITHOUT_YEAR, YEAR_GROUPS, Found, Rule


class NamedDay(Struct, frozen=True):
    """An expression of time. `start` and `end` count code points of the text (half open).

    `day` is None for what lies before the day of writing, or cannot be a date;
    `working_days` is set where working days are counted. `limit` says that the words
    themselves set a limit (前, 内, 底), `counted` that it is counted from some day
    ("两个月内"), `broad` that the words name no more than a year.
    """

    text: str
    start: int
    end: int
    day: date | None
    working_days: int | None = None
    limit: bool = False
    counted: bool = False
    broad: bool = False

    @property
    def ahead(self) -> bool:
        """Whether it is a day to come."""
        return self.day is not None or self.working_days is not None


def named_days(text: str, written_on: date) -> tuple[NamedDay, ...]:
    """All of them in order of the text, none within another. Total: any string."""
    plain = "".join(_plain(char) for char in text)
    return tuple(_named(plain, text, written_on))


def _plain(char: str) -> str:
    """Digits of full width as the others; every character stays one."""
    digit = unicodedata.digit(char, None)
    return char if digit is None or char in "零一二三四五六七八九" else str(digit)


def _named(plain: str, text: str, written_on: date) -> Iterator[NamedDay]:
    at = 0
    before: date | None = None
    while match := _ANY.search(plain, at):
        at = match.end()
        name = next(name for name, value in match.groupdict().items() if value)
        pattern, resolve = RULES[name]
        inner = pattern.match(plain, match.start())
        if inner is None:
            continue
        named = inner.groupdict()
        names_year = any(named.get(key) for key in YEAR_GROUPS)
        follows = before is not None and name not in WITHOUT_YEAR and not names_year
        since = before if follows and before else written_on
        day, working_days = _resolved(resolve, inner, since)
        if names_year:
            broad = day is not None and name == "year"
            before = max(written_on, date(day.year, 1, 1)) if day and broad else day
        yield NamedDay(
            text=text[match.start() : match.end()],
            start=match.start(),
            end=match.end(),
            day=day,
            working_days=working_days,
            limit=_LIMIT.search(match.group()) is not None,
            counted=name == "within",
            broad=name == "year" and match.group().endswith("年"),
        )


_LIMIT: Final = re.compile(r"[前内底末]$")


def _resolved(resolve: Rule, match: re.Match[str], written_on: date) -> Found:
    try:
        day, working_days = resolve(match, written_on)
    except (ValueError, OverflowError):
        return NOTHING
    return (day if day is not None and day >= written_on else None), working_days


_ANY: Final = re.compile(
    "|".join(
        f"(?P<{name}>{re.sub(r'[(][?]P<[a-z_]+>', '(?:', pattern.pattern)})"
        for name, (pattern, _) in RULES.items()
    )
)

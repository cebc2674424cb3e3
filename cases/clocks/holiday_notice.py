"""The State Council's yearly notice (部分节假日安排的通知), read from its text.

It says each festival in one item: "一、元旦：1月1日（周五）至3日（周日）放假调休，共3天。1月9日
（周六）上班。" Weekdays and numbers of days are said beside the dates, so that a slip of the pen
or the wrong year is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec import Struct

__all__ = ["NoticeError", "NoticeRun", "read_notice"]

FESTIVALS: Final = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
"""全国年节及纪念日放假办法第二条: those of all citizens. A notice arranges every one."""

_ITEM: Final = re.compile(
    r"^[ \t\u3000]*(?:[一二三四五六七八九十]+、)?[ \t]*([^\s：:，。（(]{2,12})[：:]", re.MULTILINE
)
_DAY: Final = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:[（(](?P<note>[^）)]*)[）)])?"
)
_WEEKDAY: Final = re.compile(r"(?:周|星期)([一二三四五六日天])")
_DAYS: Final = re.compile(r"(?:共|放假)\s*(\d{1,2})\s*天")
_WEEKDAYS: Final = "一二三四五六日"
_SATURDAY: Final = 5
_LONGEST_RUN: Final = 15


class NoticeError(ValueError):
    """The text cannot be read as a notice for the year; one line for each problem."""


class NoticeRun(Struct, frozen=True, kw_only=True):
    """Days, both ends included, that are off or worked."""

    first: date
    last: date
    workday: bool
    name: str
    """春节; of a day that is worked 春节调休."""


def read_notice(text: str, year: int) -> tuple[NoticeRun, ...]:
    """The arrangement of the whole year, in the order of the text. Raises `NoticeError`."""
    problems: list[str] = []
    runs: list[NoticeRun] = []
    heads = list(_ITEM.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=False):
        body = text[head.end() : end]
        for sentence in body.split("。"):
            runs += _sentence(head[1], sentence, year, problems)
    named = "".join(run.name for run in runs if not run.workday)
    missing = [name for name in FESTIVALS if name not in named]
    if len(missing) == len(FESTIVALS):
        problems.append(
            "没有读到放假安排。请粘贴通知的全文，其中每个节日一条，"
            "如：一、元旦：1月1日（周五）至3日（周日）放假，共3天。"
        )
    elif missing:
        problems.append(f"没有读到{'、'.join(missing)}的安排。请粘贴通知的全文")
    if problems:
        raise NoticeError("\n".join(problems))
    return tuple(runs)


def _sentence(name: str, sentence: str, year: int, problems: list[str]) -> Iterator[NoticeRun]:
    off, worked = "放假" in sentence, "上班" in sentence
    if not (off or worked):
        return  # what is only wished for
    said = f"{name}：“{sentence.strip()[:40]}”"
    days = list(_days(sentence, year, said, problems))
    if not days:
        problems.append(f"{said}里没有读到日期")
        return
    if off:
        yield from _holiday(name, sentence, days, said, problems)
        return
    for day in days:
        if day.weekday() < _SATURDAY:
            problems.append(f"{said}：{day} 是周{_WEEKDAYS[day.weekday()]}，调休上班的应为周末")
        yield NoticeRun(first=day, last=day, workday=True, name=f"{name}调休")


def _holiday(
    name: str, sentence: str, days: list[date], said: str, problems: list[str]
) -> Iterator[NoticeRun]:
    first, last = days[0], days[1] if "至" in sentence and len(days) > 1 else days[0]
    length = (last - first).days + 1
    if not 1 <= length <= _LONGEST_RUN:
        problems.append(f"{said}：{first} 至 {last} 不像一段假期，请核对")
        return
    told = _DAYS.search(sentence)
    if told and int(told[1]) != length:
        problems.append(f"{said}写着 {told[1]} 天，{first} 至 {last} 是 {length} 天，请核对")
    yield NoticeRun(first=first, last=last, workday=False, name=name)


def _days(sentence: str, year: int, said: str, problems: list[str]) -> Iterator[date]:
    """The days that a sentence names; a month or year that is left out is the one before."""
    month = 0
    for found in _DAY.finditer(sentence):
        year = int(found["year"] or year)
        month = int(found["month"] or month)
        try:
            day = date(year, month, int(found["day"]))
        except ValueError:
            problems.append(f"{said}：没有“{found[0]}”这一天")
            continue
        weekday = _WEEKDAY.search(found["note"] or "")
        expected = _WEEKDAYS[day.weekday()]
        if weekday and weekday[1].replace("天", "日") != expected:
            problems.append(f"{said}：{day} 是周{expected}，通知写着{weekday[0]}，请核对年份")
        yield day

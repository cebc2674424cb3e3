"""A year of messages, known beforehand: what comes when, when it is answered, and by when it had
to be. Nothing here uses the program's own reckoning of days."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.record.item import Item, SourceReply
from cases.words.times import BEIJING

SOURCE: Final = "year-board"
CHANNEL: Final = "问政平台"
FIRST: Final = date(2026, 11, 25)
"""The day after the home of the earlier version was left."""
LAST: Final = date(2027, 11, 24)
NOTICE_COMES: Final = datetime(2027, 1, 6, 10, tzinfo=BEIJING)
"""Late: the year that it arranges has begun."""
BURST: Final = datetime(2027, 7, 14, 9, tzinfo=BEIJING)
"""A Wednesday; a pipe has burst, and the whole town writes within the hour."""
SILENT: Final = (datetime(2027, 5, 10, 9, tzinfo=BEIJING), datetime(2027, 5, 20, 9, tzinfo=BEIJING))
"""The board shows nothing new, and then everything at once."""

_OFF: Final = (
    ("2027-01-01", "2027-01-03", "元旦"), ("2027-02-05", "2027-02-13", "春节"),
    ("2027-04-03", "2027-04-05", "清明"), ("2027-05-01", "2027-05-05", "劳动节"),
    ("2027-06-09", "2027-06-09", "端午"), ("2027-09-15", "2027-09-15", "中秋"),
    ("2027-10-01", "2027-10-07", "国庆节"),
)  # fmt: skip
_WORKED: Final = (
    ("2027-01-31", "春节调休"), ("2027-02-20", "春节调休"), ("2027-04-25", "劳动节调休"),
    ("2027-05-08", "劳动节调休"), ("2027-09-26", "国庆节调休"), ("2027-10-09", "国庆节调休"),
)  # fmt: skip
"""Invented for this test: the notice of 2027 was not out when it was written."""


def notice() -> str:
    """The late notice as an office writes it into its calendar.toml."""
    rows = ['[[year]]\nyear = 2027\nnotice = "测试用"\n']
    for first, last, name in _OFF:
        rows.append(
            f'[[day]]\nfrom = {first}\nto = {last}\nkind = "holiday"\nname = "{name}"\n'
            'notice = "测试用"\nnew = true\n'
        )
    for day, name in _WORKED:
        rows.append(
            f'[[day]]\ndate = {day}\nkind = "workday"\nname = "{name}"\nnotice = "测试用"\nnew = true\n'
        )
    return "\n".join(rows).replace(
        'year = 2027\nnotice = "测试用"', 'year = 2027\nnotice = "测试用"\nnew = true'
    )


@cache
def _arranged() -> tuple[frozenset[date], frozenset[date]]:
    off = {
        date.fromisoformat(first) + timedelta(days=n)
        for first, last, _ in _OFF
        for n in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    }
    return frozenset(off), frozenset(date.fromisoformat(day) for day, _ in _WORKED)


def due_day(received: date, working_days: int, *, told: bool) -> date:
    """The last of so many working days after the day of receipt. `told`: whether the notice of
    2027 is known; before it, of the first days of January only New Year's Day is off."""
    off, worked = _arranged() if told else (frozenset({date(2027, 1, 1)}), frozenset())
    day, left = received, working_days
    while left:
        day += timedelta(days=1)
        left -= day in worked or (day not in off and day.weekday() < 5)
    return day


@cache
def working_days_of(config: Path) -> dict[str, int]:
    """Of each row of deadlines.toml that counts working days, how many."""
    rows = tomllib.loads((config / "deadlines.toml").read_text("utf-8"))["clock"]
    return {row["id"]: row["working_days"] for row in rows if "working_days" in row}


class Fate(Enum):
    ANSWERED = "within two days"
    LATE = "after its time, within forty days"
    FORGOTTEN = "after more than three months"


class Expected(Struct, frozen=True, kw_only=True):
    item: Item
    """As it comes in."""
    fate: Fate
    answered: datetime


class Plan(Struct, frozen=True, kw_only=True):
    a_day: int
    """Messages of a working day; the others have a third."""
    burst: int
    hours: tuple[int, ...]
    """When the office looks, every day."""
    seed: int = 1

    def messages(self) -> tuple[Expected, ...]:
        """In the order in which they are sent."""
        chance = random.Random(self.seed)
        found: list[Expected] = []
        day, number = FIRST, 0
        while day <= LAST:
            count = self.a_day if day.weekday() < 5 else -(-self.a_day // 3)
            for _ in range(count):
                number += 1
                at = _at(day) + timedelta(seconds=chance.randrange(86_400))
                found.append(_message(number, at, chance, burst=False))
            day += timedelta(days=1)
        for _ in range(self.burst):
            number += 1
            at = BURST + timedelta(seconds=chance.randrange(3_600))
            found.append(_message(number, at, chance, burst=True))
        return tuple(sorted(found, key=lambda each: each.item.received_at))


def feed(messages: tuple[Expected, ...]) -> tuple[tuple[datetime, Item], ...]:
    """What the board shows, and from when on: each message, and later the same with its answer."""
    found: list[tuple[datetime, Item]] = []
    for each in messages:
        found.append((shown(each.item.received_at), each.item))
        answer = SourceReply(text="已处理，请查看。", at=each.answered, unit="县住建局")
        found.append((shown(each.answered), replace(each.item, replies=(answer,))))
    return tuple(sorted(found, key=lambda one: (one[0], len(one[1].replies))))


def shown(at: datetime) -> datetime:
    """When the board shows what happened at this moment."""
    return SILENT[1] if SILENT[0] <= at < SILENT[1] else at


_STREETS: Final = ("东门", "河西", "建设", "解放", "滨江", "文明", "梅江", "翠微", "登峰", "胜利")
_MATTERS: Final = (
    ("路灯不亮", "晚上路灯不亮，老人出门看不清路"), ("井盖松动", "井盖松动，车过就响，怕人踩空"),
    ("垃圾没有清运", "垃圾堆了几天没有清运，气味很大"), ("占道经营", "摊位占了人行道，行人只能走车道"),
    ("夜间施工", "工地夜里还在施工，影响休息"), ("公交站牌损坏", "公交站牌倒了，看不到班次"),
    ("绿化带枯死", "绿化带的树枯了，没有人补种"), ("路面坑洼", "路面坑洼不平，下雨积水"),
)  # fmt: skip


def _message(number: int, at: datetime, chance: random.Random, *, burst: bool) -> Expected:
    street, house = chance.choice(_STREETS), chance.randrange(1, 900)
    title, body = ("停水", "自来水停了，不知道什么时候来水") if burst else chance.choice(_MATTERS)
    throw = chance.random()
    share = 0.01 if burst else 0.12
    if throw < 0.02 and not burst:
        fate, after = Fate.FORGOTTEN, timedelta(days=chance.randrange(100, 110))
    elif throw < share:
        fate, after = Fate.LATE, timedelta(days=chance.randrange(25, 40))
    else:
        fate, after = Fate.ANSWERED, timedelta(hours=chance.randrange(20, 44))
    item = Item(
        source=SOURCE,
        source_item_id=f"{number:06}",
        channel=CHANNEL,
        received_at=at,
        title=f"{street}路{house}号{title}",
        body=f"{street}路{house}号门前{body}，请尽快处理。编号{number}。",
        author="市民",
        phone=f"139{number:08}",
        place=f"{street}路{house}号",
    )
    return Expected(item=item, fate=fate, answered=at + after)


def looks(plan: Plan) -> Iterator[datetime]:
    """Every moment at which the office looks, in their order."""
    day = FIRST
    while day <= LAST:
        for hour in plan.hours:
            yield datetime.combine(day, time(hour, 5), BEIJING)
        day += timedelta(days=1)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)

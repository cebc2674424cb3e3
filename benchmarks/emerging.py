"""How soon an event is seen, and how often one is seen where there is none.

    python -m benchmarks.emerging --data FOLDER [--days 100] [--a-day 300 1000]
        [--where county town spot] [--no-areas]

Streams with the rhythm of hours and weeks: their everyday messages are the letters of
`messages/*.csv` of the data folder, drawn at random, so that nothing in them begins. Into every
third day an event is planted: 6 to 60 messages of one of five kinds, each put together anew from an
opening, what was seen, and what came of it, spread over two to eight hours, from as many people:
of the whole county, of one 街道 or of one 小区. Six of ten everyday letters say in which of sixty
小区 in twelve 街道 they were written; with `--no-areas` the detector is told nothing of that.
It prints, by size of stream and of event: how many were seen, after how many of their messages
(median), and how many warnings came of nothing. It asserts nothing.
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from cases.words.times import BEIJING
from classifiers.base import Text
from classifiers.emerging.areas import Area
from classifiers.emerging.detector import Emerging

BEGIN: Final = datetime(2026, 3, 2, tzinfo=BEIJING)
BY_HOUR: Final = (1, 1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 8, 6, 6, 8, 9, 8, 7, 6, 6, 6, 5, 3, 2)
WEEKEND: Final = 0.55
SIZES: Final = (6, 10, 15, 30, 60)
EVERY: Final = 3
"""Days from one planted event to the next."""

TOWNS: Final = "滨河 城东 幸福 翠竹 锦绣 东方 世纪 枫林 望江 西门 金桂 朝阳".split()  # noqa: SIM905
KINDS: Final = ("小区", "花园", "家属院", "路口", "新村")
PLACES: Final = [f"{a}{b}" for a in TOWNS for b in KINDS]
SAYING: Final = 0.6
"""The part of everyday letters that say where."""
EVENTS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = {
    "自来水发黄": (
        ("今天早上", "从昨晚到现在", "我家住{p}，", "{p}这边", "反映一个情况，", "请问，"),
        (
            "自来水放出来是黄的",
            "水龙头里流的水发黄还有铁锈味",
            "家里的水黄得像茶水",
            "接了一盆水，全是黄色",
            "水质突然变差，又黄又浑",
            "厨房出来的水浑浊发黄",
            "水管里流黄水",
            "水的颜色不对，黄黄的",
        ),
        (
            "没法做饭",
            "孩子都不敢洗澡",
            "衣服都染色了",
            "请尽快处理",
            "是不是水厂出了问题",
            "请给个说法",
            "能喝吗",
        ),
    ),
    "煤气味": (
        ("刚才", "{p}楼道里", "今晚{p}", "我们这栋楼", "求助，", "麻烦派人来看看，"),
        (
            "一股很浓的煤气味",
            "闻到燃气的味道",
            "煤气泄漏了吧，味道很大",
            "天然气味道特别重",
            "燃气管道好像漏气",
            "满屋都是燃气味",
            "家里煤气报警器一直响",
            "楼下有刺鼻的煤气味",
        ),
        (
            "不敢开灯",
            "老人头晕",
            "赶紧派人",
            "已经关了阀门",
            "整栋楼的人都下来了",
            "怕出事",
            "没人管",
        ),
    ),
    "学生呕吐": (
        (
            "我孩子在县二小，",
            "二小家长反映：",
            "昨天中午",
            "孩子放学回来",
            "班里好几个同学",
            "{p}的家长，",
        ),
        (
            "吃了学校食堂的饭以后呕吐",
            "上吐下泻，午餐有问题",
            "肚子疼、发烧，都说是食堂的菜",
            "吐了三次，怀疑食物中毒",
            "拉肚子，中午的鸡肉有怪味",
            "食堂午餐后集体不舒服",
            "去医院查是急性肠胃炎，吃的学校配餐",
            "腹泻呕吐，饭菜不新鲜",
        ),
        (
            "学校不让说",
            "请查一查",
            "医院里有十几个孩子",
            "要求公布检测结果",
            "谁来负责",
            "请市场监管来看",
            "老师说没事",
        ),
    ),
    "客车停运": (
        ("{p}等车", "今天早上", "上班路上", "请问公交公司", "我们村", "等了一个小时，"),
        (
            "3路公交车全停了",
            "公交司机不出车，说没发工资",
            "一辆3路车都没有",
            "3路公交停运没有通知",
            "公交站挤满了人，司机罢工",
            "听说司机欠薪停运",
            "3路公交不来，站牌没写",
            "公交车停在场里不走",
        ),
        (
            "上学都迟到了",
            "老人走不动",
            "什么时候恢复",
            "没有任何公告",
            "请协调",
            "怎么上班",
            "打电话没人接",
        ),
    ),
    "夜里巨响": (
        ("昨天半夜", "凌晨两点多", "{p}这里", "睡梦中", "请问昨晚", "住在{p}，"),
        (
            "听到一声巨响，窗户都震了",
            "轰的一声，像爆炸",
            "化工园方向爆炸一样的响声",
            "巨响之后有火光",
            "房子晃了一下，响声很大",
            "一声巨响，玻璃震碎了",
            "园区那边冒浓烟，先是一声爆响",
            "响了两声，空气里有怪味",
        ),
        (
            "是不是化工厂出事",
            "请告诉大家怎么回事",
            "有没有危险",
            "要不要撤离",
            "孩子吓哭了",
            "空气能不能吸",
            "没有官方消息",
        ),
    ),
}


class Sent(Struct, frozen=True):
    at: datetime
    text: Text
    event: int = 0
    """Number of the planted event, 0 for everyday life."""
    place: str = ""


def letters(data: Path) -> list[Text]:
    csv.field_size_limit(sys.maxsize)
    found = []
    for path in sorted((data / "messages").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [
                Text(row["留言主题"], row["留言详情"].strip()) for row in csv.DictReader(file)
            ]
    return found


def planted(kind: str, place: str, rng: random.Random) -> Text:
    openings, seen, ends = EVENTS[kind]
    opening = rng.choice(openings).format(p=place)
    tail = "，".join(rng.sample(ends, rng.randint(0, 2)))
    return Text("", f"{opening}{rng.choice(seen)}{'，' if tail else ''}{tail}")


def areas_of(place: str) -> tuple[Area, ...]:
    """The 小区 and its 街道."""
    town = next((f"{each}街道" for each in TOWNS if place.startswith(each)), "")
    return (Area(place, place), Area(town, town)) if place else ()


def places_of(where: str, rng: random.Random) -> list[str]:
    """From where the messages of one event come."""
    town = rng.choice(TOWNS)
    near = [place for place in PLACES if place.startswith(town)]
    return {"county": PLACES, "town": near, "spot": near[:1]}[where]


def stream(
    known: list[Text], days: int, a_day: int, where: str, rng: random.Random
) -> tuple[list[Sent], dict[int, int]]:
    """The messages in their order, and by number of the event its size."""
    spots = random.Random(7)
    sent: list[Sent] = []
    sizes: dict[int, int] = {}
    for day in range(days):
        begin = BEGIN + timedelta(days=day)
        factor = WEEKEND if begin.weekday() >= 5 else 1.0
        for _ in range(round(rng.gauss(a_day * factor, a_day * 0.08))):
            hour = rng.choices(range(24), BY_HOUR)[0]
            at = begin + timedelta(hours=hour, seconds=rng.random() * 3600)
            place = spots.choice(PLACES) if spots.random() < SAYING else ""
            sent.append(Sent(at, rng.choice(known), place=place))
        if day >= EVERY and day % EVERY == 0:
            number = len(sizes) + 1
            sizes[number] = SIZES[number % len(SIZES)]
            kind = list(EVENTS)[number // len(SIZES) % len(EVENTS)]
            start = begin + timedelta(hours=rng.uniform(7, 18))
            length = rng.uniform(2, 8) * 3600
            near = places_of(where, spots)
            for _ in range(sizes[number]):
                at = start + timedelta(seconds=rng.random() * length)
                place = spots.choice(near)
                sent.append(Sent(at, planted(kind, place, rng), number, place))
    sent.sort(key=lambda one: one.at)
    return sent, sizes


def warnings(sent: list[Sent], *, by_area: bool) -> Iterator[tuple[Sent, int]]:
    """What was told, at which message, and with how many of the event told of."""
    emerging = Emerging()
    for number, one in enumerate(sent):
        areas = areas_of(one.place) if by_area else ()
        found = emerging.add(str(number), one.text, one.at, person=str(number), areas=areas)
        if found is not None and not found.grown:
            numbers = [sent[int(case)].event for case in found.cases]
            yield one, max(set(numbers), key=numbers.count)


WHERE: Final = {"county": "全县", "town": "一个街道", "spot": "一个小区"}


def measured(
    known: list[Text], days: int, a_day: int, where: str, seed: int, *, by_area: bool
) -> None:
    rng = random.Random(seed)
    sent, sizes = stream(known, days, a_day, where, rng)
    seen: dict[int, int] = {}
    false = 0
    for one, number in warnings(sent, by_area=by_area):
        if number and number not in seen:
            so_far = [each for each in sent if each.event == number and each.at <= one.at]
            seen[number] = len(so_far)
        elif not number:
            false += 1
    print(
        f"一天 {a_day} 条，{days} 天，共 {len(sent):,} 条；事件在{WHERE[where]}；"
        f"{'按地点树' if by_area else '不看地点'}；不该有的预警 {false} 次"
    )
    for size in SIZES:
        mine = [number for number, n in sizes.items() if n == size]
        found = [seen[number] for number in mine if number in seen]
        after = f"{statistics.median(found):.0f}" if found else "—"
        print(
            f"  {size:2} 条的事件 {len(mine)} 起：发现 {len(found)} 起，第 {after} 条时（中位数）"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--a-day", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--where", nargs="+", choices=list(WHERE), default=list(WHERE))
    parser.add_argument("--no-areas", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    known = letters(arguments.data)
    for a_day in arguments.a_day:
        for where in arguments.where:
            measured(
                known,
                arguments.days,
                a_day,
                where,
                arguments.seed,
                by_area=not arguments.no_areas,
            )


if __name__ == "__main__":
    main()

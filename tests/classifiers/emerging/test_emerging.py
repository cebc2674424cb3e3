"""Fifteen people write of one thing, each in his own words, and the sixth is told of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest

from cases.words.times import BEIJING
from classifiers.base import Text
from classifiers.emerging.areas import Area, areas_of
from classifiers.emerging.common_words import common_words
from classifiers.emerging.detector import Emergence, Emerging, EmergingState
from classifiers.emerging.near_pairs import near_pairs, pair_of

NOW = datetime(2026, 11, 20, 9, tzinfo=BEIJING)
PLACES = "滨河小区 阳光家园 城东菜市场 县一中 老粮站宿舍 世纪花园 幸福里 电厂家属院 西门桥头 翠竹苑 教师新村 商贸城 东方名城 水木年华 锦绣江南".split()  # noqa: SIM905
YELLOW_WATER = (
    "自来水发黄了，根本不敢喝",
    "水龙头里流出来的水是黄的，还有股铁锈味",
    "今早起来家里的水黄得像茶，没法做饭",
    "咨询一下今天水质怎么这么差，颜色发黄",
    "洗衣服全染黄了，水有问题吧",
    "厨房放出来的水浑浊发黄，孩子都不敢洗澡",
    "我们这一片的水都变黄了，请问是管道检修吗",
    "水厂是不是出事了，接了一桶水全是黄色的",
    "水色泛黄，沉淀后底下一层黄泥",
    "今天中午开始停了一会水，再来水就是黄的",
    "饮用水变黄，有异味，请自来水公司尽快处理",
    "水管里出来黄水，已经两个小时了",
    "反映供水水质问题，黄乎乎的",
    "水特别黄，净水器滤芯都黑了",
    "家里水龙头打开是黄泥汤",
)
EVERYDAY = (
    "咨询灵活就业人员怎样缴纳养老保险",
    "楼下广场舞音响太吵，晚上休息不好",
    "小区门口的路灯坏了三盏，请安排修理",
    "孩子上幼儿园需要准备哪些材料",
    "公交末班车太早，希望延后半小时",
    "邻居在顶楼搭建阳光房，属于违章建筑",
    "工地夜里施工，吊车轰鸣声很大",
    "想问医保异地报销的比例是多少",
    "村里的水泥路坑坑洼洼，请给修一修",
    "开发商逾期交房，业主要求给个说法",
)


def told(
    emerging: Emerging,
    *,
    people: int = 15,
    begin: datetime = NOW,
    first: int = 0,
    last: int = 15,
    prefix: str = "water",
    writer: str = "p",
) -> list[tuple[int, Emergence]]:
    """After how many messages something was told. `people`: so many wrote them; `first`, `last`:
    the messages from which and to which on they come."""
    found = []
    for number, text in enumerate(YELLOW_WATER[:last]):
        if number < first:
            continue
        event = emerging.add(
            f"{prefix}-{number}",
            Text("", f"{PLACES[number]}：{text}"),
            begin + timedelta(minutes=8 * number),
            person=f"{writer}{number % people}",
            place=PLACES[number],
            said=text,
        )
        if event is not None:
            found.append((number + 1, event))
    return found


def ordinary_weeks(emerging: Emerging, a_day: int) -> list[Emergence]:
    rng = random.Random(5)
    found = []
    for number in range(a_day * 14):
        event = emerging.add(
            f"day-{number}",
            Text("", f"{rng.choice(PLACES)}的居民：{rng.choice(EVERYDAY)}"),
            NOW - timedelta(days=14) + timedelta(days=number / a_day),
            person=f"q{number}",
            copy=number > 200,
        )
        if event is not None:
            found.append(event)
    return found


def test_the_fifteen_complaints_are_told_of_by_the_sixth() -> None:
    (first, event), *_ = told(Emerging())
    assert first <= 6
    assert event.people >= 4
    assert event.cases[0] == "water-0"
    assert event.case_id in event.cases
    assert event.hours == 2
    assert event.years > 1
    assert len(event.places) == event.people
    told_by = YELLOW_WATER[int(event.case_id.rpartition("-")[2])]
    assert event.words
    assert all(word in told_by for word in event.words)
    assert any("水" in word or "黄" in word for word in event.words)


def test_it_is_told_again_when_it_has_doubled_and_not_before() -> None:
    events = [event for _, event in told(Emerging())]
    assert [event.grown for event in events] == [False, True]
    assert events[1].people >= 2 * events[0].people


@pytest.mark.parametrize("people", [1, 2, 3])
def test_few_who_write_often_are_no_event(people: int) -> None:
    assert told(Emerging(), people=people) == []


def test_the_order_within_the_hours_does_not_matter() -> None:
    emerging, found = Emerging(), []
    order = list(range(15))
    random.Random(3).shuffle(order)
    for number in order:
        at = NOW + timedelta(minutes=8 * number)
        event = emerging.add(
            f"{number}", Text("", YELLOW_WATER[number]), at, person=f"p{number}", said="水"
        )
        if event is not None:
            found.append(event)
    assert found
    assert all(len(event.cases) == event.people >= 4 for event in found)


@pytest.mark.parametrize("newest_first", [True, False])
def test_what_came_on_different_days_is_no_event(newest_first: bool) -> None:
    emerging = Emerging()
    for number, text in enumerate(YELLOW_WATER):
        days = 2 * (len(YELLOW_WATER) - number if newest_first else number)
        at = NOW + timedelta(days=days)
        assert emerging.add(f"{number}", Text("", text), at, person=f"p{number}") is None


def test_a_campaign_of_one_text_is_no_event_here() -> None:
    emerging = Emerging()
    for number in range(30):
        text = Text("", "坚决反对在翠竹苑旁边建垃圾中转站")
        at = NOW + timedelta(minutes=number)
        assert not emerging.add(f"{number}", text, at, person=f"p{number}", copy=number > 0)


def test_the_same_things_as_every_week_are_no_event() -> None:
    emerging = Emerging()
    for week in range(4):
        for number, text in enumerate(EVERYDAY):
            at = NOW + timedelta(days=7 * week, minutes=number)
            assert emerging.add(f"{week}-{number}", Text("", text), at, person=f"{number}") is None


def test_what_may_not_be_shown_counts_and_tells_no_word() -> None:
    emerging = Emerging()
    found = None
    for number, text in enumerate(YELLOW_WATER[:8]):
        open_ = number == 3
        event = emerging.add(
            f"{number}",
            Text("", text),
            NOW + timedelta(minutes=number),
            person=f"p{number}",
            place="城东" if open_ else "",
            said=text if open_ else "",
        )
        found = found or event
    assert found is not None
    assert found.people >= 4
    assert set(found.places) <= {"城东"}
    assert all(word in YELLOW_WATER[3] for word in found.words)


def test_what_goes_on_after_a_restart_is_what_went_on_before() -> None:
    whole, before, after = Emerging(), Emerging(), Emerging()
    ordinary_weeks(whole, 5)
    ordinary_weeks(before, 5)
    kept = msgspec.msgpack.encode(before.state())
    after.restore(msgspec.msgpack.decode(kept, type=EmergingState))
    assert told(after) == told(whole)


def test_words_that_stand_apart_or_turned_round_are_one_pair() -> None:
    pair = pair_of("水", "黄")
    for text in ("黄水", "水是黄的", "水质很差，发黄"):
        assert pair in near_pairs(Text("", text))
    assert pair not in near_pairs(Text("", "停水了。叶子黄了"))
    assert len(near_pairs(Text("", "。！"))) == 0


def test_common_words_are_those_that_most_have_and_none_is_a_piece_of_another() -> None:
    texts = ("自来水发黄", "我家自来水发黄有味", "自来水又停了")
    assert common_words(texts)[0] == "自来水"
    assert common_words([]) == ()


# -- the tree of places --------------------------------------------------------

TOWN = Area("河东街道", "河东街道")
EASTERN = tuple(Area(place, place) for place in PLACES[:4])


def from_areas(
    emerging: Emerging, areas: Sequence[tuple[Area, ...]], *, every: int = 90
) -> list[tuple[int, Emergence]]:
    """Yellow water, a message for each of the areas; after how many something was told."""
    found = []
    for number, near in enumerate(areas):
        text = YELLOW_WATER[number]
        at = NOW + timedelta(minutes=every * number)
        event = emerging.add(
            f"w-{number}", Text("", text), at, person=f"p{number}", said=text, areas=near
        )
        if event is not None:
            found.append((number + 1, event))
    return found


def busy_days(emerging: Emerging) -> None:
    """Two days with a thousand letters, among them now and then one about water."""
    rng = random.Random(6)
    for number in range(1000):
        text = rng.choice((*EVERYDAY, *YELLOW_WATER)) if number % 12 == 0 else rng.choice(EVERYDAY)
        at = NOW - timedelta(minutes=3 * (1000 - number))
        emerging.add(f"b-{number}", Text("", text), at, person=f"b{number}")


def test_few_in_a_county_are_many_in_one_place_and_the_place_is_named() -> None:
    spread, near = Emerging(), Emerging()
    busy_days(spread)
    near.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(spread.state()), type=EmergingState))
    eight = PLACES[:8]
    apart = [(Area(place, place), Area(f"{place}街道", f"{place}街道")) for place in eight]
    together = [(Area("翠竹苑", "翠竹苑"), TOWN)] * 8
    assert from_areas(spread, apart, every=170) == []
    (first, event), *_ = from_areas(near, together, every=170)
    assert first <= 8
    assert event.where == "翠竹苑"


def test_the_narrowest_place_that_explains_it_is_named() -> None:
    town = [(spot, TOWN) for spot in EASTERN] * 2
    (_, event), *_ = from_areas(Emerging(), town, every=8)
    assert event.where == "河东街道"
    county = [(Area(place, place), Area(f"{place}镇", f"{place}镇")) for place in PLACES[:8]]
    (_, event), *_ = from_areas(Emerging(), county, every=8)
    assert event.where == ""


def test_that_all_of_a_place_name_the_place_is_no_event() -> None:
    emerging = Emerging()
    near = (Area("翠竹苑小区", "翠竹苑小区"),)
    for number, text in enumerate(EVERYDAY):
        said = Text("", f"翠竹苑小区，{text}，翠竹苑的业主")
        at = NOW + timedelta(hours=2 * number)
        assert emerging.add(f"{number}", said, at, person=f"p{number}", areas=near) is None


def test_a_place_that_may_not_be_shown_counts_and_is_not_named() -> None:
    emerging, found = Emerging(), None
    for number, text in enumerate(YELLOW_WATER[:8]):
        at = NOW + timedelta(minutes=number)
        event = emerging.add(f"{number}", Text("", text), at, person=f"p{number}", areas=(TOWN,))
        found = found or event
    assert found is not None
    assert found.where == ""


def test_places_are_kept_over_a_restart() -> None:
    before, after = Emerging(), Emerging()
    from_areas(before, [(TOWN,)] * 3)
    kept = msgspec.msgpack.encode(before.state())
    after.restore(msgspec.msgpack.decode(kept, type=EmergingState))
    assert after.state().recent == before.state().recent
    after.add("late", Text("", "路灯"), NOW + timedelta(days=3))
    assert [one.case_id for one in after.state().recent] == ["late"]


@pytest.mark.parametrize(
    ("field", "town", "said", "names"),
    [
        ("幸福里小区3栋", "河东街道", "水发黄", ["幸福里小区", "河东街道"]),
        ("老粮站宿舍", "", "水发黄", ["老粮站宿舍"]),
        ("河东街道", "河东街道", "水发黄", ["河东街道"]),
        ("", "城关镇", "城关镇滨河花园停水", ["滨河花园", "城关镇"]),
        ("人民路", "", "自来水发黄", []),
        ("", "", "自来水发黄", []),
    ],
)
def test_where_a_message_is_from(field: str, town: str, said: str, names: list[str]) -> None:
    assert [area.name for area in areas_of(Text("", said), field, town)] == names


# -- mutes ---------------------------------------------------------------------


def test_what_is_muted_is_told_as_muted_until_the_mute_ends_or_is_taken_back() -> None:
    for undo in (False, True):
        emerging = Emerging()
        told_first = [event for _, event in told(emerging)][:1]
        (first,) = told_first
        emerging.mute(first.case_id, NOW + timedelta(days=5))
        again = told(emerging, begin=NOW + timedelta(days=3, hours=1), prefix="again", writer="a")
        assert [event.muted_by for _, event in again] == [first.case_id] * 2
        if undo:
            emerging.mute(first.case_id, None)
        late = NOW + timedelta(days=4 if undo else 9)
        after = told(emerging, begin=late, prefix="late", writer="l")
        assert after
        assert not any(event.muted_by for _, event in after)


def test_growth_under_a_mute_is_told_as_muted_also_after_a_restart() -> None:
    emerging = Emerging()
    cut = told(emerging, last=7)
    (first,) = [event for _, event in cut]
    emerging.mute(first.case_id, NOW + timedelta(days=2))
    after = Emerging()
    kept = msgspec.msgpack.encode(emerging.state())
    after.restore(msgspec.msgpack.decode(kept, type=EmergingState))
    (grown,) = [event for _, event in told(after, first=7)]
    assert (grown.grown, grown.muted_by) == (True, first.case_id)


def test_a_mute_covers_nothing_else() -> None:
    emerging = Emerging()
    (_, first), *_ = told(emerging)
    emerging.mute(first.case_id, NOW + timedelta(days=5))
    gas = (
        "楼道里一股煤气味",
        "闻到煤气的味道很大",
        "煤气味特别重不敢开灯",
        "满屋煤气味道",
        "煤气是不是漏了有味",
    )
    found = [
        emerging.add(
            f"g{n}", Text("", text), NOW + timedelta(hours=3, minutes=n), person=f"g{n}", said=text
        )
        for n, text in enumerate(gas)
    ]
    told_of = [event for event in found if event is not None]
    assert told_of
    assert told_of[0].muted_by == ""

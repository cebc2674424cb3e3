"""媒体报道: whose they are, how far they reach, how they speak of the place, one story once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cases.record import commands as do
from cases.record.case import Case
from cases.registers.media import (
    OWN,
    MediaTable,
    Stance,
    number_in,
    problem_of,
    report_of,
    stories,
)
from cases.words.actors import Actor, Role
from cases.words.labels import Sentiment
from cases.words.times import BEIJING
from tests.cases.helpers import Story, item, labels

TABLE = MediaTable(
    outlet=("媒体名称", "平台"),
    ranks={"央级": ("新华社",), "省级": ("省日报",)},
    reach={"阅读": ("阅读数", "浏览量"), "转发": ("转发数",)},
)
LOCAL = ("宁都县", "宁都")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
DESK = Actor("lin", Role.DESK, "林某")


def report(
    number: str,
    outlet: str = "",
    *,
    hours: int = 0,
    feeling: Sentiment = Sentiment.NEUTRAL,
    story: str = "",
    body: str = "宁都县一工厂冒烟",
    **extra: str,
) -> Case:
    read = labels(sentiment=feeling)
    columns = extra | ({"媒体名称": outlet} if outlet else {})
    came = item(
        number, channel="新闻媒体", title="工厂冒烟", body=body, extra=columns,
        received_at=AT + timedelta(hours=hours),
    )  # fmt: skip
    made = Story(came, read_as=read)
    if story:
        made.does(DESK, do.LinkMatter(matter=story), "2026-03-03T10:00")
    return made.case


def test_an_outlet_has_the_first_rank_that_names_it() -> None:
    ranks = {
        outlet: report_of(report("1", outlet), TABLE, LOCAL).rank
        for outlet in ("新华社客户端", "江西省日报", "小城故事")
    }
    assert ranks == {"新华社客户端": "央级", "江西省日报": "省级", "小城故事": OWN}
    on_platform = report_of(report("2", 平台="微博"), TABLE, LOCAL)
    assert (on_platform.outlet, on_platform.rank) == ("微博", OWN)


def test_what_does_not_name_the_place_says_nothing_of_it() -> None:
    angry = report("1", feeling=Sentiment.NEGATIVE)
    assert report_of(angry, TABLE, LOCAL).stance is Stance.CRITICAL
    elsewhere = report("2", feeling=Sentiment.NEGATIVE, body="邻县一工厂冒烟")
    assert report_of(elsewhere, TABLE, LOCAL).stance is Stance.NEUTRAL
    assert report_of(angry, TABLE, ()).stance is Stance.NEUTRAL
    praised = report("3", feeling=Sentiment.POSITIVE)
    assert report_of(praised, TABLE, LOCAL).stance is Stance.POSITIVE


@pytest.mark.parametrize(
    ("text", "number"),
    [("12,345", 12345), ("1.2万", 12000), ("10万+", 100000), ("0", 0), ("", None), ("很多", None)],
)
def test_a_number_of_readers_is_read_as_it_is_written(text: str, number: int | None) -> None:
    assert number_in(text) == number


def test_reach_is_what_the_source_tells_and_nothing_else() -> None:
    told = report_of(report("1", 浏览量="1.2万", 转发数="—"), TABLE, LOCAL)
    assert told.reach == {"阅读": 12000}
    assert report_of(report("2"), TABLE, LOCAL).reach == {}


def test_reprints_and_follow_ups_are_one_story_under_the_first() -> None:
    # The item of the helpers has the source of the tests; its case id is the story.
    first = report("1", "小城故事", 阅读数="100")
    told = [
        report_of(one, TABLE, LOCAL)
        for one in (
            report("2", "新华社", hours=5, story=first.case_id, feeling=Sentiment.NEGATIVE),
            report("3", "江西省日报", hours=2, story=first.case_id, 阅读数="1万"),
            first,
            report("4", "别的", hours=1),
        )
    ]
    one, other = stories(told, TABLE)
    assert one.first.case_id == first.case_id
    assert [each.outlet for each in one.reprints] == ["江西省日报", "新华社"]
    assert (one.rank, one.stance, one.reach) == ("央级", Stance.CRITICAL, {"阅读": 10100})
    assert (other.first.outlet, other.reprints) == ("别的", ())


def test_what_is_wrong_with_the_table_is_told() -> None:
    assert problem_of(TABLE) == ""
    assert "至少写一个渠道" in problem_of(MediaTable(channels=()))
    assert "至少两个字" in problem_of(MediaTable(ranks={"央级": ("报",)}))
    twice = MediaTable(ranks={"央级": ("新华社",), "省级": ("新华社",)})
    assert problem_of(twice) == "“新华社”既是“央级”又是“省级”，请只留一处。"

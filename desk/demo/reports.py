"""Media reports and the beginning of something in the sample data. All of it is invented.

One story with two reprints and one that blames the place (docs/media.md); and people of several
小区 who write within two hours that their tap water is yellow (docs/emerging.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from cases.record import commands as do
from cases.record.item import Item
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.ground.sample_data import SOURCE
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.seam.base import Batch

_MEDIA: Final = "新闻媒体"


class _Report(Struct, frozen=True, kw_only=True):
    hours_ago: float
    outlet: str
    title: str
    body: str
    reads: str
    reposts: str
    filed: bool = True
    """The desk has read it, and there is nothing to do."""


_ROAD: Final = (
    "{p}石桥村到南湖的农村公路昨天改造完工，恢复通车。新路面宽六米，弯道加装了护栏，沿线客运班车随之恢复。"
    "村民点赞：路好走了，进城快了一半，感谢交通部门和筑路工人的辛勤付出。"
)
_REPORTS: Final = (
    _Report(
        hours_ago=27,
        outlet="{p}融媒体中心",
        title="{p}石桥村农村公路改造完工恢复通车",
        body=_ROAD,
        reads="2,300",
        reposts="18",
    ),
    _Report(
        hours_ago=22,
        outlet="示例省日报",
        title="{p}石桥村农村公路改造完工，班车恢复",
        body=_ROAD + "据了解，这是今年全县完工的第五条农村公路。",
        reads="1.2万",
        reposts="46",
    ),
    _Report(
        hours_ago=7,
        outlet="乡里乡亲公众号",
        title="好消息！{p}石桥村农村公路改造完工恢复通车",
        body=_ROAD + "周末可以去走走看看。",
        reads="860",
        reposts="9",
    ),
    _Report(
        hours_ago=4,
        outlet="示例市晚报",
        title="{p}老旧小区改造拖了一年多，居民要一个完工时间",
        body="{p}东苑公寓的老旧小区改造去年春天开工，外墙只刷了一半，楼道里堆着材料，管线没有归位。"
        "居民质疑：说好半年完工，施工方推给社区，社区推给住建部门，一年多没有人给出准信。"
        "记者联系施工方，截至发稿没有得到答复。",
        reads="3.5万",
        reposts="210",
        filed=False,
    ),
)


class _Voice(Struct, frozen=True, kw_only=True):
    minutes_ago: int
    author: str
    place: str
    title: str
    body: str


_WATER: Final = (
    _Voice(
        minutes_ago=112,
        author="冯女士",
        place="锦绣花园",
        title="自来水颜色发黄",
        body="早上接水浇花，接出来是黄的，放了十来分钟也没变清。请自来水公司说明一下是什么原因。",
    ),
    _Voice(
        minutes_ago=98,
        author="曹先生",
        place="滨河小区",
        title="自来水浑浊",
        body="滨河小区这边，厨房的自来水接了一盆，黄黄的，盆底有一层泥沙，物业也不知道原因。",
    ),
    _Voice(
        minutes_ago=83,
        author="邓先生",
        place="学府名苑",
        title="水管里放出来的水带颜色",
        body="学府名苑六楼，衣服刚洗完全染上了印子，才发现自来水泛黄，问了对门也一样。是不是管道在检修？",
    ),
    _Voice(
        minutes_ago=71,
        author="许女士",
        place="东苑公寓",
        title="请问今天供水正常吗",
        body="东苑公寓的自来水发黄，烧开了有一股铁锈味，想问什么时候能恢复，要不要先去买桶装水。",
    ),
    _Voice(
        minutes_ago=55,
        author="谢先生",
        place="阳光新城",
        title="净水器滤芯一上午就变色",
        body="阳光新城的自来水发黄，上周刚换的滤芯现在成了咖啡色。供水公司电话一直占线，请帮忙转一下。",
    ),
    _Voice(
        minutes_ago=40,
        author="韩女士",
        place="江南一品",
        title="水质问题",
        body="我在江南一品开早点铺，今天的自来水一直发黄，豆浆没法磨，半天没有开张。希望给个说法。",
    ),
    _Voice(
        minutes_ago=26,
        author="苏先生",
        place="人民路",
        title="反映水龙头出黄水",
        body="人民路的老房子，从七点多开始自来水一直是黄色，楼上楼下都这样，物业说不是水箱的事。",
    ),
    _Voice(
        minutes_ago=12,
        author="姚女士",
        place="学府路",
        title="学府路停了一会儿水，再来就不清了",
        body="中间停水二十分钟，再来的时候自来水有些发黄，像茶一样。中午要做饭，请告诉我们什么时候能好。",
    ),
)
_CHANNELS: Final = ("12345热线", "微信公众号", "县长信箱")


def put_reports(store: EmbeddedStore, processor: Processor, now: datetime, place: str) -> None:
    """Each at its own time, up to `now`; what is there already changes nothing. `place`: what the
    place of the samples is called."""
    at = now
    runner = EmbeddedRunner(store, processor, lambda: at)
    both = [*_reports(now, place), *((item, False) for item in _voices(now))]
    for item, filed in sorted(both, key=lambda one: one[0].received_at):
        at = item.received_at
        runner.take(SOURCE, Batch(found=(item,)))
        runner.pump_all()
        if filed:
            at += timedelta(minutes=15)
            runner.act(
                Action(
                    message_id=f"demo-{item.case_id}-close",
                    case_id=item.case_id,
                    actor=Actor("demo-desk", Role.DESK, "林某"),
                    command=do.Close(exception="媒体正面报道，阅存，不需答复"),
                    at=at,
                )
            )
            runner.pump_all()


def _reports(now: datetime, place: str) -> Iterator[tuple[Item, bool]]:
    for number, each in enumerate(_REPORTS, 1):
        item = Item(
            source=SOURCE,
            source_item_id=f"mt-{number:03d}",
            channel=_MEDIA,
            received_at=now - timedelta(hours=each.hours_ago),
            title=each.title.format(p=place),
            body=each.body.format(p=place),
            extra={
                "媒体名称": each.outlet.format(p=place),
                "阅读数": each.reads,
                "转发数": each.reposts,
            },
        )
        yield item, each.filed


def _voices(now: datetime) -> Iterator[Item]:
    for number, each in enumerate(_WATER, 1):
        yield Item(
            source=SOURCE,
            source_item_id=f"gs-{number:03d}",
            channel=_CHANNELS[number % len(_CHANNELS)],
            received_at=now - timedelta(minutes=each.minutes_ago),
            title=each.title,
            body=each.body,
            author=each.author,
            place=each.place,
        )

"""Kinds of texts that real letters have: addresses in tables, forms and lists, and what looks like
a home or a name and is none. What stands in <> must not be readable; the texts are ours."""

from __future__ import annotations

import re

import pytest

from cases.privacy import masking
from cases.privacy.masking import mask

HOMES = """
我家<2>幢<303>室楼下开了烧烤店
我住<3>栋<205>门面楼上，一家人都睡不好
同单元<1101>室漏水
我们单元<701>的水管裂了
家住新华街<32>号<东院>
楼栋:<12> 单元:<1> 房号:<302>，水压低
房号：<1-2-503>
栋：<六>，单元：<二>，室：<五〇一>
室号=<1203>
家住解放路<12>号银杏嘉园<9>栋<2>单元<301>
地址: 德雅路<37>号 德雅苑
住在翠竹苑<十二>幢<一>单元<六零二>室
我住上河村<老槐树下>组
员工宿舍<B>栋<508>
"""
TABLES = (
    "漏水住户如下\n姓名,楼栋,单元,房号,情况\n张<小兰>,<12>,<1>,<302>,厨房漏水\n黑<子明>,<3>,<2>,<1101>,顶棚",
    "|户主|门牌号|\n|---|---|\n|柳<大强>|<三>组<18>|\n|白<石>|<7>|",
    "业主\t楼号\t房间号\t电话\n刘<艳>\t<2>\t<503>\t略",
    "姓名 房号\n赵<云霞> <305>",
)
STAYS = """
我们是白鹭塘路65号银杏嘉园9栋全体业主
银领公寓（梧桐坡西路18号）的业主
云城世家（人民东路39号）停车难
我住在岚山南路20号岚峰星苑小区，前面修路
户口落在府前路9号（乡政府）
青石路15号省中医药大学门口
橘园大道钟楼新村32号:宏远汽车配件有限公司
我们六个人住一个小三房
住在清江壹号的居民
居住在3号线的居民
拨打A6区590热线无果
物业办公室在2栋101
居委会设在5栋1单元102
碧桐华庭20栋1401非法开设麻将馆
3栋2单元5楼505室非法住改商麻将馆
13栋103违法住改商
3栋104将住房改造成麻将馆
晴川嘉园9栋101明学教育
云栖春天2栋320，一家名叫一抹晨光婚纱摄影的店
9栋106、108号门面
商业街1栋2楼01号
楼上301医院分院
设备型号,单价\\n301,500\\n302,600
限制业主买水
邻居门开到90度
两侧居民楼林立
居民车拥量也较大
楼江一号、钱丰世家
让我这样称呼您
司马昭之心，路人皆知
学习雷锋和焦裕禄
希望青云山风景区设派出所
建议为银子岩侗族苗族乡修路
星星岛，柳溪洲这类公园
也叫文盛商贸城的小区业主
购买金澜府（方苑澜5-1203）
锦颖集团（以下简称锦颖），矛盾在于：锦颖只部分认可
一个叫“砖块网”的网站
厂方代表张会计说
油漆店叫次元如意店
有个站点叫项家坪
专题报道：万泰业主已经签订合同
蔡锷路、楚歌路
区六中，区二中
百姓无不叫好
"""


def _lines(table: str) -> list[str]:
    return [line.replace("\\n", "\n") for line in table.strip().split("\n")]


@pytest.mark.parametrize("marked", [*_lines(HOMES), *TABLES])
def test_what_is_marked_is_hidden(marked: str) -> None:
    text = re.sub("[<>]", "", marked)
    masked = mask(text)
    for number, piece in enumerate(re.finditer("<([^>]*)>", marked)):
        start = piece.start() - 2 * number
        left = masked[start : start + len(piece[1])]
        assert not any(char.isalnum() for char in left), masked
    assert mask(masked) == masked


@pytest.mark.parametrize("text", _lines(STAYS))
def test_what_is_no_home_and_no_name_stays(text: str) -> None:
    assert mask(text) == text


def test_the_second_look_reads_what_stands_beside_stars_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    once = masking._mask_once

    def counted(text: str, *, by_office: bool) -> str:
        looked.append(len(text))
        return once(text, by_office=by_office)

    monkeypatch.setattr(masking, "_mask_once", counted)
    quiet = "小区的路灯坏了很久，一直没有人来修，请尽快处理。" * 40
    text = f"{quiet}我叫蔡锦程，电话13812345678。{quiet}"
    masked = mask(text)
    assert "蔡**" in masked
    assert "138****5678" in masked
    assert looked[0] == len(text)
    assert sum(looked[1:]) < len(text) / 4


def test_what_is_believed_only_once_its_neighbour_is_hidden_is_hidden_too() -> None:
    """A second look over parts gives what a look over all of the text gives."""
    for text in (
        "联系人刘一、陈二、张三丰，电话13812345678，" + "路灯坏了。" * 60,
        "路灯坏了。" * 60 + "桥工程师李建国13812345678李建军",
    ):
        masked = mask(text)
        assert masking._mask_once(masked, by_office=False) == masked

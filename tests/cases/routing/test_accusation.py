"""检举、控告: what sounds like an accusation of an office or its people."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.routing.accusation import NO_ACCUSATION, AccusationRule, AccusationTableError
from cases.words.plain_spelling import spelled_plainly, with_places
from tests.cases.helpers import register, table, usual

HERE = Path(__file__).parent

WAITS = (
    "举报县住建局物业科科长收受物业公司红包",
    "青禾镇石桥村村支书侵占集体资金，账目多年不公开",
    "派出所民警给赌场通风报信",
    "某局副局长受贿",
    "城管队员吃拿卡要，不给烟就扣车",
    "教育局包庇无证培训机构",
    "村干部克扣低保户的惠民资金",
    "赌场开了两年没人管，背后有保护伞",
    "我举报以后被镇政府打击报复",
    "法官徇私枉法",
    "采购中心内定中标人选",
    "街道办主任滥用职权",
    "卫健局违规审批诊所",
    "单位领导长期吃空饷",
    "中队长乱用公权力，逼车主到他指定的厂修车",
    "学校领导动手打考生，请纪委严肃查处",
    "征收办工作人员弄虚作假，签收单上不是我的字",
)
GOES = (
    "公司欠薪，请主持公道，不能“官官相护”",
    "开发商弄虚作假，请住建局查处",
    "举报楼下烧烤店油烟扰民",
    "举报工地夜间施工噪音",
    "举报邻居在楼道堆放杂物",
    "举报超市出售过期食品",
    "住建局不作为，电话打了三次没人管",
    "窗口工作人员态度差，办事拖拉",
    "物业公司挪用维修资金",
    "销售经理吃回扣",
    "尊敬的书记：您好！小区停水三天了",
    "建议加强反腐败宣传",
    "微信红包被骗五百元，请公安帮忙追回",
    "业委会主任账目不清",
    "楼下麻将馆通宵营业，请派出所查处",
    "垃圾桶里食物腐败变质，请相关部门清理",
    "",
)


@pytest.fixture(scope="module")
def rule() -> AccusationRule:
    return usual().accusation


@pytest.mark.parametrize("text", WAITS)
def test_an_accusation_of_an_office_or_its_people_is_found(rule: AccusationRule, text: str) -> None:
    found = rule.find("", text)
    assert found is not None
    assert found.offences
    assert all(quote in text for quote in found.quotes)


DISGUISED = (
    "举报 住 建 局 科 长 受 贿",
    "住建局局长贪\u200b污公款",
    "住建局局长受**贿",
    "住建局局长 受.贿",
    "住建局局长受_贿",
    "舉報縣住建局科長受賄",
    "县住建局科长受\u00ad贿",
    "住建局局长受\u3000贿",
    "住建局局长收受紅包",
    "县林业局（国有林场）干部敲诈勒索施工队",
    "实名举报环保局科长索要好处",
    "派出所民警刑讯逼供",
    "住建局领导吃喝卡要",
)
"""What an accused office would write into reports, could it, so that they go their way."""


@pytest.mark.parametrize("text", DISGUISED)
def test_no_spelling_hides_an_accusation(rule: AccusationRule, text: str) -> None:
    found = rule.find("反映问题", text)
    assert found is not None
    assert all(quote in "".join(text.split()) for quote in found.quotes)


def test_secrecy_asked_for_in_another_spelling_is_heard(rule: AccusationRule) -> None:
    assert rule.asks_secrecy("", "請 為 我 保\u200b密")
    assert not rule.asks_secrecy("", "保密工作做得好")


@given(st.text() | st.text("受贿科长局长 \u200b*。，\n\ud800", max_size=30))
def test_plain_spelling_is_total_and_every_character_has_its_place(
    rule: AccusationRule, text: str
) -> None:
    plain = with_places(text)
    assert plain.text == spelled_plainly(text)
    assert len(plain.text) == len(plain.places)
    assert list(plain.places) == sorted(set(plain.places))
    assert spelled_plainly(plain.text) == plain.text
    rule.find("", text)


def test_no_character_is_plain_in_two_steps() -> None:
    every = "".join(map(chr, range(0x1_0000)))
    assert spelled_plainly(spelled_plainly(every)) == spelled_plainly(every)


@pytest.mark.parametrize("text", GOES)
def test_slow_service_shops_and_neighbours_are_no_accusation(
    rule: AccusationRule, text: str
) -> None:
    assert rule.find(text, "") is None


def test_the_wrongdoing_and_the_official_stand_in_one_sentence(rule: AccusationRule) -> None:
    assert rule.find("", "物业经理收受红包。请科长来看看。") is None
    assert rule.find("", "科长收受红包") is not None
    far = "科长" + "说" * rule.table.reach
    assert rule.find("", far + "收受红包") is not None
    assert rule.find("", far + "的收受红包") is None


def test_units_of_the_table_count_as_offices() -> None:
    assert NO_ACCUSATION.find("县林业局收受红包", "") is None
    alone = AccusationRule.from_table({"offence": [{"name": "收礼", "words": ["收受"]}]})
    assert alone.find("县林业局收受红包", "") is None
    known = AccusationRule.from_table(
        {"offence": [{"name": "收礼", "words": ["收受"]}]}, register()
    )
    found = known.find("县林业局收受红包", "")
    assert found is not None
    assert found.officials == ("县林业局",)


def test_a_wrong_table_says_what_is_wrong() -> None:
    with pytest.raises(AccusationTableError, match=r"accusation\.toml.*offence"):
        AccusationRule.from_table({"offense": []})
    with pytest.raises(AccusationTableError, match=r"suggest.*nobody"):
        AccusationRule.from_table(table("accusation.toml") | {"suggest": "nobody"}, register())


def test_every_letter_of_the_sample_has_a_label_and_a_half() -> None:
    rows = read_labels()
    assert len(rows) == 240
    assert {row["label"] for row in rows} == {"waits", "goes"}
    halves = [row["half"] for row in rows]
    assert halves.count("rules") == halves.count("figure") == 120


def read_labels() -> list[dict[str, str]]:
    with (HERE / "accusation_letters.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

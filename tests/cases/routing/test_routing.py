"""Every message gets a unit and a reason that quotes what decided."""

from __future__ import annotations

import time
import tomllib
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.record.item import Item
from cases.routing.phrases import PhraseIndex
from cases.routing.reasons import Rule
from cases.routing.routing import Assignment, Router
from cases.routing.units import UnitTableError
from cases.words.labels import Labels
from cases.words.times import BEIJING
from tests.cases.helpers import table

TABLE = """
[routing]
default = "desk"
place_leads = ["农村农业/村务管理"]

[[unit]]
id = "desk"
name = "值班台"
kind = "部门"
may_not_return = ["*"]

[[unit]]
id = "petition"
name = "县信访局"
kind = "部门"
aliases = ["信访局"]
named_in_text = false

[[unit]]
id = "housing"
name = "县住建局"
kind = "部门"
aliases = ["住建局"]
topics = ["城乡建设", "城乡建设/住房保障与房地产"]
may_not_return = ["城乡建设/住房保障与房地产"]

[[unit]]
id = "planning"
name = "县规划局"
kind = "部门"
aliases = ["规划局"]
merged_into = "housing"
valid_to = 2019-02-28

[[unit]]
id = "cleaning"
name = "县城管局"
kind = "部门"
aliases = ["城管局", "城管"]
topics = ["城乡建设/城市建设和市政管理"]
assists = ["城乡建设/住房保障与房地产/物业服务"]

[[unit]]
id = "police"
name = "县公安局"
kind = "部门"
aliases = ["公安局"]

[[unit]]
id = "traffic"
name = "县交警大队"
kind = "部门"
aliases = ["公安局交警大队", "交警大队"]
parent = "police"

[[unit]]
id = "farming"
name = "县农业农村局"
kind = "部门"
topics = ["农村农业"]

[[unit]]
id = "water"
name = "县自来水公司"
kind = "公共企事业"

[[unit]]
id = "fire"
name = "县消防大队"
kind = "驻区单位"

[[unit]]
id = "city"
name = "B市人民政府"
kind = "县市区"
places = ["B市"]

[[unit]]
id = "town"
name = "清水镇人民政府"
kind = "乡镇街道"
aliases = ["清水镇政府"]
places = ["清水镇"]
parent = "city"

[[unit]]
id = "districts"
name = "外县转办窗口"
kind = "县市区"
places = ["/C[0-9]{0,2}[市区县]/"]

[[event]]
unit = "water"
words = ["停水", "水管爆裂"]

[[event]]
unit = "fire"
words = ["起火", "火灾"]
"""

UNSURE = Labels(
    model="test", abstained=True, topic_candidates=(("城乡建设", 0.4), ("交通运输", 0.3))
)


def topic(*path: str) -> Labels:
    return Labels(model="test", topic=path[0], topic_path=path, topic_confidence=0.9)


def item(title: str = "反映问题", body: str = "请处理", **fields: object) -> Item:
    return Item(
        source="test",
        source_item_id="1",
        channel="测试",
        received_at=datetime(2024, 1, 2, 9, tzinfo=BEIJING),
        title=title,
        body=body,
        **fields,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def router() -> Router:
    return Router.from_table(tomllib.loads(TABLE))


# ---------------------------------------------------------------- the rules, in order


def test_the_unit_that_the_source_names_leads(router: Router) -> None:
    got = router.route(item("家里停水", named_unit="县城管局"), topic("农村农业"))
    assert (got.lead, got.rule) == ("cleaning", Rule.NAMED_UNIT)
    assert got.reason == "来源已指定“县城管局”，由县城管局主办。"


@pytest.mark.parametrize(
    ("field", "lead", "assisting"),
    [
        ("住建局、城管局", "housing", ("cleaning",)),
        ("某县住建局物业股", "housing", ()),
        ("清水镇", "town", ()),
        ("C3县", "districts", ()),
        ("信访局", "petition", ()),
        ("县规划局，住建局", "housing", ()),
    ],
)
def test_the_source_s_field_is_read_as_offices_write_it(
    router: Router, field: str, lead: str, assisting: tuple[str, ...]
) -> None:
    got = router.route(item(named_unit=field), UNSURE)
    assert (got.lead, got.assisting, got.rule) == (lead, assisting, Rule.NAMED_UNIT)


def test_an_unknown_name_in_the_source_s_field_leaves_the_choice_to_the_next_rule(
    router: Router,
) -> None:
    got = router.route(item("停水", named_unit="某某集团"), UNSURE)
    assert (got.lead, got.rule) == ("water", Rule.EVENT)


def test_the_longest_name_in_the_text_wins(router: Router) -> None:
    got = router.route(item("咨询", "请城管和公安局交警大队管管"), topic("城乡建设"))
    assert (got.lead, got.rule) == ("traffic", Rule.NAMED_IN_TEXT)
    assert got.reason == (
        "正文点名“公安局交警大队”，由县交警大队主办；文中还提到县城管局，供参考。"
    )


def test_a_name_that_a_mail_program_cut_in_two_is_found(router: Router) -> None:
    got = router.route(item("咨询", "请公安局交\n警大队管管"), topic("城乡建设"))
    assert (got.lead, got.rule) == ("traffic", Rule.NAMED_IN_TEXT)


def test_an_addressee_is_not_the_one_responsible(router: Router) -> None:
    got = router.route(item(body="多次向信访局反映"), topic("城乡建设"))
    assert (got.lead, got.rule) == ("housing", Rule.TOPIC)


def test_who_handles_the_event_answers(router: Router) -> None:
    got = router.route(item("小区停水三天", "楼道曾经起火"), topic("城乡建设"))
    assert (got.lead, got.rule) == ("water", Rule.EVENT)
    assert got.reason == "标题提到“停水”，由处置单位县自来水公司主办（谁处置谁回应）。"


def test_one_mention_of_an_event_in_the_body_is_background(router: Router) -> None:
    once = router.route(item(body="去年停水时修的路塌了"), topic("城乡建设"))
    twice = router.route(item(body="又停水了，水管爆裂没人修"), topic("城乡建设"))
    assert (once.lead, once.rule) == ("housing", Rule.TOPIC)
    assert (twice.lead, twice.rule) == ("water", Rule.EVENT)


def test_the_deepest_topic_that_somebody_leads_on_decides(router: Router) -> None:
    got = router.route(item(), topic("城乡建设", "城市建设和市政管理", "公园管理"))
    assert (got.lead, got.rule) == ("cleaning", Rule.TOPIC)
    assert got.reason == (
        "事项分类为“城乡建设 / 城市建设和市政管理”，由主管单位县城管局主办（谁主管谁回应）。"
    )


def test_the_source_s_category_serves_when_the_classifier_abstained(router: Router) -> None:
    got = router.route(item(category="农村农业 / 惠农补贴"), UNSURE)
    assert (got.lead, got.rule) == ("farming", Rule.TOPIC)
    assert "来源分类为“农村农业”" in got.reason


def test_a_place_alone_leads(router: Router) -> None:
    got = router.route(item(body="清水镇的路"), UNSURE)
    assert (got.lead, got.assisting, got.rule) == ("town", (), Rule.PLACE)
    assert got.reason == "文中地点为“清水镇”，由清水镇人民政府主办（属地管理）。"


def test_what_nobody_claims_goes_to_the_desk_with_the_reason(router: Router) -> None:
    got = router.route(item(), UNSURE)
    assert (got.lead, got.rule, got.may_return) == ("desk", Rule.DEFAULT, False)
    assert got.reason == (
        "事项分类没有把握（在“城乡建设”与“交通运输”之间），"
        "也没有点名的单位、处置事件或地点可依，转值班台人工分派。"
    )
    alone = router.route(item(), topic("商贸旅游"))
    assert alone.reason.startswith("事项分类“商贸旅游”没有对应的主管单位")


# ---------------------------------------------------------------- joint handling


def test_the_place_assists_the_unit_in_charge(router: Router) -> None:
    got = router.route(item(body="清水镇的小区"), topic("城乡建设"))
    assert (got.lead, got.assisting) == ("housing", ("town",))
    assert got.reason.endswith("；文中地点为“清水镇”，清水镇人民政府协办（属地管理）。")


def test_on_some_topics_the_place_leads_and_the_unit_in_charge_assists(router: Router) -> None:
    got = router.route(item(body="清水镇的村"), topic("农村农业", "村务管理", "村务公开"))
    assert (got.lead, got.assisting, got.rule) == ("town", ("farming",), Rule.PLACE)
    assert got.reason == (
        "文中地点为“清水镇”，此类事项由属地清水镇人民政府主办（属地管理）；"
        "事项分类为“农村农业”，由主管单位县农业农村局协办（谁主管谁回应）。"
    )


def test_a_named_unit_keeps_the_lead_whatever_the_place_is(router: Router) -> None:
    labels = topic("农村农业", "村务管理")
    got = router.route(item(body="清水镇的村，请住建局核实"), labels)
    assert (got.lead, got.assisting) == ("housing", ("town",))


def test_units_that_share_a_topic_join(router: Router) -> None:
    got = router.route(item(), topic("城乡建设", "住房保障与房地产", "物业服务"))
    assert (got.lead, got.assisting) == ("housing", ("cleaning",))
    assert "县城管局会同办理" in got.reason


def test_the_place_role_is_configured() -> None:
    message, labels = item(body="清水镇的小区"), topic("城乡建设")
    for role, lead, assisting in (
        ("lead", "town", ("housing",)),
        ("none", "housing", ()),
        ("assist", "housing", ("town",)),
    ):
        table = tomllib.loads(TABLE.replace("[routing]", f'[routing]\nplace_role = "{role}"'))
        got = Router.from_table(table).route(message, labels)
        assert (got.lead, got.assisting) == (lead, assisting)


def test_the_order_of_the_rules_is_configured() -> None:
    table = tomllib.loads(
        TABLE.replace("[routing]", '[routing]\norder = ["topic", "named_in_text"]')
    )
    got = Router.from_table(table).route(item(body="找城管局，清水镇停水停水"), topic("农村农业"))
    assert (got.lead, got.rule) == ("farming", Rule.TOPIC)


# ---------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("fields", "lead", "word"),
    [
        ({"body": "B市清水镇"}, "town", "清水镇"),
        ({"title": "B市的路", "body": "我从C3县来"}, "city", "B市"),
        ({"place": "清水镇一路", "body": "C3县"}, "town", "清水镇"),
        ({"body": "在C12市和C3县"}, "districts", "C12市"),
    ],
)
def test_the_place_is_the_most_exact_one(
    router: Router, fields: dict[str, str], lead: str, word: str
) -> None:
    got = router.route(item(**fields), UNSURE)
    assert got.lead == lead
    assert f"“{word}”" in got.reason


# ---------------------------------------------------------------- time and duty


def test_a_merged_unit_s_cases_go_to_its_successor(router: Router) -> None:
    message = item(body="请规划局核实")
    assert router.route(message, UNSURE).lead == "housing"
    assert router.route(message, UNSURE, on=date(2018, 5, 1)).lead == "planning"


def test_some_designations_may_not_be_handed_back(router: Router) -> None:
    assert router.route(item(), topic("城乡建设")).may_return
    assert not router.route(item(), topic("城乡建设", "住房保障与房地产")).may_return


# ---------------------------------------------------------------- wrong tables


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('default = "desk"', 'default = "nobody"'), ["[routing] default", "nobody"]),
        (('default = "desk"', ""), ["[routing]", "default", "缺少"]),
        (
            ('default = "desk"', 'default = "desk"\norder = ["magic"]'),
            ["[routing] 键 order 第 1 项", "magic"],
        ),
        (('unit = "fire"', 'unit = "nobody"'), ["[[event]] 第 2 条", "nobody"]),
        (('"火灾"', '"停水"'), ["停水", "县自来水公司", "县消防大队"]),
        (('"火灾"', '"火"'), ["火", "两个字"]),
        (('places = ["清水镇"]', 'places = ["B市"]'), ["B市", "清水镇人民政府"]),
        (('aliases = ["清水镇政府"]', 'aliases = ["镇"]'), ["镇", "两个字"]),
        (("C[0-9]{0,2}[市区县]", "C[0-9"), ["districts", "正则"]),
        (("C[0-9]{0,2}[市区县]", "(C)"), ["districts", "分组"]),
    ],
)
def test_a_wrong_table_is_refused(change: tuple[str, str], words: list[str]) -> None:
    assert change[0] in TABLE
    with pytest.raises(UnitTableError) as caught:
        Router.from_table(tomllib.loads(TABLE.replace(*change, 1)))
    for word in ["config/units.toml", *words]:
        assert word in str(caught.value)


def test_topics_of_the_policy_are_checked_against_the_taxonomy() -> None:
    table = tomllib.loads(TABLE)
    known = {topic for unit in table["unit"] for topic in unit.get("topics", ())}
    known |= {topic for unit in table["unit"] for topic in unit.get("assists", ())}
    with pytest.raises(UnitTableError, match=r"place_leads.*村务管理"):
        Router.from_table(table, topics=known)
    assert Router.from_table(table, topics={*known, "农村农业/村务管理"})


# ---------------------------------------------------------------- any text


@pytest.fixture(scope="module")
def usual() -> Router:
    return Router.from_table(table("units.toml"))


@given(st.text(max_size=60), st.text(max_size=120), st.text(max_size=20))
def test_any_text_gets_a_unit_and_a_sentence(title: str, body: str, named: str) -> None:
    router = Router.from_table(tomllib.loads(TABLE))
    got = router.route(item(title, body, named_unit=named), UNSURE)
    assert isinstance(got, Assignment)
    assert got.lead in router.register
    assert got.lead not in got.assisting
    assert got.reason.endswith("。")


@pytest.mark.no_cover  # it measures time
def test_routing_a_long_message_costs_little(usual: Router) -> None:
    message = item(body="反映小区物业收费和停车难的问题，业主多次沟通没有结果。" * 16)
    labels = topic("城乡建设", "住房保障与房地产")
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(50):
            usual.route(message, labels)
        best = min(best, time.perf_counter() - start)
    # About 25 µs; the bound leaves room for a busy machine and still catches an
    # alternation of all words, which takes over 150 µs.
    assert best / 50 < 120e-6


@given(
    st.lists(st.text("甲乙丙丁AB", min_size=2, max_size=4), max_size=12),
    st.text("甲乙丙丁AB，", max_size=60),
)
def test_the_index_finds_exactly_the_phrases_that_occur(phrases: list[str], text: str) -> None:
    found = PhraseIndex(phrases).present(text)
    assert set(found) == {phrase for phrase in phrases if phrase in text}
    assert len(found) == len(set(found))


# ---------------------------------------------------------------- landmarks, mentions, 派单目录


def test_the_reason_names_the_item_of_the_catalogue_and_who_was_mentioned(usual: Router) -> None:
    got = usual.route(item("公交车不准点", "找过派出所，路过税务局宿舍"), UNSURE)
    assert got.lead == "bus-company"
    assert got.reason == (
        "派单目录“公交”（标题提到“公交车”），由县公共交通公司主办；文中还提到县公安局，供参考。"
    )


def test_a_mention_alone_goes_to_the_desk_with_the_suggestion(router: Router) -> None:
    got = router.route(item(body="城管局知道"), UNSURE)
    assert (got.lead, got.rule) == ("desk", Rule.DEFAULT)
    assert got.reason.endswith("；文中还提到县城管局，供参考。")


def test_a_close_topic_is_not_overruled_by_words_of_the_body(router: Router) -> None:
    labels = topic("城乡建设", "城市建设和市政管理")
    got = router.route(item(body="停水停水，水管爆裂"), labels)
    assert (got.lead, got.rule) == ("cleaning", Rule.TOPIC)

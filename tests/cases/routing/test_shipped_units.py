"""The shipped units: what they lead, what stands below them, and where a matter goes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks import places
from cases.record.item import Item
from cases.routing.influence import Influence
from cases.routing.reasons import Rule
from cases.routing.routing import Router
from cases.routing.units import UnitRegister
from cases.words.labels import Labels
from desk.ground.configuration import Configuration
from huiyin.configuration.table import Table
from tests.cases.helpers import CONFIG
from tests.cases.routing.test_routing import UNSURE, item, topic


@pytest.fixture(scope="module")
def table() -> Table:
    return Configuration(CONFIG).table("units.toml")


@pytest.fixture(scope="module")
def of_the_real_files() -> Router:
    return Router.from_table(places.configuration().table("units.toml"))


@pytest.fixture(scope="module")
def shipped(table: Table) -> Router:
    return Router.from_table(table)


@pytest.mark.parametrize(
    ("message", "labels", "lead", "assisting"),
    [
        (item("A3区小区停水"), UNSURE, "water-company", ("a3",)),
        (item(body="B7县的学校乱收费"), topic("教育文体"), "education", ("b-city",)),
        (item(body="杭州市余杭区闲林街道"), UNSURE, "yuhang", ()),
        (item(named_unit="县住建局"), UNSURE, "housing", ()),
        (item(body="请国土局核实"), UNSURE, "natural-resources", ()),
        (item(body="国土局批的"), UNSURE, "duty-desk", ()),
        (item(body="城关镇的村干部"), topic("农村农业", "村务管理"), "town-chengguan",
         ("agriculture",)),
        (item(), UNSURE, "duty-desk", ()),
    ],
)  # fmt: skip
def test_the_shipped_table_with_the_places_of_the_real_files(
    of_the_real_files: Router, message: Item, labels: Labels, lead: str, assisting: tuple[str, ...]
) -> None:
    got = of_the_real_files.route(message, labels)
    assert (got.lead, got.assisting) == (lead, assisting)


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        ("气象局旁边的楼盘停工了", "housing"),
        ("紧挨气象局的小区噪音扰民", "environment"),
        ("公司拖欠工资和住房公积金，拖欠工资半年", "human-resources"),
        ("建设路健身房人去楼空不退款", "market"),
        ("实验小学旁公交站什么时候建", "bus-company"),
        ("公安局宿舍停水", "water-company"),
        ("请交警管管学校门口乱停车", "traffic-police"),
        ("咨询住房公积金贷款", "housing-fund"),
        ("26路公汽到人才市场站从来不停", "bus-company"),
        ("美食广场虚假招商，说好的门口斑马线也没有画", "market"),
        ("请求查处公路局北栋504室通宵噪音扰民", "environment"),
        ("公路局3号楼业主噪音扰民", "environment"),
        ("毕业生的档案托管在哪里办", "human-resources"),
        ("教师招聘面试不公平", "education"),
        ("演出取消了，票务公司不肯退票", "market"),
        ("湖边景区门票比省城还贵", "culture-tourism"),
        ("请取缔居民楼下的违规饭店", "urban-management"),
        ("请加快扶持小微企业", "industry"),
        ("建议小区增设充电桩", "development-reform"),
        ("办营业执照要跑几次", "approval"),
        ("投诉无营业执照的奶茶店", "market"),
        ("表扬东苑公寓的保洁员", "duty-desk"),
        ("滨江公寓楼延期交付", "housing"),
        ("山背组村民出行困难", "transport"),
        ("楼上高空抛物砸坏车顶", "police"),
        ("外墙高空坠物吓人", "housing"),
        ("汽配城脏乱差，还违规收取停车费", "housing"),
        ("消防通道被堵死", "fire"),
        ("电梯坠落两层", "market"),
        ("学校食堂吃出虫子", "market"),
        # An enterprise that owes wages is an employer, and no answer to its workers.
        ("公交公司拖欠我的工资和社保", "human-resources"),
        ("自来水公司半年没发工人工资", "human-resources"),
        ("公交公司司机不停站", "bus-company"),
        ("镇口的公交车站希望尽快启用", "bus-company"),
        ("质疑东苑学校用地调规听证会", "natural-resources"),
        ("某小区消防问题", "fire"),
        # A name or a longer word is not the matter that it contains.
        ("城际空间站建筑质量堪忧", "housing"),
        ("渔民转产转业的遗留问题", "agriculture"),
        ("转业干部安置", "veterans"),
        ("举报幼儿园侵占公共绿地", "urban-management"),
        # The property managers who cut a household off are no utility.
        ("东苑小区物业强行断电", "housing"),
        ("东苑小区整夜断电", "power-company"),
        ("新水表走得飞快", "water-company"),
        ("建议在建设街划出停车位", "traffic-police"),
        ("小区停车位被占", "housing"),
        ("希望镇里也办文艺活动", "culture-tourism"),
        ("乒羽馆什么时候开放", "education"),
        ("文体中心地铁出入口设在哪边", "transport"),
        ("环卫粪池车长期乱停", "urban-management"),
        ("有人倾倒渣土把水沟填了", "urban-management"),
        ("老屋复垦的补助何时发", "natural-resources"),
        ("千亩良田被推平", "natural-resources"),
        ("希望大道质监局段加人行天桥", "urban-management"),
        ("请质监局段局长过问电视机质量", "market"),
        ("农民工子女转学", "education"),
        ("被诈骗的购房者", "housing"),
        ("兴修水利是好事，路挖坏了谁修", "water"),
        ("邮政公司劳务工的特困补助", "human-resources"),
        ("建议小区附近增设公共停车位", "traffic-police"),
        ("建设路何时限制货车通行", "traffic-police"),
        ("县医院门口占道停车", "traffic-police"),
        ("路口有人发小卡片", "urban-management"),
        ("楼下夜宵摊扰民", "urban-management"),
        ("父母的养老认证总不成功", "human-resources"),
        ("山里行路难", "transport"),
        ("实验中学外的马路成了停车场，到处违停", "traffic-police"),
    ],
)
def test_the_shipped_table_sends_a_matter_where_a_person_would(
    shipped: Router, title: str, lead: str
) -> None:
    assert shipped.route(item(title), UNSURE).lead == lead


@pytest.mark.parametrize(
    ("department", "lead"),
    [
        ("消防", "fire"),
        ("公安", "police"),
        ("市场监管", "market"),
        ("住建", "housing"),
        ("规划", "natural-resources"),
        ("水利", "water"),
        ("人社", "human-resources"),
        ("供电", "power-company"),
        ("卫健", "health"),
        ("城管", "urban-management"),
    ],
)
def test_a_unit_is_asked_by_the_name_of_its_work(
    shipped: Router, department: str, lead: str
) -> None:
    got = shipped.route(item("来信反映", f"请{department}部门派人核查。"), UNSURE)
    assert (got.lead, got.rule) == (lead, Rule.NAMED_IN_TEXT)


def test_a_broken_street_is_no_matter_of_cleaning(shipped: Router) -> None:
    assert "市政设施" in shipped.route(item("镇东路面塌陷"), UNSURE).reason
    assert "市容和环卫" in shipped.route(item("镇东垃圾成堆"), UNSURE).reason


def test_the_shipped_units_use_topics_of_the_taxonomy(root: Path, table: Table) -> None:
    taxonomy = root.parent / "shared/data/topics/taxonomy.csv"
    topics: set[str] | None = None
    if taxonomy.exists():
        with taxonomy.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        topics = {"/".join(row[:depth]) for row in rows for depth in (1, 2, 3)}
    units = UnitRegister.from_table(table, topics=topics)
    led = {topic for unit in units for topic in unit.topics if "/" not in topic}
    assert led == {
        *("城乡建设", "党务政务", "国土资源", "环境保护", "纪检监察", "交通运输", "经济管理"),
        *("科技与信息产业", "民政", "农村农业", "商贸旅游", "卫生计生", "政法", "教育文体"),
        "劳动和社会保障",
    }


def test_the_shipped_units_know_their_stations(table: Table) -> None:
    influence = Influence.of(UnitRegister.from_table(table))
    assert "water-company" in influence.within(["housing"])
    assert influence.reach(["traffic-police"]) == {"traffic-police", "police"}
    assert {"land", "planning"} <= influence.within(["natural-resources"])


def test_a_county_writes_the_row_into_its_own_folder(tmp_path: Path) -> None:
    """And what was dispatched tells by which rows: the configuration has another number."""
    row = (
        '[[ruling]]\nnew = true\nid = "lamps"\nitem = "背街小巷路灯"\nunit = "urban-management"\n'
        'words = ["路灯", "小巷"]\nbasis = "会议纪要"\ndecided_on = 2026-03-02\n'
        'decided_by = "值班台"\n'
    )
    (tmp_path / "units.toml").write_text(row, "utf-8")
    laid = Configuration(CONFIG, tmp_path)
    chosen = Router.from_table(laid.table("units.toml"))
    letter = item("小巷路灯不亮", "请修。")
    assert chosen.route(letter, UNSURE).rule is Rule.RULING
    assert laid.number != Configuration(CONFIG).number

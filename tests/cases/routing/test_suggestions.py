"""The three units that a message is likeliest for, and the shipped rows of the 派单目录."""

from __future__ import annotations

from datetime import datetime

import pytest

from cases.record.item import Item
from cases.routing.routing import Router, Suggestion
from cases.words.labels import Labels
from cases.words.times import BEIJING
from tests.cases.helpers import table

UNSURE = Labels(model="test", abstained=True)


@pytest.fixture(scope="module")
def shipped() -> Router:
    return Router.from_table(table("units.toml"))


def item(title: str = "", body: str = "", named_unit: str = "") -> Item:
    return Item(
        source="test",
        source_item_id="1",
        channel="问政平台",
        received_at=datetime(2026, 3, 2, 9, tzinfo=BEIJING),
        title=title,
        body=body,
        named_unit=named_unit,
    )


def sure(*path: str) -> Labels:
    return Labels(model="test", topic=path[0], topic_path=path, topic_confidence=0.9)


def wavering(*between: tuple[str, float]) -> Labels:
    return Labels(model="test", abstained=True, topic_guess=between[0][0], topic_candidates=between)


def suggested(router: Router, message: Item, labels: Labels) -> tuple[str, ...]:
    return tuple(one.unit for one in router.suggest(message, labels))


def test_the_first_is_the_one_that_was_chosen_and_each_tells_its_words(shipped: Router) -> None:
    message = item("小区停水三天，物业不管", "城关镇的小区停水，说是道路施工挖断了水管")
    labels = sure("城乡建设")
    three = shipped.suggest(message, labels)
    assert three[0].unit == shipped.route(message, labels).lead == "housing"
    assert three == (
        Suggestion("housing", "派单目录“物业和停车位”（标题提到“物业”）"),
        Suggestion("water-company", "派单目录“供水”（标题提到“停水”）"),
        Suggestion("town-chengguan", "文中地点为“城关镇”"),
    )


def test_there_are_three_at_most_and_each_once(shipped: Router) -> None:
    body = "夜宵摊油烟扰民，占道停车，乱停乱放，消防通道被占，物业不管，学校旁边的垃圾没人收"
    units = suggested(shipped, item("夜宵摊扰民", body), sure("环境保护"))
    assert len(units) == len(set(units)) == 3


def test_where_no_rule_speaks_the_desk_is_offered_what_the_classifier_wavered_between(
    shipped: Router,
) -> None:
    message, labels = item("咨询一件事", "想了解一下"), wavering(("民政", 0.4), ("教育文体", 0.3))
    assert shipped.route(message, labels).lead == "duty-desk"
    assert shipped.suggest(message, labels) == (
        Suggestion("civil-affairs", "可能的事项分类为“民政”"),
        Suggestion("education", "可能的事项分类为“教育文体”"),
    )


def test_what_is_known_of_the_subject_stands_before_the_place(shipped: Router) -> None:
    message = item("河东街道的一件事", "想了解一下")
    assert suggested(shipped, message, wavering(("民政", 0.4))) == (
        "street-hedong",
        "civil-affairs",
    )
    assert suggested(shipped, message, sure("民政")) == ("civil-affairs", "street-hedong")


def test_a_unit_that_the_source_names_comes_first(shipped: Router) -> None:
    units = suggested(shipped, item("小区停水", named_unit="县教育局"), UNSURE)
    assert units == ("education", "water-company")


def test_nothing_to_go_by_gives_no_suggestion(shipped: Router) -> None:
    assert shipped.suggest(item(), UNSURE) == ()


def test_one_mention_of_a_matter_goes_before_the_place_alone(shipped: Router) -> None:
    message = item("城关镇的情况", "我家门口的井盖坏了")
    assert shipped.route(message, UNSURE).lead == "urban-management"
    assert shipped.route(message, sure("农村农业")).lead == "agriculture"


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("反映国土局旁道路坑坑洼洼", "urban-management"),
        ("派出所边上的危房", "housing"),
        ("房产局至文化局路段积水", "urban-management"),
    ],
)
def test_a_word_within_the_name_of_a_unit_is_no_matter(
    shipped: Router, title: str, unit: str
) -> None:
    """房产局 is no 房产, and who stands beside an office does not speak of it."""
    assert shipped.route(item(title), sure("城乡建设", "城市建设和市政管理")).lead == unit


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("清河食品有限公司不给员工上社保", "human-resources"),
        ("招商局物流公司的货车压坏了人行道", "urban-management"),
        ("食品过期", "market"),
        ("物业公司乱收停车费", "housing"),
    ],
)
def test_a_word_within_the_name_of_a_company_is_no_matter(
    shipped: Router, title: str, unit: str
) -> None:
    assert shipped.route(item(title), UNSURE).lead == unit


@pytest.mark.parametrize("asks", ["由公安局出具的证明被退回", "公安局出具的证明不被认可"])
def test_an_office_that_issued_something_is_not_asked(shipped: Router, asks: str) -> None:
    assert shipped.route(item("社区办事难", asks), sure("劳动和社会保障")).lead == "human-resources"


def test_an_office_that_is_to_lead_is_asked(shipped: Router) -> None:
    labels = sure("劳动和社会保障")
    assert shipped.route(item("社区办事难", "希望公安局牵头解决"), labels).lead == "police"


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("毕业生的组织关系和党费怎么转", "organization"),
        ("村里通组公路还没有硬化", "transport"),
        ("希望加开到省城的列车", "transport"),
        ("学校门口的路段请设减速带和限速牌", "traffic-police"),
        ("大货车超载没人管", "traffic-police"),
        ("人行道地砖松动，盲道被占", "urban-management"),
        ("门前马路下沉了一个坑", "urban-management"),
        ("瓶装液化气涨得太快", "gas-company"),
        ("楼道里蟑螂成灾，盼统一消杀", "health"),
        ("某快餐店铺卫生差", "market"),
        ("村规民约不给外嫁女分红", "agriculture"),
        ("山界划错，林权证对不上", "forestry"),
        ("后街那块空地准备建什么", "natural-resources"),
        ("新校区什么时候开课", "education"),
        ("学院宿舍楼经常没有热水", "education"),
        ("平台不兑付，出借人血本无归", "development-reform"),
        ("殡仪车乱要价", "civil-affairs"),
        ("申请执行半年，老赖名下有车", "court"),
        ("领导接访日排队没轮到", "petition"),
        ("建档立卡户的标准", "rural-revitalization"),
        ("单元增建电梯要哪些手续", "housing"),
        ("食堂承包招标不公开", "development-reform"),
        ("电工证怎么考", "emergency"),
        ("公寓改成按摩店", "police"),
        ("末班车收得太早", "bus-company"),
        ("旧车报废补贴怎么领", "commerce"),
        ("请调整公交站站点的位置", "bus-company"),
        ("楼下装了一台变压器", "power-company"),
        ("地下室没信号，打不出电话", "telecom"),
        ("主路上有两个深坑", "urban-management"),
        ("路口的交通指示看不懂", "traffic-police"),
        ("盼在医院门口加强控烟", "health"),
        ("收音机里两个电台串台", "culture-tourism"),
    ],
)
def test_rows_of_the_shipped_catalogue(shipped: Router, title: str, unit: str) -> None:
    assert shipped.route(item(title), UNSURE).lead == unit


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        (("商贸旅游",), "market"),
        (("商贸旅游", "商业贸易"), "commerce"),
        (("政法",), "police"),
        (("城乡建设", "安全生产", "安全隐患"), "housing"),
        (("经济管理", "安全生产"), "emergency"),
    ],
)
def test_a_subject_goes_to_the_unit_that_acts(
    shipped: Router, path: tuple[str, ...], unit: str
) -> None:
    """Most letters on 商贸旅游 are consumers', on 政法 about public order, and a wall that may fall
    is the building authority's."""
    assert shipped.route(item("一件事", "请处理"), sure(*path)).lead == unit

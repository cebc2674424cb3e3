from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.words.times import BEIJING
from classifiers.base import Text
from classifiers.matter.likeness import readable_title
from classifiers.matter.linker import Link, Matters, Sighting, decode, encode
from classifiers.matter.places import apart, district, elsewhere, places
from classifiers.rules.tables import CrowdTable

START = datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
CROWD = CrowdTable(distinct_people=3, window_hours=48)


def sighting(
    number: int, title: str, body: str, *, hours: float = 0.0, person: str = ""
) -> Sighting:
    return Sighting(
        case_id=f"board:{number}",
        text=Text(title, body),
        at=START + timedelta(hours=hours),
        person=person or f"p{number}",
    )


def mixer(number: int, words: str, **more: float) -> Sighting:
    return sighting(
        number,
        f"青禾花园附近搅拌站{words}",
        f"我是青禾花园的业主，小区旁边的搅拌站{words}，噪音和粉尘很大，窗户都不敢开，请环保部门查处。",
        hours=more.get("hours", 0.0),
    )


def test_the_same_text_through_another_channel_is_one_matter() -> None:
    matters = Matters(CROWD)
    text = "青禾花园北门的路灯坏了两个月，晚上一片漆黑，老人孩子出门摔了好几次，请尽快修复。"
    first = matters.add(sighting(1, "青禾花园路灯坏了", text))
    again = matters.add(sighting(2, "【转】青禾花园路灯坏了", text + "谢谢！"))
    assert (first.joined, again.joined) == (False, True)
    assert again.matter_id == first.matter_id == "board:1"
    assert again.reason == "same text"


def test_same_place_and_problem_in_other_words_is_one_matter() -> None:
    matters = Matters(CROWD)
    matters.add(mixer(1, "噪音扰民"))
    link = matters.add(
        sighting(
            2, "强烈要求搬走青禾花园旁的搅拌站", "青禾花园边上建了搅拌站，灰尘漫天，噪音整夜不停。"
        )
    )
    assert (link.matter_id, link.reason) == ("board:1", "same place")


def test_a_form_letter_from_another_estate_is_another_matter() -> None:
    def letter(number: int, estate: str, place: str = "") -> Sighting:
        body = "合同约定去年年底交房，至今外墙还没有做完，工地上只有十来个工人，请给出交房时间。"
        return Sighting(
            case_id=f"board:{number}",
            text=Text(f"{estate}逾期交房", f"我们是{estate}的业主，{body}"),
            at=START,
            place=place,
        )

    matters = Matters(CROWD)
    matters.add(letter(1, "江畔一品", "江畔一品"))
    assert not matters.add(letter(2, "盛世华庭", "盛世华庭")).joined
    again = matters.add(letter(3, "江畔一品", "河东街道江畔一品2栋"))
    assert (again.matter_id, again.reason) == ("board:1", "same text")
    # Nothing is certain where only one of them says where it is.
    assert matters.add(letter(4, "江畔一品")).matter_id == "board:1"
    matters = Matters(CROWD)
    matters.add(letter(1, "青禾花园"))
    assert not matters.add(letter(2, "红枫花园")).joined, "the titles name other estates"


def test_same_place_with_another_problem_is_another_matter() -> None:
    matters = Matters(CROWD)
    matters.add(mixer(1, "噪音扰民"))
    link = matters.add(
        sighting(2, "青禾花园幼儿园何时开学", "请问青禾花园配套幼儿园今年秋季招生吗？怎样报名？")
    )
    assert not link.joined


def test_same_problem_in_another_district_is_another_matter() -> None:
    matters = Matters(CROWD)
    body = "夜里施工噪音扰民，老人孩子无法入睡，多次反映没有结果，请查处。"
    matters.add(sighting(1, "东湖区滨江路夜间施工噪音扰民", "滨江路" + body))
    link = matters.add(
        sighting(2, "西山区滨江路工地夜里施工吵闹", "滨江路工地施工吵得睡不着，噪音扰民。")
    )
    assert not link.joined


def test_who_fits_two_pieces_of_a_matter_joins_the_larger() -> None:
    """Even where the text is that of the smaller word for word."""
    matters = Matters(CROWD)
    for number in range(3):
        matters.add(mixer(number, "噪音扰民"))
    lone = "运渣车吵得人精神崩溃，灰尘满天飞，夜里根本没法睡觉，我们该怎么办？"
    assert not matters.add(sighting(7, "环境污染", lone)).joined
    both = sighting(8, "青禾花园附近搅拌站噪音粉尘", f"{lone}青禾花园旁边的搅拌站噪音和粉尘很大。")
    assert matters.add(both).matter_id == "board:0"


def test_questions_about_one_policy_are_one_matter_without_a_place() -> None:
    matters = Matters(CROWD)
    matters.add(
        sighting(1, "咨询引进人才安家补助的发放", "安家补助的材料春节前就交了，请问哪个月能到账？")
    )
    again = sighting(2, "引进人才安家补助何时能发", "安家补助公示完了，一直没有到账，想知道时间。")
    link = matters.add(again)
    assert (link.matter_id, link.reason) == ("board:1", "same subject")
    other = sighting(
        3, "咨询引进人才子女入学", "我是今年引进的教师，孩子九月上小学，需要哪些材料？"
    )
    assert not matters.add(other).joined


def test_one_word_in_the_title_joins_nothing() -> None:
    """停水 in two titles is two streets, as long as neither says where."""
    matters = Matters(CROWD)
    matters.add(sighting(1, "停水", "从昨天半夜开始家里就没有自来水了，物业电话打不通。"))
    assert not matters.add(sighting(2, "停水", "三楼以上水压不够，热水器点不着火。")).joined


def test_the_mixing_plant_is_one_matter_in_everybodys_words() -> None:
    matters = Matters(CROWD)
    letters = [
        (
            "投诉小区附近搅拌站扰民",
            "青禾新城边上新建的搅拌站日夜开工，灰尘落满阳台，孩子咳嗽不止。",
        ),
        ("环境污染", "青禾新城小区旁边有一座混凝土搅拌站，运料车轰隆隆，尘土飞扬，没法开窗。"),
        ("青禾新城旁的搅拌站何时搬走", "搅拌站离青禾新城不到一百米，噪音和扬尘严重影响休息。"),
        ("开发商违规建搅拌站", "青禾新城的开发商在绿地上建了搅拌站，灰尘噪音污染，请责令拆除。"),
    ]
    links = [matters.add(sighting(n, *letter)) for n, letter in enumerate(letters)]
    assert {link.matter_id for link in links} == {"board:0"}
    other = sighting(
        9, "青禾新城二期的路何时修好", "青禾新城二期门口的路坑坑洼洼，请问什么时候铺沥青？"
    )
    assert not matters.add(other).joined, "the same estate, another problem"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("投诉小区物业", []),
        ("请问配套幼儿园何时开学", []),
        ("这段道路、线路和铁路", []),
        ("自来水公司和物业公司", []),
        ("县人民医院门口堵车", ["人民医院"]),
        ("劳动路与红旗路口", ["劳动路", "红旗路口"]),
        ("青禾花园旁", ["青禾花园"]),
    ],
)
def test_a_word_before_a_kind_of_place_is_no_place(text: str, keys: list[str]) -> None:
    assert [place.key for place in places(Text(text, ""))] == keys


def test_two_experimental_schools_are_two_places() -> None:
    one, other = (places(Text(name, ""))[0] for name in ("滨江实验小学", "城关实验小学"))
    assert one.key != other.key


@pytest.mark.parametrize(
    "text", ["离居民区太近", "建筑物区分所有权", "到高新区上班", "什么区都一样", "整个小区"]
)
def test_a_part_of_a_town_is_no_district(text: str) -> None:
    assert not district(Text(text, ""))


def test_a_message_shown_again_counts_once() -> None:
    matters = Matters(CROWD)
    matters.add(mixer(1, "噪音扰民"))
    before = matters.add(mixer(2, "粉尘污染"))
    again = matters.add(mixer(1, "噪音扰民", hours=1))
    assert (again.cases, again.people) == (before.cases, before.people) == (2, 2)


def crowd_of(hours: list[float], people: list[str]) -> Link:
    matters = Matters(CROWD)
    link: Link | None = None
    for number, (hour, person) in enumerate(zip(hours, people, strict=True)):
        link = matters.add(
            Sighting(
                f"board:{number}",
                mixer(number, "噪音扰民").text,
                START + timedelta(hours=hour),
                person,
            )
        )
    assert link is not None
    return link


def test_a_crowd_is_distinct_people_within_the_window() -> None:
    assert crowd_of([0, 1, 2], ["a", "b", "c"]).crowd
    assert not crowd_of([0, 1, 2], ["a", "b", "b"]).crowd
    assert not crowd_of([0, 1, 60], ["a", "b", "c"]).crowd


def test_memory_is_bounded_and_silence_is_forgotten() -> None:
    matters = Matters(CROWD, limit=5, max_age=timedelta(days=30), latest=1)
    names = ["青禾", "梅溪", "东篱", "北坡", "望江", "清水", "白石", "云门"]
    for number, name in enumerate(names):
        matters.add(
            sighting(number, f"{name}花园停水", f"{name}花园停水{number}天了", hours=number)
        )
    assert len(matters) == 5
    assert matters.cases("board:0") == []
    matters.add(sighting(50, "秋月大桥裂缝", "秋月大桥桥面有裂缝", hours=24 * 40))
    assert len(matters) == 1
    assert matters.cases("board:7") == []


def test_files_of_past_years_are_linked_in_whatever_order_they_come() -> None:
    """Between two letters about one lift stands one of a year later."""
    matters = Matters(CROWD, max_age=timedelta(days=30))
    matters.add(mixer(1, "噪音扰民"))
    matters.add(sighting(2, "秋月大桥裂缝", "秋月大桥桥面有裂缝", hours=24 * 365))
    assert matters.add(mixer(3, "粉尘污染", hours=24)).matter_id == "board:1"
    assert not matters.add(mixer(4, "噪音扰民", hours=24 * 40)).joined, "too long after"
    assert not matters.add(mixer(5, "噪音扰民", hours=-24 * 31)).joined, "too long before"


def test_after_a_restart_it_goes_on_as_if_nothing_happened() -> None:
    first = Matters(CROWD)
    for number in range(8):
        first.add(mixer(number, f"第{number}次噪音扰民", hours=number))
    second = Matters(CROWD)
    second.restore(decode(encode(first.state())))
    assert second.state() == first.state()
    assert second.add(mixer(99, "又在扰民", hours=9)) == first.add(mixer(99, "又在扰民", hours=9))
    assert second.add(mixer(3, "第3次噪音扰民")).cases == 9


def test_titles_are_readable() -> None:
    assert readable_title(Text("请求解决青禾花园停水的问题", "")) == "青禾花园停水"
    assert readable_title(Text("关于投诉梅溪路占道经营的投诉！", "")) == "梅溪路占道经营"
    assert readable_title(Text("投诉", "楼下烧烤店油烟很大\n请处理")) == "投诉"
    assert readable_title(Text("", "楼下烧烤店油烟很大。请处理")) == "楼下烧烤店油烟很大"


def test_places_and_districts() -> None:
    found = [
        place.key
        for place in places(Text("我住在青禾花园附近", "我们小区门口，梅溪路与望江大道路口"))
    ]
    assert "青禾花园" in found
    assert "梅溪路" in found
    assert not any(key.startswith("我们") for key in found)
    assert district(Text("A市A3区停水", "")) == "A3区"
    assert district(Text("", "我们小区停水")) == ""
    assert elsewhere("A3区", "A7县")
    assert not elsewhere("A市", "A3区")
    assert not elsewhere("", "东湖区")


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_has_a_matter(title: str, body: str) -> None:
    matters = Matters(CROWD)
    link = matters.add(sighting(1, title, body))
    assert link.matter_id == "board:1"
    assert decode(encode(matters.state())).matters[0].case_count == 1


def test_a_matter_that_never_ends_does_not_fill_the_memory() -> None:
    matters = Matters(CROWD)
    for number in range(60):
        extra = "".join(chr(0x4E00 + (number * 131 + at * 17) % 9_000) for at in range(40))
        matters.add(mixer(number, f"噪音扰民{extra}", hours=number))
    (matter,) = matters.state().matters
    assert matter.case_count == 60
    assert len(matter.members) <= 6
    assert sum(len(bucket) for bucket in matters._by_band.values()) <= 6 * 16


def linked(*letters: tuple[str, str]) -> list[str]:
    """The matter of each letter, in their order."""
    matters = Matters(CROWD)
    return [matters.add(sighting(n, *letter)).matter_id for n, letter in enumerate(letters)]


def test_a_name_without_a_kind_is_a_name() -> None:
    """岚屿国际 is no 小区 and no 花园, and nobody else writes it."""
    one = ("岚屿国际二期规划何时不再变", "开发商翠屿置业又要改岚屿国际二期的规划，业主都反对。")
    two = ("岚屿国际二期一直停工", "岚屿国际二期的规划改了两次，翠屿置业跳过二期先建三期。")
    assert linked(one, two) == ["board:0", "board:0"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            ("青禾花园旁工地夜间施工扰民", "青禾花园旁的工地天天夜间施工，噪音扰民，请城管查处。"),
            ("梅溪公寓旁工地夜间施工扰民", "梅溪公寓旁的工地天天夜间施工，噪音扰民，请城管查处。"),
        ),
        (
            ("岚屿国际小区麻将馆扰民", "岚屿国际三栋住户开麻将馆，半夜还在打，吵得睡不着。"),
            ("芷汀名苑七栋麻将馆扰民", "芷汀名苑七栋一楼开了麻将馆，通宵打麻将，老人睡不着。"),
        ),
        (
            ("霁川贷老板跑路，经侦拖延办案", "霁川贷立案半年，经侦没有通报案情，受害人血本无归。"),
            ("桐榆财富涉嫌诈骗，请公安通报案情", "桐榆财富骗了上千人，经侦立案后没有通报案情。"),
        ),
    ],
)
def test_two_estates_or_companies_are_not_joined_by_what_is_complained_of(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    assert linked(first, second) == ["board:0", "board:1"]


def test_who_always_writes_the_same_phrases_writes_about_several_matters() -> None:
    frame = "{0}，在国家大力倡导{1}的大背景下，希望市委市政府加快步伐刻不容缓，有何具体政策和行动？"
    letters = [
        (
            "请加快体育馆建设力度",
            frame.format("县里至今没有一座像样的体育馆，孩子打球只能去操场", "全民健身"),
        ),
        (
            "请加快医院建设力度",
            frame.format("看个感冒要排半天队，床位加到走廊，老人住院没处睡", "分级诊疗"),
        ),
        (
            "请加快招商引资步伐",
            frame.format("年轻人都去外地打工，园区厂房空着，留下来的企业不多", "转型升级"),
        ),
    ]
    matters = Matters(CROWD)
    links = [matters.add(sighting(n, *one, person="p")) for n, one in enumerate(letters)]
    assert len({link.matter_id for link in links}) == 3


def test_letters_about_one_subsidy_are_one_matter_whatever_they_ask() -> None:
    letters = [
        ("人才购房补贴申请为何不通过", "合同上只写了爱人的名字，五月审核没有过，请问怎么补正？"),
        ("人才购房补贴与单位注册地有关吗", "公司总部在外地，社保在本地缴，可以申报吗？"),
        ("关于人才购房补贴的疑问", "听说要先落户，我是去年毕业的研究生，能领多少？"),
    ]
    assert set(linked(*letters)) == {"board:0"}
    other = ("农机购置补贴何时结算", "今年春天买的插秧机，补贴的钱还没有到账。")
    assert linked(letters[0], other) == ["board:0", "board:1"]


def test_a_kindergarten_and_the_estate_that_it_lies_in_are_not_apart() -> None:
    assert not apart(["格致幼儿园"], ["岚屿小区"])
    assert apart(["格致幼儿园"], ["育英幼儿园"])
    assert apart(["青禾花园"], ["梅溪公寓"])
    assert apart(["梅溪路"], ["望江大道"])
    assert not apart(["梅溪路"], ["青禾花园"])
    assert apart(["江畔一品"], ["盛世华庭"]), "what a source's own field names"


@pytest.mark.parametrize("text", ["把同一县的人召集起来", "全市人口增长最快区域"])
def test_words_before_a_kind_of_district_are_no_district(text: str) -> None:
    assert not district(Text("", text))

"""A life in danger, and something that begins, in a real browser, with the model as it ships."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from cases.record.case import Case
from cases.words.labels import LOUD
from tests.browser.town import NOW, People, Town, does, form, standing
from tests.classifiers.emerging.test_emerging import PLACES, YELLOW_WATER
from tests.doors.office import until
from tests.servers import Browser

pytestmark = pytest.mark.timeout(300)
LIVE = 30_000
"""Milliseconds: how long a page may take to show what happened."""
DANGERS = (
    ("楼顶有人", "有个男的爬到楼顶了，坐在边上，怎么劝都不下来，底下围了好多人。", "爬到楼顶"),
    ("楼道里有味道", "刚下班回来，屋里有煤气味，味道越来越浓，不敢开灯，老人还在里面。", "煤气味"),
    ("请帮忙找人", "我父亲今年82岁，有老年痴呆，早上出门到现在没回来，老人走失了。", "老人走失了"),
    (
        "房子裂了",
        "家里的墙裂得不敢住，裂缝能伸进手，刚才又响了几声，一家人站在外面。",
        "裂得不敢住",
    ),
    ("撑不下去了", "欠的钱还不上，人也走了，今晚想带孩子一起走，对不起大家了。", "带孩子一起走"),
    ("河边", "刚才有个孩子掉进河里了，大人够不着，水很急，快来人。", "掉进河里"),
    ("木材厂", "车间着火了，烟很大，里面还有工人没有出来。", "着火了"),
    ("幼儿园", "中午吃完饭二十多个孩子上吐下泻，有两个已经昏过去了，正往医院送。", "上吐下泻"),
)
"""Title, body, and what of the deciding words stands marked."""


class ModelTown(Town):
    def environment(self) -> dict[str, str]:
        return super().environment() | {"HUIYIN_CLASSIFIER": "linear"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Town]:
    with standing(tmp_path_factory.mktemp("urgent"), root, make=ModelTown) as town:
        town.order_comes("260000000000001000", "路灯坏了", "学府路的路灯坏了，请修一修。")
        yield town


@pytest.fixture
def people(browser: Browser, town: Town) -> Iterator[People]:
    made = People(browser, town)
    yield made
    made.close()


def alert_of(page: Page, title: str, kind: str = "危急") -> Locator:
    return page.locator("#alerts li", has_text=title).filter(has_text=kind)


def test_eight_sentences_of_danger_come_in_like_any_letter(people: People, town: Town) -> None:
    page = people("officer")
    ids = {
        title: town.order_comes(f"26000000000000110{number}", title, body)
        for number, (title, body, _) in enumerate(DANGERS)
    }
    rows = page.locator("#hand tr")
    for title, _, _ in DANGERS:
        row = rows.filter(has_text=title)
        expect(row).to_be_visible(timeout=LIVE)
        expect(row.locator(".tag", has_text="危急").first).to_be_visible()
        expect(alert_of(page, title)).to_be_visible(timeout=LIVE)
        assert town.known(ids[title]).labels.loud
    # Above what is no danger, and above the alerts of anything else.
    tops = rows.evaluate_all("rows => rows.map(row => row.innerText)")
    assert all(any(title in top for title, _, _ in DANGERS) for top in tops[: len(DANGERS)])
    kinds = page.locator("#alerts li .kind").all_inner_texts()
    assert all(kind.startswith("危急") for kind in kinds[: len(DANGERS)])
    until(lambda: all(town.told_of(title) for title in ids), "the group is told of each")
    for title, _, _ in DANGERS:
        alert = alert_of(page, title)
        alert.get_by_role("button", name="知悉").click()
        expect(alert.locator(".ack")).to_contain_text("值班员 林某")
    reader = people("officer")
    for title, _, words in DANGERS:
        reader.goto(people.case_address(ids[title]))
        expect(reader.locator(".case-head")).to_contain_text("危急")
        marked = "".join(reader.locator(".words .panel.first mark, h1 mark").all_inner_texts())
        assert any(word in marked for word in (words, words[:2])), (title, marked)
        assert decided_by(town.known(ids[title]))


def decided_by(case: Case) -> list[str]:
    """The words or the sentence for which it was found loud."""
    return [one.text for one in case.labels.evidence if one.label.startswith(LOUD)]


def test_it_stays_on_top_until_the_danger_is_handed_over(people: People, town: Town) -> None:
    page, case = people("officer"), people("officer")
    title = "锅炉房"
    body = "小区锅炉房着火了，浓烟很大，值班的人还在里面没有出来，快来人。"
    case_id = town.order_comes("260000000000001201", title, body)
    row = page.locator("#hand tr", has_text=title)
    expect(row).to_be_visible(timeout=LIVE)
    case.goto(people.case_address(case_id))
    place = form(case, "hand_over")
    expect(place.locator("input[name=service]:checked")).to_have_value(re.compile("."))
    does(case, "hand_over", person="接警员 0317")
    expect(case.locator(".history")).to_contain_text("接警人：接警员 0317")
    known = town.known(case_id)
    assert [one.person for one in known.handovers] == ["接警员 0317"]
    assert known.measured
    page.reload()
    expect(page.locator("#hand tr", has_text=title).locator(".left.late")).to_have_count(0)


def test_a_wrong_alarm_is_one_press(people: People, town: Town) -> None:
    title = "打游戏"
    body = "儿子说作业写不完就要从楼顶跳下去，要跳楼，其实是开玩笑，快管管手游。"
    case_id = town.order_comes("260000000000001301", title, body)
    case = town.known(case_id)
    if not case.labels.urgent:
        town.act(case_id, "correct", "officer", urgent=True, reason="先按紧急看")
    page = people.at_case("officer", case_id)
    place = form(page, "not_urgent")
    place.get_by_label("比喻或夸张").check()
    with page.expect_navigation():
        place.get_by_role("button", name="误报").click()
    labels = town.known(case_id).labels
    assert (labels.urgent, labels.loud) == (False, False)
    expect(page.locator(".history")).to_contain_text("误报：取消")
    home = people("officer")
    expect(alert_of(home, title)).to_have_count(0)


def water_comes(town: Town, numbers: range) -> list[str]:
    """Of the fifteen letters: each from another person and place, every eight minutes."""
    return [
        town.order_comes(
            f"2600000000000015{number:02}",
            f"{PLACES[number]}的情况",
            YELLOW_WATER[number],
            **{
                "受理时间 ": f"{NOW - timedelta(minutes=8 * (15 - number)):%Y-%m-%d %H:%M:%S}",
                "联系电话": f"139000010{number:02}",
                "市民称呼": "",
                "事发地点": PLACES[number],
            },
        )
        for number in numbers
    ]


@pytest.fixture(scope="module")
def begun(town: Town) -> str:
    """The case that told of six complaints of yellow water."""
    ids = water_comes(town, range(6))
    until(lambda: any(town.known(one).warned for one in ids), "something begins")
    return next(one for one in ids if town.known(one).warned)


def test_fifteen_complaints_of_yellow_water_are_a_warning_by_the_sixth(
    people: People, town: Town, begun: str
) -> None:
    page = people("officer")
    alert = page.locator("#alerts li", has_text="苗头预警")
    expect(alert).to_have_count(1, timeout=LIVE)
    # What, how many within how long, how many as a rule, how unusual, where.
    for words in ("2 小时内", "人反映", "平常", "偶然出现", "地点有"):
        expect(alert).to_contain_text(words)
    until(lambda: town.told_of("苗头预警"), "the group is told")
    page.goto(f"{people.address}/emerging")
    row = page.locator("tbody tr")
    expect(row.locator("[data-name=从何时起]")).to_contain_text("08:40")
    row.locator("a").first.click()
    panel = page.locator("#begun")
    expect(panel).to_contain_text("从 11-24 08:40 起")
    assert panel.locator("ul.near li").count() >= 3
    assert page.url.partition("#")[0].endswith(begun.rpartition(":")[2])


def test_an_event_file_and_a_matter_are_made_of_it_and_a_unit_is_told(
    people: People, town: Town, begun: str
) -> None:
    page = people.at_case("officer", begun)
    panel = page.locator("#begun")
    panel.get_by_role("link", name="建事件档案").click()
    page.locator("[name=title]").fill("自来水发黄")
    page.get_by_role("button", name="建立").click()
    expect(page.locator("h1")).to_have_text("自来水发黄")
    expect(page.locator("main")).to_contain_text("有关事项")
    page.goto(people.case_address(begun))
    panel.get_by_role("button", name="把它们关联为同一事项").click()
    page.wait_for_url(re.compile("/matters/"))
    expect(page.locator("main")).to_contain_text(re.compile("[4-6] 件"))
    assert town.known(begun).matters
    page.goto(people.case_address(begun))
    panel.locator("summary", has_text="告知单位").click()
    panel.locator("select[name=unit]").select_option("education")
    panel.locator("[name=note]").fill("请提醒各学校暂停饮用")
    panel.get_by_role("button", name="告知").click()
    page.wait_for_url(re.compile("done=assign"))
    school = people.at_case("school", begun)
    expect(school.locator("main")).to_contain_text("请提醒各学校暂停饮用")
    expect(school.locator("#begun")).to_have_count(0)


def test_it_is_muted_with_a_reason_and_what_grows_is_listed_all_the_same(
    people: People, town: Town, begun: str
) -> None:
    page, home, listed = people.at_case("officer", begun), people("officer"), people("officer")
    calls = home.locator("#alerts li", has_text="苗头预警")
    page.locator("#begun").get_by_role("link", name="静音").click()
    does(page, "mute_emerging", until="2026-11-26T10:00", reason="水厂冲洗管网，已公告")
    expect(page.locator("#begun")).to_contain_text("静音到 11-26 10:00：水厂冲洗管网，已公告")
    home.reload()
    expect(calls).to_have_count(0)
    told = town.told_of("苗头预警")
    water_comes(town, range(6, 15))
    listed.goto(f"{people.address}/emerging")
    grown = listed.locator("tbody tr", has_text="人数又翻了一番")

    def is_listed() -> bool:
        listed.reload()
        return grown.count() == 1

    until(is_listed, "what grows under the mute is listed")
    expect(grown).to_contain_text("已静音")
    assert town.told_of("苗头预警") == told
    page.goto(people.case_address(begun))
    page.locator("#begun").get_by_role("link", name="取消静音").click()
    does(page, "unmute_emerging", reason="冲洗已结束")
    home.reload()
    expect(calls).to_have_count(1)

"""移送紧急服务: which service is chosen before a person chooses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.words.actors import Role
from desk.ground import wiring
from desk.ground.settings import SettingsError, read_settings
from tests.desk.case_office import CaseOffice, item

CASE = "board-export:9"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    yield made
    made.close()


def chosen(page: str) -> list[str]:
    found = re.findall(r'<input[^>]*name="service"[^>]*>', page)
    return [one.partition('value="')[2].partition('"')[0] for one in found if " checked" in one]


@pytest.mark.parametrize(
    ("title", "body", "service"),
    [
        ("燃气泄漏", "楼道里燃气泄漏，有煤气味，快来人。", "119"),
        ("着火了", "隔壁楼着火了，冒浓烟，有人还在里面。", "119"),
        ("老人昏倒", "老人昏倒在楼道里，叫不醒，没有呼吸。", "120"),
        ("学校集体呕吐", "中午吃完营养餐，多名学生呕吐，上吐下泻。", "120"),
        ("有人要跳楼", "有人爬到楼顶要跳楼，正坐在护栏外。", "110"),
        ("持刀", "有个男子拿着刀在菜场追人乱砍。", "110"),
        ("路灯不亮", "学府路的路灯坏了，晚上看不清。", "110"),
    ],
)
def test_the_service_to_call_first_follows_the_kind_of_danger(
    desk: CaseOffice, title: str, body: str, service: str
) -> None:
    desk.put(item("9", title=title, body=body))
    assert chosen(desk.person(Role.DESK).sees(CASE)) == [service]


def test_of_two_dangers_the_one_that_wakes_a_person_decides(desk: CaseOffice) -> None:
    body = "邻居多年来常说不想活了。刚才楼道里燃气泄漏，有煤气味，有人昏倒，快来人。"
    desk.put(item("9", title="楼道", body=body))
    dangers = [one.label for one in desk.case(CASE).labels.evidence if ":" in one.label]
    assert {"urgent:轻生自伤", "loud:燃气泄漏和中毒"} <= set(dangers)
    assert chosen(desk.person(Role.DESK).sees(CASE)) == ["119"]


def test_a_service_that_does_not_exist_is_an_error_of_the_table(tmp_path: Path, root: Path) -> None:
    own = '[[danger]]\nname = "火情"\nservices = ["911"]\n'
    (tmp_path / "risk.toml").write_text(own, encoding="utf-8")
    variables = {"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_OVERLAY": str(tmp_path)}
    with pytest.raises(SettingsError, match=r"(?s)risk\.toml.*911"):
        wiring.build_tables(read_settings(variables))

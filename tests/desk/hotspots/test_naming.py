"""What a matter is called."""

from __future__ import annotations

import pytest

from classifiers.base import Text
from desk.hotspots.naming import NAMELESS, common_name, name_of
from tests.cases.helpers import Story, item


def test_the_name_is_the_title_that_says_what_all_say() -> None:
    titles = ["环境污染", "青禾新城旁的搅拌站噪音扰民", "投诉青禾新城搅拌站", "关于搅拌站的投诉"]
    assert common_name([Text(title, "青禾新城旁建了搅拌站。") for title in titles]) == (
        "青禾新城旁的搅拌站噪音扰民"
    )


def test_a_place_that_no_title_names_is_put_before() -> None:
    body = "青禾花园旁边的搅拌站日夜开工。"
    assert common_name([Text("小区附近搅拌站扰民", body)] * 3) == "青禾花园：小区附近搅拌站扰民"


def test_a_title_that_says_which_estate_needs_no_other_place_before() -> None:
    body = "从比亚迪工厂过来的货车都停在这里。"
    assert common_name([Text("中建嘉和城小区旁建停车场", body)] * 3) == "中建嘉和城小区旁建停车场"


@pytest.mark.parametrize("body", ["", "河东街道上的搅拌站", "我住青禾花园", "物业公司和小区"])
def test_no_place_that_few_name_and_none_that_is_none(body: str) -> None:
    texts = [Text("搅拌站扰民", body), *[Text("搅拌站扰民", "一到夜里就开工。")] * 2]
    assert common_name(texts) == "搅拌站扰民"


def test_a_name_is_short() -> None:
    assert len(common_name([Text("青禾花园" * 20, "")])) <= 36


def test_a_name_is_masked_and_tells_nothing_of_confidential_cases() -> None:
    told = Story(item("1", title="清河苑王建国13912345678反映路灯不亮", author="王建国")).case
    secret = Story(item("2", title="举报清河苑物业经理受贿", confidential=True)).case
    assert name_of([secret]) == NAMELESS
    name = name_of([told, secret])
    assert "13912345678" not in name
    assert "王建国" not in name
    assert "受贿" not in name

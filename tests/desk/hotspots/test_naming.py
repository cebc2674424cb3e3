"""What a matter is called."""

from __future__ import annotations

import pytest

from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from desk.hotspots.naming import NAMELESS, name_of
from tests.cases.helpers import Story, item


def name(titles: list[str], *bodies: str) -> str:
    """Of letters with these titles; one body is that of all."""
    stories = [
        Story(item(str(number), title=title, body=body, place="")).case
        for number, (title, body) in enumerate(
            zip(titles, bodies if len(bodies) > 1 else bodies * len(titles), strict=True)
        )
    ]
    return name_of(stories)


def test_the_name_is_the_title_that_says_what_all_say() -> None:
    titles = ["环境污染", "青禾新城旁的搅拌站噪音扰民", "投诉青禾新城搅拌站", "关于搅拌站的投诉"]
    assert name(titles, "青禾新城旁建了搅拌站。") == "青禾新城旁的搅拌站噪音扰民"


def test_a_place_that_no_title_names_is_put_before() -> None:
    body = "青禾花园旁边的搅拌站日夜开工。"
    assert name(["小区附近搅拌站扰民"] * 3, body) == "青禾花园：小区附近搅拌站扰民"


def test_a_title_that_says_which_estate_needs_no_other_place_before() -> None:
    body = "从比亚迪工厂过来的货车都停在这里。"
    assert name(["中建嘉和城小区旁建停车场"] * 3, body) == "中建嘉和城小区旁建停车场"


@pytest.mark.parametrize("body", ["", "河东街道上的搅拌站", "我住青禾花园", "物业公司和小区"])
def test_no_place_that_few_name_and_none_that_is_none(body: str) -> None:
    assert name(["搅拌站扰民"] * 3, body, "一到夜里就开工。", "一到夜里就开工。") == "搅拌站扰民"


def test_a_name_is_short() -> None:
    assert len(name(["青禾花园" * 20], "")) <= 36


def test_a_name_is_masked_and_tells_nothing_of_confidential_cases() -> None:
    told = Story(item("1", title="清河苑王建国13912345678反映路灯不亮", author="王建国")).case
    secret = Story(item("2", title="举报清河苑物业经理受贿", confidential=True)).case
    assert name_of([secret]) == NAMELESS
    named = name_of([told, secret])
    assert "13912345678" not in named
    assert "王建国" not in named
    assert "受贿" not in named


def test_bodies_are_masked_only_where_the_titles_do_not_name_the_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    masked: list[str] = []

    def counting(case: Case, text: str) -> str:
        masked.append(text)
        return for_anyone(case, text)

    monkeypatch.setattr("desk.hotspots.naming.for_anyone", counting)
    assert name(["青禾花园路灯不亮"], "很久了。") == "青禾花园路灯不亮"
    assert masked == ["青禾花园路灯不亮"]
    assert name(["小区附近搅拌站扰民"], "青禾花园旁边。") == "青禾花园：小区附近搅拌站扰民"
    assert name([""], "青禾花园路灯不亮。请修") == "青禾花园路灯不亮"

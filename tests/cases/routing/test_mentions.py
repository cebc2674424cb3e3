"""Whom a message asks, and which names only say where something is."""

from __future__ import annotations

import pytest

from cases.routing.mentions import Mention, mention


def said(text: str, name: str, *, in_title: bool = False) -> Mention:
    start = text.index(name)
    return mention(text, start, start + len(name), in_title=in_title)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("请教育局管管此事", "教育局"),
        ("希望A7县教育局公开学区", "教育局"),
        ("恳请当地住建局调查", "住建局"),
        ("投诉城管局", "城管局"),
        ("督促县人社局履行职责", "人社局"),
        ("城管局不作为，没人管", "城管局"),
        ("教育局领导，您好", "教育局"),
        ("交警队什么时候来管", "交警队"),
    ],
)
def test_the_one_complained_about_or_asked(text: str, name: str) -> None:
    assert said(text, name) is Mention.TARGET


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("工地紧挨气象局", "气象局"),
        ("气象局旁边的工地停工了", "气象局"),
        ("气象局对面的工地停工了", "气象局"),
        ("公安局宿舍的物业", "公安局"),
        ("邮政局单位宿舍拆迁", "邮政局"),
        ("我住在教育局家属院", "教育局"),
        ("法院路口的红绿灯", "法院"),
        ("从审计局至大桥的路", "审计局"),
        ("位于A3区国土局后面", "国土局"),
    ],
)
@pytest.mark.parametrize("in_title", [True, False])
def test_a_landmark_is_none_even_in_a_title(text: str, name: str, *, in_title: bool) -> None:
    assert said(text, name, in_title=in_title) is Mention.LANDMARK


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("找过劳动局，说要去仲裁", "劳动局"),
        ("住建局批的项目", "住建局"),
        ("已经向城管局说过", "城管局"),
    ],
)
def test_who_was_asked_before_is_only_mentioned(text: str, name: str) -> None:
    assert said(text, name) is Mention.PASSING


def test_a_title_is_about_what_it_names() -> None:
    assert said("县房管局的收费", "房管局", in_title=True) is Mention.TARGET
    assert said("县房管局的收费", "房管局") is Mention.PASSING

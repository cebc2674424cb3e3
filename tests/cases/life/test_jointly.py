"""并单一并答复: which cases go together, and that no letter tells of another citizen."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cases.life.jointly import (
    NAMELESS,
    PLACES,
    check_text,
    greeting,
    letter,
    named_in,
    why_apart,
)
from cases.record import commands as do
from cases.record.item import Item
from cases.words.refusals import NotAllowed
from tests.cases.helpers import DESK, HOUSING, UNPLACED, Story, assigned_to, item

TEXT = "尊敬的【称呼】：您好！您反映的问题（受理编号：【受理编号】）已经办好。【其他】\n【署名】"
SIGNED = "住建局"
HOSTILE = (
    "{number}", "{0}", "%s", "%(phone)s", "${NUMBER}", "【受理编号】", "【称呼】【称呼】", "【署名】",
    "\\g<0>", "\\1", "{{ case.item.phone }}", "<b>甲</b>", "'; DROP TABLE", "{称呼}",
)  # fmt: skip


def written(author: str = "周晓岚", number: str = "1001", **changes: object) -> Item:
    return item(number, author=author, **changes)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_or_number_is_put_in_as_it_is_and_never_read_for_places(name: str) -> None:
    told = letter(TEXT, written(name, f"N-{name}"), SIGNED)
    shown = name if len(name) <= 20 else NAMELESS
    assert told == (
        f"尊敬的{shown}：您好！您反映的问题（受理编号：N-{name}）已经办好。【其他】\n{SIGNED}"
    )


def test_a_place_in_the_title_of_a_letter_or_in_the_name_of_a_unit_changes_nothing() -> None:
    one = written(title="【称呼】", body="{number}【受理编号】")
    assert letter("【署名】【来件渠道】", one, "【称呼】局") == "【称呼】局领导信箱"


@pytest.mark.parametrize(
    "author",
    [
        "",
        "匿名",
        "网友",
        "李明 13800001111",
        "张三\n【署名】",
        "x" * 21,
        "zhang@example.org",
        "\u202e明李",
        "甲\u0000乙",
    ],
)
def test_who_gave_no_name_or_more_than_a_name_is_greeted_as_anyone(author: str) -> None:
    assert greeting(written(author)) == NAMELESS


def test_a_number_keeps_to_one_line_and_to_a_length() -> None:
    told = letter("【受理编号】", written(number="1\n2\u202e3" + "9" * 100), SIGNED)
    assert told == "1 23" + "9" * 60


NAMES = st.text(alphabet="赵钱孙李周吴郑王冯陈褚卫【】{}%称呼", min_size=2, max_size=4)
PHONES = st.integers(13_000_000_000, 19_999_999_999).map(str)
PEOPLE = st.lists(
    st.tuples(NAMES, PHONES, st.integers(10_000, 99_999).map(str)), min_size=2, max_size=6,
    unique_by=(lambda one: one[0], lambda one: one[1], lambda one: one[2]),
)  # fmt: skip


@given(PEOPLE, st.text(alphabet="已经办好的路灯赵李{}【】称呼13", max_size=12))
def test_no_letter_holds_the_name_the_number_or_the_phone_of_another(
    people: list[tuple[str, str, str]], own_words: str
) -> None:
    """Whatever the text is: either it is refused, or nothing of one stands in another's letter."""
    items = [written(name, f"2026{number}", phone=phone) for name, phone, number in people]
    text = TEXT + own_words
    try:
        check_text(text, items)
    except NotAllowed:
        assert any(named_in(text, one) for one in items)
        return
    for one in items:
        told = letter(text, one, SIGNED)
        for other in items:
            if other is one:
                continue
            # A name that is a part of this citizen's own name or of the greeting proves nothing.
            around = f"尊敬的{one.author}：" + one.source_item_id
            assume(other.author not in around)
            assert other.author not in told
            assert other.phone not in told
            assert other.source_item_id not in told


def test_a_text_without_the_places_or_with_the_name_of_one_is_refused() -> None:
    items = [written("周晓岚", "100001"), written("吴桂芳", "100002", phone="13700002222")]
    check_text(TEXT, items)
    for text, said in (
        ("您好，已办好。", "实际缺少【称呼】、【受理编号】"),
        (TEXT.replace("【受理编号】", ""), "实际缺少【受理编号】"),
        ("".join(PLACES), "请填写答复内容"),
        (TEXT + "吴桂芳等人", "其中一件的姓名"),
        (TEXT + "吴 桂 芳等人", "其中一件的姓名"),
        (TEXT + "13700002222", "其中一件的手机号"),
        (TEXT + "见100002号", "其中一件的受理编号"),
    ):
        with pytest.raises(NotAllowed, match=said):
            check_text(text, items)


def apart(lead: str = HOUSING, *steps: do.AnyCommand, **changes: object) -> str:
    story = Story(item("1001", **changes), to=assigned_to(HOUSING))
    for step in steps:
        story.does(DESK, step, "2026-03-03T10:00")
    return why_apart(story.case, lead)


def test_together_go_open_dispatched_cases_of_one_unit_that_hide_nothing() -> None:
    assert apart() == ""
    assert apart("") == ""
    assert apart("police") == "主办单位不同"
    assert apart(HOUSING, do.MarkInvalid(reason="测试")) == "无效"
    assert apart(HOUSING, do.MarkConfidential(reason="举报")) == "保密件，单独答复"
    assert apart(confidential=True) == "保密件，单独答复"
    assert apart(disclosure=True) == "依申请公开，单独答复"
    assert apart(archived=True) == "历史件"
    assert apart(channel="新闻媒体") == "没有答复时限，不用答复"
    assert apart(HOUSING, do.DraftReply(text="已办好，感谢支持")) == "已有单独的答复稿"
    assert why_apart(Story(to=UNPLACED).case) == "还没有派单"

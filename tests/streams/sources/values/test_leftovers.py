"""What no field takes is kept under its path, and said; over the limit it is counted."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.record.item import Item
from cases.words.times import BEIJING
from huiyin.net.json_values import Json, parse_json
from streams.sources.push.payload import read_payload
from streams.sources.push.payload_map import ListMap, PayloadMap
from streams.sources.site_mailbox.documents import JsonNode
from streams.sources.site_mailbox.item import to_item
from streams.sources.site_mailbox.letters import read_letter
from streams.sources.site_mailbox.options import RequestOptions
from streams.sources.values.leftovers import MOST_CHARACTERS, MOST_VALUES
from streams.sources.values.secrecy import heeded

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=BEIJING)
LETTER: dict[str, Json] = {
    "id": "7",
    "t": "2026-03-02 09:15",
    "title": "路灯",
    "body": "路灯不亮。",
}
MAP = PayloadMap(
    fields={"id": "id", "received_at": "t", "title": "title", "body": "body"},
    replies=ListMap(path="answers", text="content", at="time", unit="by"),
    flow=ListMap(path="flow", at="date", unit="unit", text="do"),
    attachments=ListMap(path="files", name="name", url="url"),
)


def pushed(**more: object) -> Item:
    record = parse_json(json.dumps({**LETTER, **more}).encode())
    made = read_payload(
        MAP, record, source="hook", channel="平台", now=NOW, origin="推送", original=b""
    )
    assert isinstance(made, Item), made
    return made


def mailbox(**more: object) -> Item:
    options = RequestOptions(
        format="json",
        url="x",
        fields={"id": "id", "received_at": "t", "title": "title", "body": "body"},
    )
    node = JsonNode(parse_json(json.dumps({**LETTER, **more}).encode()))
    letter = read_letter(node, options)
    return to_item("box", "信箱", "7", letter, url="", truncated=False, first_seen=NOW, now=NOW)


DOORS = pytest.mark.parametrize("door", [pushed, mailbox])


def note(item: Item, code: str) -> str:
    return next((one.text for one in item.notes if one.code == code), "")


@DOORS
@pytest.mark.parametrize(
    ("name", "more", "text"),
    [
        ("detail.remark", {"detail": {"remark": "老人独居，请先打电话"}}, "老人独居，请先打电话"),
        ("a.b.c.d", {"a": {"b": {"c": {"d": "夜里才有人"}}}}, "夜里才有人"),
        ("talks.1.said", {"talks": [{"n": 1}, {"said": "第二次来电补充"}]}, "第二次来电补充"),
        ("tags.words", {"tags": {"words": ["停水", "六楼以上"]}}, "停水 / 六楼以上"),
        ("grid.0.1.x", {"grid": [[{}, {"x": "东侧第三根"}]]}, "东侧第三根"),
        ("more.english", {"more": {"english": "the pipe broke again"}}, "the pipe broke again"),
    ],
)
def test_nested_values_are_kept_by_path_and_noted(door, name, more, text) -> None:
    item = door(**more)
    assert item.extra[name] == text
    assert f"{name}：{text}" in note(item, "not_understood")


def test_what_a_list_of_the_map_does_not_name_is_kept() -> None:
    item = pushed(
        answers=[
            {"content": "已修", "time": "2026-03-03 10:00", "by": "城管局", "phone2": "另有一处"}
        ],
        flow=[
            {"date": "2026-03-03 09:00", "unit": "城管局", "do": "派单", "opinion": "两日内办结"}
        ],
        files=[{"name": "a.jpg", "url": "http://a.example/a.jpg", "caption": "北侧路口"}],
    )
    assert item.extra["answers.0.phone2"] == "另有一处"
    assert item.extra["flow.0.opinion"] == "两日内办结"
    assert item.extra["files.0.caption"] == "北侧路口"
    used = {"answers.0.content", "answers.0.time", "flow.0.unit", "files.0.url", "files.0.name"}
    assert used.isdisjoint(item.extra)


def test_a_part_of_a_list_that_cannot_be_used_is_kept() -> None:
    item = pushed(
        answers=[{"content": "暂无", "by": "城管局催办"}, {"content": "已修", "time": "改天"}],
        flow=["口头转办城管局"],
        files=[{"caption": "没有文件，只有说明"}],
    )
    assert item.extra["answers.0.by"] == "城管局催办"
    assert item.extra["answers.1.time"] == "改天"
    assert item.extra["flow"] == "口头转办城管局"
    assert item.extra["files.0.caption"] == "没有文件，只有说明"


def test_ignored_names_are_ignored_wherever_they_stand() -> None:
    item = pushed(caller={"身份证号": "330000199001011234", "note": "请回电"}, head={"nonce": "k3"})
    assert item.extra == {"caller.note": "请回电"}


def test_codes_and_numbers_below_the_top_are_kept_without_a_note() -> None:
    item = pushed(dept={"id": 12, "code": "A-7", "at": "2026-03-02"})
    assert item.extra == {"dept.id": "12", "dept.code": "A-7", "dept.at": "2026-03-02"}
    assert not item.notes


def test_two_names_that_look_alike_keep_both_texts() -> None:
    item = pushed(**{"a.b": "点号在名字里", "a": {"b": "下一层"}})
    assert {item.extra["a.b"], item.extra["a.b#2"]} == {"点号在名字里", "下一层"}


@DOORS
def test_personal_data_below_the_top_is_masked_in_the_note(door) -> None:
    text = note(door(caller={"姓名": "欧阳小明", "电话": "13800001111"}), "not_understood")
    assert "欧阳" in text
    assert "小明" not in text
    assert "13800001111" not in text


def test_a_confidential_letter_names_nobody_in_the_note() -> None:
    text = note(pushed(是否保密="是", caller={"姓名": "欧阳小明"}), "not_understood")
    assert text
    assert "欧阳" not in text


@DOORS
@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"x": {f"n{n}": f"第{n}项说明" for n in range(MOST_VALUES + 7)}}, "x.n300"),
        ({"x": {"first": "长" * MOST_CHARACTERS, "second": "短"}}, "x.second"),
        ({"x": [{"said": "长" * (MOST_CHARACTERS + 1)}]}, "x.0.said"),
    ],
)
def test_over_the_limit_is_said_never_silent(door, more, named) -> None:
    item = door(**more)
    assert named in note(item, "leftovers_cut")
    assert named not in item.extra


def test_a_path_is_no_wish_by_the_names_above_it() -> None:
    assert heeded(pushed(secretary={"name": "是"})).confidential is False
    assert heeded(pushed(form={"是否保密": "是"})).confidential is True


SCALARS = st.sampled_from(["电话", "说明", "units", "n"])
TREES = st.recursive(
    st.just("leaf"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCALARS, inner, max_size=4),
    max_leaves=25,
)


@DOORS
@given(tree=TREES)
def test_every_marked_sentence_of_a_record_is_in_the_item(door, tree) -> None:
    marks: list[str] = []

    def marked(node: object) -> object:
        if isinstance(node, dict):
            return {key: marked(each) for key, each in node.items()}
        if isinstance(node, list):
            return [marked(each) for each in node]
        marks.append(f"标记{len(marks)}号句")
        return marks[-1]

    more = {"other": marked(tree), "answers": marked([{"x": tree}]), "flow": marked({"y": tree})}
    said = json.dumps(list(door(**more).extra.values()), ensure_ascii=False)
    assert [mark for mark in marks if mark not in said] == []

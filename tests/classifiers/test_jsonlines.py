from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cases.words.labels import Labels
from classifiers.base import Classifier, Text
from classifiers.jsonlines import UnitLine, classify_lines
from classifiers.model.engine import ModelClassifier

FIELDS = [
    "id",
    "topic",
    "topic_path",
    "topic_confidence",
    "abstained",
    "kind",
    "simple",
    "sentiment",
    "sentiment_score",
    "sentiment_confidence",
    "sentiment_abstained",
    "intensity",
    "risk",
    "urgent",
    "units",
    "evidence",
]


class Echo(Classifier):
    """Answers with the title as topic."""

    version = "echo"

    def classify(self, texts: Sequence[Text]) -> list[Labels]:
        return [Labels(model=self.version, topic=text.title) for text in texts]


def answers(*lines: bytes | str, batch: int = 3) -> list[dict[str, Any]]:
    out = list(classify_lines(Echo(), lines, batch))
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in out)
    return [json.loads(line) for line in out]


def test_a_line_gives_every_field(model: ModelClassifier) -> None:
    line = json.dumps({"id": "7", "title": "拖欠工资", "body": "包工头拖欠工资半年，再不给就曝光"})
    (answer,) = [json.loads(out) for out in classify_lines(model, [line])]
    assert set(FIELDS) <= set(answer)
    assert answer["id"] == "7"
    assert answer["kind"] in ("投诉", "求助", "咨询", "建言", "感谢", "举报")
    assert "工资拖欠" in answer["risk"]
    assert {"label", "text", "field", "start", "end", "weight"} == set(answer["evidence"][0])


def test_the_best_guess_stands_beside_the_abstention(model: ModelClassifier) -> None:
    line = json.dumps({"id": "8", "title": "", "body": "这个情况一直没有人管，请领导关注一下。"})
    (answer,) = [json.loads(out) for out in classify_lines(model, [line])]
    assert answer["abstained"]
    assert answer["topic"] in model.topics
    assert 0 < answer["topic_confidence"] < 0.6
    assert answer["topic_path"] == []


def test_order_is_kept_over_batches_and_bad_lines() -> None:
    lines = [f'{{"id": {n}, "title": "t{n}"}}' for n in range(7)]
    lines.insert(2, "{broken")
    lines.insert(5, "")
    got = answers(*lines)
    assert [item.get("topic") for item in got] == ["t0", "t1", None, "t2", "t3", "t4", "t5", "t6"]


def test_bad_lines_say_which_line_and_what_was_expected() -> None:
    got = answers(
        "not json",
        '{"id": "x", "title": 5}',
        '{"id": "y"}',
        b'\xff\xfe{"title": "a"}',
        "[1, 2]",
        '{"id": "z", "title": null, "body": null}',
        '{"id": "g", "title": "小区停水三天"}'.encode("gbk"),
    )
    assert [item["line"] for item in got] == [1, 2, 3, 4, 5, 6, 7]
    assert [item["id"] for item in got] == [None, "x", "y", None, None, "z", None]
    assert "应为每行一个 JSON 对象，实际是“not json”" in got[0]["error"]
    assert "title" in got[1]["error"]
    assert '没有 "title" 和 "body"' in got[2]["error"]
    assert all("请把文件另存为 UTF-8" in got[number]["error"] for number in (3, 6))
    assert all(f"第 {number} 行：" in item["error"] for number, item in enumerate(got, start=1))


def test_a_byte_order_mark_and_missing_fields_are_fine() -> None:
    got = answers(
        b'\xef\xbb\xbf{"title": "a"}\r\n', '{"id": 3, "body": "b"}', '{"title": "c", "x": 1}'
    )
    assert [(item["id"], item["topic"]) for item in got] == [(None, "a"), (3, ""), (None, "c")]


def test_half_a_character_does_not_cost_the_letter(model: ModelClassifier) -> None:
    lines = [
        r'{"id": 1, "title": "\ud83d停水\udc00三天", "body": "村里\uD83D\uDE00停水三天\udfff，反映了多次"}',
        r'{"id": 2, "title": "C:\\ud800", "body": "\ud800"}',
        r'{"id": 3, "title": "\ud800"',
        r'{"id": "\ud800", "title": "路灯\udcc7\ud84b"}',
    ]
    first, second, third, fourth = [json.loads(out) for out in classify_lines(model, lines)]
    assert first["id"] == 1
    assert "重复来电" in first["risk"]
    (quote,) = [item for item in first["evidence"] if item["label"] == "risk:重复来电"]
    assert (
        "村里😀停水三天\ufffd，反映了多次"[quote["start"] : quote["end"]]
        == quote["text"]
        == "反映了多次"
    )
    assert "error" not in second
    assert "应为每行一个 JSON 对象" in third["error"]
    assert "error" not in fourth


@given(st.lists(st.one_of(st.binary(max_size=60), st.text(max_size=60)), max_size=8))
def test_no_input_ends_the_run(lines: list[bytes | str]) -> None:
    out = answers(*lines)
    assert len(out) <= len(lines)
    assert all("error" in item or "topic" in item for item in out)


def test_the_best_guess_is_given_apart_from_whether_to_go_by_it(model: ModelClassifier) -> None:
    lines = [json.dumps({"id": 1, "body": "asdf 路"}), json.dumps({"id": 2, "body": "加油!"})]
    lines.append(json.dumps({"id": 3, "body": "2019 12345"}))
    found = [json.loads(line) for line in classify_lines(model, lines)]
    for answer in found:
        assert answer["topic"]
        assert answer["abstained"]
        assert answer["topic_confidence"] <= 0.1
    assert [answer["sentiment"] for answer in found[1:]] == ["positive", "neutral"]
    assert [answer["sentiment_abstained"] for answer in found[1:]] == [False, True]


def test_whom_a_message_is_for_stands_beside_its_labels() -> None:
    def units(text: Text, labels: Labels) -> tuple[UnitLine, ...]:
        assert labels.topic == text.title
        return (UnitLine("water", "县自来水公司", f"标题提到“{text.title}”"),)

    lines = [json.dumps({"id": n, "title": title}) for n, title in enumerate(("停水", "水压"))]
    first, second = (json.loads(out) for out in classify_lines(Echo(), lines, units=units))
    assert first["units"] == [
        {"unit": "water", "name": "县自来水公司", "because": "标题提到“停水”"}
    ]
    assert second["units"][0]["because"] == "标题提到“水压”"
    (alone,) = answers(lines[0])
    assert alone["units"] == []

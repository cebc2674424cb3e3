"""The second judge: its pieces, when it is asked, what both say together, and its file."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from classifiers.base import Text
from classifiers.encoder import encoderfile
from classifiers.encoder.encoderfile import Blend, EncoderError, EncoderFile, EncoderInfo, Head
from classifiers.encoder.judge import SENTIMENT, TOPIC, SecondJudge, blended
from classifiers.encoder.network import Network, installed
from classifiers.encoder.pieces import END, START, UNKNOWN, Pieces, normal
from classifiers.model.engine import SHIPPED, ModelClassifier, load_model
from classifiers.model.modelfile import read
from classifiers.rules.engine import RulesClassifier
from classifiers.training import judges

TABLE = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0)]
TABLE += [("query", -4.0), (":", -4.0), ("▁query", -4.5), ("路", -6.0), ("灯", -6.0)]
TABLE += [("路灯", -7.0), ("不", -5.0), ("亮", -6.0), ("～", -6.0), ("▁路灯", -8.0)]
EVEN = Blend(0.5, 0.5)
UNSURE = Text("关于一件事", "我想问一下，那个地方的事情怎么样了，谢谢。")


def test_pieces_are_those_with_the_best_score_between_the_marks():
    pieces = Pieces(TABLE)
    names = [TABLE[number][0] for number in pieces.numbers("路灯不亮", 20)]
    assert names == ["<s>", "▁query", ":", "▁路灯", "不", "亮", "</s>"]


def test_unknown_characters_in_a_row_are_one_piece_and_a_long_text_is_cut():
    pieces = Pieces(TABLE)
    assert pieces.numbers("路灯龘龘龘亮", 20).count(UNKNOWN) == 1
    cut = pieces.numbers("路灯不亮" * 100, 8)
    assert (len(cut), cut[0], cut[-1]) == (8, START, END)
    assert pieces.numbers("", 8)[0] == START


def test_a_text_is_brought_to_the_spelling_that_the_encoder_was_taught():
    assert normal("Ａ１\u200b　路灯\n ～！") == "A1 路灯 ～!"


def test_both_judges_together_and_a_judge_of_no_weight():
    first, second = np.array([0.6, 0.4], np.float32), np.array([0.1, 0.9], np.float32)
    both = blended(first, second, Blend(1.0, 1.0))
    assert both.argmax() == 1
    assert both.sum() == pytest.approx(1.0)
    assert blended(first, second, Blend(1.0, 0.0)) == pytest.approx(first)


class Says:
    """Stands in for the network: one class for sure, in each head."""

    def __init__(self, **classes: tuple[list[str], str]) -> None:
        self._classes = classes
        self.texts: list[str] = []

    def chances(self, text: str) -> dict[str, np.ndarray]:
        self.texts.append(text)
        return {
            name: np.array([0.999 if one == sure else 1e-4 for one in classes], np.float32)
            for name, (classes, sure) in self._classes.items()
        }


def encoder(ask_below: float, **classes: list[str]) -> EncoderFile:
    heads = {
        name: Head(classes=list(own), letters=EVEN, short=Blend(0.0, 1.0), ask_below=ask_below)
        for name, own in classes.items()
    }
    info = EncoderInfo(
        format=1, name="judge", longest=20, short_below=120, heads=heads, notice="none"
    )
    return EncoderFile(info, TABLE, b"", "0123456789abcdef")


def cascade(tables, ask_below: float) -> tuple[ModelClassifier, Says]:
    info = read(SHIPPED).info
    # In another order than the first judge has them.
    topics, feelings = sorted(info.topics), ["positive", "negative", "neutral"]
    says = Says(topic=(topics, "民政"), sentiment=(feelings, "positive"))
    file = encoder(ask_below, topic=topics, sentiment=feelings)
    second = SecondJudge(file, says, {TOPIC: info.topics, SENTIMENT: info.sentiments})
    return ModelClassifier(read(SHIPPED), RulesClassifier(tables), second), says


def test_where_the_first_judge_wavers_the_second_decides_and_is_named(tables):
    both, says = cascade(tables, ask_below=1.1)
    alone = load_model(tables)
    (label,), (before,) = both.classify([UNSURE]), alone.classify([UNSURE])
    assert says.texts == [f"{UNSURE.title} {UNSURE.body}"]
    assert (label.topic, label.model) == ("民政", both.version)
    assert both.version == f"judge-01234567/{alone.version}"
    assert before.topic != "民政"
    assert before.model == alone.version


def test_what_moves_an_alarm_is_not_the_second_judges(tables):
    both, _ = cascade(tables, ask_below=1.1)
    letter = Text("拖欠工资", "老板拖欠我们三十多个农民工半年工资，再不给我就从楼上跳下去。")
    (label,), (before,) = both.classify([letter]), load_model(tables).classify([letter])
    assert before.risk
    assert (label.risk, label.urgent) == (before.risk, before.urgent)
    assert label.kind is before.kind


def test_where_the_first_judge_is_sure_nobody_asks_and_the_labels_are_its_own(tables):
    both, says = cascade(tables, ask_below=0.0)
    assert both.classify([UNSURE]) == load_model(tables).classify([UNSURE])
    assert says.texts == []


def test_noise_is_not_asked_about(tables):
    both, says = cascade(tables, ask_below=1.1)
    both.classify([Text("", "???"), Text("", "asdf qwer zxcv")])
    assert says.texts == []


def test_a_head_with_other_classes_is_not_judged():
    says = Says(topic=(["甲", "乙"], "甲"))
    second = SecondJudge(encoder(0.9, topic=["甲", "乙"]), says, {TOPIC: ["甲", "丙"]})
    assert second.heads == ()
    assert not second.asked({TOPIC: np.array([0.5, 0.5], np.float32)})


def test_the_file_is_read_as_it_was_written_and_the_same_bytes_twice(tmp_path):
    file = encoder(0.7, topic=["甲", "乙"])
    version = encoderfile.write(tmp_path / "one", file.info, file.pieces, b"graph")
    encoderfile.write(tmp_path / "two", file.info, file.pieces, b"graph")
    again = encoderfile.read(tmp_path / "one")
    assert (again.info, again.pieces, again.graph) == (file.info, file.pieces, b"graph")
    assert again.version == version
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_file_that_is_none_says_what_to_do(tmp_path):
    (tmp_path / "odd").write_bytes(b"nothing")
    new = replace(encoder(0.7, topic=["甲"]).info, format=9)
    encoderfile.write(tmp_path / "new", new, TABLE, b"")
    for name, said in (("none", "没有这个文件"), ("odd", "读不出"), ("new", "第 9 版")):
        with pytest.raises(EncoderError, match=said):
            encoderfile.read(tmp_path / name)


@pytest.mark.skipif(not installed(), reason="the extra `encoder` is not installed")
def test_a_graph_that_onnxruntime_refuses_is_an_error_of_ours():
    with pytest.raises(EncoderError, match="重新安装"):
        Network(encoder(0.7, topic=["甲"]))


def test_without_onnxruntime_the_network_says_what_to_install(monkeypatch):
    monkeypatch.setattr("classifiers.encoder.network.installed", lambda: False)
    with pytest.raises(EncoderError, match=r"huiyin\[encoder\]"):
        Network(encoder(0.7, topic=["甲"]))


def test_weights_follow_the_judge_that_is_right():
    right = np.eye(2, dtype=bool)[np.tile([0, 1], 40)]
    good = np.where(right, 0.9, 0.1).astype(np.float32)
    poor = np.full((80, 2), 0.5, np.float32)
    poor[::3] = [0.7, 0.3]
    held = judges.HeldOut("set", "topic", ("a", "b"), True, poor, good, right)
    blend = judges.fit([held])
    assert blend.second > blend.first
    assert judges.score(held, judges.cross_fitted([held])[0]).value == 1.0

"""The second judge: its pieces, when it is asked, what both say together, and its file."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from cases.words.labels import Sentiment
from classifiers.base import Text
from classifiers.danger.scorer import shipped
from classifiers.encoder import encoderfile
from classifiers.encoder.encoderfile import (
    Blend,
    EncoderError,
    EncoderFile,
    EncoderInfo,
    Head,
    Word,
)
from classifiers.encoder.judge import SENTIMENT, TOPIC, SecondJudge, blended
from classifiers.encoder.judge import SHIPPED as SECOND
from classifiers.encoder.network import Network, installed
from classifiers.encoder.pieces import END, START, UNKNOWN, Pieces, normal
from classifiers.model.engine import SHIPPED, ModelClassifier, load_model
from classifiers.model.modelfile import ModelFile, read
from classifiers.rules.engine import RulesClassifier
from classifiers.training import judges

TABLE = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0)]
TABLE += [("query", -4.0), (":", -4.0), ("▁query", -4.5), ("路", -6.0), ("灯", -6.0)]
TABLE += [("路灯", -7.0), ("不", -5.0), ("亮", -6.0), ("～", -6.0), ("▁路灯", -8.0)]
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


def encoder(ask_below: float, *, letters: bool = True, **classes: list[str]) -> EncoderFile:
    """A file whose second judge alone decides over posts, and over letters where `letters`."""
    word = Word(blend=Blend(0.0, 1.0), ask_below=ask_below)
    heads = {
        name: Head(classes=list(own), posts=word, letters=word if letters else None)
        for name, own in classes.items()
    }
    info = EncoderInfo(
        format=1, name="judge", longest=20, posts_below=120, heads=heads, notice="none"
    )
    return EncoderFile(info, TABLE, b"", "0123456789abcdef")


@pytest.fixture(scope="module")
def parts(tables) -> tuple[ModelFile, RulesClassifier]:
    return read(SHIPPED), RulesClassifier(tables)


def cascade(
    parts,
    ask_below: float,
    topic: str = "民政",
    feeling: str = "positive",
    *,
    letters: bool = True,
) -> tuple[ModelClassifier, Says]:
    info = parts[0].info
    # In another order than the first judge has them.
    topics, feelings = sorted(info.topics), ["positive", "negative", "neutral"]
    says = Says(topic=(topics, topic), sentiment=(feelings, feeling))
    file = encoder(ask_below, letters=letters, topic=topics, sentiment=feelings)
    second = SecondJudge(file, says, {TOPIC: info.topics, SENTIMENT: info.sentiments})
    return ModelClassifier(parts[0], parts[1], second, shipped()), says


def test_where_the_first_judge_wavers_the_second_decides_and_is_named(parts, model):
    both, says = cascade(parts, ask_below=1.1)
    (label,), (before,) = both.classify([UNSURE]), model.classify([UNSURE])
    assert says.texts == [f"{UNSURE.title} {UNSURE.body}"]
    assert (label.topic, label.model) == ("民政", both.version)
    assert both.version == f"judge-01234567/{model.version}"
    assert before.topic != "民政"
    assert before.model == model.version


def test_what_moves_an_alarm_is_not_the_second_judges(parts, model):
    both, _ = cascade(parts, ask_below=1.1)
    letter = Text("拖欠工资", "老板拖欠我们三十多个农民工半年工资，再不给我就从楼上跳下去。")
    (label,), (before,) = both.classify([letter]), model.classify([letter])
    assert before.risk
    assert (label.risk, label.urgent) == (before.risk, before.urgent)
    assert label.kind is before.kind


def test_where_the_first_judge_is_sure_nobody_asks_and_the_labels_are_its_own(parts, model):
    both, says = cascade(parts, ask_below=0.0)
    assert both.classify([UNSURE]) == model.classify([UNSURE])
    assert says.texts == []


def test_noise_is_not_asked_about(parts, model):
    both, says = cascade(parts, ask_below=1.1)
    both.classify([Text("", "???"), Text("", "asdf qwer zxcv")])
    assert says.texts == []


def test_noise_has_no_topic_and_may_have_a_feeling(parts, model):
    both, says = cascade(parts, ask_below=1.1)
    (label,) = both.classify([Text("", "加油!")])
    assert (label.topic, label.sentiment) == ("", Sentiment.POSITIVE)
    assert says.texts == ["加油!"]


@pytest.mark.parametrize(
    "letter", [UNSURE, Text("", UNSURE.body * 6)], ids=["titled", "longer than posts"]
)
def test_letters_are_the_first_judges_where_the_second_has_no_word_in_them(parts, model, letter):
    both, says = cascade(parts, ask_below=1.1, letters=False)
    assert both.classify([letter]) == model.classify([letter])
    assert says.texts == []
    both.classify([Text("", UNSURE.body)])
    assert says.texts == [UNSURE.body]


def test_a_word_of_the_title_that_decides_leaves_nothing_to_ask(parts, model):
    both, _ = cascade(parts, ask_below=0.85, feeling="neutral")
    letter = Text("咨询医保报销", "请问怎么办理，谢谢。")
    (label,), (before,) = both.classify([letter]), model.classify([letter])
    assert before.topic_confidence >= 0.85
    assert label.topic == before.topic


def test_simple_which_sets_a_shorter_clock_is_not_the_second_judges(parts, model):
    question = Text("咨询社保卡补办", "请问社保卡丢了怎么补办，需要带什么材料？")
    (before,) = model.classify([question])
    assert before.simple
    both, _ = cascade(parts, ask_below=1.1, feeling="negative")
    (label,) = both.classify([question])
    assert label.sentiment is Sentiment.NEGATIVE
    assert label.simple
    grievance = Text("社保卡丢了", "社保卡补办一直没人管，气死人了，请问怎么补办？")
    both, _ = cascade(parts, ask_below=1.1, topic="劳动和社会保障", feeling="neutral")
    (label,), (before,) = both.classify([grievance]), model.classify([grievance])
    assert (label.simple, before.simple) == (False, False)


def test_words_that_a_message_takes_back_are_weighed_as_taken_back(parts, model):
    """The first judge's opinion is that of model and rules together."""
    said: dict[str, np.ndarray] = {}

    class Listens(SecondJudge):
        def weigh(self, title, body, first):
            said.update(first)
            return super().weigh(title, body, first)

    info = parts[0].info
    file = encoder(0.0, topic=list(info.topics), sentiment=list(info.sentiments))
    own = {TOPIC: info.topics, SENTIMENT: info.sentiments}
    both = ModelClassifier(parts[0], parts[1], Listens(file, Says(), own), shipped())
    text = Text("", "我并不生气，也不愤怒。")
    (label,) = both.classify([text])
    assert max(said[SENTIMENT]) == pytest.approx(label.sentiment_confidence, abs=1e-4)
    assert max(both.scores(text).sentiment) != pytest.approx(max(said[SENTIMENT]))


def test_it_is_asked_where_the_first_wavers_in_any_head_and_then_heard_in_all():
    says = Says(topic=(["甲", "乙"], "乙"), sentiment=(["好", "坏"], "坏"))
    file = encoder(0.8, topic=["甲", "乙"], sentiment=["好", "坏"])
    second = SecondJudge(file, says, {TOPIC: ["甲", "乙"], SENTIMENT: ["好", "坏"]})
    sure, unsure = np.array([0.9, 0.1], np.float32), np.array([0.6, 0.4], np.float32)
    both = second.weigh("题", "文", {TOPIC: sure, SENTIMENT: unsure})
    assert {name: int(chances.argmax()) for name, chances in both.items()} == {
        TOPIC: 1,
        SENTIMENT: 1,
    }
    assert says.texts == ["题 文"]
    assert list(second.weigh("题", "文", {SENTIMENT: unsure})) == [SENTIMENT]
    assert second.weigh("题", "文", {TOPIC: sure, SENTIMENT: sure}) == {}


def test_a_head_with_other_classes_is_not_judged():
    says = Says(topic=(["甲", "乙"], "甲"))
    second = SecondJudge(encoder(0.9, topic=["甲", "乙"]), says, {TOPIC: ["甲", "丙"]})
    assert second.heads == ()
    assert second.weigh("", "文", {TOPIC: np.array([0.5, 0.5], np.float32)}) == {}


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


def held(first: float, second: float, texts: int = 800, **fields: object) -> judges.HeldOut:
    """Two classes: what is right has these chances by both judges, but for every fifth text, over
    which one judge errs and, where the texts are even, not the other."""
    right = np.eye(2, dtype=bool)[np.arange(texts) % 2]
    number = np.arange(texts)
    chances = np.where(number % 5 == 0, 0.4, first), np.where(number % 5 == 2, 0.4, second)
    one, other = (
        np.where(right, own[:, None], 1 - own[:, None]).astype(np.float32) for own in chances
    )
    held = judges.HeldOut("set", TOPIC, ("a", "b"), np.ones(texts, bool), one, other, right)
    return replace(held, **fields)


def pays(own: judges.HeldOut, *, post: bool) -> bool:
    return judges.pays(own, post=post, ask_below=0.99)


def info_of(**heads: Head) -> EncoderInfo:
    return EncoderInfo(format=1, name="judge", longest=20, posts_below=120, heads=heads, notice="")


def test_weights_follow_the_judge_that_is_right_and_the_second_never_leads():
    blend = judges.fit(held(0.9, 0.55))
    assert blend.second < blend.first
    assert judges.fit(held(0.55, 0.9)).second == judges.fit(held(0.55, 0.9)).first


def test_the_second_judge_has_a_word_where_what_was_kept_back_is_better_for_it():
    good = held(0.7, 0.9)
    assert pays(good, post=True)
    # Two judges that say the same, too few texts, and a sort of text that none is of.
    assert not pays(replace(good, second=good.first), post=True)
    assert not pays(held(0.7, 0.9, texts=40), post=True)
    assert not pays(good, post=False)


def test_a_judge_that_is_wrong_has_no_word():
    assert not pays(held(0.9, 0.1), post=True)


def test_weights_of_a_head_are_fitted_on_its_own_set_for_the_sort_of_text_that_is_in_it():
    heads = {TOPIC: Head(classes=["a", "b"]), SENTIMENT: Head(classes=["c", "d"])}
    topics = held(0.7, 0.9, posts=np.zeros(800, bool))
    feelings = held(0.9, 0.6, head=SENTIMENT)
    below = {TOPIC: 0.99, SENTIMENT: 0.95}
    found = judges.weighed(info_of(**heads), [topics, feelings], below).heads
    assert found[TOPIC].letters == Word(blend=judges.fit(topics), ask_below=0.99)
    assert found[SENTIMENT].posts == Word(blend=judges.fit(feelings), ask_below=0.95)
    assert judges.fit(topics) != judges.fit(feelings)
    assert (found[TOPIC].posts, found[SENTIMENT].letters) == (None, None)


def test_figures_say_each_alone_both_together_and_asked_where_the_first_wavers():
    own = held(0.7, 0.9, milliseconds=12.5)
    word = Word(blend=Blend(0.5, 0.5), ask_below=0.65)
    figures = judges.figures(own, info_of(topic=Head(classes=["a", "b"], posts=word)))
    assert figures.both.value == 1.0
    # Only where its 0.6 for the wrong class is its best chance does the first waver.
    assert (figures.cascade.value, figures.asked) == (1.0, 0.2)
    assert figures.first.value == pytest.approx(0.8, abs=0.01)
    assert figures.second.value == pytest.approx(0.8, abs=0.01)
    assert (figures.texts, figures.milliseconds) == (800, 12.5)
    silent = judges.figures(own, info_of(topic=Head(classes=["a", "b"], letters=word)))
    assert (silent.both, silent.cascade, silent.asked) == (silent.first, silent.first, 0.0)


def test_a_text_is_asked_about_where_the_first_wavers_over_its_feeling():
    word = Word(blend=Blend(0.5, 0.5), ask_below=0.5)
    heads = {name: Head(classes=["a", "b"], posts=word) for name in (TOPIC, SENTIMENT)}
    own = held(0.7, 0.9, beside={SENTIMENT: np.where(np.arange(800) < 400, 0.4, 0.9)})
    assert judges.figures(own, info_of(**heads)).asked == 0.5
    assert judges.figures(judges.part(own, np.arange(800) < 400), info_of(**heads)).asked == 1.0
    heads[SENTIMENT] = Head(classes=["a", "b"])
    assert judges.figures(own, info_of(**heads)).asked == 0.0


def test_the_model_card_speaks_of_the_shipped_file(root):
    card = (root / "docs" / "model-card.md").read_text("utf-8")
    assert f"`{encoderfile.read(SECOND).version}`" in card


def test_the_shipped_file_is_small_says_where_it_comes_from_and_fits_the_linear_model(parts):
    assert SECOND.stat().st_size < 32_000_000
    info = encoderfile.read(SECOND).info
    own = {TOPIC: parts[0].info.topics, SENTIMENT: parts[0].info.sentiments}
    assert {name: sorted(head.classes) for name, head in info.heads.items()} == {
        name: sorted(classes) for name, classes in own.items()
    }
    assert "multilingual-e5-small (MIT" in info.notice
    assert "Copyright (c) Microsoft" in SECOND.with_name("NOTICE.txt").read_text("utf-8")
    # Of feelings in letters neither judge was taught.
    assert info.heads[SENTIMENT].letters is None


@pytest.mark.skipif(not installed(), reason="the extra `encoder` is not installed")
def test_the_shipped_judge_is_asked_and_judges_each_message_alone(tables, model):
    both = load_model(tables, second=True)
    texts = [Text("", post) for post in ("终于等到这一天了呜呜呜", "今天地铁上人真多", "气死我了")]
    together = both.classify(texts)
    assert together == [label for text in texts for label in both.classify([text])]
    assert [label.model for label in together] == [both.version, both.version, model.version]
    alone = model.classify(texts)
    assert together[0].sentiment_confidence > alone[0].sentiment_confidence + 0.1
    assert together[2] == alone[2]

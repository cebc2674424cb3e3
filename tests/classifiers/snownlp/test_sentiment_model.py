"""SnowNLP retrained on one's own texts: what it learns, and what is refused to be read."""

from __future__ import annotations

import gzip
import marshal
from pathlib import Path

import msgspec
import pytest

from cases.words.labels import Sentiment
from classifiers.base import Text
from classifiers.rules.engine import RulesClassifier
from classifiers.snownlp import sentiment_model
from classifiers.snownlp.engine import SnowNLPSentiment, positive
from classifiers.snownlp.sentiment_model import Opinion, SnowNLPModel, SnowNLPModelError

# The office's own use of words: 回执 is good news here, 挂起 is bad.
MATTERS = (
    "路灯不亮",
    "井盖松动",
    "公交站牌太旧",
    "楼道堆物",
    "自来水浑浊",
    "公园长椅断裂",
    "学校门口拥堵",
    "医保卡补办",
    "河边垃圾",
    "电梯停用",
    "树枝压线",
    "广场噪声",
    "宠物伤人",
    "暖气不热",
)
GOOD = [f"反映{matter}，当天收到回执" for matter in MATTERS]
BAD = [f"说过{matter}，至今还是挂起" for matter in MATTERS]
OPINIONS = [Opinion(text, Sentiment.POSITIVE) for text in GOOD] + [
    Opinion(text, Sentiment.NEGATIVE) for text in BAD
]


@pytest.fixture(scope="module")
def trained() -> tuple[SnowNLPModel, sentiment_model.Check]:
    return sentiment_model.train([*OPINIONS, Opinion("今天的通知", Sentiment.NEUTRAL)])


@pytest.fixture
def model(trained: tuple[SnowNLPModel, sentiment_model.Check]) -> SnowNLPModel:
    return trained[0]


def test_it_learns_the_offices_own_words(
    trained: tuple[SnowNLPModel, sentiment_model.Check],
) -> None:
    model, check = trained
    judged = sentiment_model.judge(model)
    assert judged("又是挂起") < 0.2
    assert judged("收到回执") > 0.8
    assert model.texts == (14, 14)
    assert check.count == 28
    assert check.after > check.before


def test_the_same_texts_give_the_same_file(model: SnowNLPModel, tmp_path: Path) -> None:
    sentiment_model.write(tmp_path / "a", model)
    sentiment_model.write(tmp_path / "b", sentiment_model.train(OPINIONS)[0])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    again = sentiment_model.read(tmp_path, "a")
    assert again == model
    assert again.version == model.version
    assert sentiment_model.judge(again)("收到回执") == sentiment_model.judge(model)("收到回执")


def test_the_engine_uses_it_and_names_it(model: SnowNLPModel, rules: RulesClassifier) -> None:
    engine = SnowNLPSentiment(rules, model)
    good, bad, nothing = engine.classify(
        [Text("", "收到回执"), Text("", "又是挂起"), Text("", "？")]
    )
    assert good.sentiment is Sentiment.POSITIVE
    assert bad.sentiment is Sentiment.NEGATIVE
    assert nothing.sentiment is Sentiment.NEUTRAL
    assert good.model == engine.version == f"{model.version}/{rules.version}"
    assert positive("收到回执", sentiment_model.judge(model)) > 0.8


def test_copies_of_one_text_prove_nothing() -> None:
    _, check = sentiment_model.train(
        [Opinion("第一次来信收到回执，办结顺利", Sentiment.POSITIVE)] * 10 + OPINIONS[14:]
    )
    assert check.count == 11  # those held out while the copies were known


def test_too_few_texts_of_one_side_are_refused() -> None:
    with pytest.raises(SnowNLPModelError, match="各 10 条，实际正面 14 条、负面 9 条"):
        sentiment_model.train(OPINIONS[:23])


def test_only_a_file_right_in_the_data_folder_is_read(model: SnowNLPModel, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    sentiment_model.write(tmp_path / "outside", model)
    (home / "link").symlink_to(tmp_path / "outside")
    for name in ("../outside", str(tmp_path / "outside"), "link"):
        with pytest.raises(SnowNLPModelError, match="文件名"):
            sentiment_model.read(home, name)
    with pytest.raises(SnowNLPModelError, match="没有 missing"):
        sentiment_model.read(home, "missing")


def test_a_foreign_or_damaged_file_is_refused(model: SnowNLPModel, tmp_path: Path) -> None:
    path = tmp_path / "model"
    good = msgspec.json.encode(model)
    wrong_sum = msgspec.structs.replace(
        model, negative=msgspec.structs.replace(model.negative, total=1)
    )
    nothing = msgspec.structs.replace(model, positive=sentiment_model.WordCounts({}, 0))
    for content in (
        b"",
        good,
        gzip.compress(good)[:-40],
        gzip.compress(good[:-9]),
        gzip.compress(marshal.dumps({"total": 1, "d": {}})),
        gzip.compress(msgspec.json.encode(wrong_sum)),
        gzip.compress(msgspec.json.encode(nothing)),
        gzip.compress(good.replace(sentiment_model.FORMAT.encode(), b"other-1")),
    ):
        path.write_bytes(content)
        with pytest.raises(SnowNLPModelError, match="重新训练"):
            sentiment_model.read(tmp_path, "model")

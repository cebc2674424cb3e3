"""Training on a tiny invented corpus: the same file twice, and what it learnt."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the `train` extra")

from classifiers.base import Text
from classifiers.model.engine import load_model
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.text.near import groups
from classifiers.training import datasets, evaluate, fit
from classifiers.training.corpus import Correction, sentiments
from classifiers.training.report import as_text
from classifiers.training.train import train

WORDS = {
    "城乡建设": ("物业", "小区车位", "违章搭建", "路灯", "自来水"),
    "劳动和社会保障": ("社保补缴", "拖欠工资", "退休金", "工伤认定", "加班费"),
    "教育文体": ("幼儿园学费", "小学招生", "教师工资", "补课", "图书馆"),
}
PLACES = "ABCDEFGH"


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    posts: list[dict[str, str]] = []
    for label, words in WORDS.items():
        for number in range(40):
            word = words[number % len(words)]
            city = PLACES[number % len(PLACES)]
            text = f"关于{word}的问题{number}\n{city}市的{word}第{number}次出了问题，{word}一直没人管，编号{number * 37}。"
            posts.append(
                {"group": str(len(posts)), "label": label, "text": text, "tokens": " ".join(text)}
            )
    write_csv(folder / "topics" / "train.csv", posts)
    for name in ("replies.csv", "hotspot.csv"):
        write_csv(
            folder / "messages" / name,
            [
                {
                    "留言主题": f"咨询{city}市派出所户口{n}",
                    "留言详情": f"请问{city}市派出所怎么迁户口？身份证呢？{n}",
                }
                for n, city in enumerate(PLACES * 3)
            ],
        )
    feelings = {"happy": "太好了真高兴点赞", "angry": "气死我了太差劲", "neutral": "今天发布通知"}
    for part in ("virus_train", "virus_eval", "usual_eval"):
        write_csv(
            folder / "sentiment" / f"smp2020_{part}.csv",
            [
                {"id": str(n), "content": f"{part}{words}{n}号{n * 7}楼", "label": label}
                for label, words in feelings.items()
                for n in range(12)
            ],
        )
    for name in ("waimai_10k.csv", "online_shopping_10_cats.csv"):
        write_csv(
            folder / "sentiment" / name,
            [{"label": "1", "review": "味道真好点赞"}, {"label": "0", "review": "太差劲气死了"}]
            * 5,
        )
    return folder


@pytest.fixture(scope="module")
def plain(data: Path, tables: RuleTables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the corpus, without corrections."""
    out = tmp_path_factory.mktemp("plain") / "a.model"
    train(data, out, tables, seed=7)
    return out


@pytest.mark.slow
def test_the_same_seed_gives_the_same_file(
    data: Path, plain: Path, tables: RuleTables, tmp_path: Path
) -> None:
    again = train(data, tmp_path / "b.model", tables, seed=7)
    assert plain.read_bytes() == (tmp_path / "b.model").read_bytes()

    model = load_model(tables, plain)
    assert model.version.startswith(again)
    topics = [
        labels.topic_candidates[0][0]
        for labels in model.classify(
            [Text("社保补缴", "社保补缴没人管"), Text("小学招生", "小学招生没人管")]
        )
    ]
    assert topics == ["劳动和社会保障", "教育文体"]


@pytest.mark.slow
def test_a_correction_at_the_desk_teaches(
    data: Path, plain: Path, tables: RuleTables, tmp_path: Path
) -> None:
    unseen = Text("秧苗补种", "秧苗补种没有着落，秧苗都枯了")
    corrections = [
        Correction(Text(f"秧苗补种{n}", f"第{n}块田的秧苗补种没有着落"), topic="农村农业")
        for n in range(12)
    ]
    train(data, tmp_path / "taught.model", tables, seed=7, corrections=corrections)
    place = tables.topics.topics
    at = list(place).index("农村农业")
    before = load_model(tables, plain).scores(unseen).topic[at]
    after = load_model(tables, tmp_path / "taught.model").scores(unseen).topic[at]
    assert after > before


def test_copies_stay_on_one_side_of_every_split(data: Path) -> None:
    path = data / "topics" / "train.csv"
    rows = list(datasets.read_rows(path, "text"))
    posts = datasets.topic_posts(data)
    assert len(posts) == len(rows)
    long = (
        "物业公司乱收停车费，业主大会从来没有开过，维修资金去向不明，请住建局调查处理并公示账目。"
    )
    near = groups([long, long + "谢谢！", "完全不同的一件事：河道里漂着死鱼，水发黑发臭。"])
    assert near == [0, 0, 2]


def test_a_word_of_one_city_is_no_feature() -> None:
    texts = [Text("", f"{city}市的路灯坏了") for city in PLACES[:4]] + [
        Text("", "A市青禾苑的路灯坏了") for _ in range(6)
    ]
    counts = fit.count(texts)
    cities = [*PLACES[:4], *["A"] * 6]
    kept = set(fit.vocabulary(counts, cities, min_count=3, min_places=3).tolist())
    assert set(fit.count([Text("", "路灯")]).keys.tolist()) & kept
    assert not set(fit.count([Text("", "，，，青禾")]).keys.tolist()) & kept


def test_a_missing_file_or_column_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(datasets.DataError, match=r"train\.csv: no such data file"):
        datasets.topic_posts(tmp_path)
    write_csv(tmp_path / "topics" / "train.csv", [{"label": "城乡建设", "text": "x"}])
    with pytest.raises(datasets.DataError, match=r"no column group, tokens"):
        datasets.topic_posts(tmp_path)


def test_calibration_makes_confidence_true() -> None:
    random = np.random.default_rng(5)
    gold = random.integers(0, 3, 4_000)
    scores = (np.eye(3)[gold] * 0.2 + random.normal(0, 0.12, (4_000, 3))).astype(np.float32)
    held_out = slice(2_000, None)
    calibration = fit.calibrate(scores[:2_000], gold[:2_000])
    confidence = fit.probabilities(scores[held_out], calibration)
    right = confidence.argmax(axis=1) == gold[held_out]
    assert abs(float(confidence.max(axis=1).mean()) - float(right.mean())) < 0.03


def test_classes_without_gold_are_welcomed_at_a_price() -> None:
    random = np.random.default_rng(6)
    gold = random.integers(0, 2, 1_000)
    scores = random.normal(0, 0.2, (1_000, 3)).astype(np.float32)
    scores[:, 2] -= 1.0
    plain = fit.calibrate(scores, gold)
    lifted = fit.welcome(plain, scores, gold, 0.02)
    taken = (fit.probabilities(scores, lifted).argmax(axis=1) == 2).mean()
    assert (fit.probabilities(scores, plain).argmax(axis=1) == 2).mean() < 0.01
    assert 0.015 <= taken <= 0.025


def test_a_corrected_sentiment_joins_the_training(data: Path, rules: RulesClassifier) -> None:
    taught = Correction(Text("", "回执已经收到，办结了"), sentiment="positive")
    untaught = Correction(Text("", "秧苗"), topic="农村农业")
    plain = sentiments(data, rules, [], 7)
    more = sentiments(data, rules, [], 7, corrections=[taught, untaught])
    assert len(more) == len(plain) + 1
    assert datasets.SENTIMENT_CLASSES[int(more.labels[-1])] == "positive"
    assert more.weights[-1] > plain.weights.max()


@pytest.mark.slow
def test_the_report_has_every_part(
    data: Path, tables: RuleTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv(
        data / "liuyan" / "hangzhou.csv",
        [
            {"title": "路灯", "content": "小区路灯坏了", "domain": "城建", "type": "投诉/求助"},
            {"title": "公交", "content": "请问公交几点？", "domain": "交通", "type": "咨询"},
        ],
    )
    monkeypatch.setattr(evaluate, "_LENGTHS", (20,))
    monkeypatch.setattr("classifiers.training.train.FOLDS", 2)
    report = evaluate.evaluate(data, tables, seed=7, snownlp=False)
    counted = report.topic.scores.count, report.liuyan.count
    assert counted == (120, 2)
    strict, by_tree = report.liuyan.accuracy, report.liuyan.accuracy_by_tree
    assert strict <= by_tree <= 1.0
    macro_f1 = {part.part: part.three.macro_f1 for part in report.sentiment}
    assert set(macro_f1) == {"virus_eval", "usual_eval"}
    assert macro_f1["usual_eval"] > 0.9
    text = as_text(report)
    for part in ("Topic", "领导留言板", "Kind", "Sentiment", "Calibration error", "Speed"):
        assert part in text

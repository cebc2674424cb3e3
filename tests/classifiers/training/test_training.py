"""Training on a tiny invented corpus: the same file twice, and what it learnt."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

pytest.importorskip("sklearn", reason="needs the `train` extra")

from classifiers.base import Text
from classifiers.encoder.encoderfile import Blend, EncoderInfo, Head, Word
from classifiers.model.engine import load_model
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.text.near import groups
from classifiers.training import corpus, datasets, evaluate, examples, fit, metrics
from classifiers.training import heads as training_heads
from classifiers.training import train as training
from classifiers.training.examples import Correction
from classifiers.training.report import as_text
from classifiers.training.train import train

WORDS = {
    "城乡建设": ("物业", "小区车位", "违章搭建", "路灯", "自来水"),
    "劳动和社会保障": ("社保补缴", "拖欠工资", "退休金", "工伤认定", "加班费"),
    "教育文体": ("幼儿园学费", "小学招生", "教师工资", "补课", "图书馆"),
}
PLACES = "ABCDEFGH"
FAR = {"happy": 1, "angry": 23, "neutral": 456}


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
    feelings = {"happy": "太好了点赞", "angry": "气死我了", "neutral": "发布通知"}
    for part in ("virus_train", "virus_eval", "usual_train", "usual_eval"):
        write_csv(
            folder / "sentiment" / f"smp2020_{part}.csv",
            [
                {
                    "id": str(n),
                    "content": f"{part}{n * 7919}{words}{n * 104_729}{FAR[label]}",
                    "label": label,
                }
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
    write_csv(folder / "liuyan" / "hangzhou.csv", LIUYAN)
    return folder


LIUYAN = [
    {
        "tid": str(number),
        "title": f"{word}{number}",
        "content": f"第{number * 7}街道{number}号的{word}一直没有人管，请问怎么办？",
        "domain": domain,
        "type": "投诉/求助" if number % 2 else "咨询",
    }
    for number, (domain, word) in enumerate(
        [("城建", "小区路灯"), ("交通", "公交站牌"), ("教育", "学校食堂"), ("治安", "夜里噪音")] * 4
    )
]


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
    plain = examples.feelings_beside_gold(data, rules, [], 7)
    more = examples.feelings_beside_gold(data, rules, [], 7, corrections=[taught, untaught])
    assert len(more) == len(plain) + 1
    assert (more[-1].label, more[-1].text) == ("positive", taught.text)
    assert more[-1].weight > max(item.weight for item in plain)


def test_one_half_of_the_writers_teaches_and_the_other_never_does(
    data: Path, rules: RulesClassifier, tables: RuleTables
) -> None:
    posts = datasets.hangzhou_posts(data)
    held_out = [post for post in posts if post.held_out]
    assert 0 < len(held_out) < len(posts)
    assert [post.held_out for post in datasets.hangzhou_posts(data)] == [
        post.held_out for post in posts
    ]
    taught = examples.topics_beside_gold(data, rules, tables, [], set(WORDS))
    labels = {item.text: item.label for item in taught}
    for post in posts:
        if post.held_out:
            assert post.text not in labels
        else:
            assert labels[post.text] in datasets.HANGZHOU_TOPICS[post.domain]


def test_near_copies_of_a_writer_are_in_one_half(data: Path, tmp_path: Path) -> None:
    long = "河边的步行道坑坑洼洼，晚上没有灯，老人走路摔倒了好几次，请尽快安排维修。"
    rows = [
        {
            "tid": str(n),
            "title": "步行道",
            "content": long + "谢谢" * (n % 2),
            "domain": "",
            "type": "",
        }
        for n in range(12)
    ]
    write_csv(tmp_path / "liuyan" / "hangzhou.csv", rows)
    assert len({post.held_out for post in datasets.hangzhou_posts(tmp_path)}) == 1


def test_no_post_and_no_copy_of_it_is_on_both_sides_of_a_fold(
    data: Path, tables: RuleTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifiers.training.train.FOLDS", 2)
    whole = corpus.assemble(data, tables, 7)
    seen: list[tuple[set[int], set[int]]] = []
    made = training_heads.heads

    def spied(whole: corpus.Corpus, topics: fit.Ints, feelings: fit.Ints) -> object:
        seen.append((set(whole.groups[topics]), set(whole.feeling_groups[feelings])))
        return made(whole, topics, feelings)

    monkeypatch.setattr("classifiers.training.train.heads", spied)
    folds = training.cross_validate(whole, 7, lambda _: None)
    assert sorted(np.concatenate([fold.topics for fold in folds])) == list(range(120))
    assert sorted(np.concatenate([fold.feelings for fold in folds])) == list(
        range(len(whole.feelings))
    )
    for fold, (topics, feelings) in zip(folds, seen, strict=True):
        assert not topics & set(whole.groups[fold.topics])
        assert not feelings & set(whole.feeling_groups[fold.feelings])


class Even:
    """Stands in for the encoder: every class is as likely as the others."""

    def __init__(self, classes: dict[str, list[str]]) -> None:
        self._said = {
            name: np.full(len(own), 1 / len(own), np.float32) for name, own in classes.items()
        }

    def chances(self, text: str) -> dict[str, np.ndarray]:
        return self._said


@pytest.mark.slow
def test_the_report_has_every_part(
    data: Path, tables: RuleTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "_LENGTHS", (20,))
    monkeypatch.setattr("classifiers.training.engines.LENGTH", 20)
    monkeypatch.setattr("classifiers.training.train.FOLDS", 2)
    word = Word(blend=Blend(0.5, 0.5), ask_below=1.1)
    classes = {
        "topic": sorted(corpus.assemble(data, tables, 7).topic_names),
        "sentiment": ["positive", "negative", "neutral"],
    }
    heads = {name: Head(classes=own, posts=word, letters=word) for name, own in classes.items()}
    info = EncoderInfo(
        format=1, name="judge", longest=9, posts_below=150, heads=heads, notice="none"
    )
    monkeypatch.setattr(evaluate, "available", lambda: True)
    monkeypatch.setattr("classifiers.training.judges.load_file", lambda: (info, Even(classes)))
    report = evaluate.evaluate(data, tables, seed=7, snownlp=False)
    counted = report.topic.scores.count, report.liuyan.count
    held_out = [post for post in datasets.hangzhou_posts(data) if post.held_out]
    assert counted == (120, len(held_out))
    strict, by_tree = report.liuyan.right.value, report.liuyan.accuracy_by_tree
    assert strict <= by_tree <= 1.0
    macro_f1 = {part.part: part.three.macro_f1 for part in report.sentiment}
    assert list(macro_f1)[:2] == ["virus_eval", "usual_eval"]
    assert macro_f1["usual_eval"] > 0.9
    own, rules = report.engines
    assert (own.engine, rules.engine) == ("model and rules", "rules alone")
    assert own.topics is not None
    assert own.topics.low <= own.topics.value == report.topic.scores.macro_f1 <= own.topics.high
    assert own.megabytes > rules.megabytes == 0
    assert min(own.milliseconds, rules.milliseconds) > 0
    both = {one.name: one for one in report.judges}
    assert list(both) == ["智慧政务", "领导留言板", "virus_eval", "usual_eval"]
    assert {one.asked for one in both.values()} == {1.0}
    # A judge that has no opinion changes nobody's.
    for one in both.values():
        assert one.first == one.both == one.cascade
    text = as_text(report)
    assert "not installed" in as_text(structs.replace(report, judges=[]))
    for part in ("Each engine", "Both judges", "Topic", "领导留言板", "Kind", "Sentiment", "Speed"):
        assert part in text


def test_an_interval_holds_the_figure_and_narrows_with_more_posts() -> None:
    few = metrics.compare(["a", "a", "b", "b"] * 5, ["a", "b", "b", ""] * 5, ["a", "b"])
    many = metrics.compare(["a", "a", "b", "b"] * 500, ["a", "b", "b", ""] * 500, ["a", "b"])
    wide, narrow = metrics.macro_f1_interval(few), metrics.macro_f1_interval(many)
    for interval in (wide, narrow):
        assert interval.low < interval.value < interval.high
    assert wide.value == narrow.value == few.macro_f1
    assert narrow.high - narrow.low < 0.06 < wide.high - wide.low
    assert metrics.macro_f1_interval(few) == wide


def test_a_share_of_few_is_uncertain() -> None:
    assert metrics.share_interval(8, 10).low == pytest.approx(0.490, abs=0.001)
    assert metrics.share_interval(8, 10).high == pytest.approx(0.943, abs=0.001)
    assert metrics.share_interval(10, 10).high == 1.0
    assert metrics.share_interval(0, 0) == metrics.Interval(0.0, 0.0, 1.0)

"""`huiyin train-snownlp` and HUIYIN_SNOWNLP: from an office's texts to the engine in use."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.record import commands as do
from cases.words.labels import Kind, Sentiment
from classifiers.base import Text
from desk.app.cli import app
from desk.app.commands.learn import LearnError, corrections, opinions, read_opinions
from desk.ground import wiring
from desk.ground.settings import SettingsError, read_settings
from tests.cases.helpers import DESK, Story, item

runner = CliRunner()


def write(path: Path, rows: list[tuple[str, str]], *, header: tuple[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    matters = [
        "路灯",
        "井盖",
        "公交",
        "楼道",
        "水管",
        "公园",
        "学校",
        "医保",
        "河道",
        "电梯",
        "树枝",
    ]
    rows = [(f"{matter}的事收到回执", "正面") for matter in matters]
    rows += [(f"{matter}还是挂起状态", "negative") for matter in matters]
    return write(tmp_path / "texts.csv", rows, header=("text", "sentiment"))


@pytest.mark.slow
def test_from_a_file_to_the_engine_in_use(
    texts: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HUIYIN_HOME", str(home))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    done = runner.invoke(app, ["train-snownlp", str(texts), "--out", "own.json.gz"])
    assert done.exit_code == 0, done.output
    assert "负面 11 条、正面 11 条" in done.output
    assert "轮流留出的 22 条判断正确" in done.output

    monkeypatch.setenv("HUIYIN_CLASSIFIER", "snownlp")
    monkeypatch.setenv("HUIYIN_SNOWNLP", "own.json.gz")
    engine = wiring.build_classifier(read_settings())
    assert engine.version.startswith("huiyin-snownlp-1-")
    good, bad = engine.classify([Text("", "收到回执"), Text("", "又是挂起")])
    assert (good.sentiment, bad.sentiment) == (Sentiment.POSITIVE, Sentiment.NEGATIVE)

    monkeypatch.setenv("HUIYIN_SNOWNLP", "../own.json.gz")
    with pytest.raises(SettingsError, match="HUIYIN_SNOWNLP"):
        wiring.build_classifier(read_settings())


def test_what_cannot_be_used_is_named(
    texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "home"))
    done = runner.invoke(app, ["train-snownlp", str(texts), "--out", "../own.json.gz"])
    assert done.exit_code == 1
    assert not (tmp_path / "own.json.gz").exists()

    wrong = write(tmp_path / "wrong.csv", [("x", "正面")], header=("text", "label"))
    with pytest.raises(LearnError, match="缺少 sentiment"):
        read_opinions(wrong)
    odd = write(tmp_path / "odd.csv", [("x", "正面"), ("y", "好")], header=("text", "sentiment"))
    with pytest.raises(LearnError, match=r"odd\.csv 第 3 行：.*'好'"):
        read_opinions(odd)
    (tmp_path / "gbk.csv").write_bytes("text,sentiment\n好,正面\n".encode("gbk"))
    with pytest.raises(LearnError, match="UTF-8"):
        read_opinions(tmp_path / "gbk.csv")
    with pytest.raises(LearnError, match="读不到"):
        read_opinions(tmp_path / "none.csv")


def test_corrections_at_the_desk_teach_and_the_last_word_counts() -> None:
    story = Story(item(title="路灯", body="路灯修好了"))
    story.does(DESK, do.Correct(sentiment=Sentiment.NEGATIVE), "2026-03-02T11:00")
    story.does(DESK, do.Correct(sentiment=Sentiment.POSITIVE), "2026-03-02T12:00")
    other = Story(item("1002"))
    other.does(DESK, do.Correct(topic_path=("交通运输",), kind=Kind.HELP), "2026-03-02T11:00")
    secret = Story(item("1003"))
    secret.does(DESK, do.Correct(sentiment=Sentiment.POSITIVE), "2026-03-02T11:00")
    secret.does(DESK, do.MarkConfidential(reason="举报人要求"), "2026-03-02T12:00")
    untouched = Story(item("1004"))

    learned = list(corrections(s.case for s in (story, other, secret, untouched)))
    assert [(c.topic, c.kind, c.sentiment) for c in learned] == [
        ("", "", "positive"),
        ("交通运输", "求助", ""),
    ]
    (opinion,) = opinions(learned)
    assert opinion.sentiment is Sentiment.POSITIVE
    assert opinion.text == "路灯。路灯修好了"

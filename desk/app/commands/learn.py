"""What people taught: corrections at the desk, and files of texts with a sentiment."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from cases.figures.taught import Heads, taught_heads
from cases.record.case import Case
from cases.words.labels import SENTIMENT_WORDS, Sentiment
from classifiers.base import Text
from classifiers.snownlp.sentiment_model import Opinion
from classifiers.training.examples import Correction

_SENTIMENTS = {word: each for each, word in SENTIMENT_WORDS.items()} | {
    value.value: value for value in Sentiment
}


class LearnError(ValueError):
    """A file of texts that cannot be used; the text is plain Chinese."""


def corrections(cases: Iterable[Case]) -> Iterator[Correction]:
    """One for each case whose topic, kind or sentiment a person set; the last word counts.

    Confidential cases teach nothing: their words must not turn up in a model."""
    for case in cases:
        said = taught_heads(case)
        if said != Heads() and case.erased_at is None:
            text = Text(case.item.title, case.item.body)
            yield Correction(text, topic=said.topic, kind=said.kind, sentiment=said.sentiment)


def opinions(learned: Iterable[Correction]) -> Iterator[Opinion]:
    """The corrections of the sentiment, as texts SnowNLP can learn from."""
    for item in learned:
        if item.sentiment:
            text = f"{item.text.title}。{item.text.body}"
            yield Opinion(text, Sentiment(item.sentiment))


def read_opinions(path: Path) -> list[Opinion]:
    """Texts of a CSV file (UTF-8) with the columns text and sentiment. Raises `LearnError`.

    The sentiment is 负面, 中性, 正面 or negative, neutral, positive."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [n for n in ("text", "sentiment") if n not in (reader.fieldnames or ())]
            if missing:
                raise LearnError(
                    f"{path} 应有 text 和 sentiment 两列，缺少 {'、'.join(missing)}，"
                    f"实际是 {'、'.join(reader.fieldnames or ()) or '空文件'}。"
                )
            return [_opinion(path, reader.line_num, row) for row in reader]
    except OSError as error:
        raise LearnError(f"读不到 {path}：{error.strerror}。") from error
    except UnicodeDecodeError as error:
        raise LearnError(f"{path} 应为 UTF-8 编码，第 {error.start} 字节不是。请另存。") from error
    except csv.Error as error:
        raise LearnError(f"{path} 不是合法的 CSV：{error}。") from error


def _opinion(path: Path, line: int, row: dict[str, str | None]) -> Opinion:
    name = (row["sentiment"] or "").strip()
    if name not in _SENTIMENTS:
        raise LearnError(
            f"{path} 第 {line} 行：sentiment 应为负面、中性或正面"
            f"（也可以写 negative、neutral、positive），实际是 {name!r}。"
        )
    return Opinion(row["text"] or "", _SENTIMENTS[name])

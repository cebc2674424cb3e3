"""SnowNLP's sentiment retrained on an office's own texts.

SnowNLP keeps a model as a marshal dump, which must never be read from a file that
others could have written: a crafted one can crash the interpreter. What it
holds are two tables of word counts, so ours are kept as JSON. Loading one reads
words and numbers and checks that they add up; it runs nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from cases.words.labels import Sentiment
from classifiers.text.folding import fold
from classifiers.text.near import groups

if TYPE_CHECKING:
    from snownlp.sentiment import Sentiment as Engine

FORMAT = "huiyin-snownlp-1"
LEAST = 10
"""Fewest texts of each side that a model can be made of."""

_LONGEST = 2_000
_FOLDS = 5
_MOST_BYTES = 200_000_000


class SnowNLPModelError(ValueError):
    """A model of this kind cannot be made or used; the text is plain Chinese."""


class Opinion(Struct, frozen=True):
    """A text that was called positive or negative."""

    text: str
    sentiment: Sentiment


class WordCounts(Struct, frozen=True):
    """SnowNLP's own numbers: each word's count plus one, and their sum."""

    words: dict[str, int]
    total: int


class SnowNLPModel(Struct, frozen=True):
    """The content of a model file."""

    format: str
    texts: tuple[int, int]
    """How many negative and positive texts it was made of."""
    negative: WordCounts
    positive: WordCounts

    @property
    def version(self) -> str:
        """Names the content."""
        content = msgspec.json.encode(self, order="deterministic")
        return f"{self.format}-{hashlib.sha256(content).hexdigest()[:8]}"


class Check(Struct, frozen=True):
    """Shares of held-out texts that were judged right; `count` of them.

    No text is held out when those of a side are all copies of one another.
    """

    count: int
    before: float
    """By the model that comes with SnowNLP."""
    after: float
    """By one of the other texts; copies of a text are never on both sides."""


def train(
    opinions: Sequence[Opinion], progress: Callable[[int], object] = lambda _done: None
) -> tuple[SnowNLPModel, Check]:
    """A model of all opinions that are not neutral, and how good such a model is.

    `progress` is told how many texts were read. Raises `SnowNLPModelError`
    for fewer than `LEAST` texts with words of a side.
    """
    from snownlp import sentiment

    engine = sentiment.Sentiment()
    texts: list[str] = []
    words: list[list[str]] = []
    sides: list[bool] = []
    for done, item in enumerate(opinions, start=1):
        known = [] if item.sentiment is Sentiment.NEUTRAL else _words(engine, item.text)
        if known:
            texts.append(item.text)
            words.append(known)
            sides.append(item.sentiment is Sentiment.POSITIVE)
        progress(done)
    if min(sides.count(True), sides.count(False)) < LEAST:
        raise SnowNLPModelError(
            f"重新训练 SnowNLP 至少要正面、负面各 {LEAST} 条，"
            f"实际正面 {sides.count(True)} 条、负面 {sides.count(False)} 条。"
        )
    return _count(words, sides), _check(texts, words, sides)


def _words(engine: Engine, text: str) -> list[str]:
    return list(engine.handle(fold(text).text[:_LONGEST]))


def _check(texts: Sequence[str], words: Sequence[list[str]], sides: Sequence[bool]) -> Check:
    from snownlp import sentiment

    count = before = after = 0
    part = _folds(groups(texts), sides)
    for number in range(_FOLDS):
        known = [at for at, own in enumerate(part) if own != number]
        if len({sides[at] for at in known}) < 2:
            continue  # all texts of a side are copies of one: nothing is left to learn from
        other = _engine(_count([words[at] for at in known], [sides[at] for at in known]))
        for at in (at for at, own in enumerate(part) if own == number):
            count += 1
            before += _says_positive(sentiment.classifier, words[at]) is sides[at]
            after += _says_positive(other, words[at]) is sides[at]
    return Check(count, before / max(count, 1), after / max(count, 1))


def _folds(group: Sequence[int], sides: Sequence[bool]) -> list[int]:
    """A fold for each text: copies together, each side spread evenly."""
    fold_of: dict[int, int] = {}
    seen = {True: 0, False: 0}
    for number, side in zip(group, sides, strict=True):
        if number not in fold_of:
            fold_of[number] = seen[side] % _FOLDS
            seen[side] += 1
    return [fold_of[number] for number in group]


def write(path: Path, model: SnowNLPModel) -> None:
    """Write a model file; the same model gives the same bytes."""
    content = msgspec.json.encode(model, order="deterministic")
    path.write_bytes(gzip.compress(content, mtime=0))


def read(home: Path, name: str) -> SnowNLPModel:
    """The model file `name` in the data folder. Raises `SnowNLPModelError`.

    Only a plain file right in `home` is read, and only if its numbers add up.
    """
    path = home / name
    if Path(name).name != name or path.is_symlink():
        raise SnowNLPModelError(f"SnowNLP 模型应是数据文件夹 {home} 里的文件名，实际是 {name!r}。")
    try:
        unpack = zlib.decompressobj(wbits=31)
        content = unpack.decompress(path.read_bytes(), _MOST_BYTES)
        model = msgspec.json.decode(content, type=SnowNLPModel)
    except FileNotFoundError as error:
        raise SnowNLPModelError(
            f"数据文件夹 {home} 里没有 {name}。请先运行 huiyin train-snownlp。"
        ) from error
    except (OSError, zlib.error, msgspec.MsgspecError) as error:
        raise SnowNLPModelError(
            f"{name} 不是 huiyin train-snownlp 写出的文件（{error}）。请重新训练。"
        ) from error
    for side in (model.negative, model.positive):
        counts = side.words.values()
        if model.format != FORMAT or min(counts, default=0) < 1 or side.total != sum(counts):
            raise SnowNLPModelError(f"{name} 已损坏或是别的版本：词数对不上。请重新训练。")
    return model


def judge(model: SnowNLPModel) -> Callable[[str], float]:
    """A function from a text to its probability of being positive, 0 to 1."""
    engine = _engine(model)

    def positive(text: str) -> float:
        return float(engine.classify(text))

    return positive


def _count(words: Iterable[list[str]], sides: Iterable[bool]) -> SnowNLPModel:
    from snownlp.classification.bayes import Bayes

    bayes = Bayes()
    counted = [
        (text, "pos" if positive else "neg") for text, positive in zip(words, sides, strict=True)
    ]
    bayes.train(counted)
    tables = {name: WordCounts(dict(part.d), int(part.total)) for name, part in bayes.d.items()}
    names = [name for _, name in counted]
    nothing = WordCounts({}, 0)
    return SnowNLPModel(
        FORMAT,
        (names.count("neg"), names.count("pos")),
        tables.get("neg", nothing),
        tables.get("pos", nothing),
    )


def _engine(model: SnowNLPModel) -> Engine:
    """SnowNLP's classifier with these counts."""
    from snownlp.sentiment import Sentiment as Engine
    from snownlp.utils.frequency import AddOneProb

    engine = Engine()
    for name, side in (("neg", model.negative), ("pos", model.positive)):
        table = AddOneProb()
        table.d, table.total = side.words, side.total
        engine.classifier.d[name] = table
    engine.classifier.total = model.negative.total + model.positive.total
    return engine


def _says_positive(engine: Engine, words: list[str]) -> bool:
    side, _ = engine.classifier.classify(words)
    return bool(side == "pos")

"""The shipped judge of danger: a linear model over the n-grams of each stretch of a message.

It was taught with sentences written for it, and with everyday letters as what is none
(`classifiers.training.danger`; docs/urgent.md has its figures).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from classifiers.danger.features import BUCKETS, SIZES, Span, all_buckets, stretches
from classifiers.text.folding import Folded

SHIPPED = Path(__file__).with_name("danger.model")
"""The model inside the package."""

_FORMAT = 1
_ROWS = np.arange(len(SIZES))[:, np.newaxis]
_LESS = np.array(SIZES)[:, np.newaxis] - 1
"""By how many places the last n-gram of a size begins before the end of its stretch."""

Floats = NDArray[np.float32]


class DangerModelError(ValueError):
    """The file cannot be used; the text says what to do."""


class Limits(Struct, frozen=True, kw_only=True):
    """From which score on a message counts (`classifiers.danger.judging`)."""

    loud: float
    """It wakes a person though no word of the table is in it."""
    agreed: float
    """It wakes a person where words of the table are in the message."""
    marked: float
    """It is seen first though no word of the table is in it."""


class DangerFile(Struct, frozen=True, kw_only=True):
    """What is stored: one weight of both heads for each bucket, as float16 bytes."""

    format: int
    loud: bytes
    marked: bytes
    loud_bias: float
    marked_bias: float
    limits: Limits


class Heard(Struct, frozen=True):
    """The most alarming stretches of a message: their scores, and where they are in the folded
    text."""

    loud: float
    marked: float
    loud_span: Span
    marked_span: Span
    stretches: int
    """How many were judged."""


NOTHING = Heard(-99.0, -99.0, (0, 0), (0, 0), 0)


class DangerModel:
    """Scores messages. The same file gives the same scores."""

    def __init__(self, file: DangerFile, version: str) -> None:
        self.version = version
        self.limits = file.limits
        self._weights = np.stack([_weights(file.loud), _weights(file.marked)], axis=1)
        self._bias = np.array([file.loud_bias, file.marked_bias])

    def hear(self, message: Folded) -> Heard:
        """The most alarming stretches; `NOTHING` where there is none to judge."""
        spans = stretches(message)
        if not spans:
            return NOTHING
        scores = self._scores(message, spans)
        best = scores.argmax(axis=1)
        return Heard(
            float(scores[0, best[0]]),
            float(scores[1, best[1]]),
            spans[best[0]],
            spans[best[1]],
            len(spans),
        )

    def _scores(self, message: Folded, spans: list[Span]) -> NDArray[np.float64]:
        """(2, spans): what each head says of each stretch, loud and marked."""
        # The weights are of sixteen bits, so their sums in doubles are exact in any order: one
        # running sum over all places and sizes serves every stretch.
        numbers = all_buckets(message.codes)
        sums = np.zeros((numbers.size + 1, 2))
        self._weights.take(numbers.ravel(), axis=0).cumsum(axis=0, out=sums[1:])
        bounds = np.array(spans)
        starts = bounds[:, 0]
        lasts = np.maximum(starts, bounds[:, 1] - _LESS)
        rows = _ROWS * len(message.codes)
        totals = (sums.take(lasts + rows, axis=0) - sums.take(starts + rows, axis=0)).sum(axis=0)
        counts = (lasts - starts).sum(axis=0)
        scores = totals / np.sqrt(np.maximum(counts, 1.0))[:, np.newaxis] + self._bias
        return np.asarray(scores.T)


def write(path: Path, file: DangerFile) -> None:
    path.write_bytes(msgspec.msgpack.encode(file))


def encode(weights: Floats) -> bytes:
    return weights.astype("<f2").tobytes()


def _weights(stored: bytes) -> NDArray[np.float64]:
    return np.frombuffer(stored, dtype="<f2").astype(np.float64)


def read(path: Path) -> DangerModel:
    """Raises `DangerModelError`."""
    try:
        data = path.read_bytes()
        file = msgspec.msgpack.decode(data, type=DangerFile)
    except (OSError, msgspec.DecodeError) as error:
        raise DangerModelError(
            f"{path}：应为险情识别的模型文件，读不出（{error}）。请重新安装 huiyin"
        ) from error
    if file.format != _FORMAT or {len(file.loud), len(file.marked)} != {2 * BUCKETS}:
        raise DangerModelError(
            f"{path}：险情识别的模型应为第 {_FORMAT} 版格式，实际不是。请重新安装 huiyin"
        )
    return DangerModel(file, f"danger-{hashlib.sha256(data).hexdigest()[:8]}")


@lru_cache(maxsize=1)
def shipped() -> DangerModel:
    """The model inside the package, read once. Raises `DangerModelError`."""
    return read(SHIPPED)

"""When the second judge is asked, and what the two judges say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from classifiers.encoder.encoderfile import Blend, EncoderFile, EncoderInfo, Head, Word, read
from classifiers.encoder.network import Network, installed

Floats = NDArray[np.float32]

SHIPPED = Path(__file__).with_name("huiyin.encoder")
"""The encoder inside the package."""

TOPIC: Final = "topic"
SENTIMENT: Final = "sentiment"

FAMILY: Final = "huiyin-encoder-"
"""How the name of every encoder of ours begins."""

_LEAST_CHANCE = 1e-6


class Reader(Protocol):
    """What the judge asks: `Network`, or a stand-in."""

    def chances(self, text: str) -> Mapping[str, Floats]: ...


class SecondJudge:
    """Weighs the encoder's chances with those of the first judge, for each head whose classes the
    two have in common."""

    def __init__(
        self, file: EncoderFile, reader: Reader, classes: Mapping[str, Sequence[str]]
    ) -> None:
        """`classes` are the first judge's, by head, in its order."""
        self.version = file.version
        self._reader = reader
        self._info = file.info
        self._heads = {
            name: head
            for name, head in file.info.heads.items()
            if sorted(head.classes) == sorted(classes.get(name, ()))
        }
        self._order = {
            name: [head.classes.index(one) for one in classes[name]]
            for name, head in self._heads.items()
        }

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads it has a word in."""
        return tuple(self._heads)

    def weigh(self, title: str, body: str, first: Mapping[str, Floats]) -> dict[str, Floats]:
        """The chances of both judges together for each head of `first`, where the first wavers in
        any; empty where the second was not asked. Costs a run of the encoder where it was."""
        post = is_post(self._info, title, body)
        words = {name: word for name in first if (word := self._word(name, post=post))}
        if all(float(first[name].max()) >= word.ask_below for name, word in words.items()):
            return {}
        said = self._reader.chances(f"{title} {body}".strip())
        return {
            name: blended(first[name], said[name][self._order[name]], word.blend)
            for name, word in words.items()
        }

    def _word(self, name: str, *, post: bool) -> Word | None:
        head = self._heads.get(name)
        return word_of(head, post=post) if head else None


def is_post(info: EncoderInfo, title: str, body: str) -> bool:
    """Whether a text is a post, as in social media, and no letter."""
    return not title and len(body) < info.posts_below


def word_of(head: Head, *, post: bool) -> Word | None:
    """How the second judge counts for a sort of text; None where it does not."""
    return head.posts if post else head.letters


def blended(first: Floats, second: Floats, blend: Blend) -> Floats:
    """(…, classes): both judges' chances, each to the power of its weight, summing to one."""
    logits = blend.first * np.log(np.maximum(first, _LEAST_CHANCE))
    logits = logits + blend.second * np.log(np.maximum(second, _LEAST_CHANCE))
    exps = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exps / exps.sum(axis=-1, keepdims=True), dtype=np.float32)


def has_spoken(model: str) -> bool:
    """Whether a second judge stands first in `Labels.model`: it was asked about the message."""
    return model.startswith(FAMILY)


def available() -> bool:
    """Whether onnxruntime (the extra `huiyin[encoder]`) and the shipped file are there."""
    return installed() and SHIPPED.is_file()


def load_judge(classes: Mapping[str, Sequence[str]]) -> SecondJudge:
    """The shipped second judge beside a first judge with these classes by head.
    Raises `EncoderError`."""
    file, network = _opened(SHIPPED)
    return SecondJudge(file, network, classes)


def load_file() -> tuple[EncoderInfo, Reader]:
    """What the shipped file says of itself, and the encoder. Raises `EncoderError`."""
    file, network = _opened(SHIPPED)
    return file.info, network


@lru_cache(maxsize=1)
def _opened(path: Path) -> tuple[EncoderFile, Network]:
    """Read once in a process: an engine is made anew whenever the configuration changes."""
    file = read(path)
    return file, Network(file)

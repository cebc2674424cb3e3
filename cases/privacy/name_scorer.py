"""How likely a piece of text is a name: a logistic regression over `name_features`.

Its weights are learnt (`classifiers.training.names`, docs/masking.md) and kept in
`name_weights.txt`: a line for each value, the features that have it behind it. A first, coarse
regression over the single characters around (`1S王`, `1p人`) is summed for all places of the text
at once, so that the full one is asked for few of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cases.privacy.name_features import features
from cases.privacy.surnames import COMPOUND, FAMILIAR, SINGLE, surname_length

BELIEVED: Final = 0.3
"""The least score of a name; 0 is as likely one as not in the texts of the training."""
_HOPELESS: Final = -4.0
"""What scores less in the first, coarse look is not looked at again."""
_BIAS: Final = "bias"
_CODES: Final = 0x10000
_PAD: Final = "\0\0\0\0\0"
_NEVER: Final = -99.0
_FIRST_HAN: Final = 0x4E00
_LAST_HAN: Final = 0x9FFF


class Candidate(NamedTuple):
    """A piece that may be a name; `length` is that of its surname."""

    start: int
    length: int
    end: int


class _Weights(NamedTuple):
    full: dict[str, float]
    bias: float
    coarse: dict[str, NDArray[np.float32]]
    compound: NDArray[np.bool_]


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    """The weights, read once."""
    text = files("cases.privacy").joinpath("name_weights.txt").read_text(encoding="utf-8")
    full: dict[str, float] = {}
    for line in text.rstrip("\n").split("\n"):
        value, *names = line.split(" ")
        full |= dict.fromkeys(names, float(value))
    tables = {sort: np.zeros(_CODES, dtype=np.float32) for sort in "SABGpqnm"}
    for sort in "SABG":
        tables[sort][:] = _NEVER
        chars = map(ord, SINGLE | FAMILIAR) if sort == "S" else range(_FIRST_HAN, _LAST_HAN + 1)
        tables[sort][list(chars)] = 0.0
    for name in [name for name in full if name[0] == "1"]:
        for code in _codes_of(name[2:]):
            tables[name[1]][code] = full[name]
        del full[name]
    bias = full.pop(_BIAS)
    tables["S"] += full.pop("coarse")
    compound = np.zeros(_CODES, dtype=np.bool_)
    compound[[ord(one[0]) for one in COMPOUND]] = True
    return _Weights(full, bias, tables, compound)


def _codes_of(char: str) -> list[int]:
    """The characters that a feature's character stands for, 0 beyond the ends of the text."""
    if char == "0":
        return list(range(ord("0"), ord("9") + 1))
    if char == "a":
        return [*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)]
    if char == "_":
        return [ord(" "), ord("\t"), ord("_")]
    if char == "/":
        return [ord("\n"), ord("/")]
    return [ord(char) if char else 0]


def score(text: str, one: Candidate) -> float:
    """The logarithm of the odds that the piece is a name."""
    full, bias, _, _ = _weights()
    weight = full.get
    return sum([weight(name, 0.0) for name in features(text, *one)], bias)


def scored(text: str) -> Iterator[tuple[Candidate, float]]:
    """What may be a name, in order of the text, with its score."""
    for one in _likely(text):
        yield one, score(text, one)


def _likely(text: str) -> Iterator[Candidate]:
    _, _, tables, compound = _weights()
    padded = f"{_PAD}{text}{_PAD}"
    codes = np.frombuffer(padded.encode("utf-32-le"), dtype=np.uint32)
    codes = np.minimum(codes, _CODES - 1).astype(np.intp)
    first = len(_PAD)
    last = first + len(text)

    def at(sort: str, offset: int) -> NDArray[np.float32]:
        return weights[sort][first + offset : last + offset]

    weights = {sort: table[codes] for sort, table in tables.items()}
    head = at("S", 0) + at("p", -1) + at("q", -2)
    behind_one = at("n", 2) + at("m", 3)
    one = head + at("G", 1) + behind_one
    two = head + at("A", 1) + at("B", 2) + at("n", 3) + at("m", 4)
    for start in np.flatnonzero(np.maximum(one, two) > _HOPELESS).tolist():
        if two[start] > _HOPELESS:
            yield Candidate(start, 1, start + 3)
        if one[start] > _HOPELESS:
            yield Candidate(start, 1, start + 2)
    for start in np.flatnonzero(compound[codes[first:last]]).tolist():
        if surname_length(text, start) == 2:
            for end in (start + 4, start + 3):
                if end <= len(text) and all(map(_is_plain_han, text[start + 2 : end])):
                    yield Candidate(start, 2, end)


def _is_plain_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"

"""Learns the weights of `cases.privacy.name_scorer` and writes them: two regressions.

    python -m classifiers.training.names --letters A.csv --labelled tests/…/masking_set.jsonl …

Positives: the labelled sets, their texts with other names, letters with made-up names, and the
newspaper. Negatives: every other candidate of the letters. A letter of five is left out
(`is_held_out`), to count false names on. Real letters hold names that nobody labelled, so a first
fit looks for them: what it believes is no negative, unless a person read it and wrote it into
`names_read.txt`. The labelled sets hold one fold each: `--leave` says which to leave out.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from cases.privacy.name_features import features
from cases.privacy.name_scorer import Candidate
from cases.privacy.surnames import FAMILIAR, surname_length
from cases.privacy.text_normalization import normalize
from classifiers.training.name_examples import (
    Example,
    Names,
    candidates,
    newspaper,
    renamed,
    with_names,
)

SEED: Final = 11
COARSE: Final = "SABGpqnm"
"""Sorts of features of the first look."""
_KEPT: Final = 24000
_LEAST_SEEN: Final = 4
_STEP: Final = 0.05
_BELIEVED: Final = 0.5
_LONGEST: Final = 2500
_RENAMED: Final = 8
"""Copies of a text of a labelled set with other names."""
_OWN: Final = Path(__file__).with_name("names_own.txt")
"""Sentences of our own, the given names in <>; those without are as instructive."""
_READ: Final = Path(__file__).with_name("names_read.txt")


class Rows(NamedTuple):
    """Labelled rows of features, and how much each counts."""

    rows: list[tuple[bool, array[int]]]
    weight: float


class Vocabulary:
    """Features as numbers, in the order in which they were seen."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def row(self, text: str, one: Candidate) -> array[int]:
        numbers = self.numbers
        found = {numbers.setdefault(name, len(numbers)) for name in features(text, *one)}
        return array("i", sorted(found))


def is_held_out(letter: str) -> bool:
    """Whether a letter is never learnt from."""
    return int(hashlib.md5(letter.encode(), usedforsecurity=False).hexdigest(), 16) % 5 == 0


def read_letters(paths: Iterable[Path], columns: tuple[str, ...]) -> Iterator[str]:
    """Letters of CSV files: the named columns that a file has, line by line."""
    csv.field_size_limit(10**8)
    seen: set[str] = set()
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in csv.DictReader(file):
                letter = "\n".join(line[name] for name in columns if line.get(name)).strip()
                if letter not in seen:
                    seen.add(letter)
                    yield letter


def read_labelled(path: Path) -> Iterator[Example]:
    """A labelled set in the plain form; names without a surname are unknown."""
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        plain = normalize(item["text"])
        places = [plain.span(at, at + 1) for at in range(len(plain.text))]
        names: list[Candidate] = []
        unknown: list[tuple[int, int]] = []
        for piece in item["mask"]:
            inside = [
                at
                for at, (start, end) in enumerate(places)
                if piece["start"] <= start and end <= piece["end"]
            ]
            if piece["kind"] != "name" or not inside:
                continue
            start, end = inside[0], inside[-1] + 1
            for length in (2, 1):
                begins = start - length
                if begins >= 0 and surname_length(plain.text, begins) == length and end - start < 3:
                    names.append(Candidate(begins, length, end))
                    break
            else:
                if plain.text[start] in FAMILIAR and end - start in (2, 3):
                    names.append(Candidate(start, 1, end))
                else:
                    unknown.append((start, end))
        yield Example(plain.text, frozenset(names), tuple(unknown))


def read_own() -> Iterator[Example]:
    """Sentences of our own; of <> without a surname before it nothing is known."""
    for line in _OWN.read_text(encoding="utf-8").splitlines():
        text, *rest = line.split("<")
        names: list[Candidate] = []
        unknown: list[tuple[int, int]] = []
        for part in rest:
            given, _, behind = part.partition(">")
            start, end = len(text), len(text) + len(given)
            head = next((n for n in (2, 1) if surname_length(text, start - n) == n <= start), 0)
            if head and len(given) < 3:
                names.append(Candidate(start - head, head, end))
            else:
                unknown.append((start, end))
            text += given + behind
        if normalize(text).text == text:
            yield Example(text, frozenset(names), tuple(unknown))


def _rows(
    vocabulary: Vocabulary, example: Example, *, only_near: bool = False, share: float = 1.0
) -> Iterator[tuple[bool, array[int]]]:
    """The candidates of a text; `only_near`: names and what overlaps them; `share`: of what is
    no name so much is taken."""
    chance = random.Random(len(example.text))
    for one in candidates(example.text):
        is_name = one in example.names
        if not is_name:
            if only_near and not any(
                one.start < n.end and n.start < one.end for n in example.names
            ):
                continue
            if any(one.start < end and start < one.end for start, end in example.unknown):
                continue
            if share < 1 and chance.random() > share:
                continue
        yield is_name, vocabulary.row(example.text, one)


def fit(
    parts: list[Rows], size: int, allowed: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float64], float]:
    """A weight for each feature, and the bias."""
    rows = [row for part in parts for _, row in part.rows]
    labels = [is_name for part in parts for is_name, _ in part.rows]
    weights = [part.weight for part in parts for _ in part.rows]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate([np.frombuffer(row, dtype=np.int32) for row in rows])
    matrix = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), size))
    seen = np.asarray(matrix.sum(axis=0)).ravel()
    often = seen >= _LEAST_SEEN
    kept = np.flatnonzero(often if allowed is None else often & allowed)
    model = LogisticRegression(C=0.3, max_iter=150)
    model.fit(matrix[:, kept], np.array(labels, dtype=int), sample_weight=np.array(weights))
    found = np.zeros(size)
    found[kept] = model.coef_[0]
    return found, float(model.intercept_[0])


def prepare(letters: list[str], labelled: list[Path], vocabulary: Vocabulary) -> list[Rows]:
    """All rows to learn from."""
    names = Names(newspaper(), SEED)
    parts = [Rows([], 1.0), Rows([], 0.3)]
    made, news = (part.rows for part in parts)
    for _ in range(2):
        for letter in letters:
            example = with_names(letter, names)
            if example.names:
                made += _rows(vocabulary, example, only_near=True)
    for example in newspaper():
        news += _rows(vocabulary, example, share=0.3 if example.names else 0.08)
    parts += rows_of(read_own(), vocabulary, names)
    for path in labelled:
        parts += rows_of(read_labelled(path), vocabulary, names)
    return parts + _negatives(letters, vocabulary, parts)


def rows_of(texts: Iterable[Example], vocabulary: Vocabulary, names: Names) -> list[Rows]:
    """The candidates of labelled texts, and those of the texts with other names."""
    own, others = Rows([], 2.0), Rows([], 0.5)
    for example in texts:
        own.rows.extend(_rows(vocabulary, example))
        for _ in range(_RENAMED if example.names else 0):
            others.rows.extend(_rows(vocabulary, renamed(example, names), only_near=True))
    return [own, others]


def learn(parts: list[Rows], vocabulary: Vocabulary) -> dict[str, float]:
    """All weights by their names, as `name_weights.txt` has them."""
    size = len(vocabulary.numbers)
    weights, _ = fit(parts, size)
    rows = [np.frombuffer(row, dtype=np.int32) for part in parts for _, row in part.rows]
    seen = np.bincount(np.concatenate(rows), minlength=size)
    chosen = np.zeros(size, dtype=bool)
    chosen[np.argsort(-np.abs(weights) * np.log2(1 + seen))[:_KEPT]] = True
    weights, bias = fit(parts, size, chosen)
    coarse = np.array([name[0] in COARSE and len(name) < 3 for name in vocabulary.numbers])
    first, first_bias = fit(parts, size, coarse)
    found = {"bias": bias, "coarse": first_bias}
    for name, number in vocabulary.numbers.items():
        if first[number]:
            found["1" + name] = first[number]
        if weights[number]:
            found[name] = weights[number]
    return found


def _negatives(letters: list[str], vocabulary: Vocabulary, parts: list[Rows]) -> list[Rows]:
    """The candidates of real letters, without those that a first fit believes to be names; of
    those that nothing speaks for one of eight."""
    read = frozenset(_READ.read_text(encoding="utf-8").split())
    examples = [Example(letter, frozenset()) for letter in letters]
    sample = [
        row
        for example in examples[: len(examples) // 5]
        for row in _rows(vocabulary, example, share=0.5)
    ]
    weights, bias = fit([*parts, Rows(sample, 2.0)], len(vocabulary.numbers))
    rows, sampled = Rows([], 1.0), Rows([], 8.0)
    chance = random.Random(SEED)
    for example in examples:
        for one in candidates(example.text):
            row = vocabulary.row(example.text, one)
            known = [number for number in row if number < len(weights)]
            points = bias + weights[known].sum()
            if points > _BELIEVED and example.text[one.start : one.end] not in read:
                continue
            if points > -6:
                rows.rows.append((False, row))
            elif chance.random() < 1 / sampled.weight:
                sampled.rows.append((False, row))
    return [rows, sampled]


def written(weights: dict[str, float]) -> str:
    """The weights in steps of 0.05, a line for each value."""
    lines: dict[int, list[str]] = {}
    for name, value in weights.items():
        step = round(value / _STEP)
        if step and not any(map(str.isspace, name)):
            lines.setdefault(step, []).append(name)
    return "".join(
        f"{step * _STEP:.2f} {' '.join(sorted(names))}\n" for step, names in sorted(lines.items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=Path, nargs="+", required=True)
    parser.add_argument("--columns", nargs="+", required=True)
    parser.add_argument("--labelled", type=Path, nargs="*", default=[])
    parser.add_argument("--leave", type=Path, action="append", default=[])
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    letters = [
        normalize(letter).text
        for letter in read_letters(asked.letters, tuple(asked.columns))
        if len(letter) <= _LONGEST and not is_held_out(letter)
    ]
    random.Random(SEED).shuffle(letters)
    labelled = [path for path in asked.labelled if path not in asked.leave]
    vocabulary = Vocabulary()
    parts = prepare(letters, labelled, vocabulary)
    asked.out.write_text(written(learn(parts, vocabulary)), encoding="utf-8")


if __name__ == "__main__":
    main()

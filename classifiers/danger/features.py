"""Stretches of a message, and their hashed character n-grams (n = 1..3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifiers.text.folding import Codes, Folded

BITS = 15
BUCKETS = 1 << BITS
SIZES = (1, 2, 3)
MOST_SENTENCES = 80
"""Read of one message; more than that has no letter that tells of a danger."""
_MOST_CHARACTERS = 160
"""Of a stretch. What is longer says more than one thing."""
_LEAST_CHARACTERS = 5
"""Of a sentence in a longer message: "两个" says nothing."""
_SENTENCE = re.compile(r"[^。.!?;\n]+")
_FACTORS = tuple(np.uint32(one) for one in (0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F))

Buckets = NDArray[np.int64]
Span = tuple[int, int]


def stretches(message: Folded) -> list[Span]:
    """What is judged by itself, as half-open ranges of the folded text: each sentence, each two
    that follow one another, and a short message as a whole. A sentence that is too long is read
    in halves that overlap."""
    found = [one.span() for one in _SENTENCE.finditer(message.text)]
    sentences = [span for span in found if span[1] - span[0] >= _LEAST_CHARACTERS] or found
    sentences = sentences[:MOST_SENTENCES]
    spans = [part for span in sentences for part in _parts(*span)]
    spans += [
        (first[0], second[1])
        for first, second in pairwise(sentences)
        if second[1] - first[0] <= _MOST_CHARACTERS
    ]
    if sentences and sentences[-1][1] - sentences[0][0] <= _MOST_CHARACTERS:
        spans.append((sentences[0][0], sentences[-1][1]))
    return list(dict.fromkeys(spans))


def _parts(start: int, end: int) -> list[Span]:
    step = _MOST_CHARACTERS // 2
    if end - start <= _MOST_CHARACTERS:
        return [(start, end)]
    return [(at, min(end, at + _MOST_CHARACTERS)) for at in range(start, end - step, step)]


def buckets(codes: Codes, size: int) -> Buckets:
    """Of each n-gram of `size` characters, by where it begins, the number of its bucket."""
    count = len(codes) - size + 1
    if count <= 0:
        return np.zeros(0, dtype=np.int64)
    mixed = np.full(count, size, dtype=np.uint32)
    for at in range(size):
        mixed = (mixed ^ codes[at : at + count].astype(np.uint32)) * _FACTORS[at]
        mixed ^= mixed >> np.uint32(15)
    return (mixed & np.uint32(BUCKETS - 1)).astype(np.int64)


def all_buckets(codes: Codes) -> Buckets:
    """(sizes, characters): the same for all `SIZES` at once. What would reach over the end of the
    text has a number too, of no n-gram."""
    mixed = np.repeat(np.array(SIZES, dtype=np.uint32)[:, np.newaxis], len(codes), axis=1)
    for at, factor in enumerate(_FACTORS):
        # Only sizes above `at` have a character there.
        rows = mixed[at:, : max(0, len(codes) - at)]
        rows ^= codes[at:]
        rows *= factor
        rows ^= rows >> np.uint32(15)
    return (mixed & np.uint32(BUCKETS - 1)).astype(np.int64)


def counted(codes: Codes, spans: Sequence[Span]) -> list[tuple[Buckets, float]]:
    """For training: of each stretch the buckets of its n-grams, and what each counts."""
    all_sizes = [buckets(codes, size) for size in SIZES]
    found = []
    for start, end in spans:
        parts = [
            own[start : max(start, end - size + 1)]
            for size, own in zip(SIZES, all_sizes, strict=True)
        ]
        joined = np.concatenate(parts)
        found.append((joined, 1.0 / np.sqrt(max(1, len(joined)))))
    return found

"""Similar answered cases: the closest ones with a published reply. Nothing is generated.

Every case is a short list of hashed character pairs weighted by rarity; an
inverted index in plain arrays finds those that share the rarest pairs, and the
best of them are compared in full by cosine. So a query costs a few milliseconds
at 100,000 cases.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from classifiers.base import Text
from classifiers.text.folding import fold

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

BUCKETS = 1 << 18
_KEPT = 96
"""Features kept of one case: title first, then the beginning of the body."""
_BODY = 200
_TITLE = 2.0
_ASKED = 32
"""Features of a query that are looked up, the weightiest first."""
_LONGEST_LIST = 3_000
"""Postings read per feature, the latest; what is in more cases than this says little."""
_COMPARED = 60
"""Candidates compared in full."""
_FLUSH = 1_024
_GROWTH = 20
"""The index is rebuilt when a twentieth is new, so adding stays cheap at any size."""
_LEAST = 0.08


class Similar(Struct, frozen=True):
    """A case and how close it is, 0 to 1."""

    case_id: str
    score: float


class SimilarState(Struct, frozen=True):
    """What `restore` needs; encodes with msgspec."""

    case_ids: list[str]
    features: list[bytes]


class SimilarCases:
    """An index that grows: `add` a case when its reply is published."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._position: dict[str, int] = {}
        self._features: list[Ints] = []
        self._weights: list[Floats] = []
        self._seen = np.zeros(BUCKETS, dtype=np.int32)
        self._index = _Postings.empty()
        self._indexed = 0

    def __len__(self) -> int:
        return len(self._position)

    def add(self, case_id: str, text: Text) -> None:
        """Add an answered case; a case added again replaces its older text."""
        features, weights = pairs(text)
        self._append(case_id, features, weights)
        if len(self._ids) - self._indexed >= max(_FLUSH, self._indexed // _GROWTH):
            self._flush()

    def find(self, text: Text, count: int = 5, exclude: str = "") -> list[Similar]:
        """The `count` closest cases, best first; fewer when nothing is close.

        `exclude` is the case that asks.
        """
        features, weights = pairs(text)
        if not len(features) or not self._ids:
            return []
        query = weights * self._rarity(features)
        query /= max(float(np.sqrt((query**2).sum())), 1e-6)
        order = np.argsort(-query)[:_ASKED]
        rough = np.zeros(len(self._ids), dtype=np.float32)
        for feature, weight in zip(features[order].tolist(), query[order].tolist(), strict=True):
            cases, values = self._index.of(feature)
            rough[cases] += np.float32(weight * self._rarity_at(feature)) * values
        self._rough_recent(rough, features, query)
        width = min(_COMPARED, len(rough))
        best = np.argpartition(-rough, width - 1)[:width]
        candidates = best[rough[best] > 0].tolist()
        return self._compare(candidates, features, query, exclude)[:count]

    def state(self) -> SimilarState:
        """Everything needed to build the same index again."""
        rows = [(self._ids[at], at) for at in sorted(self._position.values())]
        return SimilarState(
            case_ids=[case_id for case_id, _ in rows],
            features=[
                self._features[at].astype("<i4").tobytes()
                + self._weights[at].astype("<f4").tobytes()
                for _, at in rows
            ],
        )

    @classmethod
    def restore(cls, state: SimilarState) -> SimilarCases:
        """The index whose `state` was saved."""
        index = cls()
        for case_id, packed in zip(state.case_ids, state.features, strict=True):
            half = len(packed) // 2
            features = np.frombuffer(packed[:half], "<i4").astype(np.int32)
            index._append(case_id, features, np.frombuffer(packed[half:], "<f4").astype(np.float32))
        index._flush()
        return index

    def _append(self, case_id: str, features: Ints, weights: Floats) -> None:
        self._position[case_id] = len(self._ids)
        self._ids.append(case_id)
        self._features.append(features)
        self._weights.append(weights)
        self._seen[features] += 1

    def _rarity(self, features: Ints) -> Floats:
        return rarity_of(self._seen[features], len(self._ids))

    def _flush(self) -> None:
        self._index = self._index.extended(
            self._features[self._indexed :], self._weights[self._indexed :], self._indexed
        )
        self._indexed = len(self._ids)

    def _rough_recent(self, rough: Floats, features: Ints, query: Floats) -> None:
        """Rough scores of the cases added since the index was built."""
        recent = self._features[self._indexed :]
        sizes = np.array([len(own) for own in recent])
        if not sizes.sum():
            return
        asked = np.zeros(BUCKETS, dtype=np.float32)
        asked[features] = query * self._rarity(features)
        values = asked[np.concatenate(recent)] * np.concatenate(self._weights[self._indexed :])
        case = np.repeat(np.arange(len(recent)), sizes)
        rough[self._indexed :] = np.bincount(case, weights=values, minlength=len(recent))

    def _rarity_at(self, feature: int) -> float:
        return float(np.log1p(len(self._ids) / (1.0 + int(self._seen[feature]))))

    def _compare(
        self, candidates: list[int], features: Ints, query: Floats, exclude: str
    ) -> list[Similar]:
        """Cosine of each candidate, with rarity as of now, best first."""
        asked = np.zeros(BUCKETS, dtype=np.float32)
        asked[features] = query
        found: list[Similar] = []
        for at in candidates:
            case_id = self._ids[at]
            if case_id == exclude or self._position[case_id] != at:
                continue
            shared = asked[self._features[at]]
            if not shared.any():
                continue
            own = self._weights[at] * self._rarity(self._features[at])
            score = float(shared @ own) / max(float(np.sqrt(own @ own)), 1e-6)
            if score >= _LEAST:
                found.append(Similar(case_id, round(min(score, 1.0), 4)))
        return sorted(found, key=lambda item: (-item.score, item.case_id))


class _Postings(Struct, frozen=True):
    """Feature -> (cases, weights): a CSR matrix with one row per bucket."""

    start: NDArray[np.int64]
    cases: Ints
    weights: Floats

    @classmethod
    def empty(cls) -> _Postings:
        return cls(
            np.zeros(BUCKETS + 1, dtype=np.int64),
            np.empty(0, dtype=np.int32),
            np.empty(0, dtype=np.float32),
        )

    def of(self, feature: int) -> tuple[Ints, Floats]:
        """The latest cases with this feature, at most a few thousand."""
        end = int(self.start[feature + 1])
        begin = max(int(self.start[feature]), end - _LONGEST_LIST)
        return self.cases[begin:end], self.weights[begin:end]

    def extended(self, features: list[Ints], weights: list[Floats], first: int) -> _Postings:
        """With more cases, numbered from `first`."""
        if not features:
            return self
        sizes = [len(part) for part in features]
        new_cases = np.repeat(np.arange(first, first + len(features), dtype=np.int32), sizes)
        old_features = np.repeat(np.arange(BUCKETS), np.diff(self.start))
        every = np.concatenate([old_features, *features])
        order = np.argsort(every, kind="stable")
        start = np.zeros(BUCKETS + 1, dtype=np.int64)
        start[1:] = np.cumsum(np.bincount(every, minlength=BUCKETS))
        return _Postings(
            start,
            np.concatenate([self.cases, new_cases])[order],
            np.concatenate([self.weights, *weights])[order],
        )


def rarity_of(seen: Ints, total: int) -> Floats:
    """Smoothed inverse frequency: ln(1 + total / (1 + seen))."""
    return np.log1p(total / (1.0 + seen.astype(np.float32))).astype(np.float32)


def pairs(text: Text, limit: int = _BODY) -> tuple[Ints, Floats]:
    """Distinct hashed character pairs and their weights, from the first `limit`
    characters of each field; pairs of the title weigh double."""
    parts: list[Ints] = []
    weights: list[Floats] = []
    for raw, weight in ((text.title, _TITLE), (text.body, 1.0)):
        codes = fold(raw[: limit * 2]).codes[:limit]
        han = (codes >= 0x3400) & (codes < 0xA000)
        pairs = han[:-1] & han[1:]
        hashed = _hashed(codes)[pairs]
        parts.append(hashed)
        weights.append(np.full(len(hashed), weight, dtype=np.float32))
    every = np.concatenate(parts)
    distinct, first, inverse = np.unique(every, return_index=True, return_inverse=True)
    summed = np.bincount(inverse, weights=np.concatenate(weights), minlength=len(distinct))
    kept = np.argsort(first, kind="stable")[: max(_KEPT, limit // 2)]
    return distinct[kept].astype(np.int32), np.log1p(summed[kept]).astype(np.float32)


def bucket(pair: str) -> int:
    """The feature of a pair of characters."""
    return int(_hashed(np.array([ord(each) for each in pair], dtype=np.uint32))[0])


def _hashed(codes: NDArray[np.uint32]) -> Ints:
    """Of each character and the next."""
    hashed = codes[:-1] * np.uint32(0x9E3779B1) ^ codes[1:] * np.uint32(0x85EBCA6B)
    found: Ints = ((hashed ^ (hashed >> np.uint32(15))) & np.uint32(BUCKETS - 1)).astype(np.int32)
    return found


def extend(index: SimilarCases, cases: Iterable[tuple[str, Text]]) -> None:
    """Add many answered cases, as at start-up."""
    for case_id, text in cases:
        index.add(case_id, text)


def encode(state: SimilarState) -> bytes:
    """The state as bytes for a file."""
    return msgspec.msgpack.encode(state)


def decode(content: bytes) -> SimilarState:
    """The state from bytes. Raises `msgspec.MsgspecError` on anything else."""
    return msgspec.msgpack.decode(content, type=SimilarState)

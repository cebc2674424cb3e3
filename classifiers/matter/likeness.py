"""How far two messages are alike, and from where on they are about one matter.

Compared are pairs of characters, each by how rare it is in letters. Names of places are compared
for themselves: who shares a narrow place need have little else in common, who shares none
much. The limits were chosen on one half of `benchmarks/matter_pairs.csv` and tried on the other.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from classifiers.base import Text
from classifiers.matter.everyday import rarity
from classifiers.matter.places import Place, is_wide, places, spots
from classifiers.matter.similar import Ints, pairs
from classifiers.matter.types import Member, Sighting
from classifiers.text.near import Signature

_SAME_SPOT: Final = 0.15
"""Least likeness of two messages that name the same estate, school, park …"""
_SAME_ROAD: Final = 0.22
"""… of two that share only a road, a village, a company."""
_SAME_SUBJECT: Final = 0.45
"""… of two that share no place, at least one of which names none: questions about a policy."""
_TWO_PLACES: Final = 0.65
"""… of two that name places and share none of them."""
_NAME: Final = 0.6
"""Pairs within names of places weigh less: the place is compared already."""
_TITLE: Final = 0.5
"""What likeness of the titles adds where no place tells anything."""
_TITLE_SAYS: Final = 11.0
"""Titles that share less than three rare pairs (停水, 投诉) say little however alike."""
_RARE_WORD: Final = 5.0
_WORDS: Final = 16
_TITLE_LENGTH: Final = 40
_LEAD = re.compile(
    r"^(?:关于|有关|请求|恳请|强烈|再次|实名|紧急|要求|投诉|举报|反映|咨询|求助|建议|请问|希望|解决|请|对)+"
)
_TAIL = re.compile(r"(?:的?(?:问题|情况|事宜|一事|建议|投诉|咨询|求助|诉求|请求)|[!?。,!?，])+$")


def member_of(sighting: Sighting, sign: Signature) -> Member:
    text = sighting.text
    named = places(text)
    features, weights = pairs(text)
    weights = np.where(np.isin(features, _of_names(named)), weights * _NAME, weights)
    title, title_weights = pairs(Text(readable_title(text), ""))
    return Member(
        sign.tobytes(),
        features.tobytes(),
        (weights * rarity(features)).tobytes(),
        [place.key for place in named if not place.is_town],
        spots(text.title, sighting.place),
        title.tobytes(),
        (title_weights * rarity(title)).tobytes(),
    )


def _of_names(named: list[Place]) -> Ints:
    """The features of names of places."""
    return pairs(Text("", "，".join(place.name for place in named)))[0]


def sameness(left: Member, right: Member) -> tuple[float, str]:
    """How much more alike two messages are than they have to be to be about the same matter (1:
    just enough), and why. The less certain it is that they are about one place, the more alike
    they have to be."""
    score = _alike(left.features, left.weights, right.features, right.weights)
    shared = set(left.places) & set(right.places)
    if shared:
        narrow = any(not is_wide(place) for place in shared)
        return score / (_SAME_SPOT if narrow else _SAME_ROAD), "same place"
    least = _TWO_PLACES if left.places and right.places else _SAME_SUBJECT
    return (score + _of_titles(left, right)) / least, "same subject"


def _of_titles(left: Member, right: Member) -> float:
    a, b = np.frombuffer(left.title, np.int32), np.frombuffer(right.title, np.int32)
    v, w = (
        np.frombuffer(left.title_weights, np.float32),
        np.frombuffer(right.title_weights, np.float32),
    )
    _, at, other = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    enough = min(1.0, float(np.sqrt(v[at] @ w[other])) / _TITLE_SAYS)
    return (
        _TITLE * enough * _alike(left.title, left.title_weights, right.title, right.title_weights)
    )


def _alike(left: bytes, left_weights: bytes, right: bytes, right_weights: bytes) -> float:
    """Cosine of the character pairs of two messages, each by how rare it is."""
    a, b = np.frombuffer(left, np.int32), np.frombuffer(right, np.int32)
    v, w = np.frombuffer(left_weights, np.float32), np.frombuffer(right_weights, np.float32)
    _, at, other = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    length = float(np.sqrt((v @ v) * (w @ w)))
    return float(v[at] @ w[other]) / length if length else 0.0


def words(member: Member) -> list[int]:
    """The rare pairs of the title: what two letters about one subject share at least."""
    features = np.frombuffer(member.title, np.int32)
    rare = features[rarity(features) >= _RARE_WORD]
    words: list[int] = rare[:_WORDS].tolist()
    return words


def readable_title(text: Text) -> str:
    """A heading for a matter: the title without "请求解决…的问题" around it."""
    title = text.title.strip() or text.body.strip().split("\n", maxsplit=1)[0]
    title = re.split(r"[。!?！？]", title, maxsplit=1)[0].strip()
    core = _TAIL.sub("", _LEAD.sub("", title)).strip(" ，,:：")
    return (core if len(core) >= 4 else title)[:_TITLE_LENGTH]

"""How far two messages are alike, and from where on they are about one matter.

Compared are pairs of characters, each by how rare it is in letters, and words apart from names:
one matter is what is said (噪音, 搅拌站) of what is named (丽发新城). Phrases that people write in
every letter are cut first. What each likeness counts was fitted on the half `choosing` of
`benchmarks/matter_pairs.csv` and tried on the other.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.base import Text
from classifiers.matter.everyday import Codes, pair_codes, rarity
from classifiers.matter.places import is_wide, places, spots
from classifiers.matter.types import Member, Sighting
from classifiers.text.near import Signature

Places = NDArray[np.intp]

_SUBJECT: Final = 2.2
"""What it counts that the words are the same …"""
_HEADING: Final = 0.8
"""… the words of the titles …"""
_NAMED: Final = 0.6
"""… and that `_ENOUGH` pairs of names are shared, wherever they stand. From a sum of 1 on two
messages are about one matter."""
_STRANGERS: Final = 0.2
"""So much is wanting where no name is shared: 夜间施工扰民 is another site."""
_KNOWN: Final = 2 / 6
"""One shared pair is as often an accident."""
_ENOUGH: Final = 6
_PLACE: Final = 3
"""Pairs of names that a place of a known kind counts for: 魅力之城 is made of common words."""
_TITLE_READ: Final = 60
_BODY_READ: Final = 220
"""Characters: who complains says it first."""
_NAMES_READ: Final = 700
_TITLE_COUNTS: Final = 2
_RARE_WORD: Final = 5.0
_WORDS: Final = 32
_TITLE_LENGTH: Final = 40
_LEAD = re.compile(
    r"^(?:关于|有关|请求|恳请|强烈|再次|实名|紧急|要求|投诉|举报|反映|咨询|求助|建议|请问|希望|解决|请|对)+"
)
_TAIL = re.compile(r"(?:的?(?:问题|情况|事宜|一事|建议|投诉|咨询|求助|诉求|请求)|[!?。,!?，])+$")
_PHRASES: Final = re.compile(
    "尊敬的|领导|您好|你好|请求|恳请|希望|[有相]关部门|谢谢|地处|"
    "(?:在国家)?大力倡导[^，。]{0,20}|大背景下?|市委市政府|有何具体(?:政策和)?行动|刻不容缓|全覆盖|"
    "以人民为中心|是否有具体|加快|建设力度|步伐"
)
"""What some write in every letter, whatever it is about: greetings, and how papers speak."""
_POLICY: Final = re.compile("补贴|补助|津贴|新政|限购|限价|摇号")
_POLICY_NAME: Final = 4
"""Characters that name a policy: 购房补贴."""
_SAME_POLICY: Final = 0.4
"""What it counts that both titles name one policy and no place."""
_TOWNS: Final = np.array([ord(each) for each in "省市县区镇乡街"], dtype=np.uint32)
"""Too wide for two problems there to be one."""
_BLANK: Final = re.compile(r"\s+")


def member_of(sighting: Sighting, sign: Signature) -> Member:
    text = sighting.text
    title = _PHRASES.sub("，", text.title)[:_TITLE_READ]
    body = _PHRASES.sub("，", _BLANK.sub("", text.body))
    heading, in_title = _words_and_names(title)
    opening, in_body = _words_and_names(body[:_BODY_READ])
    subject, times = np.unique(
        np.concatenate([np.repeat(heading, _TITLE_COUNTS), opening]), return_counts=True
    )
    heading = np.unique(heading)
    far = _words_and_names(body[_BODY_READ:_NAMES_READ])[1]
    rare = heading[rarity(heading)[0] >= _RARE_WORD]
    where = spots(text.title, sighting.place)
    policies = [] if where else _policies(title)
    found_by = [*policies, *in_title.tolist(), *rare.tolist(), *in_body.tolist()]
    return Member(
        sign.tobytes(),
        [place.key for place in places(text) if not place.is_town],
        where,
        subject.tobytes(),
        (np.log1p(times) * rarity(subject)[0]).astype(np.float32).tobytes(),
        heading.tobytes(),
        rarity(heading)[0].tobytes(),
        np.unique(np.concatenate([in_title, in_body, far])).tobytes(),
        list(dict.fromkeys(found_by))[:_WORDS],
        policies,
    )


def _policies(title: str) -> list[int]:
    """What a title asks about where it is a policy, as numbers that fit no pair: each stretch of
    four characters with a word such as 补贴 in it."""
    found = {
        title[at : at + _POLICY_NAME]
        for match in _POLICY.finditer(title)
        for at in range(max(0, match.end() - _POLICY_NAME), match.start() + 1)
    }
    whole = [name for name in found if len(name) == _POLICY_NAME and name.isalpha()]
    return sorted((1 << 32) + zlib.crc32(name.encode()) for name in whole)


def _words_and_names(text: str) -> tuple[Codes, Codes]:
    """The pairs of the words of a text, and of its names but for those of towns."""
    codes = pair_codes(text)
    names = rarity(codes)[1]
    towns = np.isin(codes >> np.uint32(16), _TOWNS) | np.isin(codes & np.uint32(0xFFFF), _TOWNS)
    return codes[~names], codes[names & ~towns]


def likenesses(left: Member, right: Member) -> tuple[float, float, float]:
    """Of the words, of the words of the titles, and of the names; each 0 to 1."""
    shared = len(_shared(_codes(left.named), _codes(right.named))[0])
    if _narrow(left, right):
        shared += _PLACE
    return (
        _alike(left.subject, left.subject_weights, right.subject, right.subject_weights),
        _alike(left.heading, left.heading_weights, right.heading, right.heading_weights),
        min(shared, _ENOUGH) / _ENOUGH,
    )


def sameness(left: Member, right: Member) -> tuple[float, str]:
    """How much more alike two messages are than they have to be to be about the same matter (1:
    just enough), and why."""
    subject, heading, named = likenesses(left, right)
    score = _SUBJECT * subject + _HEADING * heading + _NAMED * named
    if not set(left.policies).isdisjoint(right.policies):
        score += _SAME_POLICY
    elif named < _KNOWN:
        score -= _STRANGERS
    return score, "same place" if named else "same subject"


def _narrow(left: Member, right: Member) -> bool:
    """Whether both name one estate, school, park …"""
    return any(not is_wide(place) for place in set(left.places) & set(right.places))


def _codes(content: bytes) -> Codes:
    return np.frombuffer(content, np.uint32)


def _shared(left: Codes, right: Codes) -> tuple[Places, Places]:
    """Where the codes that both have stand, in each; both are sorted."""
    if not len(right):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    at = np.minimum(np.searchsorted(right, left), len(right) - 1)
    both = right[at] == left
    return np.flatnonzero(both), at[both].astype(np.intp)


def _alike(left: bytes, left_weights: bytes, right: bytes, right_weights: bytes) -> float:
    """Cosine of the character pairs of two messages, each by how rare it is."""
    v, w = np.frombuffer(left_weights, np.float32), np.frombuffer(right_weights, np.float32)
    at, other = _shared(_codes(left), _codes(right))
    length = float(np.sqrt((v @ v) * (w @ w)))
    return float(v[at] @ w[other]) / length if length else 0.0


def readable_title(text: Text) -> str:
    """A heading for a matter: the title without "请求解决…的问题" around it."""
    title = text.title.strip() or text.body.strip().split("\n", maxsplit=1)[0]
    title = re.split(r"[。!?！？]", title, maxsplit=1)[0].strip()
    core = _TAIL.sub("", _LEAD.sub("", title)).strip(" ，,:：")
    return (core if len(core) >= 4 else title)[:_TITLE_LENGTH]

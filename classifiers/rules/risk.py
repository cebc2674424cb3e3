"""Risk: which sensitive domains and signals a message touches, and by which words.

Words and word pairs come from `config/risk.toml`. A word that is negated
("没有拖欠工资"), reported as settled ("拖欠的工资已结清") or alone in quotation marks does not
count; a danger that may come or is past ("一旦泄漏", "去年起火了") is a risk but not urgent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from cases.words.labels import Evidence
from classifiers.rules.lexicon import Hits, Lexicon
from classifiers.rules.negation import Negation, any_of
from classifiers.rules.tables import RiskEntry, RiskTable, UrgentTable
from classifiers.text.folding import Folded, fold

_SENTENCE_END = re.compile(r"[。.!?;\n]")
_CLAUSE_END = re.compile(r"[。.!?;,\n]")
_NUMBER = re.compile(r"(?:\d{2,}|[十百千万几数]|[一二两三四五六七八九]百?十)[多余来几]?$")
_MAX_EVIDENCE = 3
_LOOK_AHEAD = 12
_LOOK_BACK = 14
_SOON = 60
"""How many characters behind a danger its end is told: two or three sentences."""
_MAY_COME = re.compile(r"[^,。.!?;\n]{0,4}(?:的?风险|隐患|的可能)")
_QUOTES = frozenset("\"'")


class Finding(Struct, frozen=True):
    """Risks in table order, whether a person has to be woken up, and the words."""

    risks: tuple[str, ...] = ()
    urgent: bool = False
    evidence: tuple[Evidence, ...] = ()


class Role(Struct, frozen=True):
    """What a word means to one risk: itself, half of a pair, or a phrase to skip."""

    risk: int
    use: str
    pair: int = 0
    side: int = 0


class _Hit(Struct, frozen=True):
    start: int
    end: int
    negated: bool
    past: bool = False
    """Of a signal that makes urgent: it is told of long ago."""


_URGENT = -1


class RiskRules:
    """The compiled risk table."""

    def __init__(self, table: RiskTable) -> None:
        self._table = table
        self._names = [entry.name for entry in table.risk]
        self._negation = Negation(table.negation)
        self._resolved = re.compile(any_of(table.negation.resolved))
        self._unresolved = re.compile(any_of(table.negation.unresolved))
        self._supposing = _any(table.negation.supposing)
        self._not_now = _any(table.urgent.not_now)
        self._past = _any(table.urgent.past)
        self._over = _any(table.urgent.over)
        self.lexicon = Lexicon(_roles(table), nested=True)

    def find(self, message: Folded) -> Finding:
        """Risks of one message, at most three pieces of evidence for each."""
        return self.weigh(message, self.lexicon.find(message))

    def weigh(self, message: Folded, words: Hits[tuple[Role, ...]]) -> Finding:
        """The same for words of the lexicon that are found already."""
        evidence: dict[int, list[Evidence]] = {}
        urgent = False
        for risk, hits in self._hits(message, words).items():
            if risk == _URGENT or self._table.risk[risk].urgent:
                urgent = urgent or any(not (hit.negated or hit.past) for hit in hits)
            label = "urgent" if risk == _URGENT else f"risk:{self._names[risk]}"
            counted = [hit for hit in hits if not hit.negated][:_MAX_EVIDENCE]
            evidence[risk] = [message.quote(label, hit.start, hit.end, 1.0) for hit in counted]
        found = [risk for risk in range(len(self._names)) if evidence.get(risk)]
        names = tuple(self._names[risk] for risk in found)
        return Finding(
            risks=names,
            urgent=urgent or self._urgent_together(names),
            evidence=tuple(item for risk in (*found, _URGENT) for item in evidence.get(risk, ())),
        )

    def with_quoted(self, found: Finding, quoted: str) -> Finding:
        """The finding joined with that of the mails quoted below the message."""
        if not quoted:
            return found
        below = self.find(fold(quoted))
        if not below.evidence:
            return found
        names = tuple(name for name in self._names if name in found.risks or name in below.risks)
        return Finding(
            risks=names,
            urgent=found.urgent or below.urgent or self._urgent_together(names),
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
            (start, end, role.risk)
            for start, end, roles in found
            for role in roles
            if role.use == "unless"
        ]
        hits: dict[int, list[_Hit]] = {}
        halves: dict[tuple[int, int], tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {}
        for start, end, roles in found:
            for role in roles:
                if role.use == "unless" or any(
                    left <= start and end <= right and risk == role.risk
                    for left, right, risk in skipped
                ):
                    continue
                if role.use == "pair":
                    sides = halves.setdefault((role.risk, role.pair), ([], []))
                    sides[role.side].append((start, end))
                elif role.use == "title":
                    if start < message.split:
                        hits.setdefault(role.risk, []).append(
                            self._hit(role.risk, text, start, end)
                        )
                elif role.use == "word" or _NUMBER.search(text[max(0, start - 4) : start]):
                    hits.setdefault(role.risk, []).append(self._hit(role.risk, text, start, end))
        for (risk, _), (left, right) in halves.items():
            for start, end in _near(text, left, right, self._table.near):
                hits.setdefault(risk, []).append(self._hit(risk, text, start, end))
        return {risk: _outermost(own) for risk, own in hits.items()}

    def _hit(self, risk: int, text: str, start: int, end: int) -> _Hit:
        off = (
            self._negation.begins(text, start) is not None
            or _is_quoted(text, start, end)
            or (risk == _URGENT and self._is_not_now(text, start, end))
            or (risk != _URGENT and self._is_supposed(risk, text, start))
            or self._is_resolved(text, end)
        )
        return _Hit(start, end, off, risk != _URGENT and self._is_past(risk, text, start, end))

    def _is_past(self, risk: int, text: str, start: int, end: int) -> bool:
        if not self._table.risk[risk].urgent or self._past is None:
            return False
        return self._past.search(_clause_before(text, start) + text[start:end]) is not None

    def _is_supposed(self, risk: int, text: str, start: int) -> bool:
        if self._table.risk[risk].supposed or self._supposing is None:
            return False
        return self._supposing.search(_clause_before(text, start)) is not None

    def _is_not_now(self, text: str, start: int, end: int) -> bool:
        if _MAY_COME.match(text, end) is not None:
            return True
        clause = _clause_before(text, start) + text[start:end]
        if self._not_now is not None and self._not_now.search(clause) is not None:
            return True
        return self._is_over(text[end : end + _SOON])

    def _is_over(self, behind: str) -> bool:
        """Whether a clause soon behind says that the danger is past: "火已扑灭", not "无法扑灭"."""
        return self._over is not None and any(
            (found := self._over.search(clause)) is not None
            and not self._unresolved.search(clause[: found.start()])
            for clause in _CLAUSE_END.split(behind)
        )

    def _is_resolved(self, text: str, end: int) -> bool:
        clause = _CLAUSE_END.split(text[end : end + _LOOK_AHEAD], maxsplit=1)[0]
        resolved = self._resolved.search(clause)
        if resolved is None:
            return False
        after = text[end + resolved.end() : end + resolved.end() + 2]
        return not self._unresolved.search(clause[: resolved.start()]) and "吗" not in after


def _any(words: Sequence[str]) -> re.Pattern[str] | None:
    """Matches any of the words; None where there are none."""
    return re.compile(any_of(words)) if words else None


def _clause_before(text: str, start: int) -> str:
    return _CLAUSE_END.split(text[max(0, start - _LOOK_BACK) : start])[-1]


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Whether a word stands alone in quotation marks: a figure of speech or others' phrase."""
    return text[start - 1 : start] in _QUOTES and text[end : end + 1] in _QUOTES


def _outermost(hits: list[_Hit]) -> list[_Hit]:
    """Without hits inside others: "欠工资" is negated where "没有拖欠工资" is."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda item: (item.start, -item.end)):
        if not kept or hit.end > kept[-1].end:
            kept.append(hit)
    return kept


def _roles(table: RiskTable) -> dict[str, tuple[Role, ...]]:
    roles: dict[str, dict[Role, None]] = {}
    entries: list[tuple[int, RiskEntry | UrgentTable]] = [
        *enumerate(table.risk),
        (_URGENT, table.urgent),
    ]
    for word, role in chain.from_iterable(_roles_of(index, entry) for index, entry in entries):
        roles.setdefault(word, {})[role] = None
    # At one position the lexicon reports the longest word only, so a word also
    # plays the roles of the words it begins with.
    whole: dict[str, tuple[Role, ...]] = {}
    for word, own in roles.items():
        prefixes = (role for size in range(1, len(word)) for role in roles.get(word[:size], ()))
        whole[word] = tuple(dict.fromkeys((*own, *prefixes)))
    return whole


def _roles_of(index: int, entry: RiskEntry | UrgentTable) -> Iterator[tuple[str, Role]]:
    listed = [("word", entry.words), ("unless", entry.unless)]
    if isinstance(entry, RiskEntry):
        listed += [("counted", entry.counted), ("title", entry.titles)]
    for use, words in listed:
        yield from ((word, Role(index, use)) for word in words)
    for pair, sides in enumerate(entry.pairs):
        for side, words in enumerate(sides):
            yield from ((word, Role(index, "pair", pair, side)) for word in words)


def _near(
    text: str, left: list[tuple[int, int]], right: list[tuple[int, int]], near: int
) -> list[tuple[int, int]]:
    """The spans from one side to the other, both orders, within one sentence."""
    spans: list[tuple[int, int]] = []
    for a_start, a_end in left[:50]:
        for b_start, b_end in right[:50]:
            low, high = min(a_end, b_end), max(a_start, b_start)
            if high - low > near or _SENTENCE_END.search(text[low:high]):
                continue
            spans.append((min(a_start, b_start), max(a_end, b_end)))
    return spans

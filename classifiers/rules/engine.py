"""The rule engine: every head from the word tables alone.

It needs no trained file, so a new deployment starts with it, and it answers
when a model file is missing. Its confidences are rules of thumb.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cases.words.labels import Evidence, Kind, Labels, Sentiment
from classifiers.base import Text
from classifiers.rules.feeling import GRIEVANCES, decided_by_kind, intensity
from classifiers.rules.kinds import Feelings, FeelingWords, KindGuess, KindRules
from classifiers.rules.lexicon import FourLexicons
from classifiers.rules.risk import Finding, Judge, RiskRules, by_words_alone
from classifiers.rules.tables import RuleTables
from classifiers.rules.topics import TopicHits, TopicTerms
from classifiers.text.folding import Folded, fold, worth_reading

_MIN_CONFIDENCE = 0.5
_MAX_CANDIDATES = 3
_NEUTRAL = 0.2
_CLEAR = 0.3
_MAX_FELT = 2
NO_CONFIDENCE = 0.1
"""What is said of a text that is not worth reading."""


class Reading(Struct, frozen=True):
    """What the rules see in one message."""

    topics: TopicHits
    kind: KindGuess
    feelings: FeelingWords
    risk: Finding


class RulesClassifier:
    """Topic, kind, sentiment and risk by words."""

    def __init__(self, tables: RuleTables) -> None:
        self.topics = TopicTerms(tables.topics)
        self.kinds = KindRules(tables.kinds)
        self.feelings = Feelings(tables.kinds)
        self.simple = tables.kinds.simple
        self.risks = RiskRules(tables.risk)
        self._words = FourLexicons(
            self.topics.lexicon, self.kinds.lexicon, self.feelings.lexicon, self.risks.lexicon
        )
        self.version = tables.version

    @classmethod
    def from_tables(
        cls,
        topics: Mapping[str, object],
        kinds: Mapping[str, object],
        risk: Mapping[str, object],
    ) -> RulesClassifier:
        """Compile the parsed `topics.toml`, `kinds.toml` and `risk.toml`.

        Raises `TableError` when a table does not have the expected shape.
        """
        return cls(RuleTables.from_tables(topics, kinds, risk))

    def classify(self, texts: Sequence[Text]) -> list[Labels]:
        return [self._one(fold(text.body, text.title), text.quoted) for text in texts]

    def urgent(self, texts: Sequence[Text]) -> list[bool]:
        return [self.sounds_urgent(text) for text in texts]

    def sounds_urgent(self, text: Text, judge: Judge = by_words_alone) -> bool:
        """The risk alone, as `read` has it, in a fraction of the time."""
        message = fold(text.body, text.title)
        found = judge(self.risks.find(message), message)
        return self.risks.with_quoted(found, text.quoted, judge).urgent

    def read(self, message: Folded, quoted: str = "", judge: Judge = by_words_alone) -> Reading:
        """All heads of one message, its words looked up once; `quoted` as in `Text`. `judge` says
        what to make of the risk."""
        topics, kinds, feelings, risks = self._words.find(message)
        return Reading(
            topics=self.topics.hits(message, topics),
            kind=self.kinds.weigh(message, kinds),
            feelings=self.feelings.count(message, feelings),
            risk=self.risks.with_quoted(
                judge(self.risks.weigh(message, risks), message), quoted, judge
            ),
        )

    def _one(self, message: Folded, quoted: str) -> Labels:
        reading = self.read(message, quoted)
        words, kind, feeling, risk = reading.topics, reading.kind, reading.feelings, reading.risk
        readable = worth_reading(message.text)
        ranked = words.ranked() if readable else []
        best, confidence = ranked[0] if ranked else ("", 0.0)
        topic = best if confidence >= _MIN_CONFIDENCE else ""
        score = feeling.score()
        sentiment = sentiment_of(score, _NEUTRAL)
        kind_sure = round(kind.confidence if readable else NO_CONFIDENCE, 4)
        by_kind = message.split and readable and decided_by_kind(kind.kind, sentiment, score)
        if by_kind:
            sentiment, score = Sentiment.NEGATIVE, min(score, 0.0)
        evidence: list[Evidence] = []
        if topic:
            evidence.extend(words.evidence(topic))
        if readable:
            evidence.extend(kind.evidence)
        evidence.extend(feeling_evidence(message, feeling, sentiment, kind))
        evidence.extend(risk.evidence)
        labels = Labels(
            model=self.version,
            topic=topic,
            topic_path=words.path(topic),
            topic_confidence=round(confidence, 4),
            topic_candidates=tuple((n, round(p, 4)) for n, p in ranked[:_MAX_CANDIDATES]),
            topic_guess="" if topic else best,
            abstained=not topic,
            kind=kind.kind if readable else Kind.HELP,
            kind_confidence=kind_sure,
            sentiment=sentiment,
            sentiment_score=round(score, 4),
            sentiment_confidence=kind_sure if by_kind else _feeling_confidence(feeling),
            sentiment_abstained=not (feeling.quotes or by_kind),
            intensity=intensity(score, feeling),
            risk=risk.risks,
            urgent=risk.urgent,
            loud=risk.loud,
            evidence=tuple(evidence),
        )
        return self.with_simple(labels, message)

    def only_asks(self, reading: Reading) -> bool:
        """Whether a letter asks for something and neither praises nor thanks: hope and courtesy
        are no praise ("希望", "恳请", "非常感谢!" at the end), so such a letter is not positive. A
        post without a title is no letter and keeps its feeling."""
        kind, felt = reading.kind, reading.feelings.counts
        return (
            reading.topics.message.split > 0
            and bool(kind.evidence)
            and kind.kind is not Kind.THANKS
            and felt["positive"] <= felt["courtesy"]
        )

    def with_simple(self, labels: Labels, message: Folded) -> Labels:
        """The labels with `simple` as the rule has it."""
        simple = self.simple.holds(labels, message.title, message.body)
        return replace(labels, simple=True) if simple else labels


def _feeling_confidence(words: FeelingWords) -> float:
    """A rule of thumb: half where nothing is felt, more the more one-sided the words are."""
    return round(0.5 + abs(words.score()) / 2, 4)


def sentiment_of(score: float, neutral: float) -> Sentiment:
    """The class of a score in [-1, 1]; within `neutral` of zero is neutral."""
    if score > neutral:
        return Sentiment.POSITIVE
    return Sentiment.NEGATIVE if score < -neutral else Sentiment.NEUTRAL


def feeling_evidence(
    message: Folded, words: FeelingWords, sentiment: Sentiment, kind: KindGuess
) -> list[Evidence]:
    """The strongest feeling words that agree with the sentiment. Where a complaint has none, what
    tells that it is one ("违规"), then words that press ("严重"). Without any of these nothing is
    quoted: "电话" is no feeling."""
    if sentiment is Sentiment.NEUTRAL:
        return []
    label = f"sentiment:{sentiment}"
    if sentiment is Sentiment.POSITIVE:
        return _quoted(message, words, ("positive",), label)
    told = [replace(one, label=label) for one in kind.telling] if kind.kind in GRIEVANCES else []
    return (
        _quoted(message, words, ("furious", "angry", "negative"), label)
        or told
        or _quoted(message, words, ("upset",), label)
    )


def _quoted(
    message: Folded, words: FeelingWords, groups: Sequence[str], label: str
) -> list[Evidence]:
    found = [words.quotes[group] for group in groups if group in words.quotes]
    return [message.quote(label, start, end, 1.0) for start, end in found[:_MAX_FELT]]

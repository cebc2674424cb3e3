"""The shipped engine: a trained linear model for topic, kind and sentiment, rules
for risk and for what has no labelled data. Where a second judge is given, it is asked about topic
and sentiment, where its file gives it a word and linear model and rules waver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from cases.words.labels import Evidence, Kind, Labels, Sentiment
from classifiers.base import Text
from classifiers.danger import scorer as danger
from classifiers.danger.judging import judge_with
from classifiers.danger.scorer import DangerModel
from classifiers.encoder.judge import SENTIMENT, TOPIC, Floats, SecondJudge, load_judge
from classifiers.model.features import MOST_MESSAGES
from classifiers.model.linear import LinearModel, Scores
from classifiers.model.modelfile import ModelFile, read
from classifiers.rules.engine import NO_CONFIDENCE, Reading, RulesClassifier, feeling_evidence
from classifiers.rules.feeling import decided_by_kind, intensity
from classifiers.rules.kinds import KindGuess
from classifiers.rules.risk import by_words_alone
from classifiers.rules.tables import RuleTables
from classifiers.rules.topics import TopicHits
from classifiers.text.folding import fold, has_han, worth_reading

SHIPPED = Path(__file__).with_name("huiyin.model")
"""The model inside the package."""

_MAX_CANDIDATES = 3
_MIN_CANDIDATE = 0.02
_KIND_BY_RULE = 2.0
"""Weight of the rules' opinion on the kind, as a power of their probability."""
_BY_TITLE = 0.9
"""Least confidence in the topic about which a word of the title leaves no doubt."""
_LEAST_CHANCE = 1e-6
_LEAST_KNOWN = 0.45
"""Below this share of known n-grams a text is foreign to the model, or its characters are in no
order that anybody would write; see the model card for how well that tells noise from letters.
It silences topic and kind only: "加油!" has neither, and a feeling all the same."""
_ANY_ORDER = 0.2
"""Below this share a text is in no order at all, and sounds like a danger as like anything; short
cries for help in dialect are above it."""
_MANY_WORDS = 7
"""So many different words of the topic table no text has whose characters are in no order: of
1,500 shuffled letters none had more than six. Of a long letter the model knows a smaller share,
and it is none the less a letter."""
_SURE_SENTIMENT = 0.5
"""Below this probability the sentiment is a guess."""
_NOTHING_FELT = 0.34
"""Confidence in 中性 where there is nothing to read a feeling from: one of three."""


class _Topic(Struct, frozen=True):
    name: str
    guess: str
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    index: int


class _Seen(Struct, frozen=True):
    """What linear model and rules see in one message."""

    scores: Scores
    reading: Reading
    felt: Scores
    """Without the words of feeling that the message takes back."""
    topic: Floats
    """Chances, the words of the title included."""
    judged: tuple[str, ...]
    """The heads that there is something to judge by."""


class ModelClassifier:
    """Implements `Classifier` with a model file and the rule tables, and a second judge if any.

    `Labels.model` of a message names the second judge only where it was asked."""

    def __init__(
        self,
        file: ModelFile,
        rules: RulesClassifier,
        second: SecondJudge | None = None,
        heard_by: DangerModel | None = None,
    ) -> None:
        self._judge = judge_with(heard_by) if heard_by else by_words_alone
        self._file = file
        self._linear = LinearModel(file)
        self._rules = rules
        self._kinds = [Kind(name) for name in file.info.kinds]
        self._common = [rules.kinds.common.get(kind, 1.0) for kind in self._kinds]
        self.topics = tuple(file.info.topics)
        """The first levels it chooses from."""
        self._second = second
        heard = f"+{heard_by.version}" if heard_by else ""
        self._alone = f"{file.version}+{rules.version}{heard}"
        self.version = f"{second.version}/{self._alone}" if second else self._alone

    def classify(self, texts: Sequence[Text]) -> list[Labels]:
        return [
            self._one(scores, text) for scores, text in zip(self._scores(texts), texts, strict=True)
        ]

    def urgent(self, texts: Sequence[Text]) -> list[bool]:
        """Characters in no order sound like anything, and may be called urgent here: `classify`
        alone asks the linear model whether they are letters."""
        return [self._rules.sounds_urgent(text, self._judge) for text in texts]

    def scores(self, text: Text) -> Scores:
        """Probabilities of all heads, before abstention and rules; for evaluation."""
        return next(self._scores([text]))

    def _scores(self, texts: Sequence[Text]) -> Iterator[Scores]:
        for start in range(0, len(texts), MOST_MESSAGES):
            batch = texts[start : start + MOST_MESSAGES]
            yield from self._linear.score([fold(text.body, text.title) for text in batch])

    def _one(self, scores: Scores, text: Text) -> Labels:
        seen = self._seen(scores, text)
        first = {TOPIC: seen.topic, SENTIMENT: seen.felt.sentiment}
        alone = self._rules.with_simple(self._labels(seen, first, self._alone), scores.message)
        if self._second is None:
            return alone
        both = self._second.weigh(
            text.title, text.body, {name: first[name] for name in seen.judged}
        )
        if not both:
            return alone
        # 简单问题 have a shorter clock: what sets a clock stays with the first judge.
        return replace(self._labels(seen, first | both, self.version), simple=alone.simple)

    def _seen(self, scores: Scores, text: Text) -> _Seen:
        message = scores.message
        # Characters in no order sound like anything.
        judge = self._judge if scores.known >= _ANY_ORDER else by_words_alone
        reading = self._rules.read(message, text.quoted, judge)
        unsaid = reading.feelings.unsaid
        felt = self._linear.without(scores, unsaid) if unsaid else scores
        judged = [TOPIC] if _readable(scores, reading.topics) else []
        if len(felt.values) > 0 and has_han(message.text):
            judged.append(SENTIMENT)
        topic = self._topic_chances(scores, reading.topics)
        return _Seen(scores, reading, felt, topic, tuple(judged))

    def _labels(self, seen: _Seen, chances: Mapping[str, Floats], version: str) -> Labels:
        """The labels with these chances of topic and sentiment, but for `simple`."""
        scores, reading, felt = seen.scores, seen.reading, seen.felt
        readable = TOPIC in seen.judged
        topic = self._topic(chances[TOPIC], readable=readable)
        kind, kind_confidence, kind_evidence = self._kind(scores, reading.kind, readable=readable)
        risk, words = reading.risk, reading.feelings
        evidence: list[Evidence] = []
        if topic.name:
            label = f"topic:{topic.name}"
            evidence.extend(self._linear.topic_evidence(scores, topic.index, label))
        evidence.extend(kind_evidence)
        sentiment, score, sure = _sentiment(chances[SENTIMENT], readable=SENTIMENT in seen.judged)
        if sentiment is Sentiment.POSITIVE and self._rules.only_asks(reading):
            sentiment = Sentiment.NEUTRAL
        by_kind = scores.message.split and readable and decided_by_kind(kind, sentiment, score)
        if by_kind:
            sentiment, score, sure = Sentiment.NEGATIVE, min(score, 0.0), kind_confidence
        said = feeling_evidence(scores.message, words, sentiment, reading.kind)
        if not said and sentiment is not Sentiment.NEUTRAL and not scores.message.split:
            # Feeling is learnt from posts: in letters the same characters are "货车" and "市长".
            said = self._sentiment_evidence(felt, sentiment)
        evidence.extend(said)
        evidence.extend(risk.evidence)
        return Labels(
            model=version,
            topic=topic.name,
            topic_path=reading.topics.path(topic.name),
            topic_confidence=round(topic.confidence, 4),
            topic_candidates=topic.candidates,
            topic_guess="" if topic.name else topic.guess,
            abstained=not topic.name,
            kind=kind,
            kind_confidence=round(kind_confidence, 4),
            sentiment=sentiment,
            sentiment_score=round(score, 4),
            sentiment_confidence=round(sure, 4),
            sentiment_abstained=sure < _SURE_SENTIMENT,
            intensity=intensity(score, words),
            risk=risk.risks,
            urgent=risk.urgent,
            loud=risk.loud,
            evidence=tuple(evidence),
        )

    def _topic_chances(self, scores: Scores, words: TopicHits) -> Floats:
        names = self._file.info.topics
        if words.decided not in names:
            return scores.topic
        lifted = _lifted(scores.topic.tolist(), names.index(words.decided))
        return np.array(lifted, dtype=np.float32)

    def _topic(self, weighed: Floats, *, readable: bool) -> _Topic:
        names = self._file.info.topics
        chances: list[float] = weighed.tolist()
        order = sorted(range(len(chances)), key=chances.__getitem__, reverse=True)
        best = order[0]
        confidence = chances[best]
        candidates = tuple(
            (names[index], round(chances[index], 4))
            for index in order[:_MAX_CANDIDATES]
            if chances[index] >= _MIN_CANDIDATE
        )
        if not readable:
            # Noise looks like whatever class has the largest prior: a guess, and no label.
            return _Topic("", names[best], min(confidence, NO_CONFIDENCE), candidates, best)
        sure = confidence >= self._file.info.topic_threshold
        return _Topic(names[best] if sure else "", names[best], confidence, candidates, best)

    def _kind(
        self, scores: Scores, guess: KindGuess, *, readable: bool
    ) -> tuple[Kind, float, list[Evidence]]:
        if not readable:
            return Kind.HELP, NO_CONFIDENCE, []
        mixed = mix_kinds(scores.kind.tolist(), self._kinds, guess, self._common)
        index = max(range(len(mixed)), key=mixed.__getitem__)
        kind = self._kinds[index]
        evidence = guess.quotes.get(kind) or self._linear.kind_evidence(
            scores, index, f"kind:{kind}"
        )
        return kind, mixed[index], evidence

    def _sentiment_evidence(self, scores: Scores, sentiment: Sentiment) -> list[Evidence]:
        index = self._file.info.sentiments.index(sentiment.value)
        return self._linear.sentiment_evidence(scores, index, f"sentiment:{sentiment}")


def load_model(
    tables: RuleTables, path: Path | None = None, *, second: bool = False
) -> ModelClassifier:
    """Load a model file (the shipped one by default) with the rule tables, and with the shipped
    second judge beside it where `second`.

    Raises `ModelError` when the file is missing, damaged or of another format, `EncoderError` when
    the second judge cannot work, `DangerModelError` when the judge of danger cannot.
    """
    file = read(path or SHIPPED)
    return maker(tables, file, second=second)(file)


def maker(
    tables: RuleTables, like: ModelFile, *, second: bool = False
) -> Callable[[ModelFile], ModelClassifier]:
    """Makes engines of model files that have the classes of `like`; tables and judges are read
    once. Raises `EncoderError` and `DangerModelError`, as `load_model` does."""
    classes = {TOPIC: like.info.topics, SENTIMENT: like.info.sentiments}
    judge = load_judge(classes) if second else None
    rules, heard_by = RulesClassifier(tables), danger.shipped()
    return lambda file: ModelClassifier(file, rules, judge, heard_by)


def _readable(scores: Scores, words: TopicHits) -> bool:
    known = scores.known >= _LEAST_KNOWN or words.different() >= _MANY_WORDS
    return known and worth_reading(scores.message.text)


def _lifted(chances: Sequence[float], index: int) -> list[float]:
    """The chances with that of one class lifted to `_BY_TITLE`; they still sum to one."""
    own = chances[index]
    if own >= _BY_TITLE:
        return list(chances)
    lifted = [chance * (1 - _BY_TITLE) / (1 - own) for chance in chances]
    lifted[index] = _BY_TITLE
    return lifted


def mix_kinds(
    model: list[float], kinds: list[Kind], guess: KindGuess, common: list[float]
) -> list[float]:
    """Model and rules multiplied as opinions, normalised to sum to one. The model was taught
    that all kinds are equally common; `common` puts right how often each comes."""
    by_rule = dict(guess.ranked)
    mixed = [
        max(chance, _LEAST_CHANCE) * max(by_rule[kind], _LEAST_CHANCE) ** _KIND_BY_RULE * often
        for chance, kind, often in zip(model, kinds, common, strict=True)
    ]
    total = sum(mixed)
    return [value / total for value in mixed]


def _sentiment(probabilities: Floats, *, readable: bool) -> tuple[Sentiment, float, float]:
    """Class, score in [-1, 1] (the expected value of negative = -1, positive = 1), and the
    probability of the class."""
    if not readable:
        return Sentiment.NEUTRAL, 0.0, _NOTHING_FELT
    negative, neutral, positive = (float(value) for value in probabilities)
    score = positive - negative
    if neutral >= max(negative, positive):
        return Sentiment.NEUTRAL, score, neutral
    if positive > negative:
        return Sentiment.POSITIVE, score, positive
    return Sentiment.NEGATIVE, score, negative

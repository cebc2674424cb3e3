"""简单问题: the explicit rule of config/kinds.toml [simple], which sets the shorter clock."""

from __future__ import annotations

from msgspec import Struct

from cases.words.labels import Kind, Labels, Sentiment

_QUESTION_MARKS = "?？"


class SimpleRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All conditions must hold. The classifier goes by it when a message comes in, the decider
    when a person corrects what it goes by."""

    kinds: tuple[Kind, ...]
    max_characters: int
    never_topics: tuple[str, ...] = ()
    min_topic_confidence: float = 0.0
    min_kind_confidence: float = 0.0
    allow_risk: bool = False
    vetoes: tuple[str, ...] = ()
    """Words of a grievance, a demand or a doubt: a question put with one is none that a fact or
    a procedure answers."""
    unless: tuple[str, ...] = ()
    """Phrases that hold such a word and only ask: 有什么要求."""
    max_questions: int = 0
    """More question marks than these are several questions; 0 sets no limit."""

    def holds(self, labels: Labels, title: str, body: str) -> bool:
        """Whether a message with these labels is simple; `labels.simple` is not looked at."""
        return (
            labels.kind in self.kinds
            and labels.kind_confidence >= self.min_kind_confidence
            and bool(labels.topic)
            and labels.topic not in self.never_topics
            and labels.topic_confidence >= self.min_topic_confidence
            and (self.allow_risk or not (labels.risk or labels.urgent))
            and not (labels.sentiment is Sentiment.NEGATIVE and labels.kind is not Kind.THANKS)
            and 0 < _characters(title, body) <= self.max_characters
            and not any(map(self._vetoed, (title, body)))
            and not self._asks_much(body)
        )

    def _vetoed(self, text: str) -> bool:
        for phrase in self.unless:
            text = text.replace(phrase, "")
        return any(word in text for word in self.vetoes)

    def _asks_much(self, body: str) -> bool:
        return 0 < self.max_questions < sum(body.count(mark) for mark in _QUESTION_MARKS)


def _characters(title: str, body: str) -> int:
    """Written characters: blanks and line ends are none."""
    return sum(len(part) for text in (title, body) for part in text.split())

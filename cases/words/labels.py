"""What a classifier says about a message, with the words that made it say so."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Kind(StrEnum):
    """诉求类型: what the citizen wants. The value is the office's own word."""

    COMPLAINT = "投诉"
    HELP = "求助"
    INQUIRY = "咨询"
    SUGGESTION = "建言"
    THANKS = "感谢"
    REPORT = "举报"


class Sentiment(StrEnum):
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


SENTIMENT_WORDS: Final = {
    Sentiment.NEGATIVE: "负面",
    Sentiment.NEUTRAL: "中性",
    Sentiment.POSITIVE: "正面",
}


class Intensity(StrEnum):
    """How strongly the feeling is put, calm to furious."""

    CALM = "平和"
    CONCERNED = "关切"
    UPSET = "不满"
    ANGRY = "激烈"
    FURIOUS = "愤怒"


URGENT: Final = "urgent"
LOUD: Final = "loud"
"""Heads of the evidence for an urgent message: `urgent`, `urgent:KIND` and `loud:KIND` with a kind
of danger from config/risk.toml."""


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of the text that decided a label.

    `start` and `end` count code points in the field named by `field`
    (half open), so that the desk can mark exactly these words.
    """

    label: str
    """What it speaks for: "topic:城乡建设", "kind:投诉", "risk:工资拖欠", "urgent",
    "loud:燃气泄漏" …"""
    text: str
    field: str = "body"
    """"title", "body", "quoted" (`cases.record.item.quoted_text`), "urgency": what the source
    says itself, or "picture:1": the text of that picture (`cases.record.pictures`)."""
    start: int = 0
    end: int = 0
    weight: float = 0.0
    """Share in the decision; comparable within one label only."""


class Labels(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All heads of one classification. Stored in the event, so that a rebuild
    needs no model."""

    model: str
    """Version of what decided: the model file's, or of the rule table."""
    topic: str = ""
    """First-level topic, empty when the classifier abstained."""
    topic_path: tuple[str, ...] = ()
    """First, second and third level as far as the text supports them."""
    topic_confidence: float = 0.0
    """Calibrated probability that `topic` is right, 0 to 1."""
    topic_candidates: tuple[tuple[str, float], ...] = ()
    """The topics it wavered between, best first, with their probabilities."""
    topic_guess: str = ""
    """The best guess at the topic where `topic` is empty; `topic_confidence` is its own."""
    abstained: bool = False
    """True when the confidence is below the threshold: a person decides."""
    kind: Kind = Kind.HELP
    kind_confidence: float = 0.0
    simple: bool = False
    """简单问题 by the rule in config: the 3-working-day clock applies."""
    sentiment: Sentiment = Sentiment.NEUTRAL
    sentiment_score: float = 0.0
    """-1 (negative) to 1 (positive)."""
    sentiment_confidence: float = 0.0
    """Calibrated probability that `sentiment` is right, 0 to 1."""
    sentiment_abstained: bool = False
    """True when that is below the threshold: `sentiment` is a guess."""
    intensity: Intensity = Intensity.CALM
    risk: tuple[str, ...] = ()
    """Sensitive domains and signals found, in the order of config/risk.toml."""
    urgent: bool = False
    """紧急, marked: a person should see it first. A wide net."""
    loud: bool = False
    """危急: a person is woken up. A narrow net; what is loud is urgent as well."""
    evidence: tuple[Evidence, ...] = ()

    @property
    def urgency(self) -> str:
        """危急 wakes a person, 紧急 is seen first; "" for neither."""
        return "危急" if self.loud else "紧急" if self.urgent else ""

    @property
    def best_topic(self) -> str:
        """The topic, or the best guess at it; empty only where the engine sees none at all."""
        return self.topic or self.topic_guess

"""From a sentiment score, what is wanted and the words around it to class and intensity."""

from __future__ import annotations

from cases.words.labels import Intensity, Kind, Sentiment
from classifiers.rules.kinds import FeelingWords

GRIEVANCES = (Kind.COMPLAINT, Kind.REPORT)
"""Kinds that are negative however politely they are put."""
_MANY_UPSET = 4
_MANY_SHOUTS = 4


def decided_by_kind(kind: Kind, sentiment: Sentiment, score: float) -> bool:
    """Whether a letter without strong feeling is negative by what it wants: a grievance stays one
    however politely it is put, and so does a cry for help whose `score` leans that way. Letters
    to an office are politer than the posts from which feeling is learnt."""
    if sentiment is not Sentiment.NEUTRAL:
        return False
    return kind in GRIEVANCES or (kind is Kind.HELP and score < 0)


def intensity(score: float, words: FeelingWords) -> Intensity:
    """How strongly it is put, 平和 to 愤怒.

    `score` is the sentiment in [-1, 1]. Abuse is furious whatever the score;
    strong words make a negative message angry, several complaints or shouting
    make it upset. A message that is not negative is at most concerned.
    """
    counts = words.counts
    if counts["furious"] and score < 0.5:
        return Intensity.FURIOUS
    if score > 0.1:
        return Intensity.CALM
    shouting = words.shouts >= _MANY_SHOUTS
    if counts["angry"] >= 2 or (counts["angry"] and (shouting or score < -0.3)):
        return Intensity.ANGRY
    if counts["upset"] >= _MANY_UPSET and shouting:
        return Intensity.ANGRY
    if counts["angry"] or counts["upset"] >= 2 or (counts["upset"] and score < -0.4):
        return Intensity.UPSET
    if counts["upset"] or counts["negative"] or score < -0.15:
        return Intensity.CONCERNED
    return Intensity.CALM

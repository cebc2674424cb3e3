"""The later verdict of the classifier (复核): its word and its sentence."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from cases.words.labels import SENTIMENT_WORDS
from desk.actions.registry import sentence, word_only
from desk.phrasing import vocabulary
from desk.phrasing.phrases import Phrases, Said, joined

word_only(do.JudgeAgain, "登记复核结果")


@sentence(ev.JudgedAgain)
def judged_again(body: ev.JudgedAgain, phrases: Phrases) -> Said:
    if not body.fields:
        return Said("复核：与原来的识别结果一致")
    names = "、".join(vocabulary.field(name) for name in body.fields)
    labels = body.labels
    now = {
        "topic_path": " / ".join(labels.topic_path) or "未分类",
        "sentiment": SENTIMENT_WORDS[labels.sentiment],
    }
    return Said(f"复核改判：{names}", joined(*(now[name] for name in body.fields)))

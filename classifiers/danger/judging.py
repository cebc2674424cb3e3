"""What words and model say together of a danger.

Words of the table are never overruled: what they find is marked. The model says whether it wakes a
person, and adds what no word of the table tells, unless the stretch it heard says that all is over.
"""

from __future__ import annotations

import math

from msgspec.structs import replace

from cases.words.labels import LOUD, URGENT, Evidence
from classifiers.danger.features import Span
from classifiers.danger.scorer import DangerModel
from classifiers.rules.risk import Finding, Judge
from classifiers.rules.told import Told
from classifiers.text.folding import Folded, worth_reading

LONGER = 0.6
"""By how much a score counts less for each e-fold of stretches: a long letter has more of them
that may sound like a danger by chance."""


_REPEATED = 10
"""A text in which each character stands so often on average."""
_HEAD = 80
"""Characters in which most texts have shown that they are another one."""


def judge_with(model: DangerModel, told: Told) -> Judge:
    return lambda found, message: judged(found, message, model, told)


def judged(found: Finding, message: Folded, model: DangerModel, told: Told) -> Finding:
    """The finding of the rules, with what the model hears in the message."""
    if not worth_reading(message.text) or _only_repeats(message.text):
        return found
    heard, limits = model.hear(message), model.limits
    less = LONGER * math.log(max(1, heard.stretches))
    alarm, notice = heard.loud - less, heard.marked - less
    if found.loud:
        loud = alarm >= limits.agreed
    else:
        loud = alarm >= limits.loud and not told.elsewhen(message.text, *heard.loud_span)
    seen_first = notice >= limits.marked and not told.over(message.text, *heard.marked_span)
    urgent = found.urgent or loud or seen_first
    kept = found.evidence if loud else tuple(_quieter(one) for one in found.evidence)
    quoted = any(_head(one) in (URGENT, LOUD) for one in kept)
    evidence = list(kept)
    if loud and not any(_head(one) == LOUD for one in kept):
        evidence.append(_quote(message, LOUD, heard.loud_span))
    elif urgent and not (quoted or found.urgent):
        evidence.append(_quote(message, URGENT, heard.marked_span))
    return replace(found, urgent=urgent, loud=loud, evidence=tuple(evidence))


def _only_repeats(text: str) -> bool:
    """A few characters again and again tell a model nothing; words are found in them all the
    same."""
    heads = (text[:_HEAD], text[: _HEAD * 4], text)
    return all(len(set(head)) * _REPEATED < len(text) for head in heads)


def _head(one: Evidence) -> str:
    return one.label.partition(":")[0]


def _quieter(one: Evidence) -> Evidence:
    return replace(one, label=one.label.replace(LOUD, URGENT, 1)) if _head(one) == LOUD else one


def _quote(message: Folded, label: str, span: Span) -> Evidence:
    return message.quote(label, *span, 1.0)

"""A later verdict on what a message is about and what its writer feels (复核).

Risk, urgency, kind and 简单问题 were decided before the first write and stay. What a person set
stays, too. No clock gets longer by it and none is dropped; nobody is called, and no call is taken
back.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from cases.clocks.clocks import Clock
from cases.life.labels import set_by_person
from cases.life.reclock import Reclocked, reclocked
from cases.life.registry import Attempt, applies, decides, require
from cases.life.rules import Rules
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import Recorded
from cases.words.actors import Role
from cases.words.labels import Evidence, Labels

HEADS: Final = {
    "topic_path": (
        "topic",
        "topic",
        "topic_path",
        "topic_confidence",
        "topic_candidates",
        "topic_guess",
        "abstained",
    ),
    "sentiment": (
        "sentiment",
        "sentiment",
        "sentiment_score",
        "sentiment_confidence",
        "sentiment_abstained",
        "intensity",
    ),
}
"""By the field that a person would correct: how its evidence is labelled, and what goes with it."""

_ORDER: Final = ("topic", "kind", "sentiment")
"""In which evidence stands, as a classifier gives it; what speaks for risk and urgency last."""


def open_heads(case: Case) -> tuple[str, ...]:
    """The fields of which no person has said what they are."""
    return tuple(field for field in HEADS if not set_by_person(case, field))


def with_verdict(case: Case, said: Labels) -> Labels:
    """The case's labels with what `said` says of topic and feeling, its evidence and its model.
    The labels as they are where people have said both."""
    heads = open_heads(case)
    if not heads:
        return case.labels
    changed: dict[str, object] = {"model": said.model}
    evidence = list(case.labels.evidence)
    for field in heads:
        label, *names = HEADS[field]
        changed |= {name: getattr(said, name) for name in names}
        evidence = [one for one in evidence if _head(one) != label]
        evidence += [one for one in said.evidence if _head(one) == label]
    evidence.sort(key=_place)
    labels: Labels = replace(case.labels, **changed, evidence=tuple(evidence))
    return labels


def _head(evidence: Evidence) -> str:
    return evidence.label.partition(":")[0]


def _place(evidence: Evidence) -> int:
    head = _head(evidence)
    return _ORDER.index(head) if head in _ORDER else len(_ORDER)


@decides(do.JudgeAgain)
def judge_again(case: Case, command: do.JudgeAgain, attempt: Attempt) -> list[ev.EventBody]:
    require(attempt.actor.role is Role.SYSTEM, "复核结果由程序登记。")
    require(command.version == case.version, "来件在复核以后有了新的内容，复核结果作废。")
    labels = with_verdict(case, command.labels)
    require(labels != case.labels, "分类和情感已由人认定，或与复核结果相同。")
    bodies: list[ev.EventBody] = [
        ev.JudgedAgain(
            labels=labels,
            fields=tuple(f for f in HEADS if getattr(labels, f) != getattr(case.labels, f)),
        )
    ]
    if clocks := _sooner(case, labels, attempt.rules):
        bodies.append(ev.ClocksSet(clocks=clocks, why="复核后重新计算时限"))
    return bodies


def _sooner(case: Case, labels: Labels, rules: Rules) -> tuple[Clock, ...]:
    """The clocks that the other labels bring, or bring forward. What the tables have become since
    a clock was set is no matter of the labels."""
    if not case.open:
        return ()
    before, after = _clocks(case, case.labels, rules), _clocks(case, labels, rules)
    fresh = (clock for clock in after.changed if clock not in before.changed)
    return tuple(clock for clock in fresh if _is_sooner(clock, case))


def _is_sooner(clock: Clock, case: Case) -> bool:
    old = case.round.clock(clock.name)
    return old is None or clock.due_at < old.due_at


def _clocks(case: Case, labels: Labels, rules: Rules) -> Reclocked:
    began = case.opened_at if case.round.number == 1 else case.round.started_at
    return reclocked(case, labels, case.event_level, rules, detected_at=began)


@applies(ev.JudgedAgain)
def judged_again(case: Case, body: ev.JudgedAgain, event: Recorded) -> Case:
    return replace(case, labels=body.labels)

"""What people at the desk taught: each correction of what the program said, as a labelled row.

Read from the events of a case, which are the journal's, so nothing is kept twice: a rebuild gives
the same rows. Pure: events in, rows out. Confidential cases teach nothing, for their words and
units must not turn up in a model, a rule or a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import Recorded
from cases.words.actors import Role
from cases.words.labels import Labels

__all__ = ["Confirmed", "Heads", "Taught", "What", "confirmed", "taught", "taught_heads"]


_LABELLING: Final = (
    ev.CaseOpened,
    ev.VersionSeen,
    ev.PictureRead,
    ev.Corrected,
    ev.JudgedAgain,
)
"""Events that say what a message is taken for."""


class What(StrEnum):
    """What was corrected."""

    TOPIC = "topic"
    KIND = "kind"
    SENTIMENT = "sentiment"
    RISK = "risk"
    URGENT = "urgent"
    SIMPLE = "simple"
    UNIT = "unit"
    MATTER = "matter"
    PROMISE = "promise"
    HOTSPOT = "hotspot"


class Taught(Struct, frozen=True, kw_only=True):
    """One correction.

    `before` and `after` are values: a topic path with "/" between the levels, the office's word
    of a kind, `negative` …, risks with "、" between them, 危急/紧急 or "" for neither, the id of a
    unit or of a matter, the day and owner of a promise, the name of a hotspot. "" is nothing: no
    topic, not linked, not dispatched.
    """

    case_id: str
    what: What
    before: str
    after: str
    by: str
    """Id of the account."""
    at: datetime
    model: str
    """Version of the model that had given the label; of a unit, the number of the configuration
    that had dispatched it; "" where neither decided."""
    reason: str = ""
    """As it was typed: may hold personal data."""


_FIELDS: Final = {
    "topic_path": What.TOPIC,
    "kind": What.KIND,
    "sentiment": What.SENTIMENT,
    "risk": What.RISK,
    "urgent": What.URGENT,
    "simple": What.SIMPLE,
}


def taught(case: Case) -> tuple[Taught, ...]:
    """Every correction of a case by people, oldest first; none of a confidential one."""
    if case.confidential:
        return ()
    rows = (*_label_rows(case.history), *_unit_rows(case.history), *_other_rows(case.history))
    return tuple(row for _, row in sorted(rows, key=lambda each: each[0]))


_Rows = Iterator[tuple[int, Taught]]
"""With the number of the event."""


def _label_rows(history: Sequence[Recorded]) -> _Rows:
    labels: Labels | None = None
    for event in history:
        body = event.body
        if not isinstance(body, _LABELLING):
            continue
        if isinstance(body, ev.Corrected) and _by_person(event) and labels is not None:
            for field in body.fields:
                before, after = _value(labels, field), _value(body.labels, field)
                if field in _FIELDS and before != after:
                    yield _row(event, _FIELDS[field], before, after, labels.model, body.reason)
        labels = body.labels or labels


def _unit_rows(history: Sequence[Recorded]) -> _Rows:
    unit = configuration = ""
    for event in history:
        body = event.body
        if isinstance(body, ev.Assigned):
            lead = "" if body.to_desk else body.lead
            if _by_person(event) and lead != unit:
                yield _row(event, What.UNIT, unit, lead, configuration, body.reason)
            # A unit that gives it back stays what had been chosen until another is.
            unit, configuration = lead, event.configuration
        elif isinstance(body, ev.TakenBack) and unit in body.units:
            unit = ""


def _other_rows(history: Sequence[Recorded]) -> _Rows:
    for event in filter(_by_person, history):
        match event.body:
            case ev.MatterLinked(matter=matter, reason=reason):
                yield _row(event, What.MATTER, "", matter, "", reason)
            case ev.MatterUnlinked(matter=matter, reason=reason):
                yield _row(event, What.MATTER, matter, "", "", reason)
            case ev.PromiseRecorded(due=due, owner=owner, text=text):
                yield _row(event, What.PROMISE, "", f"{due.isoformat()} {owner}", "", text)
            case _:
                pass


def _by_person(event: Recorded) -> bool:
    return event.actor.role is not Role.SYSTEM


def _row(
    event: Recorded, what: What, before: str, after: str, model: str, reason: str
) -> tuple[int, Taught]:
    row = Taught(
        case_id=event.case_id,
        what=what,
        before=before,
        after=after,
        by=event.actor.id,
        at=event.at,
        model=model,
        reason=reason,
    )
    return event.seq, row


def _value(labels: Labels, field: str) -> str:
    match field:
        case "topic_path":
            return "/".join(labels.topic_path)
        case "risk":
            return "、".join(labels.risk)
        case "urgent":
            return labels.urgency
        case "simple":
            return "1" if labels.simple else "0"
        case "kind" | "sentiment":
            return str(getattr(labels, field).value)
        case _:
            return ""


class Heads(Struct, frozen=True):
    """What the learnt heads should have said; "" where nobody said."""

    topic: str = ""
    """First level."""
    kind: str = ""
    sentiment: str = ""


def taught_heads(case: Case) -> Heads:
    """What people made of topic, kind and sentiment; the last word counts."""
    last = {row.what: row.after for row in taught(case)}
    return Heads(
        topic=last.get(What.TOPIC, "").split("/")[0],
        kind=last.get(What.KIND, ""),
        sentiment=last.get(What.SENTIMENT, ""),
    )


class Confirmed(Struct, frozen=True):
    """What a machine said, a person had before them, and nobody corrected up to the end."""

    topic: str = ""
    kind: str = ""


def confirmed(case: Case) -> Confirmed:
    """Of a case that people answered and closed. Weaker than a correction: who is busy may let a
    wrong label stand. A feeling is confirmed by nothing that people do with a case."""
    answered = any(
        isinstance(event.body, ev.ReplyApproved) and event.actor.role is not Role.SYSTEM
        for event in case.history
    )
    if case.confidential or case.open or not answered:
        return Confirmed()
    said = taught_heads(case)
    sure = not case.labels.abstained and not said.topic
    return Confirmed(
        topic=case.labels.topic if sure else "",
        kind="" if said.kind else case.labels.kind.value,
    )

"""What a changed text is taken for.

A person's word on the old text stays, field by field; everything else is read anew. What is new in
the text and tells of danger counts in any case: nobody has said anything about that yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from cases.life.labels import set_by_person
from cases.life.rules import Rules
from cases.life.verdicts import HEADS
from cases.record import events as ev
from cases.record.case import Case, unique
from cases.record.item import Item, quoted_text
from cases.words.actors import Role
from cases.words.labels import LOUD, URGENT, Evidence, Labels

_RISK: Final = "risk"
_KEPT: Final = {
    **HEADS,
    "kind": ("kind", "kind", "kind_confidence"),
    "simple": ("simple", "simple"),
}
"""By the field that a person corrects, as `HEADS`; risk and urgency are looked at by themselves."""


def read_again(case: Case, said: Labels, now: Item, rules: Rules) -> Labels:
    """The labels of the text `now`, which a classifier takes for `said`."""
    held = [field for field in _KEPT if set_by_person(case, field)]
    changed: dict[str, object] = {}
    evidence: Iterable[Evidence] = said.evidence
    for field in held:
        label, *names = _KEPT[field]
        changed |= {name: getattr(case.labels, name) for name in names}
        # It stood in the old text.
        evidence = [one for one in evidence if _head(one) != label]
    fresh = [one for one in said.evidence if one.text and one.text not in _text(case.item)]
    changed["risk"] = _risks(case, said, fresh)
    if set_by_person(case, "urgent"):
        heads = {_head(one) for one in fresh}
        # What is loud is urgent as well, and may say so by the one word alone.
        changed["urgent"] = case.labels.urgent or not heads.isdisjoint((URGENT, LOUD))
        changed["loud"] = case.labels.loud or (said.loud and bool(changed["urgent"]))
    labels: Labels = replace(said, **changed, evidence=tuple(evidence))
    if "simple" not in held and (held or set_by_person(case, "urgent")):
        labels = replace(labels, simple=rules.simple.holds(labels, now.title, now.body))
    return labels


def _risks(case: Case, said: Labels, fresh: Iterable[Evidence]) -> tuple[str, ...]:
    if not set_by_person(case, _RISK):
        return unique((*said.risk, *_found_over_many(case)))
    new = {one.label.partition(":")[2] for one in fresh if _head(one) == _RISK}
    return unique((*case.labels.risk, *(risk for risk in said.risk if risk in new)))


def _found_over_many(case: Case) -> tuple[str, ...]:
    """What the program saw over many messages (群体诉求), which no single text tells."""
    found: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    for event in case.history:
        labels = getattr(event.body, "labels", None)
        if not isinstance(labels, Labels):
            continue
        if isinstance(event.body, ev.Corrected) and event.actor.role is Role.SYSTEM:
            found += tuple(risk for risk in labels.risk if risk not in before)
        before = labels.risk
    return found


def _head(evidence: Evidence) -> str:
    return evidence.label.partition(":")[0]


def _text(item: Item) -> str:
    return "\n".join((item.title, item.body, quoted_text(item)))

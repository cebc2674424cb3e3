"""What people corrected at the desk, as training data for `huiyin train --from-ledger`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cases import events as ev
from cases.actors import Role
from cases.case import Case
from classifiers.base import Text
from classifiers.corpus import Correction


def corrections(cases: Iterable[Case]) -> Iterator[Correction]:
    """One for each case whose topic or kind a person set; the last word counts.

    Confidential cases teach nothing: their words must not turn up in a model."""
    for case in cases:
        if case.confidential:
            continue
        topic = kind = ""
        for event in case.history:
            body = event.body
            if not isinstance(body, ev.Corrected) or event.actor.role is Role.SYSTEM:
                continue
            if "topic_path" in body.fields:
                topic = body.labels.topic
            if "kind" in body.fields:
                kind = body.labels.kind.value
        if topic or kind:
            yield Correction(Text(case.item.title, case.item.body), topic=topic, kind=kind)

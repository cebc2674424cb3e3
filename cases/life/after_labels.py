"""What a case looks like after a correction, a link to a matter, a mark of secrecy."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.applying import after
from cases.record import events as ev
from cases.record.case import Case, unique
from cases.record.events import Recorded


@after(ev.Corrected)
def _(case: Case, body: ev.Corrected, event: Recorded) -> Case:
    level = case.event_level if body.event_level is None else body.event_level
    return replace(case, labels=body.labels, event_level=level)


@after(ev.MatterLinked)
def _(case: Case, body: ev.MatterLinked, event: Recorded) -> Case:
    return replace(case, matters=unique((*case.matters, body.matter)))


@after(ev.MatterUnlinked)
def _(case: Case, body: ev.MatterUnlinked, event: Recorded) -> Case:
    return replace(case, matters=tuple(m for m in case.matters if m != body.matter))


@after(ev.MarkedConfidential)
def _(case: Case, body: ev.MarkedConfidential, event: Recorded) -> Case:
    return replace(case, confidential=True, accused=unique((*case.accused, *body.accused)))

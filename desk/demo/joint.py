"""并单 in the sample data: two messages about one matter that wait for their common draft."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from cases.life.jointly import LEAST, why_apart
from cases.record.case import OPEN_STATES
from cases.words.actors import Actor
from desk.ground.deskfile import DeskFile
from desk.matters.register import JointRegister
from sinks.ledger.base import Ledger, Query


def begin_joint(ledger: Ledger, file: DeskFile, by: Actor, now: datetime) -> None:
    """Of the last matter with enough open cases that one unit leads; of none where there is none,
    or once there is a joint answer."""
    register = JointRegister(file)
    if register.all():
        return
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case in ledger.scan(Query(states=tuple(OPEN_STATES))):
        for matter in case.matters if not why_apart(case) else ():
            groups[matter, case.unit].append(case.case_id)
    together = [key for key, ids in sorted(groups.items()) if len(ids) >= LEAST]
    if together:
        matter, unit = together[-1]
        register.begin(matter, unit, tuple(sorted(groups[matter, unit])), by, now)

"""已看: when a unit first looked at a case after it was given to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Self

from msgspec import Struct

from cases.record.case import Case, Task
from cases.words.actors import Actor, Role
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile

_STEPS = (
    """
    CREATE TABLE looks (
        case_id TEXT NOT NULL, unit TEXT NOT NULL, assigned_at TEXT NOT NULL,
        at TEXT NOT NULL, name TEXT NOT NULL,
        PRIMARY KEY (case_id, unit, assigned_at)
    ) WITHOUT ROWID
    """,
)


class Look(Struct, frozen=True):
    at: datetime
    name: str
    """Of the person of the unit who looked."""


Seen = Mapping[tuple[str, str], Look]
"""By case_id and unit, for the unit's present part in the case."""


class Looks:
    """Kept in the desk's own file: that a page was opened is nothing that happened to a case."""

    def __init__(self, file: DeskFile) -> None:
        self._file = file
        file.ensure("looks", _STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file)

    def note(self, case: Case, actor: Actor, now: datetime) -> None:
        """This person looks at the page of the case: the first of the unit is kept. Others than
        people of a unit that has a part in the case leave no mark."""
        task = case.task(actor.unit) if actor.role is Role.RESPONDER else None
        if task is None or (case.case_id, task.unit) in self.of((case,)):
            return
        with self._file.writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO looks VALUES (?, ?, ?, ?, ?)",
                (
                    case.case_id,
                    task.unit,
                    task.assigned_at.isoformat(),
                    now.isoformat(),
                    actor.name,
                ),
            )

    def of(self, cases: Iterable[Case]) -> Seen:
        """A unit that gets a case a second time has not looked at it yet."""
        wanted = {
            (case.case_id, task.unit, task.assigned_at.isoformat())
            for case in cases
            for task in case.tasks
        }
        asked = json.dumps(sorted({case_id for case_id, _, _ in wanted}))
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT case_id, unit, assigned_at, at, name FROM looks "
                "WHERE case_id IN (SELECT value FROM json_each(?))",
                (asked,),
            ).fetchall()
        return {
            (case_id, unit): Look(datetime.fromisoformat(at), name)
            for case_id, unit, assigned_at, at, name in rows
            if (case_id, unit, assigned_at) in wanted
        }


def unseen(case: Case, task: Task, seen: Seen) -> bool:
    """Whether nobody of the unit has looked. Who acknowledged from a list has."""
    if task.acknowledged_at is not None or (task.lead and not case.dispatched):
        return False
    return (case.case_id, task.unit) not in seen

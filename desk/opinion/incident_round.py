"""What comes round by itself for 事件档案: whom their clocks call, and which messages join."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

from cases.event_alerts import alerts
from cases.registers.incident import Incident, Joined
from cases.words.actors import SYSTEM
from desk.ground import wiring
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Changed
from desk.ground.settings import Settings
from desk.opinion.incident_book import Incidents
from sinks.ledger.base import Ledger, Query
from streams.runtime import Runtime

BEFORE: Final = timedelta(days=3)
"""Messages so long before an event was noticed may be its beginning."""
MOST: Final = 500
"""Messages of one word or matter that are looked at."""


class IncidentRound:
    """For one thread."""

    def __init__(self, settings: Settings, file: DeskFile, runner: Runtime) -> None:
        self._book = Incidents(file)
        self._runner = runner
        self._name = wiring.build_router(settings).register.name
        self._raised: set[str] = set()

    def step(self) -> bool:
        """Once round all open files. Raises `StoreError` and `LedgerUnavailable`."""
        now, rules = self._runner.clock(), self._runner.processor.rules
        for found in self._book.all():
            if not found.open:
                continue
            if joined := tuple(joining(found, self._runner.store.ledger)):
                # Where another process was first, the next round looks again.
                with suppress(Changed):
                    self._book.join(found.number, joined, now, SYSTEM)
            called = [
                one
                for one in alerts(found, rules, now, self._name)
                if one.alert_id not in self._raised
            ]
            if called:
                self._runner.raise_alerts(called)
                self._raised.update(one.alert_id for one in called)
        return False


def joining(found: Incident, ledger: Ledger) -> Iterator[Joined]:
    """Messages that belong to the open file by themselves and are not in it yet: of the same
    matter as one that people named, or with the words of the file. Raises `LedgerUnavailable`."""
    known = {*found.members, *found.parted}
    since = found.noticed_at - BEFORE
    named = ledger.load(found.refs).values()
    for matter in sorted({matter for case in named for matter in case.matters}):
        for case in ledger.search(Query(matter=matter, received_from=since, limit=MOST)).cases:
            if case.case_id not in known:
                known.add(case.case_id)
                yield Joined(ref=case.case_id, why="同一事项")
    for word in found.wording.looked_up():
        for case in ledger.search(Query(text=word, received_from=since, limit=MOST)).cases:
            said = (case.item.title, case.item.body)
            if case.case_id not in known and found.wording.means(*said):
                known.add(case.case_id)
                words = "、".join(found.wording.found_in(*said))
                yield Joined(ref=case.case_id, why=f"关键词 {words}")

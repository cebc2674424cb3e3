"""知悉: that a person has seen an alert, said at the first page or by a program."""

from __future__ import annotations

from typing import Self

from cases.record.case import Case
from cases.words.actors import Role
from desk.alerts.alerting import alert_file
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.phrasing.lines import alert_told
from sinks.alerts.book import AlertBook, AlertEntry, UnknownAlert
from sinks.alerts.file import AlertFile

MAY_ACKNOWLEDGE = (Role.DESK, Role.LEADER)


class Alerts:
    def __init__(self, desk: DeskContext, file: AlertFile) -> None:
        """`file` is closed at the end."""
        self._desk = desk
        self._file = file
        self.book = AlertBook(file)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk, alert_file(desk.settings))

    def acknowledge(self, by: Doer, alert_id: str) -> AlertEntry:
        """The alert afterwards; the first who says so counts.

        Raises `NotPermitted`, and `NotThere` also where this person may not know of it."""
        try:
            self._told(alert_id, by)
            # After that, as with a case: of what is not there for a person, nothing is said.
            self._desk.permit(by, *MAY_ACKNOWLEDGE, to="知悉告警", about=alert_id)
            self.book.acknowledge(alert_id, by.actor, self._desk.clock())
        except UnknownAlert:
            raise NotThere("没有这条告警；刚刚产生的还没有登记，请过几秒再按。") from None
        self._desk.note(by, AuditAction.ALERT, alert_id, "知悉")
        return self.book.get(alert_id, who=by.actor)

    def _told(self, alert_id: str, by: Doer) -> None:
        """Raises `UnknownAlert` where this person may not know of it."""
        entry = self.book.get(alert_id, who=by.actor)
        if not alert_told(entry.alert, self.case_of(entry), by.actor):
            raise UnknownAlert

    def case_of(self, entry: AlertEntry) -> Case | None:
        with self._desk.readers.reader() as store:
            return store.ledger.load([entry.alert.case_id]).get(entry.alert.case_id)

    def close(self) -> None:
        self._file.close()

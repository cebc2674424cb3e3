"""苗头预警: which there are, and what the desk makes of one. What pages ask for is decided here."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self

from cases.alert_rules import emerging_words
from cases.life.emerging import warning_of
from cases.life.todo import Todo
from cases.record import commands as do
from cases.record.case import Case
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.actions.acting import Acting
from desk.emerging.begun import Begun, begun_of
from desk.ground.context import DeskContext, PageStore
from desk.ground.doer import Doer, NotThere
from desk.ground.sight import find_case, for_actor, only_seen
from sinks.ledger.base import Order, Query

READERS: Final = (Role.DESK, Role.LEADER, Role.ADMIN)
MOST: Final = 100


class EmergingWarnings:
    """Raises `NotPermitted`, `NotThere` and `NotAllowed`."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def listed(self, store: PageStore, actor: Actor, now: datetime) -> tuple[Begun, ...]:
        """Those of open cases, muted or not; `MOST` of them."""
        query = Query(todo=Todo.EMERGING, order=Order.NEWEST, limit=MOST)
        found = only_seen(store.ledger.search(for_actor(query, actor)).cases, actor)
        begun = (begun_of(case, actor, self._desk, now) for case in found)
        return tuple(one for one in begun if one is not None)

    def make_matter(self, by: Doer, case_id: str) -> str:
        """All its messages become one matter, whose id this gives. A message that is of the
        matter already stays as it is."""
        case, others = self._messages(by, case_id)
        matter = case.matters[0] if case.matters else case.case_id
        acting = self._desk.get(Acting)
        for each in (case, *others):
            if matter not in each.matters:
                link = do.LinkMatter(matter=matter, reason="苗头预警：同一事件")
                acting.act(by, each.case_id, link)
        return matter

    def tell(self, by: Doer, case_id: str, unit: str, note: str) -> None:
        """The unit gets the case that told of it: to assist where another handles it already, as
        the one that handles it where none does."""
        case, _ = self._messages(by, case_id)
        warning = warning_of(case)
        if warning is None:
            raise NotThere("此件没有苗头预警。")
        if not unit:
            raise NotAllowed("请选择要告知的单位。")
        assisting = tuple(task.unit for task in case.tasks if not task.lead)
        if case.dispatched and unit in (case.unit, *assisting):
            raise NotAllowed(f"{self._desk.register.name(unit)}已在办理此件，可以看到这次预警。")
        reason = f"苗头预警：{emerging_words(warning)}。{note.strip()}"
        told = do.Assign(lead=unit, reason=reason)
        if case.dispatched:
            told = do.Assign(lead=case.unit, assisting=(*assisting, unit), reason=reason)
        self._desk.get(Acting).act(by, case_id, told)

    def _messages(self, by: Doer, case_id: str) -> tuple[Case, list[Case]]:
        """The case that told of it, and the others that this person sees."""
        self._desk.permit(by, Role.DESK, to="处理苗头预警", about=case_id)
        with self._desk.readers.reader() as store:
            case = find_case(store.ledger, case_id, by.actor)
            warning = warning_of(case)
            if warning is None:
                raise NotThere(f"编号为“{case_id[:80]}”的事项没有苗头预警。")
            found = only_seen(store.ledger.load(warning.cases).values(), by.actor)
        return case, [one for one in found if one.case_id != case.case_id]

"""派单建议: what reassignments suggest for the 派单目录; accepted into the office's own table, or
dismissed with a reason. For the desk and administrators alone: a proposal shows cases of units to
no other unit, and learns from no case of secrecy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Self

import msgspec
from msgspec import Struct, convert

from cases.figures.dispatch_lessons import Lesson, Proposal, lesson_of, proposals
from cases.figures.disputes import BY_DESK
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.routing.evidence import text_of
from cases.routing.rulings import Ruling
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.disputes.directory import FILE, LONGEST_BASIS, check_row, words_in
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext, PageStore
from desk.ground.doer import Doer, NotThere
from desk.ground.kept_figures import KeptFigures
from desk.ground.registers import Changed
from desk.phrasing.phrases import Phrases
from desk.setup.own_tables import OwnTables
from huiyin.configuration.written import with_row

ROLES: Final = (Role.DESK, Role.ADMIN)
LOOKED_BACK: Final = timedelta(days=90)
REGISTER: Final = "dispatch-proposals"
_READ: Final = 2000
"""Cases that stayed where they were sent, the newest: what proposals are tried against."""
_MOVED: Final = 500
_AT_A_TIME: Final = 200


class Dismissed(Struct, frozen=True, kw_only=True):
    """Why a proposal was not taken, as it is kept and shown."""

    said: str
    """The proposal in words."""
    reason: str
    by: str = ""
    at: datetime | None = None


class DispatchProposals:
    """Raises `NotPermitted`, `NotThere`, and `NotAllowed` with what to do."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._own = desk.get(OwnTables)
        self._book = desk.book(REGISTER)
        self._kept: KeptFigures[tuple[str, str], tuple[Proposal, ...]] = KeptFigures()

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def waiting(self, by: Doer) -> tuple[Proposal, ...]:
        """Neither dismissed, nor said by a row that counts, nor with personal data in the words."""
        self._permit(by, "查看派单建议")
        with self._desk.readers.reader() as store:
            return self._waiting(store)

    def _waiting(self, store: PageStore) -> tuple[Proposal, ...]:
        desk = self._desk
        now = desk.clock()
        key = (now.date().isoformat(), desk.settings.configuration.number)
        found = self._kept.read(key, store.processed, lambda: self._learn(store, now))
        dismissed = self._book.all().keys()
        rows = convert(desk.settings.table(FILE).get("ruling", ()), list[Ruling])
        return tuple(
            one
            for one in found
            if one.id not in dismissed
            and not any(row.unit == one.unit and set(row.words) <= set(one.words) for row in rows)
        )

    def dismissed(self) -> tuple[Dismissed, ...]:
        """The newest first."""
        found = []
        for entries in self._book.all().values():
            one = msgspec.json.decode(entries[-1].body, type=Dismissed)
            by = entries[-1].by
            found.append(msgspec.structs.replace(one, by=by.name or by.id, at=entries[-1].at))
        return tuple(reversed(found))

    def accept(self, by: Doer, proposal_id: str, *, item: str, words: str, basis: str) -> None:
        """The row of the 派单目录, as a ruling is entered: it counts at once, before all other
        rules, and is withdrawn at 派单异议."""
        self._permit(by, "采纳派单建议", proposal_id)
        desk = self._desk
        with desk.readers.reader() as store:
            one = self._found(store, proposal_id)
            cases = store.ledger.load(list(one.cases))
        item, basis = " ".join(item.split()), " ".join(basis.split())
        each = words_in(words)
        with_words = [c for c in cases.values() if all(word in text_of(c.item) for word in each)]
        for case in with_words or list(cases.values())[:1]:
            check_row(case, item, each, basis)
        phrases = Phrases(desk.register, desk.clock())
        row = {
            "id": f"learned-{one.id}",
            "new": True,
            "item": item,
            "unit": one.unit,
            "words": each,
            "basis": basis,
            "decided_on": desk.clock().date(),
            "decided_by": phrases.actor(by.actor),
            "case_id": one.cases[-1],
            "disabled": None,
        }
        said = (
            f"派单目录：{item}（{'、'.join(each)}）由{phrases.unit(one.unit)}承办，"
            f"据改派 {len(with_words)} 件"
        )
        self._own.change(
            by, FILE, lambda text: with_row(text, "ruling", "id", row), said, roles=ROLES
        )

    def dismiss(self, by: Doer, proposal_id: str, reason: str) -> None:
        """It is not shown again, and the reason stays."""
        self._permit(by, "驳回派单建议", proposal_id)
        reason = " ".join(reason.split())
        if not 0 < len(reason) <= LONGEST_BASIS:
            raise NotAllowed(
                f"请写明为什么不采纳，最多 {LONGEST_BASIS} 个字，现在 {len(reason)} 个。"
            )
        desk = self._desk
        with desk.readers.reader() as store:
            one = self._found(store, proposal_id)
        said = told(one, Phrases(desk.register, desk.clock()))
        try:
            self._book.append(
                one.id, 0, desk.clock(), by.actor, Dismissed(said=said, reason=reason)
            )
        except Changed:
            raise NotAllowed("这条建议刚被别人驳回了。") from None
        desk.note(by, AuditAction.REGISTER, "派单建议", f"驳回：{said}，{reason}")

    def _found(self, store: PageStore, proposal_id: str) -> Proposal:
        for one in self._waiting(store):
            if one.id == proposal_id:
                return one
        raise NotThere("没有这条派单建议，可能已经采纳、驳回，或者来件有变。请刷新再看。")

    def _permit(self, by: Doer, to: str, about: str = "") -> None:
        self._desk.permit(by, *ROLES, to=to, about=about)

    def _learn(self, store: PageStore, now: datetime) -> tuple[Proposal, ...]:
        cases = {case.case_id: case for case in _cases(store, now)}
        lessons = [each for case in cases.values() if (each := self._lesson(case, now)) is not None]
        return tuple(
            one
            for one in proposals(lessons)
            if all(_clean(cases[case_id], one) for case_id in one.cases)
        )

    def _lesson(self, case: Case, now: datetime) -> Lesson | None:
        """With the units that have the duties today: what only followed a merger teaches
        nothing, and no row is proposed for a unit that is gone."""
        lesson, register = lesson_of(case), self._desk.register
        if lesson is None or lesson.stayed_at not in register:
            return None
        sent_to = lesson.sent_to
        return msgspec.structs.replace(
            lesson,
            sent_to=register.current(sent_to, now.date()).id if sent_to in register else sent_to,
            stayed_at=register.current(lesson.stayed_at, now.date()).id,
        )


def told(one: Proposal, phrases: Phrases) -> str:
    """以下 5 件都由甲改派乙 …, in one line."""
    sent = f"由{phrases.unit(one.sent_to)}" if one.sent_to else "无规则可依，"
    how = "改派" if one.sent_to else "人工派给"
    words = "、".join(one.words)
    return f"{len(one.cases)} 件都{sent}{how}{phrases.unit(one.unit)}，共同的词是“{words}”"


def _clean(case: Case, one: Proposal) -> bool:
    """Words of a row stand in the reasons of other cases."""
    return all(for_anyone(case, word, by_office=True) == word for word in one.words)


def _cases(store: PageStore, now: datetime) -> Iterator[Case]:
    """Those that left the unit they were sent to, and the newest of the others."""
    moved: list[str] = []
    stayed: list[str] = []
    for row in store.ledger.outlines(now - LOOKED_BACK, now + timedelta(microseconds=1)):
        if row.sent_at is not None:
            changed = not row.sent_right or row.sent_by == BY_DESK
            (moved if changed else stayed).append(row.case_id)
    wanted = [*moved[-_MOVED:], *stayed[-_READ:]]
    for at in range(0, len(wanted), _AT_A_TIME):
        yield from store.ledger.load(wanted[at : at + _AT_A_TIME]).values()

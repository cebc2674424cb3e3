"""Individual rights at the desk: 查阅复制, 删除 (个人信息保护法第四十五条、第四十七条), 保全."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Self

from msgspec import Struct

from cases.privacy.visibility import Sight, sight_of
from cases.record import commands as do
from cases.record.case import Case
from cases.words.actors import Actor, Role
from cases.words.erasure import GROUND_WORDS, ErasureGround
from cases.words.refusals import NotAllowed
from desk.backup.copies import forget_copies
from desk.backup.erasures import Line, note_erasures
from desk.backup.pending_copies import drop_pending, forget_pending, note_copies
from desk.ground.actions import NotYet
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import COMMAND_LINE, Doer, NotThere
from desk.ground.sight import LEAST_REASON
from desk.personal.finding import Found, found, recognised_by, wanted
from desk.personal.handed_out import handed_out
from desk.personal.not_reached import not_reached
from sinks.ledger.base import Query
from streams.embedded.erasing import copies_of
from streams.embedded.runner import EmbeddedRunner

_MOST: Final = 200
"""Cases of one person; more are a mistake in what was asked for."""


class Erasure(Struct, frozen=True, kw_only=True):
    """What became of a request."""

    erased: tuple[str, ...]
    refused: dict[str, str]
    """Why, by case."""
    kept: tuple[str, ...]
    """Where data may still stand, and on what ground."""


class Persons:
    """For the desk, and who has the machine. Every method raises `NotPermitted`, `NotThere` and
    `NotAllowed`; what was done stands in the trail, without saying of whom."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def find(self, by: Doer, name: str, phone: str, other: str, reason: str) -> tuple[Found, ...]:
        """The cases that may be of this person, by number; the clerk says which are."""
        self._permit(by, "按人查找个人信息")
        person = wanted(name, phone, other)
        ground = _ground(reason)
        self._desk.note(by, AuditAction.UNMASK, "按人查找", ground)
        matches: list[Found] = []
        secret: list[str] = []
        with self._desk.readers.reader() as store:
            for case in store.ledger.scan(Query()):
                how = recognised_by(case, person)
                if how and self._sees(by, case):
                    matches.append(found(case, how))
                    secret += [case.case_id] if case.confidential else []
        if len(matches) > _MOST:
            raise NotAllowed(f"找到 {len(matches)} 件，超过 {_MOST} 件。请补充电话或证件号再找。")
        for case_id in secret:
            # That it is this person's is what the confidential case keeps.
            self._desk.note(by, AuditAction.UNMASK, case_id, f"按人查找：{ground}")
        return tuple(matches)

    def export(self, by: Doer, case_ids: Sequence[str], reason: str) -> str:
        """What the person is given, as a text: personal data without masks, so with a reason."""
        self._permit(by, "导出个人信息")
        ground = _ground(reason)
        cases = self._cases(by, case_ids)
        for case in cases:
            self._desk.note(by, AuditAction.EXPORT, case.case_id, f"个人信息复制件：{ground}")
        return handed_out(cases, self._desk.clock())

    def hold(self, by: Doer, case_ids: Sequence[str], reason: str) -> None:
        self._each(by, "保全个人信息", case_ids, do.HoldData(reason=reason.strip()))

    def release(self, by: Doer, case_ids: Sequence[str], reason: str) -> None:
        self._each(by, "解除保全", case_ids, do.ReleaseData(reason=reason.strip()))

    def erase(
        self,
        by: Doer,
        case_ids: Sequence[str],
        ground: ErasureGround = ErasureGround.REQUEST,
        rule: str = "",
    ) -> Erasure:
        """For good. What may not be erased is told with its reason, and the others go."""
        self._permit(by, "删除个人信息")
        desk = self._desk
        cases = self._cases(by, case_ids)
        kafka = desk.settings.production is not None
        if kafka:
            due = [copies_of(case.case_id, case.history) for case in cases]
            note_copies(desk.settings, desk.file, due, desk.clock())
        refused: dict[str, str] = {}
        lines = []
        for case in cases:
            try:
                desk.acts.submit(in_name_of(by), case.case_id, do.Erase(ground=ground, rule=rule))
            except NotAllowed as refusal:
                refused[case.case_id] = str(refusal)
                continue
            except NotYet as waiting:
                # The workers will do it: it belongs into the list, and is no refusal for ever.
                refused[case.case_id] = str(waiting)
            lines.append(
                Line(
                    case_id=case.case_id, at=desk.clock(), by=by.actor.id, ground=ground, rule=rule
                )
            )
        if lines:
            # Before it is carried out: an erasure that no list has could come back.
            note_erasures(lines, desk.settings.home, desk.settings.backup)
            # Looking through files takes long; nobody else waits for it.
            with desk.acts.apart() as runner:
                if isinstance(runner, EmbeddedRunner):
                    runner.finish_erasures()
                    forget_copies(desk.settings, runner.store)
                else:
                    forget_pending(desk.settings, runner.store.ledger, desk.clock())
        if kafka:
            waiting_for = {line.case_id for line in lines}
            drop_pending(desk.file, refused.keys() - waiting_for)
        for line in lines:
            desk.note(by, AuditAction.ERASE, line.case_id, GROUND_WORDS[ground])
        return Erasure(
            erased=tuple(line.case_id for line in lines if line.case_id not in refused),
            refused=refused,
            kept=tuple(not_reached(desk.settings)),
        )

    def _each(self, by: Doer, to: str, case_ids: Sequence[str], command: do.AnyCommand) -> None:
        self._permit(by, to)
        for case in self._cases(by, case_ids):
            self._desk.acts.submit(by.actor, case.case_id, command)
            self._desk.note(by, AuditAction.ACT, case.case_id, to)

    def _cases(self, by: Doer, case_ids: Sequence[str]) -> list[Case]:
        wanted_ids = list(dict.fromkeys(case_ids))
        if not wanted_ids:
            raise NotAllowed("请先选出是这个人的事项。")
        with self._desk.readers.reader() as store:
            there = store.ledger.load(wanted_ids)
        for case_id in wanted_ids:
            if case_id not in there or not self._sees(by, there[case_id]):
                raise NotThere(f"没有编号为“{case_id[:80]}”的事项，或您无权查看。请核对编号。")
        return [there[case_id] for case_id in wanted_ids]

    def _permit(self, by: Doer, to: str) -> None:
        roles = (Role.DESK, Role.ADMIN) if _at_the_machine(by) else (Role.DESK,)
        self._desk.permit(by, *roles, to=to)

    @staticmethod
    def _sees(by: Doer, case: Case) -> bool:
        return _at_the_machine(by) or sight_of(case, by.actor) is Sight.FULL


def in_name_of(by: Doer) -> Actor:
    """The house erases; the history says for whom."""
    return Actor(id=by.actor.id, role=Role.SYSTEM, name=by.actor.name)


def _ground(reason: str) -> str:
    """Raises `NotAllowed`."""
    if len(reason.strip()) < LEAST_REASON:
        raise NotAllowed("请写明依据，如“本人申请删除，申请表第 3 号”。")
    return reason.strip()[:200]


def _at_the_machine(by: Doer) -> bool:
    """Who has the machine has the data."""
    return by.actor.id.startswith(COMMAND_LINE)


def in_words(lines: Sequence[Found]) -> Iterator[str]:
    """The list for the command line."""
    for one in lines:
        yield f"{one.case_id}  {one.received}  {one.channel}  {one.state}  {'、'.join(one.by)}" + (
            f"  不能删除：{one.refusal}" if one.refusal else ""
        )

"""Doing something to a case: the one way for pages, programs, jobs and `huiyin act`."""

from __future__ import annotations

from typing import Self

from cases.record.commands import AnswerInstantly, AnyCommand
from desk.actions.instant import with_evidence
from desk.actions.menu import WORDS
from desk.ground.actions import Done
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.sight import find_case


class Acting:
    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def act(
        self,
        by: Doer,
        case_id: str,
        command: AnyCommand,
        *,
        action_id: str = "",
        seen: int | None = None,
    ) -> Done:
        """As `CaseActions.submit`, for a role that may ask for this at all. What is done under
        the name of an account, by a program or on the machine, also stands in the trail.

        Raises `NotPermitted`, and what `submit` raises."""
        name = str(command.__struct_config__.tag)
        desk = self._desk
        if not desk.rules.handling.allows(by.actor, name):
            with desk.acts.borrowed() as runner:
                find_case(runner.store.ledger, case_id, by.actor)
            desk.refuse(by, f"办理“{WORDS[name]}”", case_id)
        if isinstance(command, AnswerInstantly):
            command = with_evidence(command, desk)
        done = desk.acts.submit(by.actor, case_id, command, action_id=action_id, seen=seen)
        if by.through:
            desk.note(by, AuditAction.ACT, case_id, WORDS[name])
        return done

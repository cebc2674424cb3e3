"""复核: what the linear model labelled alone is shown to both judges, and what they say of it goes
to the cases through the inbox. In a process of its own, for a backlog or a machine that had no
second judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Self

import msgspec
from msgspec import Struct

from cases.life.verdicts import HEADS, open_heads, with_verdict
from cases.record import commands as do
from cases.record.case import Case
from cases.record.messages import Action
from cases.words.actors import SYSTEM, Role
from cases.words.ids import joined_digest
from cases.words.labels import Labels
from cases.words.refusals import NotAllowed
from classifiers.base import Classifier
from classifiers.encoder.judge import has_spoken
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.settings import Settings
from sinks.ledger.base import Query
from streams.findings import text_of

AT_ONCE: Final = 200
"""Cases of one step: read, judged, and carried out before the next."""


class SecondLook(Struct, frozen=True, kw_only=True):
    """How it went."""

    waiting: int
    """Cases that the second judge had said nothing about."""
    read: int = 0
    """Of them, looked at until the end, or until it was stopped."""
    judged: int = 0
    """The linear model wavered, so the second judge was asked."""
    changed: dict[str, int] = {}
    """By what changed (`topic_path`, `sentiment`): in how many cases."""
    dry_run: bool = False


class LaterVerdicts:
    """Raises `NotPermitted` and `NotAllowed`."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def look_again(
        self,
        by: Doer,
        *,
        dry_run: bool = False,
        begun: Callable[[int], object] = lambda _waiting: None,
        advanced: Callable[[int], object] = lambda _read: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> SecondLook:
        """Stopped at any moment, it goes on where it was when it is called again. `begun` is told
        how many cases wait, `advanced` how many more were read."""
        self._desk.permit(by, Role.ADMIN, to="复核识别结果", about="模型")
        classifier = _both_judges(self._desk.settings)
        with self._desk.acts.apart() as runner:
            runner.show_changes()
            ledger = runner.store.ledger
            waiting = [case.case_id for case in ledger.scan(Query()) if _waits(case)]
            begun(len(waiting))
            found = SecondLook(waiting=len(waiting), dry_run=dry_run)
            for start in range(0, len(waiting), AT_ONCE):
                if stopped():
                    break
                part = waiting[start : start + AT_ONCE]
                # A person may have acted since it was listed.
                cases = [case for case in ledger.load(part).values() if _waits(case)]
                said = _said(cases, classifier)
                if not dry_run:
                    for case, labels in said:
                        runner.act(_verdict(case, labels, self._desk))
                    runner.pump_all()
                found = _added(found, len(part), said)
                advanced(len(part))
        if found.judged and not dry_run:
            self._desk.note(by, AuditAction.CONFIGURATION, "模型", f"复核 {found.judged} 件")
        return found


def _both_judges(settings: Settings) -> Classifier:
    if settings.classifier != "model":
        raise NotAllowed(
            f"复核要用复核模型，现在 HUIYIN_CLASSIFIER={settings.classifier}。"
            "请以 HUIYIN_CLASSIFIER=model 运行 huiyin judge。"
        )
    if not wiring.second_judge(settings):
        raise NotAllowed("没有安装复核模型，不能复核。请安装 huiyin[encoder]。")
    return wiring.build_classifier(settings)


def _waits(case: Case) -> bool:
    return case.erased_at is None and not has_spoken(case.labels.model) and bool(open_heads(case))


def _said(cases: Sequence[Case], classifier: Classifier) -> list[tuple[Case, Labels]]:
    """What both judges say, of the cases about which the second was asked."""
    found = classifier.classify([text_of(case.item) for case in cases])
    return [
        (case, labels)
        for case, labels in zip(cases, found, strict=True)
        if has_spoken(labels.model)
    ]


def _verdict(case: Case, labels: Labels, desk: DeskContext) -> Action:
    """The same text read by the same judges gives the same message: a repetition counts once."""
    return Action(
        message_id="j-" + joined_digest(case.case_id, case.version, labels.model),
        case_id=case.case_id,
        actor=SYSTEM,
        command=do.JudgeAgain(version=case.version, labels=labels),
        at=desk.clock(),
    )


def _added(found: SecondLook, read: int, said: Sequence[tuple[Case, Labels]]) -> SecondLook:
    changed = dict(found.changed)
    for case, labels in said:
        now = with_verdict(case, labels)
        for field in HEADS:
            if getattr(now, field) != getattr(case.labels, field):
                changed[field] = changed.get(field, 0) + 1
    return msgspec.structs.replace(
        found, read=found.read + read, judged=found.judged + len(said), changed=changed
    )

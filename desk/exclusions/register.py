"""The register of 剔除 and 申诉: what was asked for, by whom, until when it is to be decided, and
how it was. Every step is kept."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from cases.privacy.masking import mask
from cases.reporting.settings import Appeal
from cases.words.actors import Actor
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry

REGISTER: Final = "exclusions"
APPEAL: Final = "申诉"
EXCLUSION: Final = "剔除"
SHORTEST: Final = 4
LONGEST_REASON: Final = 60
LONGEST: Final = 2000


class Standing(StrEnum):
    """The value is shown."""

    OPEN = "待决定"
    UPHELD = "成立，不参加考核"
    REFUSED = "不成立"
    TAKEN_BACK = "已撤回"


class _Asked(Struct, frozen=True, kw_only=True, tag="asked"):
    case_id: str
    unit: str
    """Whose case it is: id."""
    appeal: bool
    """申诉 of the unit; otherwise 剔除 that the desk proposed."""
    reason: str
    evidence: str
    decide_by: date


class _Decided(Struct, frozen=True, kw_only=True, tag="decided"):
    upheld: bool
    reason: str


class _TakenBack(Struct, frozen=True, kw_only=True, tag="taken-back"):
    pass


class Exclusion(Struct, frozen=True, kw_only=True):
    number: str
    seen: int
    case_id: str
    unit: str
    appeal: bool
    reason: str
    evidence: str
    decide_by: date
    asked_at: datetime
    asked_by: Actor
    standing: Standing = Standing.OPEN
    decided_at: datetime | None = None
    decided_by: str = ""
    decision: str = ""
    """Why it was decided so."""

    @property
    def word(self) -> str:
        return APPEAL if self.appeal else EXCLUSION


class ExclusionRegister:
    def __init__(self, file: DeskFile) -> None:
        self._book = Register(file, REGISTER)

    def ask(
        self,
        *,
        case_id: str,
        unit: str,
        appeal: bool,
        reason: str,
        evidence: str,
        decide_by: date,
        by: Actor,
        at: datetime,
    ) -> Exclusion:
        asked = _Asked(
            case_id=case_id, unit=unit, appeal=appeal, reason=reason, evidence=evidence,
            decide_by=decide_by,
        )  # fmt: skip
        return _folded([self._book.begin(f"TS{at.year}-", at, by, asked)])

    def decide(self, one: Exclusion, *, upheld: bool, reason: str, by: Actor, at: datetime) -> None:
        """Raises `Changed`."""
        self._book.append(one.number, one.seen, at, by, _Decided(upheld=upheld, reason=reason))

    def take_back(self, one: Exclusion, by: Actor, at: datetime) -> None:
        """Raises `Changed`."""
        self._book.append(one.number, one.seen, at, by, _TakenBack())

    def get(self, number: str) -> Exclusion | None:
        entries = self._book.load(number)
        return _folded(entries) if entries else None

    def all(self) -> list[Exclusion]:
        """The newest first."""
        return [_folded(entries) for entries in self._book.all().values()][::-1]


def upheld(file: DeskFile) -> tuple[Appeal, ...]:
    """The cases that do not count in 考核, as the papers take them; each once."""
    found = {
        one.case_id: Appeal(case_id=one.case_id, reason=mask(one.reason))
        for one in ExclusionRegister(file).all()
        if one.standing is Standing.UPHELD
    }
    return tuple(found[case_id] for case_id in sorted(found))


def _folded(entries: list[RegisterEntry]) -> Exclusion:
    first = entries[0]
    asked = msgspec.json.decode(first.body, type=_Asked)
    found = Exclusion(
        number=first.record,
        seen=entries[-1].seq,
        case_id=asked.case_id,
        unit=asked.unit,
        appeal=asked.appeal,
        reason=asked.reason,
        evidence=asked.evidence,
        decide_by=asked.decide_by,
        asked_at=first.at,
        asked_by=first.by,
    )
    if len(entries) == 1:
        return found
    last = entries[-1]
    body = msgspec.json.decode(last.body, type=_Decided | _TakenBack)
    if isinstance(body, _TakenBack):
        standing, decision = Standing.TAKEN_BACK, ""
    else:
        standing = Standing.UPHELD if body.upheld else Standing.REFUSED
        decision = body.reason
    return msgspec.structs.replace(
        found,
        standing=standing,
        decided_at=last.at,
        decided_by=last.by.name or last.by.id,
        decision=decision,
    )

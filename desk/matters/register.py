"""The register of 并单: which cases are answered together, and every press that was made for them.

It keeps what people wanted. What became of it in each case stands in the case itself and in the
delivery log; carrying on after a crash compares the two.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.words.actors import Actor
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry

REGISTER: Final = "joint-answers"


class _Entry(Struct, frozen=True, kw_only=True):
    pass


class _Begun(_Entry, frozen=True, tag="begun"):
    matter: str
    unit: str
    cases: tuple[str, ...]


class _Written(_Entry, frozen=True, tag="written"):
    text: str


class _Approved(_Entry, frozen=True, tag="approved"):
    checklist: tuple[str, ...] = ()
    note: str = ""


class _Rejected(_Entry, frozen=True, tag="rejected"):
    reason: str


class _Sent(_Entry, frozen=True, tag="sent"):
    pass


class _Split(_Entry, frozen=True, tag="split"):
    case_id: str


class _Ended(_Entry, frozen=True, tag="ended"):
    """`done`: nothing is left to do; otherwise a person gave it up."""

    done: bool


_Body = _Begun | _Written | _Approved | _Rejected | _Sent | _Split | _Ended


class Press(Struct, frozen=True, kw_only=True):
    """What one person wanted for all cases of one edition."""

    by: Actor
    at: datetime
    seq: int
    """Number of its entry."""
    checklist: tuple[str, ...] = ()
    note: str = ""
    """The reviewer's remark, or why it was rejected."""


class Edition(Struct, frozen=True, kw_only=True):
    """One text, with what was wanted of it."""

    number: int
    text: str
    written: Press
    approvals: tuple[Press, ...] = ()
    rejected: Press | None = None
    sent: Press | None = None


class JointAnswer(Struct, frozen=True, kw_only=True):
    """并单: some cases of one matter that one unit answers with one text."""

    number: str
    seen: int
    matter: str
    unit: str
    """Id of the lead unit."""
    begun: Press
    chosen: tuple[str, ...]
    """Ids of the cases that were chosen, also of those that were split out since."""
    split: tuple[tuple[str, Press], ...] = ()
    editions: tuple[Edition, ...] = ()
    ended: Press | None = None
    given_up: bool = False

    @property
    def cases(self) -> tuple[str, ...]:
        out = {case_id for case_id, _ in self.split}
        return tuple(one for one in self.chosen if one not in out)

    @property
    def edition(self) -> Edition | None:
        return self.editions[-1] if self.editions else None


class JointRegister:
    def __init__(self, file: DeskFile) -> None:
        self._book = Register(file, REGISTER)
        self._kept: tuple[int, list[JointAnswer]] = (-1, [])

    def begin(
        self, matter: str, unit: str, cases: tuple[str, ...], by: Actor, at: datetime
    ) -> JointAnswer:
        begun = _Begun(matter=matter, unit=unit, cases=cases)
        return _folded([self._book.begin(f"BD{at.year}-", at, by, begun)])

    def write(self, one: JointAnswer, text: str, by: Actor, at: datetime) -> JointAnswer:
        return self._append(one, by, at, _Written(text=text))

    def approve(
        self, one: JointAnswer, checklist: tuple[str, ...], note: str, by: Actor, at: datetime
    ) -> JointAnswer:
        return self._append(one, by, at, _Approved(checklist=checklist, note=note))

    def reject(self, one: JointAnswer, reason: str, by: Actor, at: datetime) -> JointAnswer:
        return self._append(one, by, at, _Rejected(reason=reason))

    def send(self, one: JointAnswer, by: Actor, at: datetime) -> JointAnswer:
        return self._append(one, by, at, _Sent())

    def split(self, one: JointAnswer, case_id: str, by: Actor, at: datetime) -> JointAnswer:
        return self._append(one, by, at, _Split(case_id=case_id))

    def end(self, one: JointAnswer, by: Actor, at: datetime, *, done: bool) -> JointAnswer:
        return self._append(one, by, at, _Ended(done=done))

    def get(self, number: str) -> JointAnswer | None:
        entries = self._book.load(number)
        return _folded(entries) if entries else None

    def all(self) -> list[JointAnswer]:
        """The newest first. Kept until there is a new entry: every page of a case asks."""
        last = self._book.last()
        if self._kept[0] != last:
            self._kept = (last, [_folded(entries) for entries in self._book.all().values()][::-1])
        return list(self._kept[1])

    def _append(self, one: JointAnswer, by: Actor, at: datetime, body: _Body) -> JointAnswer:
        """Raises `Changed`."""
        return _applied(one, self._book.append(one.number, one.seen, at, by, body))


def _folded(entries: list[RegisterEntry]) -> JointAnswer:
    first = entries[0]
    begun = msgspec.json.decode(first.body, type=_Begun)
    made = JointAnswer(
        number=first.record,
        seen=first.seq,
        matter=begun.matter,
        unit=begun.unit,
        begun=_press(first),
        chosen=begun.cases,
    )
    for entry in entries[1:]:
        made = _applied(made, entry)
    return made


def _applied(one: JointAnswer, entry: RegisterEntry) -> JointAnswer:
    body, press = msgspec.json.decode(entry.body, type=_Body), _press(entry)
    one = replace(one, seen=entry.seq)
    match body:
        case _Written():
            made = Edition(number=len(one.editions) + 1, text=body.text, written=press)
            return replace(one, editions=(*one.editions, made))
        case _Approved():
            press = replace(press, checklist=body.checklist, note=body.note)
            approvals = (*one.editions[-1].approvals, press)
            return _edition(one, replace(one.editions[-1], approvals=approvals))
        case _Rejected():
            rejected = replace(press, note=body.reason)
            return _edition(one, replace(one.editions[-1], rejected=rejected))
        case _Sent():
            return _edition(one, replace(one.editions[-1], sent=press))
        case _Split():
            return replace(one, split=(*one.split, (body.case_id, press)))
        case _:
            given_up = isinstance(body, _Ended) and not body.done
            return replace(one, ended=press, given_up=given_up)


def _edition(one: JointAnswer, last: Edition) -> JointAnswer:
    return replace(one, editions=(*one.editions[:-1], last))


def _press(entry: RegisterEntry) -> Press:
    return Press(by=entry.by, at=entry.at, seq=entry.seq)

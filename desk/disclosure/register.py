"""依申请公开 at the desk: the register of requests, what is asked for again and again, and
the proposals to publish it (政府信息公开条例第四十四条)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.privacy.masking import mask_item
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.record.disclosure import Result
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import beijing
from classifiers.base import Text
from classifiers.matter.similar import SimilarCases
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry
from sinks.ledger.base import Ledger

PROPOSERS: Final = (Role.DESK, Role.ADMIN)
DECIDERS: Final = (Role.DESK, Role.REVIEWER, Role.LEADER, Role.ADMIN)


class Frequent(Struct, frozen=True, kw_only=True):
    """Requests that ask for the same document."""

    title: str
    """Of the first of them, masked."""
    case_ids: tuple[str, ...]
    applicants: int
    granted: bool
    """One of them was given it: it may be published."""


def frequent(cases: Iterable[Case], least: int, together: float) -> list[Frequent]:
    """What at least `least` requests ask for, the most asked first; from `together` on two
    ask for the same. Confidential ones are left out."""
    index = SimilarCases()
    group_of: dict[str, int] = {}
    groups: list[list[Case]] = []
    for case in sorted(cases, key=lambda one: (one.received_at, one.case_id)):
        if case.confidential:
            continue
        number = _group(case, groups, group_of, index, together)
        if number is None:
            number = len(groups)
            groups.append([])
        groups[number].append(case)
        group_of[case.case_id] = number
        index.add(case.case_id, _asked(case))
    found = [_frequent(group) for group in groups if len(group) >= least]
    return sorted(found, key=lambda one: (-len(one.case_ids), one.case_ids))


def _asked(case: Case) -> Text:
    return Text(for_anyone(case, case.item.title), "")


def _group(
    case: Case,
    groups: Sequence[Sequence[Case]],
    group_of: dict[str, int],
    index: SimilarCases,
    together: float,
) -> int | None:
    """Of the same matter where a person or the program has linked it, else the closest."""
    for number, group in enumerate(groups):
        if any(set(case.matters) & {one.case_id, *one.matters} for one in group):
            return number
    near = index.find(_asked(case), 1)
    return group_of[near[0].case_id] if near and near[0].score >= together else None


def _frequent(group: Sequence[Case]) -> Frequent:
    people = {one.item.phone or one.item.author or one.case_id for one in group}
    return Frequent(
        title=for_anyone(group[0], group[0].item.title),
        case_ids=tuple(one.case_id for one in group),
        applicants=len(people),
        granted=any(one.outcome and one.outcome.result is Result.GRANTED for one in group),
    )


# -- 数量、频次 -----------------------------------------------------------------


class Busy(Struct, frozen=True, kw_only=True):
    """An applicant who asked more often in a month than the fee's free pieces."""

    month: str
    """As 2026-11."""
    applicant: str
    """Masked."""
    case_ids: tuple[str, ...]


def busy(cases: Iterable[Case], free: int) -> list[Busy]:
    """The latest month first, and in it who asked most. Whether that is clearly beyond what
    is reasonable (条例第三十五条) a person judges."""
    found: dict[tuple[str, str], list[Case]] = {}
    for case in sorted(cases, key=lambda one: (one.received_at, one.case_id)):
        who = _applicant(case)
        if who:
            found.setdefault((f"{beijing(case.received_at):%Y-%m}", who), []).append(case)
    many = [
        Busy(
            month=month,
            applicant=mask_item(replace(asked[0].item, confidential=asked[0].confidential)).author,
            case_ids=tuple(one.case_id for one in asked),
        )
        for (month, _), asked in found.items()
        if len(asked) > free
    ]
    many.sort(key=lambda one: (-len(one.case_ids), one.case_ids))
    return sorted(many, key=lambda one: one.month, reverse=True)


def asked_before(ledger: Ledger, case: Case) -> int:
    """Requests of the same applicant in the calendar month, before this one."""
    who = _applicant(case)
    if not who:
        return 0
    begin = beijing(case.received_at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = case.received_at + timedelta(seconds=1)
    ids = [one.case_id for one in ledger.outlines(begin, until) if one.disclosure]
    place = (case.received_at, case.case_id)
    return sum(
        (one.received_at, one.case_id) < place and _applicant(one) == who
        for one in ledger.load(ids).values()
    )


def _applicant(case: Case) -> str:
    """Whom several requests have in common; "" where nobody can tell."""
    return case.item.phone or case.item.author


# -- 主动公开建议 ------------------------------------------------------------


class Proposed(Struct, frozen=True, kw_only=True, tag="proposed"):
    title: str
    case_ids: tuple[str, ...]


class Decided(Struct, frozen=True, kw_only=True, tag="decided"):
    publish: bool
    text: str
    """Where it was published, or why it is not."""


class ProposalStanding(StrEnum):
    """The value is shown."""

    WAITING = "待审核"
    PUBLISHED = "已主动公开"
    NOT_PUBLISHED = "不纳入主动公开"


class Proposal(Struct, frozen=True, kw_only=True):
    number: str
    seq: int
    title: str
    case_ids: tuple[str, ...]
    on: date
    by: str
    standing: ProposalStanding
    text: str
    decided_by: str


class Proposals:
    """Raises `desk.ground.registers.Changed` where another person was faster."""

    def __init__(self, file: DeskFile) -> None:
        self._book = Register(file, "disclosure_proposals")

    def propose(self, asked: Frequent, at: datetime, by: Actor) -> str:
        """Gives its number. Raises `NotAllowed`."""
        if by.role not in PROPOSERS:
            raise NotAllowed("主动公开建议由值班台提出。")
        if not asked.granted:
            raise NotAllowed("这些申请还没有“予以公开”的答复，不能建议主动公开。")
        known = self.of(asked.case_ids)
        if known is not None:
            raise NotAllowed(f"已经建议过（{known.number}）。")
        step = Proposed(title=asked.title, case_ids=asked.case_ids)
        return self._book.begin(f"GK{at:%Y}-", at, by, step).record

    def decide(self, number: str, seen: int, step: Decided, at: datetime, by: Actor) -> None:
        """Raises `NotAllowed`."""
        entries = self._book.load(number)
        if not entries:
            raise NotAllowed(f"没有编号为“{number[:20]}”的主动公开建议。")
        if by.role not in DECIDERS:
            raise NotAllowed("主动公开建议由值班台、审核或领导审定。")
        if by.id == entries[0].by.id:
            raise NotAllowed("主动公开建议应由提出人以外的人审定。")
        if len(entries) > 1:
            raise NotAllowed("此建议已经审定。")
        if not step.text.strip():
            raise NotAllowed("请写明公开的位置，或不公开的理由。")
        self._book.append(number, seen, at, by, step)

    def all(self) -> list[Proposal]:
        """The newest first."""
        return [_proposal(entries) for entries in self._book.all().values()][::-1]

    def of(self, case_ids: Sequence[str]) -> Proposal | None:
        """The one that these requests, or some of them, led to."""
        return next((one for one in self.all() if set(one.case_ids) & set(case_ids)), None)


def _proposal(entries: list[RegisterEntry]) -> Proposal:
    first = msgspec.json.decode(entries[0].body, type=Proposed)
    decided = msgspec.json.decode(entries[1].body, type=Decided) if len(entries) > 1 else None
    standing = ProposalStanding.WAITING
    if decided is not None:
        standing = ProposalStanding.PUBLISHED if decided.publish else ProposalStanding.NOT_PUBLISHED
    return Proposal(
        number=entries[0].record,
        seq=len(entries),
        title=first.title,
        case_ids=first.case_ids,
        on=entries[0].at.date(),
        by=entries[0].by.name or entries[0].by.id,
        standing=standing,
        text=decided.text if decided else "",
        decided_by=(entries[1].by.name or entries[1].by.id) if decided else "",
    )

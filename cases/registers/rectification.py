"""整改事项: a problem that was found, until another person has verified that it is gone.

全程闭环: 发现 → 交办 → 整改 → 提交 → 核验 → 销号. Pure: what happened in, the item as it is out,
and the rules about who may do what when. The unit that mends never verifies its own
work, and who handed the item in does not either.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cases.registers.ownership import OFFICE, of_unit
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed


class Origin(StrEnum):
    """How the problem was found. The value is stored and shown."""

    LATE_REPLY = "逾期答复"
    BAD_REPLY = "答复质量"
    REPEATED = "重复投诉"
    STALE_COLUMN = "栏目未更新"
    BROKEN_LINK = "错链断链"
    LEADER = "领导批示"
    HIGHER_LEVEL = "上级反馈"
    """省市反馈问题."""
    BROKEN_PROMISE = "承诺未兑现"
    COMMON = "共性问题"
    """Many messages about one matter: a task for active response (主动回应)."""
    OTHER = "其他"

    @classmethod
    def _missing_(cls, value: object) -> Origin | None:
        """What an earlier version stored is read as what it is called today."""
        return cls.LATE_REPLY if value == "超期答复" else None


class Stage(StrEnum):
    OPEN = "待整改"
    HANDED_IN = "待核验"
    DONE = "已销号"
    WITHDRAWN = "已撤销"


# -- what may happen ---------------------------------------------------------


class Found(Struct, frozen=True, kw_only=True, tag="found"):
    title: str
    problem: str
    origin: Origin
    unit: str
    found_on: date
    due: date
    ref: str = ""
    """What it is about: case ids separated by spaces, a column, the number of a paper."""
    requirement: str = ""


class Measure(Struct, frozen=True, kw_only=True, tag="measure"):
    text: str


class HandedIn(Struct, frozen=True, kw_only=True, tag="handed_in"):
    """The unit says that it is mended, with the evidence."""

    evidence: str
    files: tuple[str, ...] = ()


class Verified(Struct, frozen=True, kw_only=True, tag="verified"):
    passed: bool
    opinion: str


class Extended(Struct, frozen=True, kw_only=True, tag="extended"):
    due: date
    reason: str


class Appealed(Struct, frozen=True, kw_only=True, tag="appealed"):
    """申诉: the unit says that it is not to blame."""

    reason: str


class AppealDecided(Struct, frozen=True, kw_only=True, tag="appeal_decided"):
    upheld: bool
    reason: str


class Withdrawn(Struct, frozen=True, kw_only=True, tag="withdrawn"):
    reason: str


Step = Found | Measure | HandedIn | Verified | Extended | Appealed | AppealDecided | Withdrawn


class Happened(Struct, frozen=True):
    """One step of an item's history."""

    at: datetime
    by: Actor
    step: Step


class Rectification(Struct, frozen=True, kw_only=True):
    """One item as it is now."""

    number: str
    title: str
    problem: str
    origin: Origin
    unit: str
    found_on: date
    due: date
    ref: str
    requirement: str
    stage: Stage = Stage.OPEN
    measure: str = ""
    evidence: str = ""
    files: tuple[str, ...] = ()
    handed_in_by: str = ""
    handed_in_at: datetime | None = None
    opinion: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None
    times_back: int = 0
    """How often the verification sent it back."""
    appeal: str = ""
    """Reason of the appeal that waits for a decision."""
    appeal_upheld: bool | None = None
    original_due: date | None = None
    ended: str = ""
    history: tuple[Happened, ...] = ()

    @property
    def open(self) -> bool:
        return self.stage in (Stage.OPEN, Stage.HANDED_IN)

    @property
    def case_ids(self) -> tuple[str, ...]:
        return tuple(part for part in self.ref.split() if ":" in part)

    def overdue(self, today: date) -> bool:
        """Handed in late, or not at all and past its day."""
        if self.stage is Stage.WITHDRAWN:
            return False
        done = self.handed_in_at.date() if self.handed_in_at else today
        return done > self.due


def fold(number: str, history: Iterable[Happened]) -> Rectification:
    """The item from its whole history; the first step is `Found`."""
    steps = tuple(history)
    first = steps[0].step
    if not isinstance(first, Found):
        raise TypeError(f"{number} does not begin with a finding")
    item = Rectification(
        number=number,
        title=first.title,
        problem=first.problem,
        origin=first.origin,
        unit=first.unit,
        found_on=first.found_on,
        due=first.due,
        ref=first.ref,
        requirement=first.requirement,
    )
    for one in steps[1:]:
        item = _after(item, one)
    return replace(item, history=steps)


def _after(item: Rectification, happened: Happened) -> Rectification:
    who = happened.by.name or happened.by.id
    match happened.step:
        case Measure(text=text):
            return replace(item, measure=text)
        case HandedIn(evidence=evidence, files=files):
            return replace(
                item,
                stage=Stage.HANDED_IN,
                evidence=evidence,
                files=files,
                handed_in_by=happened.by.id,
                handed_in_at=happened.at,
            )
        case Verified(passed=True, opinion=opinion):
            return replace(
                item,
                stage=Stage.DONE,
                opinion=opinion,
                verified_by=who,
                verified_at=happened.at,
            )
        case Verified(opinion=opinion):
            return replace(
                item,
                stage=Stage.OPEN,
                opinion=opinion,
                times_back=item.times_back + 1,
                handed_in_by="",
                handed_in_at=None,
            )
        case Extended(due=due):
            return replace(item, due=due, original_due=item.original_due or item.due)
        case Appealed(reason=reason):
            return replace(item, appeal=reason)
        case AppealDecided(upheld=upheld, reason=reason):
            stage = Stage.WITHDRAWN if upheld else item.stage
            ended = f"申诉成立：{reason}" if upheld else item.ended
            return replace(item, appeal="", appeal_upheld=upheld, stage=stage, ended=ended)
        case Withdrawn(reason=reason):
            return replace(item, stage=Stage.WITHDRAWN, ended=reason)
        case Found():
            raise TypeError(f"{item.number} was found twice")


# -- who may do what when ----------------------------------------------------


def check_found(step: Found, actor: Actor, units: Iterable[str]) -> None:
    """Raises `NotAllowed`."""
    _require(actor.role in (*OFFICE, Role.LEADER, Role.SYSTEM), "整改事项由值班台或领导交办。")
    _require(step.title.strip(), "请填写整改事项的名称。")
    _require(step.problem.strip(), "请写明发现的问题。")
    _require(
        step.unit in units, f"单位表里没有“{step.unit[:40]}”。请用 config/units.toml 里的 id。"
    )
    _require(
        step.due >= step.found_on,
        f"整改期限（{step.due}）应不早于发现日期（{step.found_on}）。",
    )


def check(item: Rectification, step: Step, actor: Actor) -> None:
    """Raises `NotAllowed`."""
    _require(item.open, f"此事项{item.stage}，不能再做这个动作。")
    own = of_unit(actor, item.unit)
    office = actor.role in OFFICE
    match step:
        case Measure(text=text):
            _require(own or office, "整改措施由责任单位填写。")
            _require(text.strip(), "请填写整改措施。")
        case HandedIn(evidence=evidence):
            _require(own or office, "整改结果由责任单位提交。")
            _require(item.stage is Stage.OPEN, "已经提交，正在等待核验。")
            _require(item.measure.strip(), "请先填写整改措施。")
            _require(evidence.strip(), "请写明整改的证据（截图、网址、文件、照片说明）。")
        case Verified(opinion=opinion):
            _check_verifier(item, actor)
            _require(opinion.strip(), "请填写核验意见。")
        case Extended(due=due, reason=reason):
            _require(office, "延期由值班台批准。")
            _require(due > item.due, f"新的期限应晚于现在的期限（{item.due}）。")
            _require(reason.strip(), "请填写延期的理由。")
        case Appealed(reason=reason):
            _require(own, "申诉由责任单位提出。")
            _require(not item.appeal, "已有申诉在等待裁定。")
            _require(item.appeal_upheld is None, "申诉已经裁定过，不能再次提出。")
            _require(reason.strip(), "请填写申诉的理由。")
        case AppealDecided(reason=reason):
            _require(office or actor.role is Role.LEADER, "申诉由值班台或领导裁定。")
            _require(item.appeal, "没有等待裁定的申诉。")
            _require(reason.strip(), "请填写裁定的理由。")
        case Withdrawn(reason=reason):
            _require(office, "整改事项由值班台撤销。")
            _require(reason.strip(), "请填写撤销的理由。")
        case Found():
            raise NotAllowed("整改事项已经立项。")


def _check_verifier(item: Rectification, actor: Actor) -> None:
    _require(item.stage is Stage.HANDED_IN, "责任单位还没有提交整改结果。")
    _require(actor.role in (*OFFICE, Role.REVIEWER, Role.LEADER), "核验由值班台、审核或领导进行。")
    _require(actor.id != item.handed_in_by, "核验应由提交人以外的人进行。")
    _require(actor.unit != item.unit, "核验应由责任单位以外的人进行。")


def _require(condition: object, reason: str) -> None:
    if not condition:
        raise NotAllowed(reason)

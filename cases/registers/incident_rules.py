"""What may be written into an 事件档案, by whom, and in which order. Pure.

Nothing is said in public that nobody has looked into: 国办发〔2016〕61号 "加强政务舆情回应的制度
建设": 查清事实、依法依规.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cases.clocks.rule import EVENT_LEVELS
from cases.registers.incident import (
    OF_UNITS,
    PUBLIC,
    Asked,
    Ended,
    Graded,
    Incident,
    Linked,
    Noted,
    Opened,
    Part,
    Recalled,
    Step,
    Worded,
)
from cases.registers.wording import problem_of
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed

KEEPERS: Final = (Role.DESK, Role.ADMIN, Role.LEADER)
_READERS: Final = (*KEEPERS, Role.REVIEWER)
LONGEST_TITLE: Final = 100
_A_MINUTE: Final = timedelta(minutes=1)
"""How far clocks of two machines may be apart."""


def may_read(found: Incident, actor: Actor) -> bool:
    """A unit that was asked for a part reads the file, also after it has written it."""
    return actor.role in _READERS or bool(found.asked_of(actor.unit))


def writable(found: Incident, actor: Actor) -> tuple[Part, ...]:
    """The parts that this person may write in now."""
    if not found.open:
        return ()
    if actor.role in KEEPERS:
        return tuple(Part)
    return tuple(dict.fromkeys(t.part for t in found.asked_of(actor.unit) if not t.recalled))


def check_opened(step: Opened, actor: Actor, now: datetime) -> None:
    """Raises `NotAllowed`."""
    _require(actor.role in KEEPERS, "事件档案由值班台或领导建立。")
    _require(step.title.strip(), "请填写事件名称。")
    size = len(step.title)
    _require(size <= LONGEST_TITLE, f"事件名称至多 {LONGEST_TITLE} 个字，实际 {size} 个字。")
    levels = "、".join(EVENT_LEVELS)
    _require(step.level in EVENT_LEVELS, f"级别应为 {levels} 之一，实际是“{step.level[:20]}”。")
    _require(step.summary.strip(), "请填写事件概况。")
    _require(step.noticed_at <= now + _A_MINUTE, "发现时间不应晚于现在。")
    if problem := problem_of(step.wording):
        raise NotAllowed(problem)


def check(found: Incident, step: Step, actor: Actor, now: datetime, late: int = 0) -> None:
    """`late`: how many of its clocks were not met in time. Raises `NotAllowed`."""
    _require(found.open, "此事件档案已经归档，不能再改。")
    if isinstance(step, Noted):
        _check_note(found, step, actor, now)
        return
    _require(actor.role in KEEPERS, "事件档案由值班台或领导填写；单位填写请它写的部分。")
    match step:
        case Graded(level=level, reason=reason):
            _require(level in EVENT_LEVELS, f"级别应为 {'、'.join(EVENT_LEVELS)} 之一。")
            _require(level != found.level, f"现在的级别就是{level}。")
            _require(reason.strip(), "请填写调整级别的理由。")
        case Linked(refs=refs):
            _require(refs, "请填写事项编号。")
        case Worded(wording=wording):
            if problem := problem_of(wording):
                raise NotAllowed(problem)
        case Asked() as asked:
            _check_asked(found, asked, now)
        case Recalled(task=number, reason=reason):
            task = next((one for one in found.tasks if one.number == number), None)
            if task is None or not task.open:
                raise NotAllowed("没有这项还没写的任务，不用撤回。")
            _require(reason.strip(), "请填写撤回的理由。")
        case Ended() as ended:
            _check_end(found, ended, late)
        case Opened():
            raise NotAllowed("事件档案已经建立。")


def check_parted(found: Incident, ref: str, reason: str, actor: Actor) -> None:
    """Raises `NotAllowed`."""
    _require(found.open, "此事件档案已经归档，不能再改。")
    _require(actor.role in KEEPERS, "事件档案由值班台或领导填写。")
    _require(ref in found.members, f"事件档案里没有事项 {ref[:60]}。")
    _require(reason.strip(), "请填写移出的理由。")


def _check_asked(found: Incident, asked: Asked, now: datetime) -> None:
    words = "、".join(OF_UNITS)
    _require(asked.unit.strip(), "请选择单位。")
    _require(asked.part in OF_UNITS, f"可以请单位写{words}；{asked.part}由值班台填写。")
    _require(asked.due_at > now, "时限应晚于现在。")
    again = any(t.open and t.unit == asked.unit and t.part is asked.part for t in found.tasks)
    _require(not again, f"已经请这个单位写{asked.part}，还没有写；要改时限，请先撤回。")


def _check_note(found: Incident, note: Noted, actor: Actor, now: datetime) -> None:
    _require(
        note.part in writable(found, actor),
        "事件档案由值班台或领导填写；单位填写请它写的部分。",
    )
    _require(note.text.strip(), f"请填写{note.part}的内容。")
    _require(note.at <= now + _A_MINUTE, "时间不应晚于现在。")
    _require(note.at >= found.noticed_at, "时间不应早于发现事件的时间。")
    if note.part in PUBLIC:
        _require(note.where.strip(), "请写明在哪里发布。")
        _require(found.of(Part.ASSESS), "请先作风险研判，再向社会发布。")
    if note.url:
        _require(note.part in PUBLIC, "只有向社会发布的信息有链接。")
        parts = urlsplit(note.url)
        whole = parts.scheme in ("http", "https") and parts.netloc
        _require(whole, f"链接应以 http:// 或 https:// 开头，实际是“{note.url[:40]}”。")
    if note.part in (Part.PRESS, Part.RESPOND):
        _require(found.of(Part.VERIFY), "请先调查核实，再回应。查明的先说，没有查明的不说。")


def _check_end(found: Incident, ended: Ended, late: int) -> None:
    _require(found.published, "还没有向社会回应，不能归档。")
    _require(found.of(Part.REVIEW), "还没有复盘，不能归档。")
    waiting = sum(task.open for task in found.tasks)
    _require(not waiting, f"还有 {waiting} 项请单位写的没有写；写完或撤回后再归档。")
    _require(ended.conclusion.strip(), "请填写结论。")
    _require(not late or ended.why_late.strip(), f"有 {late} 项逾期，请写明原因和改进。")


def _require(condition: object, reason: str) -> None:
    if not condition:
        raise NotAllowed(reason)

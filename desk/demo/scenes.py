"""What becomes of the sample messages: who does what, how many working days after receipt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from enum import StrEnum

from msgspec import Struct

from cases.record import commands as do
from cases.record.case import Case
from cases.record.commands import AnyCommand, Rung
from cases.words.labels import Kind

Make = Callable[[Case, str, str], AnyCommand | None]
"""From the case, what the message is about, and what was found out."""


class Who(StrEnum):
    DESK = "desk"
    UNIT = "unit"
    """The lead unit."""
    ASSISTING = "assisting"
    """The first assisting unit."""
    REVIEWER = "reviewer"
    LEADER = "leader"


class Step(Struct, frozen=True):
    days: int
    """Working days after receipt."""
    at: time
    who: Who
    command: Make


class Scene(Struct, frozen=True):
    days_ago: tuple[int, ...] | None
    """Working days before the next day that something can be due on; one of these.
    None: today."""
    steps: tuple[Step, ...] = ()


def assign(unit: str) -> AnyCommand:
    return do.Assign(lead=unit, reason="按职责分工派单")


def _step(days: int, at: str, who: Who, command: AnyCommand | Make) -> Step:
    make: Make = command if callable(command) else (lambda _case, _subject, _answer: command)
    return Step(days, time.fromisoformat(at), who, make)


def _reply(_case: Case, subject: str, answer: str) -> AnyCommand:
    return do.DraftReply(
        text=f"您好！您反映的{subject}收悉。{answer or '相关情况已核实办理'}。"
        "感谢您对我们工作的理解和支持，如还有疑问，可拨打0000-2100000咨询。"
    )


def _last_draft(case: Case) -> int:
    return case.round.drafts[-1].number if case.round.drafts else 0


def _approve(case: Case, _subject: str, _answer: str) -> AnyCommand:
    return do.ApproveReply(draft=_last_draft(case), note="内容属实，不涉密，不涉个人隐私")


def _deliver(case: Case, _subject: str, _answer: str) -> AnyCommand:
    return do.Deliver(draft=_last_draft(case), via=case.item.channel, proof="平台回执")


def _answered(day: int, *, drafted: str = "10:10", sent: str = "15:30") -> tuple[Step, ...]:
    return (
        _step(day, drafted, Who.UNIT, _reply),
        _step(day, "14:20", Who.REVIEWER, _approve),
        _step(day, sent, Who.UNIT, _deliver),
    )


def _return(case: Case, _subject: str, _answer: str) -> AnyCommand:
    return do.DecideReturn(unit=case.unit, approve=True, reason="情况属实，另行派单")


def _promise_due(case: Case, subject: str, _answer: str) -> AnyCommand:
    due = case.received_at.date() + timedelta(days=30)
    return do.RecordPromise(text=f"{subject}整改到位", due=due)


def _suspend(case: Case, _subject: str, _answer: str) -> AnyCommand:
    until = case.received_at.date() + timedelta(days=60)
    return do.Suspend(measures="资金已列入追加预算，每两周向群众通报一次进展", until=until)


_SIGNED = _step(0, "16:40", Who.UNIT, do.Acknowledge())
_SIGNED_LATER = _step(1, "09:10", Who.UNIT, do.Acknowledge())
_CALLED = _step(
    1, "11:00", Who.UNIT, do.LogContact(text="与来件人电话联系，了解具体情况，约定现场查看时间")
)
_CLOSED = do.Close(note="群众无异议")
_SATISFIED = do.CallBack(resolved=True, satisfied=True, note="问题已解决，表示感谢")

SCENES: dict[str, Scene] = {
    "new": Scene(None),
    "on_time": Scene(
        (7, 9, 12, 14, 16, 18),
        (
            _SIGNED_LATER,
            _CALLED,
            *_answered(3),
            _step(4, "10:30", Who.DESK, _CLOSED),
        ),
    ),
    "satisfied": Scene(
        (8, 11, 15, 17),
        (
            _SIGNED,
            _CALLED,
            *_answered(2),
            _step(4, "10:00", Who.DESK, _SATISFIED),
            _step(4, "10:05", Who.DESK, _CLOSED),
            _step(5, "09:30", Who.DESK, do.Publish(where="县政府门户网站“回应关切”栏目")),
        ),
    ),
    "on_time_quick": Scene(
        (3, 6, 10), (_SIGNED, *_answered(1), _step(2, "10:00", Who.DESK, _CLOSED))
    ),
    "replied": Scene((5, 6), (_SIGNED_LATER, *_answered(3))),
    "late": Scene(
        (10, 13, 16),
        (
            _SIGNED_LATER,
            _step(5, "17:00", Who.DESK, do.Press(rung=Rung.REMIND, text="今日到期，请抓紧答复")),
            *_answered(7),
            _step(8, "10:30", Who.DESK, _CLOSED),
        ),
    ),
    "handling": Scene((1, 2, 3), (_SIGNED_LATER, _CALLED)),
    "assigned": Scene((0, 1)),
    "draft": Scene((4, 3), (_SIGNED_LATER, _CALLED, _step(2, "10:20", Who.UNIT, _reply))),
    "rejected": Scene(
        (4,),
        (
            _SIGNED_LATER,
            _step(2, "10:20", Who.UNIT, _reply),
            _step(
                2,
                "16:10",
                Who.REVIEWER,
                lambda case, _s, _a: do.RejectReply(
                    draft=_last_draft(case), reason="没有说明完成时间，请补充"
                ),
            ),
        ),
    ),
    "due_today": Scene((5,), (_SIGNED_LATER, _CALLED)),
    "overdue": Scene(
        (7, 8, 9),
        (
            _SIGNED_LATER,
            _step(5, "16:00", Who.DESK, do.Press(rung=Rung.REMIND, text="今日到期，请抓紧答复")),
        ),
    ),
    "overdue_pressed": Scene(
        (9, 11),
        (
            _SIGNED_LATER,
            _step(5, "16:00", Who.DESK, do.Press(rung=Rung.REMIND, text="今日到期，请抓紧答复")),
            _step(
                7,
                "09:20",
                Who.DESK,
                do.Press(rung=Rung.SUPERVISE, text="已逾期，请书面说明原因并尽快答复"),
            ),
        ),
    ),
    "high_joint": Scene(
        (3,),
        (
            _SIGNED,
            _step(
                1,
                "09:00",
                Who.LEADER,
                do.Instruct(text="请有关部门立即核查，确保群众安全，结果报我。"),
            ),
        ),
    ),
    "instructed": Scene(
        (6,),
        (
            _SIGNED,
            _step(
                1, "08:50", Who.LEADER, do.Instruct(text="请住建局牵头，与业主当面沟通，稳妥处置。")
            ),
            _step(
                3,
                "17:10",
                Who.UNIT,
                do.ReportOnInstruction(
                    number=1, text="已与业主代表座谈，开发企业书面承诺了交房节点"
                ),
            ),
            _step(
                4,
                "09:30",
                Who.UNIT,
                do.AskExtension(working_days=5, reason="需开发企业补充资金方案"),
            ),
            _step(
                4,
                "11:00",
                Who.DESK,
                do.DecideExtension(
                    grant=True, citizen_told=True, reason="情况复杂，已电话告知来件人"
                ),
            ),
        ),
    ),
    "joint": Scene(
        (4,),
        (
            _step(
                0,
                "16:30",
                Who.DESK,
                lambda case, _s, _a: do.Assign(
                    lead=case.unit, assisting=("police", "housing"), reason="需会同核查，改为主协办"
                ),
            ),
            _SIGNED_LATER,
            _step(1, "10:00", Who.ASSISTING, do.Acknowledge()),
            _step(
                2, "15:00", Who.ASSISTING, do.FinishShare(text="已配合核查，未发现涉嫌犯罪的情形")
            ),
        ),
    ),
    "returned": Scene(
        (2,),
        (
            _step(
                0,
                "16:10",
                Who.UNIT,
                do.AskReturn(reason="该标牌不在本单位管理范围", suggested_unit="transport"),
            ),
            _step(0, "17:00", Who.DESK, _return),
        ),
    ),
    "moved": Scene(
        (8, 7, 6, 9),
        (
            _step(0, "16:20", Who.DESK, do.Correct(kind=Kind.HELP, lengthen_approved=True)),
            _step(
                0, "16:30", Who.DESK, do.Assign(lead="market", reason="收费标准归市场监管部门管")
            ),
            _SIGNED_LATER,
            *_answered(3),
            _step(4, "10:30", Who.DESK, _CLOSED),
        ),
    ),
    "extended": Scene(
        (6, 7),
        (
            _SIGNED_LATER,
            _step(
                3, "09:30", Who.UNIT, do.AskExtension(working_days=5, reason="需委托专业机构鉴定")
            ),
            _step(
                3,
                "11:00",
                Who.DESK,
                do.DecideExtension(grant=True, citizen_told=True, reason="已电话告知来件人"),
            ),
        ),
    ),
    "paused": Scene(
        (3, 4),
        (
            _SIGNED_LATER,
            _step(
                1,
                "10:30",
                Who.DESK,
                do.PauseForSupplement(missing="请提供具体地点、时间和联系方式"),
            ),
        ),
    ),
    "suspended": Scene((6,), (_SIGNED, _step(3, "15:00", Who.DESK, _suspend))),
    "promise": Scene(
        (6, 12),
        (
            _SIGNED,
            *_answered(3),
            _step(3, "16:20", Who.UNIT, _promise_due),
        ),
    ),
    "not_satisfied": Scene(
        (8,),
        (
            _SIGNED,
            *_answered(3),
            _step(
                5,
                "10:00",
                Who.DESK,
                do.CallBack(
                    resolved=False, satisfied=False, note="来件人表示仍有同样情况，要求书面答复"
                ),
            ),
            _step(5, "15:00", Who.UNIT, do.Acknowledge()),
        ),
    ),
    "confidential": Scene((3, 4), (_SIGNED_LATER,)),
    "invalid": Scene(
        (2,), (_step(0, "17:20", Who.DESK, do.MarkInvalid(reason="测试内容，没有诉求")),)
    ),
    "refused": Scene(
        (3,),
        (_step(1, "09:40", Who.DESK, do.Refuse(reason="已进入诉讼程序，请通过上诉途径解决")),),
    ),
}

ORDINARY = (
    "on_time",
    "satisfied",
    "on_time",
    "handling",
    "on_time",
    "due_today",
    "satisfied",
    "late",
    "on_time",
    "draft",
    "replied",
    "assigned",
    "on_time",
    "satisfied",
    "overdue",
    "on_time",
    "promise",
    "rejected",
    "new",
)
"""What befalls messages without a scene of their own, in turn."""

"""When personal data of a case may be erased, and what must be kept.

个人信息保护法第四十七条: a person may ask for it once the purpose is reached, or the time of
keeping is over; what the law still needs is kept, and only stored.
"""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.registry import SOME_TEXT, Attempt, applies, decides, ended, require, require_text
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import STATE_WORDS, Case, State
from cases.record.events import Recorded


def why_not_erasable(case: Case) -> str:
    """Why its personal data may not be erased, in Chinese; "" where they may."""
    if case.erased_at is not None:
        return "个人信息已经删除"
    if case.open:
        return f"事项{STATE_WORDS[case.state]}，还没有办结，不能删除个人信息。请办结以后再删除"
    if case.data_hold:
        return f"事项已保全（{case.data_hold}），不能删除个人信息。请解除保全以后再删除"
    return ""


@decides(do.HoldData, probe=lambda _c, _a: do.HoldData(reason=SOME_TEXT))
def hold_data(case: Case, command: do.HoldData, attempt: Attempt) -> list[ev.EventBody]:
    require(not case.data_hold, f"事项已经保全（{case.data_hold}）。")
    require_text(command.reason, "保全的理由和依据")
    return [ev.DataHeld(reason=command.reason)]


@decides(do.ReleaseData, probe=lambda _c, _a: do.ReleaseData(reason=SOME_TEXT))
def release_data(case: Case, command: do.ReleaseData, attempt: Attempt) -> list[ev.EventBody]:
    require(case.data_hold, "事项没有保全。")
    require_text(command.reason, "解除保全的理由")
    return [ev.DataReleased(reason=command.reason)]


@decides(do.Erase)
def erase(case: Case, command: do.Erase, attempt: Attempt) -> list[ev.EventBody]:
    """Asked for by the house alone, in the name of who confirmed the cases: they are more than
    one, and what was copied of them goes too."""
    reason = "" if command.restored else why_not_erasable(case)
    require(not reason, f"{reason}。")
    return [ev.Erased(ground=command.ground, rule=command.rule)]


@applies(ev.DataHeld)
def data_held(case: Case, body: ev.DataHeld, event: Recorded) -> Case:
    return replace(case, data_hold=body.reason)


@applies(ev.DataReleased)
def data_released(case: Case, body: ev.DataReleased, event: Recorded) -> Case:
    return replace(case, data_hold="")


@applies(ev.Erased)
def erased(case: Case, body: ev.Erased, event: Recorded) -> Case:
    if case.open:
        case = ended(case, State.CLOSED, "删除以后恢复了旧的备份，再次删除")
    return replace(case, erased_at=event.at)

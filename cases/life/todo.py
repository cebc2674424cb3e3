"""What has to be done next on a case, and by whom: 我的待办."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from cases.life.pictures import wait_to_be_read
from cases.life.platform import waiting_for_answer
from cases.life.pressure import open_pressures
from cases.life.reply import approved_draft, waiting_draft
from cases.life.ticks import ESCALATED, unreached_clocks
from cases.life.urgent import waits_for_measure
from cases.record.case import ENDED_STATES, WITHDRAWN, Case, Draft, PlatformMessage, State
from cases.record.platform import ANSWERS, Sent


class Todo(StrEnum):
    """The value is stored; `TODO_WORDS` has the office's word."""

    URGENT = "urgent"
    DISPATCH = "dispatch"
    DECIDE_RETURN = "decide_return"
    DECIDE_EXTENSION = "decide_extension"
    CALL_BACK = "call_back"
    CLOSE = "close"
    ACKNOWLEDGE = "acknowledge"
    REPLY = "reply"
    REDRAFT = "redraft"
    DELIVER = "deliver"
    SHARE = "share"
    PRESSED = "pressed"
    REPORT = "report"
    PROMISE = "promise"
    REVIEW = "review"
    INSTRUCT = "instruct"
    SEND_UP = "send_up"
    SETTLE_UP = "settle_up"
    AWAIT_UP = "await_up"
    EMERGING = "emerging"
    PICTURES = "pictures"


TODO_WORDS: dict[Todo, str] = {
    Todo.URGENT: "危急待处置",
    Todo.DISPATCH: "待派单",
    Todo.DECIDE_RETURN: "退回申请待审批",
    Todo.DECIDE_EXTENSION: "延期申请待审批",
    Todo.CALL_BACK: "待回访",
    Todo.CLOSE: "待办结",
    Todo.ACKNOWLEDGE: "待签收",
    Todo.REPLY: "待答复",
    Todo.REDRAFT: "答复稿被退改",
    Todo.DELIVER: "待发送",
    Todo.SHARE: "协办待反馈",
    Todo.PRESSED: "催办督办待反馈",
    Todo.REPORT: "批示待反馈",
    Todo.PROMISE: "承诺待兑现",
    Todo.REVIEW: "待审核",
    Todo.INSTRUCT: "待批示",
    Todo.SEND_UP: "对上消息待发送",
    Todo.SETTLE_UP: "对上消息未送达",
    Todo.AWAIT_UP: "等待平台答复",
    Todo.EMERGING: "苗头预警待研判",
    Todo.PICTURES: "图片文字待识别",
}


def todos(case: Case) -> Iterator[tuple[str, str]]:
    """What waits, with the unit whose business it is, "" where it is none's. A reply waits
    for a certain look as well: `review@1` for the second, `review@d1` of
    a reply to a request for information."""
    if case.open:
        yield from _of_desk(case)
        yield from _of_units(case)
        if _escalated(case) and not case.instructions:
            yield Todo.INSTRUCT, ""
        if open_pressures(case):
            yield Todo.PRESSED, case.unit
    elif case.state is State.REPLIED:
        yield (Todo.CLOSE if case.round.callback else Todo.CALL_BACK), ""
    if case.state not in ENDED_STATES:
        yield from _of_reply(case)
    yield from _of_programs(case)
    if unsettled(case):
        yield Todo.SETTLE_UP, ""
    if case.open and any(waiting_for_answer(case, what) for what in ANSWERS.values()):
        yield Todo.AWAIT_UP, ""
    # An instruction and a promise outlive the closing of the case.
    if any(each.reported_at is None for each in case.instructions):
        yield Todo.REPORT, case.unit
    for each in case.promises:
        if each.kept is None:
            # What an accused unit promised is the desk's to follow.
            yield Todo.PROMISE, "" if each.owner in case.accused else each.owner


def todo_words(case: Case) -> tuple[str, ...]:
    """As a ledger is searched for them: each alone, and each with `:unit`."""
    words: dict[str, None] = {}
    for todo, unit in todos(case):
        words[str(todo)] = None
        if unit:
            words[f"{todo}:{unit}"] = None
    return tuple(words)


def unsettled(case: Case) -> tuple[PlatformMessage, ...]:
    """Messages to the platform that a person has to look after: it may have them, or has not
    taken them and none like them was sent since."""
    newest = {each.what: each.number for each in case.upward}
    return tuple(
        each
        for each in case.upward
        if each.sent is Sent.UNCLEAR
        or (each.sent is Sent.FAILED and newest[each.what] == each.number)
    )


def _of_desk(case: Case) -> Iterator[tuple[str, str]]:
    if waits_for_measure(case):
        yield Todo.URGENT, ""
    if not case.dispatched:
        yield Todo.DISPATCH, ""
    if any(task.return_asked for task in case.tasks):
        yield Todo.DECIDE_RETURN, ""
    if case.extension_request is not None:
        yield Todo.DECIDE_EXTENSION, ""
    if case.warned:
        yield Todo.EMERGING, ""


def _of_programs(case: Case) -> Iterator[tuple[str, str]]:
    if any(each.sent is Sent.WAITS for each in case.upward):
        yield Todo.SEND_UP, ""
    if wait_to_be_read(case):
        yield Todo.PICTURES, ""


def _of_units(case: Case) -> Iterator[tuple[str, str]]:
    for task in case.tasks:
        if task.acknowledged_at is None:
            if case.dispatched or not task.lead:
                yield Todo.ACKNOWLEDGE, task.unit
        elif not task.lead:
            if task.finished_at is None:
                yield Todo.SHARE, task.unit
        elif case.state is State.HANDLING and not _written(case):
            yield Todo.REPLY, task.unit


def _of_reply(case: Case) -> Iterator[tuple[str, str]]:
    if approved_draft(case) is not None:
        yield Todo.DELIVER, case.unit
    draft = waiting_draft(case)
    if draft is not None:
        yield Todo.REVIEW, case.unit
        look = f"{'d' if case.item.disclosure else ''}{len(draft.approvals)}"
        yield f"{Todo.REVIEW}@{look}", case.unit
    elif rejected_draft(case):
        yield Todo.REDRAFT, case.unit


def _written(case: Case) -> bool:
    return bool(approved_draft(case) or waiting_draft(case) or rejected_draft(case))


def rejected_draft(case: Case) -> Draft | None:
    """The newest draft, where it was sent back and nobody has written another. One that was
    taken away from its unit is nothing for the next unit to mend."""
    last = case.round.drafts[-1] if case.round.drafts else None
    return last if last is not None and last.rejected not in ("", WITHDRAWN) else None


def _escalated(case: Case) -> bool:
    """Whether a leader was told of a clock that has not reached its purpose yet."""
    late = {clock.name for clock in unreached_clocks(case)}
    marks = (mark.split("/") for mark in case.round.warned)
    return any(stage == ESCALATED and clock in late for clock, stage, *_ in marks)

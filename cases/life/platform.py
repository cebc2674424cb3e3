"""对上交换: what follows between this desk and the platform that sent it the order.

Every message to the platform is an event of the case, so that its number names it for ever and
a worker that dies sends it once; what became of it is told by the part that sends. What the
platform says comes with the order, like a new version of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from msgspec.structs import replace

from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    require,
    require_open,
    require_text,
)
from cases.life.rules import PlatformRules, Rules
from cases.life.source_date import source_clocks
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import SOURCE_CLOCK, Case, PlatformMessage
from cases.record.events import Recorded
from cases.record.platform import ANSWERS, PlatformWord, Says, Sent, Upward
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING

_RUNGS = {Says.REMIND: do.Rung.REMIND, Says.SUPERVISE: do.Rung.SUPERVISE}
BY_THE_PLATFORM = "来源平台回访"


# -- upward ------------------------------------------------------------------


def _platform(case: Case, rules: Rules, what: Upward) -> PlatformRules:
    """Raises `NotAllowed`."""
    platform = rules.platforms.get(case.item.source)
    if platform is None:
        raise NotAllowed("此件不是上级平台派来的，或者没有配置与该平台的交换。")
    if what not in platform.messages:
        raise NotAllowed(f"没有配置向上级平台发送“{what}”，请在平台上办理。")
    return platform


def _require_unasked(case: Case, what: Upward, attempt: Attempt, hours: int) -> None:
    """An ask that the platform took and never answers may be repeated after a while: platforms
    forget."""
    waits = waiting_for_answer(case, what)
    patient_until = waits.at + timedelta(hours=hours) if waits else attempt.at
    require(
        waits is None or attempt.at >= patient_until,
        f"{what}已经提出，正在等待平台答复；"
        f"到 {patient_until:%m-%d %H:%M} 仍没有答复的，可以再次提出。",
    )


def waiting_for_answer(case: Case, what: Upward) -> PlatformMessage | None:
    """The newest ask of this sort that the platform has not decided."""
    asked = [one for one in case.upward if one.what is what and one.sent is not Sent.FAILED]
    return asked[-1] if asked and asked[-1].granted is None else None


@decides(do.ReturnToPlatform, probe=lambda _c, _a: do.ReturnToPlatform(reason=SOME_TEXT))
def return_to_platform(
    case: Case, command: do.ReturnToPlatform, attempt: Attempt
) -> list[ev.EventBody]:
    require_open(case)
    platform = _platform(case, attempt.rules, Upward.RETURN)
    require_text(command.reason, "退单的理由")
    _require_unasked(case, Upward.RETURN, attempt, platform.answer_hours)
    return [_message(case, Upward.RETURN, text=command.reason)]


def _extension(case: Case, attempt: Attempt) -> do.AskPlatformExtension:
    clock = case.round.clock(SOURCE_CLOCK)
    due = clock.due_at if clock else attempt.at
    until = max(due, attempt.at).date() + timedelta(days=1)
    return do.AskPlatformExtension(until=until, reason=SOME_TEXT)


@decides(do.AskPlatformExtension, probe=_extension)
def ask_platform_extension(
    case: Case, command: do.AskPlatformExtension, attempt: Attempt
) -> list[ev.EventBody]:
    require_open(case)
    platform = _platform(case, attempt.rules, Upward.EXTEND)
    require_text(command.reason, "延期的理由")
    clock = case.round.clock(SOURCE_CLOCK)
    if clock is None:
        raise NotAllowed("平台没有给此件定办理期限，不用申请延期。")
    until = datetime.combine(command.until, time(23, 59, 59), BEIJING)
    require(
        until > max(clock.due_at, attempt.at),
        f"申请延至的日期应晚于平台现在的期限 {clock.due_at:%Y-%m-%d %H:%M}，"
        f"写的是 {command.until}。",
    )
    _require_unasked(case, Upward.EXTEND, attempt, platform.answer_hours)
    return [_message(case, Upward.EXTEND, text=command.reason, until=until)]


def _failed(case: Case, _attempt: Attempt) -> do.SendUpAgain:
    failed = [one.number for one in case.upward if one.sent is Sent.FAILED]
    return do.SendUpAgain(number=failed[-1] if failed else 0)


@decides(do.SendUpAgain, probe=_failed)
def send_up_again(case: Case, command: do.SendUpAgain, attempt: Attempt) -> list[ev.EventBody]:
    """A message that certainly did not arrive, under a number of its own."""
    old = next((one for one in case.upward if one.number == command.number), None)
    if old is None or old.sent is not Sent.FAILED:
        raise NotAllowed("只有平台没有收下的消息可以再次发送；是否送达不明的，请先核实。")
    require(
        all(one.what is not old.what for one in case.upward if one.number > old.number),
        f"之后已有新的“{old.what}”，不用再发这一条。",
    )
    _platform(case, attempt.rules, old.what)
    return [
        ev.ToPlatform(
            number=len(case.upward) + 1,
            what=old.what,
            text=old.text,
            until=old.until,
            contacted=old.contacted,
            resolved=old.resolved,
            grade=old.grade,
        )
    ]


@decides(do.NotePlatform)
def note_platform(case: Case, command: do.NotePlatform, attempt: Attempt) -> list[ev.EventBody]:
    require(attempt.actor.role is Role.SYSTEM, "对上交换的回执由程序登记。")
    known = next((one for one in case.upward if one.number == command.number), None)
    require(known is not None, f"没有第 {command.number} 号对上消息。")
    return [ev.PlatformTook(number=command.number, sent=command.sent, detail=command.detail)]


def upward_of(case: Case, bodies: Iterable[ev.EventBody], attempt: Attempt) -> list[ev.EventBody]:
    """What the platform is told by itself of what was just decided: that the order was signed
    for, once, and what a call-back of our own found."""
    platform = attempt.rules.platforms.get(case.item.source)
    if platform is None:
        return []
    signed = any(one.what is Upward.SIGN for one in case.upward)
    number = len(case.upward)
    found: list[ev.EventBody] = []
    for body in bodies:
        if isinstance(body, ev.ToPlatform):
            number += 1
        elif _signs(body) and not signed and Upward.SIGN in platform.messages:
            number, signed = number + 1, True
            found.append(ev.ToPlatform(number=number, what=Upward.SIGN))
        elif isinstance(body, ev.CalledBack) and Upward.CALL_BACK in platform.messages:
            number += 1
            found.append(
                ev.ToPlatform(
                    number=number,
                    what=Upward.CALL_BACK,
                    text=body.note,
                    contacted=body.contacted,
                    resolved=body.resolved,
                    grade=body.grade,
                )
            )
    return found


def _signs(body: ev.EventBody) -> bool:
    """A person took the order on: accepted it, dispatched it or acknowledged it."""
    by_hand = isinstance(body, ev.Assigned) and body.rule == "desk"
    return by_hand or isinstance(body, ev.Accepted | ev.Acknowledged)


def _message(
    case: Case, what: Upward, *, text: str, until: datetime | None = None
) -> ev.ToPlatform:
    return ev.ToPlatform(number=len(case.upward) + 1, what=what, text=text, until=until)


# -- downward ----------------------------------------------------------------


def news(known: tuple[PlatformWord, ...], shown: tuple[PlatformWord, ...]) -> list[PlatformWord]:
    """What the platform says now and has not said before, in its order."""
    heard = {word.key for word in known}
    fresh = []
    for word in shown:
        if word.key not in heard:
            heard.add(word.key)
            fresh.append(word)
    return fresh


def hears(case: Case, word: PlatformWord, rules: Rules) -> list[ev.EventBody]:
    """What follows from one thing that the platform says."""
    answers = ANSWERS.get(word.says)
    asked = waiting_for_answer(case, answers) if answers else None
    decided = asked if word.granted is not None else None
    bodies: list[ev.EventBody] = [
        ev.PlatformSaid(word=word, answers=decided.number if decided else 0)
    ]
    if word.says in _RUNGS:
        if case.open:
            said = f"上级平台{word.says}" + (f"：{word.text}" if word.text else "")
            bodies.append(ev.Pressed(rung=_RUNGS[word.says], text=said, due_at=word.due_at))
    elif word.says is Says.CALL_BACK:
        if case.round.deliveries:
            bodies.append(_called_back(word))
    elif decided is not None and word.granted and case.open:
        bodies += _granted(case, word, decided, rules)
    return bodies


def _granted(
    case: Case, word: PlatformWord, asked: PlatformMessage, rules: Rules
) -> list[ev.EventBody]:
    if word.says is Says.RETURN:
        return [ev.Closed(exception="上级平台同意退单" + (f"：{word.text}" if word.text else ""))]
    due_at = word.due_at or asked.until
    clock = case.round.clock(SOURCE_CLOCK)
    if clock is not None and clock.due_at == due_at:
        return []  # the order itself has come with the new date already
    clocks = source_clocks(case, due_at, case.labels, rules)
    return [ev.ClocksSet(clocks=clocks, why="上级平台同意延期")] if clocks else []


def _called_back(word: PlatformWord) -> ev.CalledBack:
    satisfied = word.grade.satisfied if word.grade else None
    note = BY_THE_PLATFORM + (f"：{word.text}" if word.text else "")
    return ev.CalledBack(
        contacted=word.contacted,
        resolved=word.resolved,
        satisfied=satisfied,
        grade=word.grade,
        note=note,
    )


# -- what the case is afterwards ---------------------------------------------


@applies(ev.ToPlatform)
def to_platform(case: Case, body: ev.ToPlatform, event: Recorded) -> Case:
    message = PlatformMessage(
        number=body.number,
        what=body.what,
        text=body.text,
        until=body.until,
        contacted=body.contacted,
        resolved=body.resolved,
        grade=body.grade,
        at=event.at,
        seq=event.seq,
    )
    return replace(case, upward=(*case.upward, message))


@applies(ev.PlatformTook)
def platform_took(case: Case, body: ev.PlatformTook, event: Recorded) -> Case:
    return _with(case, body.number, sent=body.sent, sent_at=event.at, detail=body.detail)


@applies(ev.PlatformSaid)
def platform_said(case: Case, body: ev.PlatformSaid, event: Recorded) -> Case:
    case = replace(case, downward=(*case.downward, body.word))
    if not body.answers:
        return case
    return _with(case, body.answers, granted=body.word.granted, decided_at=event.at)


def _with(case: Case, number: int, **changes: object) -> Case:
    return replace(
        case,
        upward=tuple(
            replace(one, **changes) if one.number == number else one for one in case.upward
        ),
    )

"""苗头预警 that a case told of, and its mute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import asdict, replace

from cases.life.registry import SOME_TEXT, Attempt, applies, decides, require, require_text
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import Recorded
from cases.words.actors import Role

LONGEST_MUTE: Final = timedelta(days=30)
"""本地约定: what stays wrong for longer is looked at again."""


def warning_of(case: Case) -> ev.EmergingSeen | None:
    """The newest 苗头预警 that this case told of; None for none."""
    body = case.history[case.warned - 1].body if case.warned else None
    return body if isinstance(body, ev.EmergingSeen) else None


def mute_of(case: Case, now: datetime) -> Recorded | None:
    """Who muted it, and why (`events.EmergingMuted`); None where it is not muted now."""
    if case.muted_until is None or case.muted_until <= now:
        return None
    muted = (one for one in reversed(case.history) if isinstance(one.body, ev.EmergingMuted))
    return next(muted, None)


@decides(do.WarnEmerging)
def warn_emerging(case: Case, command: do.WarnEmerging, attempt: Attempt) -> list[ev.EventBody]:
    require(attempt.actor.role is Role.SYSTEM, "苗头预警由程序登记。")
    return [ev.EmergingSeen(**asdict(command))]


@decides(
    do.MuteEmerging,
    probe=lambda _c, a: do.MuteEmerging(until=a.at + timedelta(days=1), reason=SOME_TEXT),
)
def mute_emerging(case: Case, command: do.MuteEmerging, attempt: Attempt) -> list[ev.EventBody]:
    seen = warning_of(case)
    require(seen, "此件没有苗头预警，不需要静音。")
    require_text(command.reason, "静音的理由")
    require(command.until > attempt.at, "静音的结束时间应在现在以后。")
    require(
        command.until <= attempt.at + LONGEST_MUTE,
        f"静音最长 {LONGEST_MUTE.days} 天；到期后仍要静音的，请再登记一次。",
    )
    return [ev.EmergingMuted(until=command.until, reason=command.reason)]


@decides(do.UnmuteEmerging, probe=lambda _c, _a: do.UnmuteEmerging())
def unmute_emerging(case: Case, command: do.UnmuteEmerging, attempt: Attempt) -> list[ev.EventBody]:
    until = case.muted_until
    require(until is not None and until > attempt.at, "此件的苗头预警没有静音。")
    return [ev.EmergingUnmuted(reason=command.reason)]


@applies(ev.EmergingSeen)
def emerging_seen(case: Case, body: ev.EmergingSeen, event: Recorded) -> Case:
    return replace(case, warned=event.seq)


@applies(ev.EmergingMuted)
def emerging_muted(case: Case, body: ev.EmergingMuted, event: Recorded) -> Case:
    return replace(case, muted_until=body.until)


@applies(ev.EmergingUnmuted)
def emerging_unmuted(case: Case, body: ev.EmergingUnmuted, event: Recorded) -> Case:
    return replace(case, muted_until=None)

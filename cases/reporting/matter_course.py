"""The course of one matter: on which day how much of what happened in its cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

from msgspec import Struct

from cases.record import events as ev
from cases.record.case import Case
from cases.words.times import beijing

RECEIVED: Final = "受理"
_WORDS: Final[dict[type, str]] = {
    ev.Assigned: "派单",
    ev.Instructed: "批示",
    ev.Pressed: "催办督办",
    ev.ReplyDrafted: "拟稿",
    ev.ReplyDelivered: "答复",
    ev.PromiseRecorded: "承诺",
    ev.CalledBack: "回访",
    ev.Closed: "办结",
    ev.RoundStarted: "重新办理",
    ev.Published: "公开",
}
_ORDER: Final = (RECEIVED, *_WORDS.values())


class CourseDay(Struct, frozen=True):
    day: date
    """In Beijing."""
    deeds: tuple[tuple[str, int], ...]
    """What happened, in the order in which a case goes, and how often."""


def course_of_matter(cases: Iterable[Case]) -> tuple[CourseDay, ...]:
    """The newest day first; days without any of it are left out."""
    days: dict[date, Counter[str]] = {}
    for case in cases:
        days.setdefault(beijing(case.received_at).date(), Counter())[RECEIVED] += 1
        for event in case.history:
            word = _WORDS.get(type(event.body))
            if word is None:
                continue
            at = event.body.at if isinstance(event.body, ev.ReplyDelivered) else event.at
            days.setdefault(beijing(at).date(), Counter())[word] += 1
    return tuple(
        CourseDay(day, tuple((word, days[day][word]) for word in _ORDER if days[day][word]))
        for day in sorted(days, reverse=True)
    )

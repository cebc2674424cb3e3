"""送审: how long a reply has waited for the look that is due, beside its line in 我的待办."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cases.life.reply import waiting_draft
from cases.record.case import Case, Draft
from cases.record.events import ReplyApproved
from desk.phrasing.times import how_long, moment


def review_notes(cases: Iterable[Case], now: datetime) -> dict[str, str]:
    """By case_id, for cases with a reply that waits for a look: 11-24 10:12 送审，已等 2 小时.
    After an approval it waits for the next look from then on."""
    found = {}
    for case in cases:
        draft = waiting_draft(case)
        if draft is not None:
            since = _since(case, draft)
            found[case.case_id] = f"{moment(since, now)} 送审，已等 {how_long(since, now)}"
    return found


def _since(case: Case, draft: Draft) -> datetime:
    for event in reversed(case.history):
        if event.seq <= draft.seq:
            break
        if isinstance(event.body, ReplyApproved) and event.body.number == draft.number:
            return event.at
    return draft.at

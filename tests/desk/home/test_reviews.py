"""送审: how long a reply has waited for the look that is due."""

from __future__ import annotations

from datetime import timedelta

from cases.record import commands as do
from desk.home.reviews import review_notes
from tests.cases.helpers import LEAD, RECEIVED, REVIEWER, SECOND, Story, handling

HOUR = timedelta(hours=1)
WRITTEN = RECEIVED + HOUR


def drafted() -> Story:
    story = Story(rules=handling(review={"approvals": 2}))
    story.does(LEAD, do.Acknowledge(), RECEIVED)
    story.does(LEAD, do.DraftReply(text="路灯已修好。"), WRITTEN)
    return story


def note(story: Story, hours: float) -> str:
    """What stands beside the case so many hours after the reply was written."""
    found = review_notes([story.case], WRITTEN + hours * HOUR)
    return found.get(story.case.case_id, "")


def test_a_reply_waits_from_when_it_was_written() -> None:
    assert note(drafted(), 3) == "03-02 11:15 送审，已等 3 小时"
    assert note(drafted(), 50) == "03-02 11:15 送审，已等 2 天"


def test_after_an_approval_it_waits_for_the_next_look_from_then_on() -> None:
    story = drafted()
    story.does(REVIEWER, do.ApproveReply(draft=1), WRITTEN + 20 * HOUR)
    assert note(story, 21) == "03-03 07:15 送审，已等 1 小时"


def test_another_draft_waits_from_when_it_was_written() -> None:
    story = drafted()
    story.does(REVIEWER, do.ApproveReply(draft=1), WRITTEN + HOUR)
    story.does(SECOND, do.RejectReply(draft=1, reason="请写明日期"), WRITTEN + 2 * HOUR)
    assert note(story, 3) == ""
    story.does(LEAD, do.DraftReply(text="路灯已于3月2日修好。"), WRITTEN + 4 * HOUR)
    assert note(story, 5) == "03-02 15:15 送审，已等 1 小时"


def test_what_waits_for_no_look_has_no_note() -> None:
    story = drafted()
    story.does(REVIEWER, do.ApproveReply(draft=1), WRITTEN + HOUR)
    story.does(SECOND, do.ApproveReply(draft=1), WRITTEN + 2 * HOUR)
    assert note(story, 3) == ""
    assert note(Story(), 0) == ""

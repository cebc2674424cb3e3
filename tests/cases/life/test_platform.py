"""对上交换: what the desk tells the platform above, and what the platform says."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from cases.life.rules import PlatformRules, Rules
from cases.life.todo import Todo, todo_words
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import State
from cases.record.platform import PlatformWord, Says, Sent, Upward
from cases.words.actors import SYSTEM
from cases.words.grades import Grade
from tests.cases.helpers import DESK, LEAD, REVIEWER, Story, at, item, usual

LIMIT = at("2026-03-06T18:00")
ORDER = item(due_at=LIMIT)
MORNING = "2026-03-03T09:00"


def under(*messages: Upward, hours: int = 24) -> Rules:
    known = frozenset(messages or Upward)
    return replace(
        usual(), platforms={"letters": PlatformRules(messages=known, answer_hours=hours)}
    )


def story(*messages: Upward) -> Story:
    return Story(ORDER, rules=under(*messages))


def says(what: Says, **more: object) -> PlatformWord:
    return PlatformWord(says=what, **more)  # type: ignore[arg-type]


def hears(told: Story, *words: PlatformWord, when: str = "2026-03-03T15:00") -> list[object]:
    return list(told.shows(item(title="", body="", due_at=None, said=words), when))


def sent(told: Story) -> list[Upward]:
    return [one.what for one in told.case.upward]


# -- upward ------------------------------------------------------------------


def test_the_order_is_signed_for_once_by_the_first_person_who_takes_it_on() -> None:
    told = story()
    assert sent(told) == []
    told.does(LEAD, do.Acknowledge(), MORNING)
    told.does(DESK, do.Assign(lead="police", reason="改派"), "2026-03-03T10:00")
    assert sent(told) == [Upward.SIGN]
    assert Todo.SEND_UP in todo_words(told.case)


def test_a_case_that_no_platform_sent_tells_nobody() -> None:
    told = Story(ORDER)
    told.does(LEAD, do.Acknowledge(), MORNING)
    assert told.case.upward == ()
    refused = told.refuses(DESK, do.ReturnToPlatform(reason="不属本县"), MORNING)
    assert "不是上级平台派来的" in refused
    other = story(Upward.SIGN)
    refused = other.refuses(DESK, do.ReturnToPlatform(reason="不属本县"), MORNING)
    assert "请在平台上办理" in refused


def test_our_call_back_goes_up_with_contact_outcome_and_grade() -> None:
    told = story(Upward.CALL_BACK)
    told.does(LEAD, do.Acknowledge(), MORNING)
    told.does(LEAD, do.DraftReply(text="已修复。"), "2026-03-03T10:00")
    told.does(REVIEWER, do.ApproveReply(draft=1), "2026-03-03T11:00")
    told.does(LEAD, do.Deliver(draft=1, via="hotline-back"), "2026-03-03T12:00")
    command = do.CallBack(contacted=True, resolved=True, satisfied=None, grade=Grade.GOOD)
    told.does(DESK, command, "2026-03-04T09:00")
    (message,) = told.case.upward
    found = (message.what, message.contacted, message.resolved, message.grade)
    assert found == (Upward.CALL_BACK, True, True, Grade.GOOD)
    assert told.case.round.callback is not None
    assert told.case.round.callback.contacted is True


def test_the_platforms_own_call_back_comes_down_and_is_not_sent_up_again() -> None:
    told = story()
    told.does(LEAD, do.Acknowledge(), MORNING)
    told.does(LEAD, do.DraftReply(text="已修复。"), "2026-03-03T10:00")
    told.does(REVIEWER, do.ApproveReply(draft=1), "2026-03-03T11:00")
    told.does(LEAD, do.Deliver(draft=1, via="hotline-back"), "2026-03-03T12:00")
    word = says(Says.CALL_BACK, contacted=False, resolved=False, grade=Grade.BAD, text="没人联系我")
    hears(told, word)
    called = told.case.round.callback
    assert called is not None
    assert (called.contacted, called.resolved, called.grade) == (False, False, Grade.BAD)
    assert "没人联系我" in called.note
    assert sent(told) == [Upward.SIGN]
    assert len(told.case.rounds) == 1


# -- 退单 --------------------------------------------------------------------


def test_a_return_that_the_platform_grants_closes_the_case_as_returned() -> None:
    told = story(Upward.RETURN)
    told.does(DESK, do.ReturnToPlatform(reason="属邻县管辖"), MORNING)
    assert told.case.open
    assert "正在等待平台答复" in told.refuses(DESK, do.ReturnToPlatform(reason="再退"), MORNING)
    hears(told, says(Says.RETURN, granted=True, text="同意转邻县"))
    assert told.case.state is State.CLOSED
    assert told.case.round.exception == "上级平台同意退单：同意转邻县"
    assert told.case.upward[0].granted is True


def test_a_return_that_it_refuses_goes_on_and_is_shown() -> None:
    told = story(Upward.RETURN)
    told.does(DESK, do.ReturnToPlatform(reason="属邻县管辖"), MORNING)
    hears(told, says(Says.RETURN, granted=False, text="属你县"))
    assert told.case.open
    assert told.case.upward[0].granted is False
    assert told.case.downward[0].text == "属你县"
    told.does(DESK, do.ReturnToPlatform(reason="有新的依据"), "2026-03-03T16:00")
    assert len(told.case.upward) == 2


def test_a_platform_that_took_it_and_forgot_may_be_asked_again_after_a_day() -> None:
    told = story(Upward.RETURN)
    told.does(DESK, do.ReturnToPlatform(reason="属邻县"), MORNING)
    told.does(SYSTEM, do.NotePlatform(number=1, sent=Sent.TAKEN), MORNING)
    assert Todo.AWAIT_UP in todo_words(told.case)
    assert "03-04 09:00" in told.refuses(
        DESK, do.ReturnToPlatform(reason="属邻县"), "2026-03-04T08:59"
    )
    told.does(DESK, do.ReturnToPlatform(reason="属邻县"), "2026-03-04T09:00")
    hears(told, says(Says.RETURN, granted=False), when="2026-03-04T10:00")
    assert [one.granted for one in told.case.upward] == [None, False]


# -- 延期 --------------------------------------------------------------------


def asked_for_more() -> Story:
    told = story(Upward.EXTEND)
    ask = do.AskPlatformExtension(until=date(2026, 3, 12), reason="需采购灯具")
    told.does(DESK, ask, MORNING)
    return told


def test_an_extension_that_it_grants_moves_its_own_date_and_keeps_the_first() -> None:
    told = asked_for_more()
    own = told.case.round.reply_clock
    hears(told, says(Says.EXTENSION, granted=True))
    clock = told.case.round.source_clock
    assert clock is not None
    assert (clock.due_at, clock.original_due_at) == (at("2026-03-12T23:59:59"), LIMIT)
    assert told.case.round.reply_clock == own


def test_the_date_that_it_names_holds_and_not_the_one_that_was_asked_for() -> None:
    told = asked_for_more()
    hears(told, says(Says.EXTENSION, granted=True, due_at=at("2026-03-09T18:00")))
    clock = told.case.round.source_clock
    assert clock is not None
    assert clock.due_at == at("2026-03-09T18:00")


def test_the_order_shown_again_with_the_old_or_the_new_date_changes_nothing_more() -> None:
    told = asked_for_more()
    hears(told, says(Says.EXTENSION, granted=True, due_at=at("2026-03-09T18:00")))
    told.shows(replace(ORDER, urgency="一般"), "2026-03-03T16:00")
    told.shows(replace(ORDER, due_at=at("2026-03-09T18:00")), "2026-03-03T17:00")
    clock = told.case.round.source_clock
    assert clock is not None
    assert (clock.due_at, clock.original_due_at) == (at("2026-03-09T18:00"), LIMIT)


def test_an_extension_that_it_refuses_moves_nothing() -> None:
    told = asked_for_more()
    before = told.case.round.clocks
    hears(told, says(Says.EXTENSION, granted=False, text="时间够"))
    assert told.case.round.clocks == before
    assert told.case.upward[0].granted is False


def test_it_is_asked_for_a_later_day_than_its_own() -> None:
    told = story()
    early = do.AskPlatformExtension(until=date(2026, 3, 5), reason="需采购")
    assert "应晚于平台现在的期限 2026-03-06 18:00" in told.refuses(DESK, early, MORNING)
    none = Story(item(), rules=under())
    assert "没有给此件定办理期限" in none.refuses(DESK, early, MORNING)


# -- 催办, repeats, contradictions --------------------------------------------


@pytest.mark.parametrize(("what", "rung"), [(Says.REMIND, "催办"), (Says.SUPERVISE, "督办")])
def test_its_own_pressure_reaches_the_unit_as_ours_does(what: Says, rung: str) -> None:
    told = story()
    told.does(LEAD, do.Acknowledge(), MORNING)
    hears(told, says(what, text="请速办", due_at=at("2026-03-05T12:00")))
    (pressure,) = told.case.pressures
    found = (pressure.rung.value, pressure.text, pressure.due_at)
    assert found == (rung, f"上级平台{rung}：请速办", at("2026-03-05T12:00"))


def test_what_it_says_twice_counts_once_and_what_differs_counts() -> None:
    told = story()
    first = says(Says.REMIND, number="C-1", text="请速办", at=at("2026-03-03T14:00"))
    hears(told, first)
    hears(told, replace(first, at=at("2026-03-03T15:30"), text="请 速办"), when="2026-03-03T16:00")
    hears(told, first, replace(first, number="C-2"), when="2026-03-03T17:00")
    assert len(told.case.pressures) == 2
    numberless = says(Says.SUPERVISE, text="限期办结")
    hears(told, numberless, numberless, when="2026-03-03T18:00")
    assert len(told.case.pressures) == 3


def test_two_decisions_that_contradict_each_other_the_first_counts_and_both_are_shown() -> None:
    told = story(Upward.RETURN)
    told.does(DESK, do.ReturnToPlatform(reason="属邻县"), MORNING)
    hears(told, says(Says.RETURN, number="A-1", granted=False))
    hears(told, says(Says.RETURN, number="A-1", granted=True), when="2026-03-03T16:00")
    assert told.case.open
    assert [word.granted for word in told.case.downward] == [False, True]
    last = told.case.history[-1].body
    assert isinstance(last, ev.PlatformSaid)
    assert last.answers == 0


def test_a_decision_that_nobody_asked_for_changes_nothing_but_is_kept() -> None:
    told = story()
    hears(told, says(Says.RETURN, granted=True))
    assert told.case.open
    assert len(told.case.downward) == 1


def test_a_word_before_its_order_opens_the_case_and_the_order_completes_it() -> None:
    word = says(Says.SUPERVISE, text="限期办结")
    told = Story(item(title="", body="", due_at=None, said=(word,)), rules=under())
    assert any(note.code == "order_missing" for note in told.case.notes)
    told.shows(ORDER, MORNING)
    assert (told.case.item.title, told.case.downward) == (ORDER.title, (word,))
    assert told.case.item.due_at == LIMIT


def test_a_word_without_its_order_takes_nothing_from_what_is_known() -> None:
    told = story()
    hears(told, says(Says.REMIND, text="请速办"))
    assert (told.case.item.title, told.case.item.body) == (ORDER.title, ORDER.body)
    assert told.case.item.due_at == LIMIT
    assert told.case.notes == ()


# -- what became of a message --------------------------------------------------


def test_what_did_not_arrive_waits_for_a_person_and_may_be_sent_again_once() -> None:
    told = story(Upward.RETURN)
    told.does(DESK, do.ReturnToPlatform(reason="属邻县"), MORNING)
    again = do.SendUpAgain(number=1)
    assert "先核实" in told.refuses(DESK, again, MORNING)
    told.does(SYSTEM, do.NotePlatform(number=1, sent=Sent.UNCLEAR, detail="没有回答"), MORNING)
    assert Todo.SETTLE_UP in todo_words(told.case)
    assert "先核实" in told.refuses(DESK, again, MORNING)
    told.does(SYSTEM, do.NotePlatform(number=1, sent=Sent.FAILED, detail="经核实没有收下"), MORNING)
    assert Todo.SETTLE_UP in todo_words(told.case)
    told.does(DESK, again, MORNING)
    assert [(one.number, one.text, one.sent) for one in told.case.upward] == [
        (1, "属邻县", Sent.FAILED),
        (2, "属邻县", Sent.WAITS),
    ]
    assert Todo.SETTLE_UP not in todo_words(told.case)
    assert "不用再发" in told.refuses(DESK, again, MORNING)


def test_only_the_program_tells_what_became_of_a_message() -> None:
    told = story()
    told.does(LEAD, do.Acknowledge(), MORNING)
    note = do.NotePlatform(number=1, sent=Sent.TAKEN)
    assert "不能做这个动作" in told.refuses(DESK, note, MORNING)
    assert "没有第 9 号" in told.refuses(
        SYSTEM, do.NotePlatform(number=9, sent=Sent.TAKEN), MORNING
    )
    told.does(SYSTEM, note, MORNING)
    assert told.case.upward[0].sent is Sent.TAKEN

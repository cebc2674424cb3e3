"""即时答复 on the page of a question, by program and by command: one form, one service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.case import State
from cases.record.events import ReplyDrafted
from cases.record.instant import InstantBasis
from cases.registers import qa
from cases.registers.qa import Document, Written
from cases.words.actors import Actor, Role
from cases.words.labels import Kind
from cases.words.refusals import NotAllowed
from desk.actions.acting import Acting
from desk.cases.instant import shared_words
from desk.delivery.outbox import ReplyOutbox
from desk.ground.doer import Doer
from desk.qa.book import Book
from sinks.delivery.base import Outcome, Outgoing, Receipt, Unclear
from tests.desk.case_office import CASE, NOW, CaseOffice, Person, forms_of, item, text_of

WRITER = Actor("he", Role.DESK, "何某")
APPROVER = Actor("shen", Role.REVIEWER, "沈某")
OFFICER = Actor("lin", Role.DESK, "林某")
ANSWER = "带身份证和户口簿到县政务服务中心二楼医保窗口办理，当场办结。"
POLICY = Document(
    title="城乡居民医疗保险办法",
    reference="县府发〔2026〕8号",
    valid_from=date(2026, 1, 1),
    valid_to=date(2026, 12, 31),
)
ENTRY = Written(question="新生儿怎样参加医保", answer=ANSWER, document="W0001", clause="第十二条")


class Door:
    """Takes a reply without asking for more."""

    name = "问政平台接口"
    payload: dict[str, str]

    def __init__(self, *answers: Outcome) -> None:
        self.payload = {"text": "{text}"}
        self.answers = list(answers)
        self.sent: list[Outgoing] = []

    def deliver(self, outgoing: Outgoing, *, now: object) -> Outcome:
        self.sent.append(outgoing)
        return self.answers.pop(0) if self.answers else Receipt(at=NOW, via=self.name)


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    book, before = made.office.get(Book), NOW - timedelta(days=30)
    book.add_document(POLICY, before, WRITER)
    book.write(ENTRY, before, WRITER)
    book.do("Q0001", 1, qa.Submitted(), before, WRITER)
    book.do("Q0001", 2, qa.Approved(), before, APPROVER)
    made.put(item(title="新生儿医保怎么办", body="请问新生儿怎样参加医保？要带哪些材料？"))
    assert made.case().labels.kind is Kind.INQUIRY
    yield made
    made.close()


def officer_of(desk: CaseOffice) -> Person:
    return desk.person(Role.DESK)


def test_the_form_suggests_an_entry_says_why_and_sends_it_in_one_press(desk: CaseOffice) -> None:
    door = Door()
    desk.sends_through(door)
    officer = officer_of(desk)
    page = text_of(officer.sees())
    assert "新生儿怎样参加医保 相近" in page
    assert "都说到：新生儿怎样参加医保" in page
    assert "问答 Q0001，依据 《城乡居民医疗保险办法》（县府发〔2026〕8号）第十二条" in page
    officer.does("answer_instantly", basis="Q0001")
    assert desk.office.get(ReplyOutbox).wait(10)
    case = desk.case()
    assert [one.text for one in door.sent] == [ANSWER]
    assert (case.state, case.round.exception) == (State.CLOSED, "")
    after = text_of(officer.sees())
    assert "即时答复，第 1 号答复稿" in after
    assert "依据：问答 Q0001 第 1 版，《城乡居民医疗保险办法》" in after


def test_the_reason_quotes_no_confidential_message_that_is_not_opened(desk: CaseOffice) -> None:
    desk.office.acts.submit(
        Actor(id="desk", role=Role.DESK), CASE, do.MarkConfidential(reason="要求保密")
    )
    page = text_of(officer_of(desk).sees())
    assert "新生儿怎样参加医保 相近" in page
    assert "都说到" not in page


def test_the_evidence_is_what_the_book_says_and_not_what_a_caller_sends(desk: CaseOffice) -> None:
    false = InstantBasis(document="W9", policy="《无》", clause="一", reviewed="没有人审过的话")
    command = do.AnswerInstantly(basis="Q0001", text="没有人审过的话", evidence=false)
    done = desk.office.get(Acting).act(Doer(actor=OFFICER), CASE, command)
    (drafted,) = (event.body for event in done.events)
    assert isinstance(drafted, ReplyDrafted)
    assert drafted.rests_on is not None
    assert (drafted.rests_on.entry, drafted.rests_on.version) == ("Q0001", 1)
    assert (drafted.rests_on.reviewed, drafted.rests_on.reviewed_by) == (ANSWER, "沈某")
    assert not desk.case().round.drafts[0].approved


def test_edited_text_waits_for_review_and_nothing_is_sent(desk: CaseOffice) -> None:
    door = Door()
    desk.sends_through(door)
    officer_of(desk).does("answer_instantly", basis="Q0001", text=f"{ANSWER}请提前预约。")
    assert door.sent == []
    desk.person(Role.REVIEWER).does("approve_reply", draft=1)
    answer = officer_of(desk).posts("send", {"draft": 1})
    assert answer.status_code == 303
    assert desk.office.get(ReplyOutbox).wait(10)
    assert desk.case().state is State.CLOSED


def test_an_unclear_sending_is_settled_by_a_person_and_then_closes(desk: CaseOffice) -> None:
    desk.sends_through(Door(Unclear(detail="没有回答")))
    officer_of(desk).does("answer_instantly", basis="Q0001")
    assert desk.office.get(ReplyOutbox).wait(10)
    assert desk.case().open
    assert "是否送达不明" in text_of(officer_of(desk).sees())
    settled = {"draft": 1, "delivered": "1", "proof": "平台截图 3"}
    assert officer_of(desk).posts("settle", settled).status_code == 303
    assert desk.case().state is State.CLOSED


def test_without_a_door_it_is_told_on_the_spot_in_the_same_form(desk: CaseOffice) -> None:
    desk.sends_through(None)
    officer = officer_of(desk)
    assert "怎样当场告知" in officer.sees()
    officer.does("answer_instantly", basis="Q0001", told="通话中告知，工号03")
    case = desk.case()
    assert case.state is State.CLOSED
    assert case.round.deliveries[0].proof == "通话中告知，工号03"


def test_a_policy_out_of_force_and_an_unknown_number_are_refused(desk: CaseOffice) -> None:
    for basis, said in (("Q0404", "问答库里没有"), ("", "问答库里没有")):
        with pytest.raises(NotAllowed, match=said):
            desk.office.get(Acting).act(Doer(actor=OFFICER), CASE, do.AnswerInstantly(basis=basis))
    book = desk.office.get(Book)
    gone = replace(POLICY, repealed_on=NOW.date(), repealed_why="新办法")
    book.change_document("W0001", 1, gone, NOW, WRITER)
    for basis, said in (("Q0001", "已经失效"), ("W0001", "不在有效期")):
        refused = officer_of(desk).posts(
            "act/answer_instantly", {"basis": basis, "text": "写好的话"}
        )
        assert refused.status_code == 422
        assert said in text_of(refused.text)
    assert desk.case().round.drafts == ()


def test_what_was_typed_stays_when_it_is_refused(desk: CaseOffice) -> None:
    typed = {"basis": "W0001", "text": "按办法出生九十日内都可以办。", "clause": ""}
    refused = officer_of(desk).posts("act/answer_instantly", typed)
    assert refused.status_code == 422
    assert "条款" in text_of(refused.text)
    assert refused.text.count("按办法出生九十日内都可以办。") >= 1


def test_it_is_offered_for_questions_and_to_the_desk_alone(desk: CaseOffice) -> None:
    assert "answer_instantly" in forms_of(officer_of(desk).sees())
    unit = desk.case().unit
    assert "answer_instantly" not in forms_of(desk.person(Role.RESPONDER, unit).sees())
    desk.put(item("2"))
    complaint = "board-export:2"
    assert desk.case(complaint).labels.kind is not Kind.INQUIRY
    assert "answer_instantly" not in forms_of(officer_of(desk).sees(complaint))


def test_a_door_that_asks_for_more_waits_for_the_person(desk: CaseOffice) -> None:
    door = Door()
    door.payload = {"text": "{text}", "note3": "{field:联系情况}"}
    desk.sends_through(door)
    officer_of(desk).does("answer_instantly", basis="Q0001")
    assert door.sent == []
    page = officer_of(desk).sees()
    assert "联系情况" in page
    assert (
        officer_of(desk).posts("send", {"draft": 1, "field-联系情况": "已联系"}).status_code == 303
    )
    assert desk.office.get(ReplyOutbox).wait(10)
    assert desk.case().state is State.CLOSED


def test_the_reason_names_what_both_say() -> None:
    assert shared_words("请问新生儿怎样参加医保？", "新生儿医保怎样参加") == ("怎样参加", "新生儿")
    assert shared_words("路灯坏了", "新生儿医保") == ()

"""保密: what each role sees of a case, and what leaves the desk."""

from __future__ import annotations

from msgspec.structs import replace

from cases.alert_rules import alerts_for
from cases.privacy.erased import erased_event, erased_item
from cases.privacy.visibility import WITHHELD, Sight, seen_by, sight_of
from cases.record import commands as do
from cases.record.case import Case, Task, encode_case
from cases.record.events import encode_event
from cases.record.item import QUOTED, SIGNATURE, Attachment
from cases.record.pictures import PictureText
from cases.record.platform import PlatformWord, Says
from cases.words.actors import SYSTEM, Actor, Role
from cases.words.labels import Evidence
from sinks.ledger.case_index import folded, index_of
from sinks.reports.export import csv_lines, jsonl
from tests.cases.helpers import (
    ADMIN,
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    POLICE,
    REVIEWER,
    STRANGER,
    Story,
    assigned_to,
    item,
    labels,
    reply,
)

BODY = "住建局三科的王建国收受红包，我是同科室的周晓岚，电话13912345678，住清河苑8栋502室。"
TELLTALE = ("周晓岚", "13912345678", "8栋502", "收受红包", "举报信.docx", "工号0417")
"""Whatever gives the reporter or the report away."""

SOON = "2026-03-02T11:00"


def report(*, by_source: bool = False) -> Story:
    """A report against the unit that has it, with a history in which people wrote."""
    first = item(
        title="举报住建局三科收受红包",
        body=BODY,
        place="县住建局",
        confidential=by_source,
        attachments=(Attachment(name="举报信.docx", url="https://files.example/举报信.docx"),),
        extra={"来电人": "周晓岚", "备注": "工号0417"},
        said=(PlatformWord(says=Says.CALL_BACK, text="收受红包一事，13912345678称仍未解决"),),
    )
    story = Story(
        first,
        to=assigned_to(HOUSING, CITY),
        read_as=labels(risk=("举报",), urgent=True),
    )
    # Nothing dispatches such a message by itself: a person did.
    story.does(
        DESK, do.Assign(lead=HOUSING, assisting=(CITY,), reason="该局自查"), "2026-03-02T10:30"
    )
    story.does(LEAD, do.LogContact(text="与周晓岚通话，其称收受红包属实"), SOON)
    story.shows(
        replace(first, replies=(reply("周晓岚您好，收受红包一事已立案。"),)), "2026-03-03T09:00"
    )
    if not by_source:
        accuse = do.MarkConfidential(reason="实名举报", accused=(HOUSING,))
        story.does(DESK, accuse, "2026-03-03T10:00")
    return story


def text_of(case: Case | None) -> str:
    assert case is not None
    return encode_case(case).decode()


def test_the_accused_unit_sees_neither_who_reported_nor_what() -> None:
    case = report().case
    assert sight_of(case, LEAD) is Sight.NOTHING
    assert seen_by(case, LEAD) is None
    # As the histories have it that were written before its part was taken away.
    part = Task(unit=HOUSING, lead=True, assigned_at=case.received_at)
    case = replace(case, tasks=(part,), unit=HOUSING)
    assert sight_of(case, LEAD) is Sight.WITHHELD
    seen = text_of(seen_by(case, LEAD))
    assert not [word for word in TELLTALE if word in seen]
    assert WITHHELD in seen
    assert case.case_id in seen


def test_whoever_of_the_accused_unit_looks() -> None:
    case = report().case
    for role in (Role.DESK, Role.REVIEWER, Role.LEADER, Role.ADMIN):
        seen = text_of(seen_by(case, Actor(id="x", role=role, unit=HOUSING)))
        assert not [word for word in TELLTALE if word in seen], role


def test_the_accused_unit_gets_no_report_against_itself() -> None:
    story = Story()
    story.does(DESK, do.MarkConfidential(reason="实名举报", accused=(HOUSING,)), SOON)
    command = do.Assign(lead=CITY, assisting=(HOUSING,), reason="改派")
    assert "被举报" in story.refuses(DESK, command, "2026-03-04T09:00")
    story.does(DESK, do.Assign(lead=POLICE, reason="改派"), "2026-03-04T09:00")
    assert seen_by(story.case, LEAD) is None


def test_everyone_sees_as_much_as_his_part_needs() -> None:
    case = report(by_source=True).case
    assert case.confidential
    expected = {
        SYSTEM: Sight.FULL,
        DESK: Sight.FULL,
        LEAD: Sight.FULL,
        ASSISTANT: Sight.MASKED,
        REVIEWER: Sight.TEXT,
        LEADER: Sight.MASKED,
        ADMIN: Sight.WITHHELD,
        STRANGER: Sight.NOTHING,
    }
    assert {actor: sight_of(case, actor) for actor in expected} == expected
    assert seen_by(case, DESK) is case
    assert seen_by(case, STRANGER) is None


def test_a_helper_in_a_confidential_case_does_not_learn_who_reported() -> None:
    seen = text_of(seen_by(report(by_source=True).case, ASSISTANT))
    for word in ("周晓岚", "13912345678", "举报信.docx", "工号0417"):
        assert word not in seen
    assert "收受红包" in seen


def test_the_reviewer_reads_the_text_and_not_who_wrote_it() -> None:
    """He can't check a reply for personal data that is hidden from him."""
    case = Story(item(body="请看附件")).case
    seen = seen_by(case, REVIEWER)
    assert seen is not None
    assert seen.item.body == "请看附件"
    assert "13912345678" not in text_of(seen)
    assert "周晓岚" not in text_of(seen)


def test_a_responder_sees_whom_to_call_in_an_ordinary_case() -> None:
    case = Story(to=assigned_to(HOUSING, CITY)).case
    for actor in (LEAD, ASSISTANT):
        seen = seen_by(case, actor)
        assert seen is not None
        assert seen.item.phone == "13912345678"
    assert seen_by(case, STRANGER) is None


def test_a_leader_reads_the_masked_text() -> None:
    seen = text_of(seen_by(Story(item(body="请打13912345678找我")).case, LEADER))
    assert "13912345678" not in seen
    assert "请打139" in seen


def test_what_the_platform_says_is_seen_hidden_and_erased_like_other_texts() -> None:
    said = (PlatformWord(says=Says.CALL_BACK, text="请打13912345678回访"),)
    case = Story(item(said=said)).case
    assert "13912345678" not in text_of(seen_by(case, LEADER))
    assert "请打13912345678回访" in text_of(seen_by(case, REVIEWER))
    assert "请打139" not in text_of(seen_by(replace(case, confidential=True), ADMIN))
    assert "请打139" not in str(erased_item(case.item))


def test_search_finds_a_confidential_case_by_its_number_only() -> None:
    for story in (report(), report(by_source=True)):
        index = index_of(story.case)
        assert index.text == folded("1001")


def test_what_a_mail_quotes_is_seen_hidden_and_found_like_its_text() -> None:
    below = {QUOTED: "周晓岚说东门路灯不亮，电话13912345678", SIGNATURE: "周晓岚 13912345678"}
    story = Story(item(extra={**below, "备注": "工号0417"}), to=assigned_to(HOUSING))
    masked = seen_by(story.case, LEADER)
    assert masked is not None
    assert set(masked.item.extra) == {QUOTED, SIGNATURE}
    shown = str(masked.item.extra)
    assert "东门路灯不亮" in shown
    assert "13912345678" not in shown
    secret = seen_by(report(by_source=True).case, LEADER)
    assert secret is None or not secret.item.extra
    text = index_of(story.case).text
    assert folded("东门路灯不亮") in text
    assert "13912345678" not in text


SAID = "业主群里说东门路灯不亮"
SEEN = "电梯里贴的告示"


def pictured(*, confidential: bool = False) -> Case:
    """A case with a screenshot that a program read, and what it was marked for."""
    file = Attachment(name="周晓岚的截图.png", sha="ab" * 32)
    story = Story(
        item(attachments=(file,), confidential=confidential), to=assigned_to(HOUSING, CITY)
    )
    words = Evidence(label="risk:舆情扩散", text="路灯不亮", field="quoted", start=7, end=11)
    read = PictureText(
        sha=file.sha,
        name=file.name,
        pages=(f"{SAID}，电话13912345678", SEEN),
        engine="rapidocr 3.10.0",
        model="test",
        risk=("舆情扩散",),
        evidence=(words,),
    )
    story.does(SYSTEM, do.NotePicture(picture=read), SOON)
    return story.case


def test_what_was_read_in_a_picture_is_seen_hidden_and_found_like_the_text_of_the_case() -> None:
    case = pictured()
    for actor in (LEADER, ADMIN):
        masked = text_of(seen_by(case, actor))
        assert SAID in masked
        assert SEEN in masked
        assert "13912345678" not in masked
        assert "ab" * 32 not in masked
    assert f"{SAID}，电话13912345678" in text_of(seen_by(case, REVIEWER))
    text = index_of(case).text
    assert folded(SAID) in text
    assert folded(SEEN) in text
    assert "13912345678" not in text


def test_what_was_read_in_a_file_of_a_confidential_case_is_for_who_may_open_the_file() -> None:
    case = pictured(confidential=True)
    assert index_of(case).text == folded("1001")
    assert SAID in text_of(seen_by(case, DESK))
    for actor in (LEADER, ADMIN, REVIEWER):
        seen = text_of(seen_by(case, actor))
        for telltale in (SAID, SEEN, "路灯不亮", "截图", "ab" * 32):
            assert telltale not in seen.replace(case.item.title, "").replace(case.item.body, "")


def test_what_was_read_in_a_picture_goes_with_the_erasure() -> None:
    case = pictured()
    for event in case.history:
        left = encode_event(erased_event(event)).decode()
        for gone in (SAID, SEEN, "截图", "13912345678", "ab" * 32, "路灯不亮"):
            assert gone not in left


def test_what_a_confidential_mail_quotes_is_withheld() -> None:
    below = {QUOTED: "收受红包", SIGNATURE: "周晓岚"}
    story = Story(item(confidential=True, extra=below), to=assigned_to(HOUSING, CITY))
    for actor in (ADMIN, LEADER, REVIEWER, LEAD, ASSISTANT, STRANGER):
        seen = seen_by(story.case, actor)
        if sight_of(story.case, actor) < Sight.MASKED:
            assert seen is None or not seen.item.extra
    assert index_of(story.case).text == folded("1001")


def test_search_never_finds_anybody_by_name_or_number() -> None:
    text = index_of(Story(item(body="请打13912345678")).case).text
    assert "13912345678" not in text
    assert folded("周晓岚") not in text
    assert folded("清河苑8栋502室") not in text


def test_an_export_shows_neither_reporter_nor_report() -> None:
    for story in (report(), report(by_source=True)):
        for write in (jsonl, csv_lines):
            out = b"".join(write([story.case], str)).decode("utf-8-sig")
            assert story.case.case_id in out
            assert not [word for word in TELLTALE if word in out]


def test_an_alert_shows_neither() -> None:
    story = report(by_source=True)
    alerts = list(alerts_for(story.case, story.case.history, story.rules.handling))
    story.ticks("2026-03-20T09:00")
    assert all("收受" not in alert.text for alert in alerts)
    late = Story(item(title="举报红包", confidential=True), read_as=labels(urgent=True))
    (alert, *_) = alerts_for(late.case, late.case.history, late.rules.handling)
    assert "红包" not in alert.text
    assert alert.case_id == late.case.case_id


def test_secrecy_asked_for_once_is_not_taken_back_by_a_later_export() -> None:
    story = Story(item(confidential=True))
    story.shows(item(likes=1), "2026-03-03T09:00")
    assert story.case.confidential
    marked = Story()
    marked.does(DESK, do.MarkConfidential(reason="本人要求"), SOON)
    marked.shows(item(likes=1), "2026-03-03T09:00")
    assert marked.case.confidential


def test_nothing_confidential_is_published() -> None:
    story = report()
    assert "保密件" in story.refuses(DESK, do.Publish(where="县政府网站"), "2026-03-04T09:00")

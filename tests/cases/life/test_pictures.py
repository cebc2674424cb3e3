"""Text read in pictures: what is kept of it, what it raises, and what it never does."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from cases.alert_rules import alerts_for
from cases.alerts import AlertKind
from cases.clocks.policy import ClockPolicy
from cases.life.pictures import unread_pictures
from cases.life.todo import Todo, todo_words
from cases.record import commands as do
from cases.record import events as ev
from cases.record.item import Attachment
from cases.record.pictures import PictureText, may_be_read
from cases.words.actors import SYSTEM
from cases.words.labels import LOUD, URGENT, Evidence
from tests.cases.helpers import DESK, Story, item, labels, table, usual

SHA, OTHER = "ab" * 32, "cd" * 32
PHOTO = Attachment(name="楼道.jpg", media_type="image/jpeg", sha=SHA)
SCAN = Attachment(name="合同.PDF", sha=OTHER)
WORDS = "楼道里煤气味很重"
LATER = "2026-03-03T09:00"


def read(sha: str = SHA, **changes: Any) -> PictureText:
    known = PictureText(sha=sha, name="楼道.jpg", pages=(WORDS,), engine="rapidocr 3.10.0")
    return replace(known, **changes)


def danger(**changes: Any) -> PictureText:
    words = Evidence(label=URGENT, text="煤气味", field="quoted", start=3, end=6)
    return read(**{"model": "test", "urgent": True, "evidence": (words,), **changes})


def story(**changes: Any) -> Story:
    return Story(item(attachments=(PHOTO, SCAN), **changes))


def told(one: Story, picture: PictureText) -> tuple[ev.EventBody, ...]:
    return one.does(SYSTEM, do.NotePicture(picture=picture), LATER)


def test_what_was_read_is_kept_and_no_longer_waits() -> None:
    one = story()
    assert [file.sha for file in unread_pictures(one.case)] == [SHA, OTHER]
    assert Todo.PICTURES in todo_words(one.case)
    told(one, read())
    assert [picture.text for picture in one.case.pictures] == [WORDS]
    assert [file.sha for file in unread_pictures(one.case)] == [OTHER]
    told(one, read(OTHER, pages=(), unread="PDF 有密码，打不开"))
    assert Todo.PICTURES not in todo_words(one.case)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (PHOTO, True),
        (SCAN, True),
        (replace(PHOTO, name="图片-1", media_type="image"), True),
        (replace(PHOTO, name="录音.m4a", media_type="audio/mp4"), False),
        (replace(PHOTO, name="说明.docx", media_type=""), False),
        (replace(PHOTO, sha=""), False),
    ],
)
def test_only_what_may_be_a_picture_and_is_here_is_read(file: Attachment, expected: bool) -> None:
    assert may_be_read(file) is expected


def test_history_is_read_only_when_it_is_asked_for() -> None:
    old = story(archived=True)
    assert Todo.PICTURES not in todo_words(old.case)
    assert len(list(unread_pictures(old.case))) == 2
    told(old, danger())
    assert not old.case.labels.urgent


def test_a_danger_in_a_picture_marks_the_case_with_its_words() -> None:
    one = story()
    before = one.case.labels
    (first, *rest) = told(one, danger(loud=True, risk=("自伤极端",)))
    assert isinstance(first, ev.PictureRead)
    assert first.labels is not None
    after = one.case.labels
    assert (after.urgent, after.loud, after.risk) == (True, True, ("自伤极端",))
    (words,) = (each for each in after.evidence if each.field == "picture:1")
    assert (words.label, words.text, words.start, words.end) == (URGENT, "煤气味", 3, 6)
    same = ("topic", "kind", "sentiment", "model", "simple")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert [type(body) for body in rest] == [ev.ClocksSet]


def test_a_danger_in_a_picture_raises_one_alert() -> None:
    one = story()
    told(one, danger(loud=True, evidence=(Evidence(label=f"{LOUD}:燃气泄漏", text="煤气味"),)))
    told(one, danger(sha=OTHER, loud=True))
    found = [each.kind for each in alerts_for(one.case, one.case.history, one.rules.handling)]
    assert found.count(AlertKind.URGENT) == 1


def test_a_harmless_picture_changes_no_label() -> None:
    one = story()
    before = one.case
    (body,) = told(one, read())
    assert body == ev.PictureRead(picture=read(), labels=None)
    assert (one.case.labels, one.case.rounds) == (before.labels, before.rounds)


def test_a_picture_takes_no_alarm_back() -> None:
    graver = labels(urgent=True, loud=True, risk=("自伤极端",))
    one = Story(item(attachments=(PHOTO,)), read_as=graver)
    told(one, danger(urgent=False, risk=("舆情扩散",), evidence=()))
    after = one.case.labels
    assert (after.urgent, after.loud, after.risk) == (True, True, ("自伤极端", "舆情扩散"))


@pytest.mark.parametrize(("days", "expected"), [(2, "2026-03-04"), (30, "2026-03-09")])
def test_a_picture_makes_a_clock_shorter_and_never_longer(days: int, expected: str) -> None:
    deadlines = table("deadlines.toml")
    row = {
        "id": "reply-risk",
        "name": "reply",
        "label": "答复",
        "working_days": days,
        "source": "测试",
        "when": {"risk": "舆情扩散"},
    }
    clocks = [row, *deadlines["clock"]]  # type: ignore[misc]
    policy = ClockPolicy.from_table({**deadlines, "clock": clocks})
    one = Story(item(attachments=(PHOTO,)), rules=replace(usual(), policy=policy))
    told(one, read(risk=("舆情扩散",)))
    assert one.case.labels.risk == ("舆情扩散",)
    clock = one.case.round.reply_clock
    assert clock is not None
    assert f"{clock.due_at:%Y-%m-%d}" == expected


def test_what_a_person_said_of_the_danger_stays() -> None:
    one = story()
    told(one, danger())
    one.does(DESK, do.NotUrgent(reason="照片是宣传栏"), "2026-03-03T09:10")
    told(one, danger(sha=OTHER))
    assert not one.case.labels.urgent


def test_a_danger_in_a_picture_outlasts_a_new_text_of_the_source() -> None:
    one = story()
    told(one, danger())
    shown = item(attachments=(PHOTO, SCAN), body="路灯已经修好，谢谢。")
    one.shows(shown, "2026-03-03T10:00", read_as=labels(topic="交通运输"))
    assert one.case.labels.topic == "交通运输"
    assert one.case.labels.urgent


def test_a_picture_that_is_read_again_keeps_its_number() -> None:
    one = story()
    told(one, read(pages=(), unread="识别第 1 页时超过 60 秒，已停止"))
    told(one, read(OTHER))
    told(one, danger())
    assert [picture.sha for picture in one.case.pictures] == [SHA, OTHER]
    assert {each.field for each in one.case.labels.evidence} == {"picture:1"}


def test_only_the_program_says_what_it_read_and_of_files_of_the_case() -> None:
    one = story()
    note = do.NotePicture(picture=read())
    assert "不能做这个动作" in one.refuses(DESK, note, LATER)
    strange = do.NotePicture(picture=read("ef" * 32))
    assert "没有这个附件" in one.refuses(SYSTEM, strange, LATER)
    told(one, read())
    assert "已经登记" in one.refuses(SYSTEM, note, LATER)

"""The register of 整改事项 at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.item import SourceReply
from cases.registers.rectification import Origin
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.rectification.register import PoorReplies, Rectifications, candidates, printed
from tests.desk.app.test_web import Desk, item
from tests.desk.clients import signed_in
from tests.reporting.test_board import PLAIN, answered, judged

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=BEIJING)
FORM = {
    "title": "物业投诉答复逾期",
    "problem": "本周 3 件逾期。<script>x</script>",
    "origin": "上级反馈",
    "unit": "housing",
    "due": "2026-12-01",
    "ref": "letters:1  letters:2",
}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def post(
    desk: Desk, role: Role, step: str, seen: int, text: str, unit: str = "", **more: str
) -> str:
    client = signed_in(desk.office, role, unit)
    answer = client.post(
        f"/rectification/ZG2026-0001/{step}", data={"seen": seen, "text": text, **more}
    )
    return f"{answer.status_code} {answer.text}"


def test_an_item_goes_its_whole_way_on_the_pages(desk: Desk) -> None:
    made = desk.client.post("/rectification", data=FORM)
    assert made.status_code == 200, made.text[:300]
    assert "ZG2026-0001" in made.text
    assert "&lt;script&gt;" in made.text
    assert "<script>x" not in made.text
    assert 'href="/cases/letters%3A1"' in made.text
    assert (
        "填写整改措施"
        in signed_in(desk.office, Role.RESPONDER, "housing").get("/rectification/ZG2026-0001").text
    )
    assert post(desk, Role.RESPONDER, "measure", 1, "专人盯办", "housing").startswith("200")
    assert post(desk, Role.RESPONDER, "hand-in", 2, "截图 3 张", "housing").startswith("200")
    assert "核验通过" not in post(desk, Role.RESPONDER, "pass", 3, "好", "housing")[:3]
    assert post(desk, Role.RESPONDER, "pass", 3, "好", "housing").startswith("400")
    done = post(desk, Role.REVIEWER, "pass", 3, "已见成效")
    assert done.startswith("200")
    assert "已销号" in done
    book = Rectifications(desk.office.file, {"housing"})
    (item,) = book.all()
    assert printed(item, "县住建局").state == "已销号"
    assert desk.office.trail.search(deed="登记")[0] == 4


def test_somebody_who_was_slower_sees_what_happened_and_keeps_his_text(desk: Desk) -> None:
    desk.client.post("/rectification", data=FORM)
    post(desk, Role.RESPONDER, "measure", 1, "专人盯办", "housing")
    answer = post(desk, Role.DESK, "measure", 1, "每天通报一次")
    assert answer.startswith("400")
    assert "刚被别人修改过" in answer
    assert "每天通报一次" in answer
    assert "专人盯办" in answer


def test_another_unit_sees_nothing_of_it(desk: Desk) -> None:
    desk.client.post("/rectification", data=FORM)
    other = signed_in(desk.office, Role.RESPONDER, "education")
    assert "物业投诉" not in other.get("/rectification").text
    assert other.get("/rectification/ZG2026-0001").status_code == 404
    assert post(desk, Role.RESPONDER, "measure", 1, "x", "education").startswith("404")
    assert other.post("/rectification", data=FORM).status_code == 403


def test_what_is_wrong_with_a_form_is_told_and_the_rest_stays(desk: Desk) -> None:
    answer = desk.client.post("/rectification", data={**FORM, "due": "下周"})
    assert answer.status_code == 400
    assert "整改期限" in answer.text
    assert 'value="物业投诉答复逾期"' in answer.text
    assert desk.client.post("/rectification/ZG2026-0001/nothing", data={}).status_code == 404


def test_an_empty_register_says_what_it_is_for(desk: Desk) -> None:
    assert "还没有整改事项" in desk.page("/rectification")


def test_problems_are_found_in_the_ledger_until_they_stand_on_the_register(desk: Desk) -> None:
    yesterday = NOW - timedelta(days=1)
    rows = [
        answered(200, late=True, case_id="letters:1"),
        replace(PLAIN, case_id="letters:2", judged=(judged(yesterday),)),
        replace(PLAIN, case_id="letters:3", judged=(judged(yesterday, paused=True),)),
        answered(5, case_id="letters:4", rounds=2),
        answered(5, case_id="letters:5", promises=(("housing", "2026-11-01", False),)),
        answered(5, case_id="letters:6", unit="education", satisfied=False),
        answered(5, case_id="letters:7"),
    ]
    rows += [answered(5, case_id=f"letters:{n}", matter="letters:8") for n in (8, 9, 10)]
    rows += [answered(5, case_id=f"letters:{n}", matter="letters:11") for n in (11, 12)]
    found = {(one.origin, one.unit): one.case_ids for one in candidates(rows, (), NOW)}
    assert found == {
        (Origin.LATE_REPLY, "housing"): ("letters:1", "letters:2"),
        (Origin.REPEATED, "housing"): ("letters:4",),
        (Origin.REPEATED, "education"): ("letters:6",),
        (Origin.BROKEN_PROMISE, "housing"): ("letters:5",),
        (Origin.COMMON, "housing"): ("letters:10", "letters:8", "letters:9"),
    }
    desk.client.post("/rectification", data={**FORM, "origin": "逾期答复"})
    items = Rectifications(desk.office.file, {"housing"}).all()
    origins = [one.origin for one in candidates(rows, items, NOW)]
    assert Origin.LATE_REPLY not in origins
    assert len(origins) == 4


def test_a_reply_that_says_nothing_is_a_problem_until_it_stands_on_the_register(
    desk: Desk,
) -> None:
    asked = {"title": "滨河路路灯不亮", "body": "滨河路十几盏路灯不亮，请住建局维修。"}
    nothing = "您好，您的来信已收悉，我们将认真研究，感谢您的支持。"
    something = (
        "经查，滨河路路灯因电缆被挖断不亮，已更换电缆，十二盏路灯昨晚恢复照明，详询0000-2100000。"
    )
    for number, text in (("1", nothing), ("2", something), ("3", nothing)):
        reply = SourceReply(text=text, at=NOW - timedelta(hours=1))
        desk.put(item(number, replies=(reply,), **asked))
    page = desk.page("/rectification")
    assert "2 件答复像是套话、只转办或答非所问" in page
    sent = {**FORM, "origin": "答复质量", "ref": "board-export:1 board-export:3"}
    assert desk.client.post("/rectification", data=sent).status_code == 200
    assert "像是套话" not in desk.page("/rectification")


def test_a_reply_is_read_once_and_again_when_the_case_goes_on(desk: Desk) -> None:
    text = "您好，您的来信已收悉，我们将认真研究，感谢您的支持。"
    reply = SourceReply(text=text, at=NOW - timedelta(hours=1))
    desk.put(item("1", title="路灯不亮", body="请住建局维修路灯。", replies=(reply,)))
    looked = PoorReplies()
    with desk.office.readers.reader() as store:
        rows = list(store.ledger.outlines())
        (found,) = looked.candidates(store.ledger, rows, ())
    assert (found.origin, found.case_ids) == (Origin.BAD_REPLY, ("board-export:1",))
    desk.act("board-export:1", do.Reopen(reason="没有实质答复"))
    with desk.office.readers.reader() as store:
        rows = list(store.ledger.outlines())
        assert looked.candidates(store.ledger, rows, ()) == []

"""The ledger as jsonl and csv."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.case import Case
from cases.record.item import Note
from sinks.reports.export import CONFIDENTIAL, csv_lines, jsonl, record, write_file
from sinks.spreadsheet import harmless
from tests.cases.helpers import (
    CITY,
    DESK,
    HOUSING,
    LEAD,
    REVIEWER,
    UNPLACED,
    Story,
    assigned_to,
    at,
    item,
    labels,
    reply,
)
from tests.cases.whole_life import long_life
from tests.streams.fakes import Broken

NAMES = {HOUSING: "县住建局", CITY: "县城管局", "duty-desk": "值班台"}


def name(unit: str) -> str:
    return NAMES.get(unit, unit)


def rows(*cases: Case) -> list[dict[str, str]]:
    data = b"".join(csv_lines(cases, name))
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def answered() -> Case:
    story = Story(to=assigned_to(HOUSING, CITY))
    story.shows(item(replies=(reply("路灯已修复。", at("2026-03-05T16:00")),)), "2026-03-06T09:00")
    return story.case


def test_a_record_says_what_the_ledger_has_to_say() -> None:
    shown = record(answered(), name)
    expected = {
        "case_id": "letters:1001",
        "received_at": "2026-03-02T10:15:00+08:00",
        "due_at": "2026-03-09T23:59:59+08:00",
        "replied_at": "2026-03-05T16:00:00+08:00",
        "replied": True,
        "on_time": True,
        "unit": "县住建局",
        "assisting": ["县城管局"],
        "topic": "城乡建设",
        "title": "小区路灯不亮",
        "reply": "路灯已修复。",
        "state": "replied",
        "state_text": "已答复",
    }
    assert {key: shown[key] for key in expected} == expected
    trace = shown["deadline_trace"]
    assert isinstance(trace, list)
    assert trace[-1] == {"day": "2026-03-09", "mark": "工作日", "counted": 5}


def test_a_case_that_nobody_answered_has_no_time_and_no_verdict() -> None:
    shown = record(Story(to=UNPLACED).case, name)
    assert (shown["replied"], shown["replied_at"], shown["on_time"], shown["reply"]) == (
        False,
        None,
        None,
        "",
    )


def test_a_reply_without_a_time_is_a_reply_with_a_warning() -> None:
    note = Note("reply_time_missing", "来源没有给出这次答复的时间")
    case = Story(item(replies=(reply(),), notes=(note,))).case
    shown = record(case, name)
    assert (shown["replied"], shown["replied_at"], shown["on_time"]) == (True, None, None)
    assert shown["warnings"] == ["来源没有给出这次答复的时间"]


def test_both_verdicts_of_a_case_that_was_given_more_time() -> None:
    story = Story()
    story.does(LEAD, do.AskExtension(working_days=3, reason="采购"), "2026-03-03T09:00")
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-03T10:00")
    story.shows(item(replies=(reply(when=at("2026-03-11T09:00")),)), "2026-03-11T10:00")
    shown = record(story.case, name)
    assert (shown["on_time"], shown["on_time_before_extension"]) == (True, False)
    assert shown["extended_working_days"] == 3


def test_the_record_is_that_of_the_current_round() -> None:
    story = Story(item(replies=(reply(when=at("2026-03-03T09:00")),)))
    story.does(DESK, do.CallBack(resolved=False, satisfied=False), "2026-03-05T09:00")
    shown = record(story.case, name)
    assert (shown["round"], shown["replied"], shown["state"]) == (2, False, "assigned")
    assert shown["due_at"] == "2026-03-12T23:59:59+08:00"


def test_personal_data_stays_in() -> None:
    """His number and name in his own words, in the reply, and in the reason for the unit."""
    first = item(
        title="周晓岚求助",
        body="我是周晓岚，请打13912345678，身份证号330106199003071234，住清河苑8栋502室。",
        extra={"备注": "周晓岚 13912345678"},
    )
    story = Story(first, to=assigned_to(reason="文中写到“周晓岚”"))
    answer = reply("周晓岚同志：已电话13912345678联系您。", at("2026-03-03T09:00"))
    story.shows(item(title="周晓岚求助", body=first.body, replies=(answer,)), "2026-03-03T10:00")
    for write in (jsonl, csv_lines):
        out = b"".join(write([story.case], name)).decode("utf-8-sig")
        for secret in ("周晓岚", "13912345678", "330106199003071234", "502室"):
            assert secret not in out, secret
        assert "139****5678" in out


def test_the_telephone_of_the_office_stays_in_its_reply() -> None:
    story = Story()
    answer = reply("如有疑问请拨打住建局值班电话0571-85123456。", at("2026-03-03T09:00"))
    story.shows(item(replies=(answer,)), "2026-03-03T10:00")
    assert "0571-85123456" in str(record(story.case, name)["reply"])


def test_of_a_confidential_case_the_numbers_remain() -> None:
    shown = record(Story(item(confidential=True)).case, name)
    assert shown["title"] == shown["body"] == CONFIDENTIAL
    assert (shown["unit_reason"], shown["confidential"]) == ("", True)
    assert shown["due_at"] == "2026-03-09T23:59:59+08:00"


def test_the_same_ledger_is_the_same_bytes_whenever_it_was_taken_in() -> None:
    late = Story(item(), now=at("2026-09-01T09:00")).case
    for write in (jsonl, csv_lines):
        assert b"".join(write([late], name)) == b"".join(write([Story().case], name))


def test_a_danger_to_life_is_told_beside_what_is_urgent() -> None:
    case = Story(read_as=labels(urgent=True, loud=True)).case
    assert (record(case, name)["urgent"], record(case, name)["loud"]) == (True, True)
    (row,) = rows(case)
    assert (row["urgent"], row["loud"]) == ("是", "是")


def test_jsonl_is_one_object_a_line() -> None:
    lines = b"".join(jsonl([long_life(), answered()], name)).decode().splitlines()
    assert [json.loads(line)["case_id"] for line in lines] == ["letters:1001"] * 2
    assert json.loads(lines[0])["promises"] == 1


def test_csv_has_the_same_columns_and_words_for_a_person() -> None:
    (row,) = rows(answered())
    assert list(row) == list(record(answered(), name))
    assert (row["replied"], row["urgent"], row["satisfied"]) == ("是", "否", "")
    assert row["topic_path"] == "城乡建设；市政管理"
    assert row["deadline_trace"].endswith("2026-03-09 工作日 5")


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(0)", "+86", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", "＝1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    (row,) = rows(Story(item(title=text, body="第一行\n第二行，“引号”")).case)
    assert not row["title"].startswith(tuple("=+-@\t\r\n"))
    assert row["title"].endswith(text.strip("\t\r\n")) or row["title"] == f"'{text}"
    assert row["body"] == "第一行\n第二行，“引号”"
    assert harmless("普通文字") == "普通文字"


def test_promises_and_publication() -> None:
    story = Story(item(replies=(reply(when=at("2026-03-03T09:00")),)))
    promise = do.RecordPromise(text="换灯", due=date(2026, 3, 31))
    story.does(LEAD, promise, "2026-03-03T10:00")
    assert (record(story.case, name)["promises"], record(story.case, name)["published"]) == (
        1,
        False,
    )
    story.does(REVIEWER, do.Publish(where="网站"), "2026-03-04T09:00")
    assert record(story.case, name)["published"] is True


# -- files -------------------------------------------------------------------


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "台账.jsonl"
    write_file(path, jsonl([answered()], name))
    before = path.read_bytes()

    def breaks_off() -> Iterator[bytes]:
        yield b"half"
        raise Broken

    with pytest.raises(Broken):
        write_file(path, breaks_off())
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["台账.jsonl"]

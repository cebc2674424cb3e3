"""The page of a matter and of a joint answer, in the browser's form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from cases.record import commands as do
from cases.record.case import State
from cases.words.actors import Role
from desk.delivery.outbox import ReplyOutbox
from desk.matters.carrying import Carrying
from tests.desk.case_office import NOW, CaseOffice, text_of
from tests.desk.cases.test_reply_flow import Door
from tests.desk.clients import signed_in
from tests.desk.matters.joint_office import (
    MATTER,
    TEXT,
    UNIT,
    act,
    case_id,
    linked,
    settled,
)

PAGE = f"/matters/{quote(MATTER, safe='')}"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    vars(made.office)["app_of_tests"] = made._app
    yield made
    made.close()


def person(desk: CaseOffice, role: Role, unit: str = "", name: str = "") -> TestClient:
    client = signed_in(desk.office, role, unit, name)
    client.follow_redirects = False
    return client


def post(client: TestClient, path: str, **form: object) -> tuple[int, str]:
    answer = client.post(path, data={"csrf": client.headers["x-csrf-token"], **form})
    return answer.status_code, answer.headers.get("location", "") or text_of(answer.text)


def test_the_page_of_a_matter_tells_people_places_course_promises_and_each_clock(
    desk: CaseOffice,
) -> None:
    linked(desk, 1, 2, place="锦绣花园三期")
    linked(desk, 3, author="来件人1号", phone="13900000001")
    act(desk, 1, do.RecordPromise(text="退还多收的停车费", due=NOW.date() + timedelta(days=20)))
    page = text_of(person(desk, Role.DESK).get(PAGE).text)
    for said in (
        "2 人 3 件",
        "已答复 0 件，在办 3 件",
        "锦绣花园三期（2 件）",
        "退还多收的停车费",
        "2026-11-23 受理 3 件次",
        "把选中的并单办理",
    ):
        assert said in page, said
    assert page.count("待签收") >= 3
    assert "<svg " in person(desk, Role.DESK).get(PAGE).text
    case = text_of(person(desk, Role.DESK).get(f"/cases/{quote(case_id(1), safe='')}").text)
    assert "看整个事项，一并答复" in case
    hot = person(desk, Role.DESK).get("/hotspots").text
    assert f'<a href="{PAGE}">看事项</a>' in hot
    assert "锦绣花园" in text_of(person(desk, Role.DESK).get("/matters").text)


def test_a_unit_sees_its_own_cases_of_a_matter_and_no_hint_of_the_others(
    desk: CaseOffice,
) -> None:
    linked(desk, 1, 2, title="甲楼电梯停运")
    linked(desk, 3, 4, unit="education", title="乙校食堂涨价", place="实验小学")
    linked(desk, 5, confidential=True, title="举报物业经理")
    page = person(desk, Role.RESPONDER, UNIT).get(PAGE).text
    assert "甲楼电梯停运" in page
    for hidden in ("乙校", "实验小学", desk.office.register.name("education"), "其他单位", "5 件"):
        assert hidden not in page, hidden
    assert "4 件" not in text_of(page)
    other = person(desk, Role.RESPONDER, "police").get(PAGE)
    nowhere = person(desk, Role.RESPONDER, "police").get("/matters/board-export%3A99")
    assert other.status_code == nowhere.status_code == 404
    assert MATTER in other.text
    for actor, seen in ((UNIT, ("1", "2")), ("education", ("3", "4"))):
        found = set(re.findall(r'name="case" value="board-export:(\d+)"', person(
            desk, Role.RESPONDER, actor).get(PAGE).text))  # fmt: skip
        assert found == set(seen)


def test_from_the_page_of_the_matter_to_every_citizen(desk: CaseOffice) -> None:
    door = Door()
    desk.sends_through(door)
    linked(desk, 1, 2, 3)
    unit, reviewer = person(desk, Role.RESPONDER, UNIT), person(desk, Role.REVIEWER)
    status, where = post(unit, f"{PAGE}/joint", case=[case_id(1), case_id(2), case_id(3)])
    assert status == 303, where
    page = unit.get(where).text
    assert "尊敬的【称呼】" in page
    status, told = post(unit, f"{where}/write", text="您好，已处理。")
    assert status == 409
    assert "应有【称呼】、【受理编号】" in told
    assert "您好，已处理。" in told, "what was typed stays"
    assert post(unit, f"{where}/split", case=case_id(3))[0] == 303
    assert post(unit, f"{where}/write", text=TEXT)[0] == 303
    case = text_of(unit.get(f"/cases/{quote(case_id(1), safe='')}").text)
    assert "这件在并单" in case
    page = text_of(reviewer.get(where).text)
    assert "通过，2 件" in page
    assert post(reviewer, f"{where}/approve", note="属实")[0] == 303
    page = text_of(unit.get(where).text)
    assert "发送答复，2 件" in page
    assert "拆出" in page
    assert post(unit, f"{where}/send")[0] == 303
    settled(desk)
    assert desk.office.get(ReplyOutbox).wait(20)
    assert "已送达" in text_of(unit.get(where).text)
    assert {one.item.source_item_id for one in door.sent} == {"1", "2"}
    assert desk.case(case_id(1)).state is State.REPLIED
    assert desk.case(case_id(3)).open
    assert "已送达 2 件" in text_of(unit.get("/matters").text)
    assert person(desk, Role.RESPONDER, "police").get(where).status_code == 404


def test_two_people_who_draft_the_same_reply_see_each_other(desk: CaseOffice) -> None:
    linked(desk, 1, 2)
    one, two = person(desk, Role.DESK, name="jia"), person(desk, Role.RESPONDER, UNIT)
    status, where = post(one, f"{PAGE}/joint", case=[case_id(1), case_id(2)])
    assert status == 303
    for path in (where, f"/cases/{quote(case_id(1), safe='')}"):
        kept = one.post(f"{path}/typed", data={"text": "您好，正在写"})
        assert kept.json()["others"] == []
        assert "林某 正在起草，10:40" in two.get(path).text
        assert "正在起草" not in one.get(path).text
        typed = two.post(f"{path}/typed", data={"text": "我也在写"})
        assert typed.json()["others"] == ["林某 正在起草，10:40"]
        desk.now += timedelta(minutes=11)
        assert "正在起草" not in two.get(path).text
        assert "我也在写" in two.get(path).text, "the text itself is kept"
        desk.now -= timedelta(minutes=11)


def test_what_was_begun_before_a_restart_goes_on(desk: CaseOffice) -> None:
    """The register says what people wanted; a new process does the rest."""
    linked(desk, 1, 2)
    unit = person(desk, Role.RESPONDER, UNIT)
    _, where = post(unit, f"{PAGE}/joint", case=[case_id(1), case_id(2)])
    carrying = desk.office.get(Carrying)
    carrying.close()
    assert post(unit, f"{where}/write", text=TEXT)[0] == 303
    assert desk.case(case_id(1)).round.drafts == ()
    assert "正在写入答复稿" in text_of(unit.get(where).text)
    del desk.office._services[Carrying]
    desk.office.get(Carrying).start()
    settled(desk)
    assert [len(desk.case(case_id(n)).round.drafts) for n in (1, 2)] == [1, 1]

"""Accounts for many people at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Accounts
from desk.accounts.changes import Changes
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from tests.desk.case_office import text_of
from tests.desk.clients import MovingClock, client_of, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
LIST = "登录名,姓名,角色,单位\nzhou,周某,值班台,\nhe,何某,承办单位,住建局\nshen,沈某,审核,不相干的文字\n"


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[DeskContext]:
    made = office_of(tmp_path / "home", root / "config", MovingClock(NOW))
    yield made
    made.close()


@pytest.fixture
def admin(office: DeskContext) -> TestClient:
    return signed_in(office, Role.ADMIN)


def upload(client: TestClient, text: str, status: int = 200) -> str:
    answer = client.post("/admin/people", files={"file": ("人员.csv", text.encode())})
    assert answer.status_code == status
    return answer.text


def test_each_person_gets_a_password_for_once(office: DeskContext, admin: TestClient) -> None:
    page = upload(admin, LIST)
    words = re.findall(r'<code class="secret">([^<]+)</code>', page)
    found = {one.id: (one.role, one.unit, one.must_change) for one in office.get(Accounts).all()}
    assert found["he"] == (Role.RESPONDER, "housing", True)
    assert found["zhou"] == (Role.DESK, "", True)
    assert found["shen"] == (Role.REVIEWER, "", True)
    answer = client_of(office).post(
        "/login", data={"account": "zhou", "password": words[0]}, follow_redirects=False
    )
    assert answer.headers["location"] == "/password"
    told = office.trail.search(deed=AuditAction.ACCOUNT)[1]
    assert [step.about for step in told] == ["shen", "he", "zhou"]


def test_where_a_second_person_is_there_he_has_to_agree(
    office: DeskContext, admin: TestClient
) -> None:
    signed_in(office, Role.DESK)
    page = upload(admin, LIST)
    assert "已提出 3 个账号" in page
    assert "secret" not in page
    assert office.get(Accounts).get("he") is None
    assert len(office.get(Changes).waiting()) == 3


def test_more_than_may_wait_for_a_second_person_is_asked_for_as_a_whole_or_not_at_all(
    office: DeskContext, admin: TestClient
) -> None:
    signed_in(office, Role.DESK)
    rows = "".join(f"p{n},某,审核,\n" for n in range(201))
    said = text_of(upload(admin, f"登录名,姓名,角色,单位\n{rows}", 400))
    assert "要等第二人确认的最多 200 项，已有 0 项，这里又有 201 项" in said
    assert office.get(Changes).waiting() == []


def test_every_wrong_row_is_told_and_nobody_is_added(
    office: DeskContext, admin: TestClient
) -> None:
    rows = "登录名,姓名,角色,单位\nzhou,周某,县长,\nhe,何某,承办单位,不知道局\nhe2,何某,承办单位,\n"
    said = text_of(upload(admin, f"{rows}admin,某,审核,\nshen,沈某,审核,\nSHEN,沈某,审核,\n", 400))
    for text in (
        "第 2 行：角色应为值班台、承办单位、审核、领导、管理员之一，实际是“县长”",
        "第 3 行：单位表里没有“不知道局”",
        "第 4 行：",
        "第 5 行：已有名为“admin”的账号",
        "第 7 行：登录名“SHEN”在第 6 行已有",
    ):
        assert text in said, said[-800:]
    assert len(office.get(Accounts).all()) == 1


def test_the_template_names_roles_and_units(office: DeskContext, admin: TestClient) -> None:
    answer = admin.get("/admin/people.xlsx")
    again = admin.post("/admin/people", files={"file": ("a.xlsx", answer.content)})
    assert "应有一行表头" in text_of(again.text)
    desk = signed_in(office, Role.DESK)
    assert desk.get("/admin/people.xlsx").status_code == 403
    assert desk.get("/admin/people").status_code == 403
    assert desk.post("/admin/people", files={"file": ("a.csv", b"x")}).status_code == 403

"""One matter, one answer by programs and on the command line: the same service, the same words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from cases.words.actors import Role
from tests.desk.case_office import CaseOffice
from tests.desk.clients import signed_in
from tests.desk.matters.joint_office import MATTER, REVIEWER, TEXT, UNIT, case_id, linked
from tests.desk.test_services import command

V1 = "/api/v1"
PAGE = f"{V1}/matters/{quote(MATTER, safe='')}"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    vars(made.office)["app_of_tests"] = made._app
    yield made
    made.close()


def test_a_program_does_what_the_page_does(desk: CaseOffice) -> None:
    linked(desk, 1, author="李建国")
    linked(desk, 2, 3)
    linked(desk, 4, unit="education")
    unit, other = (signed_in(desk.office, Role.RESPONDER, one) for one in (UNIT, "police"))
    matter = unit.get(PAGE).json()
    assert (matter["people"], [one["case_id"] for one in matter["cases"]]) == (
        3,
        [case_id(n) for n in (1, 2, 3)],
    )
    assert other.get(PAGE).status_code == 404
    refused = unit.post(f"{PAGE}/joint", json={"cases": [case_id(1), case_id(4)]})
    assert refused.status_code == 404, "it does not learn that there is such a case"
    made = unit.post(f"{PAGE}/joint", json={"cases": [case_id(1), case_id(2)]}).json()
    where = f"{V1}/joint/{made['number']}/presses"
    bad = unit.post(where, json={"press": "write", "text": "您好"})
    assert bad.status_code == 409
    assert "应有【称呼】、【受理编号】" in bad.json()["error"]["message"]
    written = unit.post(where, json={"press": "write", "text": TEXT, "seen": made["seen"]}).json()
    assert [one["stage"] for one in written["cases"]] == ["待审核", "待审核"]
    assert "李建国" in desk.case(case_id(1)).round.drafts[0].text
    assert "李建国" not in json.dumps(written, ensure_ascii=False), "masked, like every text"
    late = unit.post(where, json={"press": "write", "text": TEXT, "seen": made["seen"]})
    assert late.status_code == 409
    assert other.post(where, json={"press": "send"}).status_code == 404
    assert unit.post(where, json={"press": "approve"}).status_code == 403
    assert unit.post(where, json={"press": "dance"}).status_code == 409
    approved = signed_in(desk.office, Role.REVIEWER).post(where, json={"press": "approve"}).json()
    assert [one["stage"] for one in approved["cases"]] == ["待到来源平台答复"] * 2
    split = unit.post(where, json={"press": "split", "case_id": case_id(2)}).json()
    assert split["split"] == [case_id(2)]
    assert [one["number"] for one in unit.get(f"{V1}/joint").json()["items"]] == [made["number"]]
    assert other.get(f"{V1}/joint").json()["items"] == []


def test_the_command_does_what_the_page_does(desk: CaseOffice) -> None:
    linked(desk, 1, 2, 3)
    desk.office.close()
    writer = ("--by", "writer", "--role", "responder", "--unit", UNIT)
    status, told = command(desk, "joint", "begin", MATTER, case_id(1), "nothing:1", *writer)
    assert status == 1
    assert "没有编号为“nothing:1”的来件" in told
    status, told = command(desk, "joint", "begin", MATTER, case_id(1), case_id(2), *writer)
    assert status == 0, told
    number = told.split()[0]
    assert command(desk, "joint", "press", number, "dance", *writer)[0] == 1
    status, told = command(desk, "joint", "press", number, "write", "--text", TEXT, *writer)
    assert status == 0, told
    assert told.count("待审核") == 2
    reviewer = ("--by", REVIEWER.id, "--role", "reviewer")
    status, told = command(
        desk, "joint", "press", number, "approve", "--check", "个人隐私", "--json", *reviewer
    )
    assert status == 0, told
    (joint,) = json.loads(told.strip().splitlines()[-1])
    assert [one["stage"] for one in joint["cases"]] == ["待到来源平台答复"] * 2
    status, told = command(desk, "joint", "show", *writer)
    assert (status, told.count(number)) == (0, 1)
    assert command(desk, "joint", "press", number, "split", "--case", case_id(1), *writer)[0] == 0
    stranger = ("--by", "x", "--role", "responder", "--unit", "police")
    assert command(desk, "joint", "show", number, *stranger)[0] == 1
    assert "没有并单" in command(desk, "joint", "show", *stranger)[1]

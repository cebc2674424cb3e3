"""派单异议 on its page: who sees it, what stands there, and the number beside it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from httpx2 import Response
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from cases.record import commands as do
from cases.record.case import Case
from cases.routing.reasons import Rule
from cases.routing.routing import Router
from cases.words.actors import Role
from cases.words.labels import Labels
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from sinks.ledger.sqlite import SqliteLedger
from tests.desk.app.test_web import Desk, item
from tests.desk.clients import signed_in

CASE = "board-export:1"
NO_LABELS = Labels(model="test")


def disputed(home: Path, root: Path) -> Desk:
    made = Desk(home, root / "config")
    made.put(item())
    asked = do.AskReturn(reason="不属本局职责", suggested_unit="education")
    made.act(CASE, asked, Role.RESPONDER, "housing")
    return made


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = disputed(tmp_path, root)
    yield made
    made.close()


@pytest.fixture(scope="module")
def ruling(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """The desk, after it ruled. Nothing is entered here."""
    made = disputed(tmp_path_factory.mktemp("ruling"), root)
    ruled(made)
    yield made
    made.close()


def read(desk: Desk, role: Role = Role.DESK) -> str:
    page = LexborHTMLParser(signed_in(desk.office, role).get("/disputes").text)
    main = page.css_first("main")
    assert main is not None
    return re.sub(r"\s+", " ", main.text(separator=" "))


def badge(desk: Desk, role: Role) -> str:
    page = LexborHTMLParser(signed_in(desk.office, role).get("/ledger").text)
    found = page.css_first('[data-count="disputes"]')
    return found.text() if found is not None else "none"


def test_it_goes_from_dispute_to_ruling_to_the_next_dispatch(desk: Desk) -> None:
    page = read(desk)
    for part in (
        "正文点名，派到县住房和城乡建设局",
        "不属本局职责，建议转县教育体育局",
        "待裁定 去裁定",
    ):
        assert part in page
    assert badge(desk, Role.DESK) == "1"
    ruled = do.DecideReturn(unit="housing", approve=True, to="education", reason="情况属实")
    desk.act(CASE, ruled)
    page = read(desk)
    assert "同意退回 ：情况属实" in page
    assert "县教育体育局 11-24 10:40" in page
    assert "去裁定" not in page
    assert badge(desk, Role.DESK) == ""
    assert "正文点名 样本不足（0/1） 样本不足（1/1）" in page
    assert "县住房和城乡建设局 样本不足（0/1） 样本不足（1/1）" in page


def test_of_all_that_was_dispatched_only_what_is_disputed_is_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month of a prefecture dispatches a hundred thousand cases: the shares are of all."""
    desk.put(item("2"))
    read_cases: list[str] = []
    load = SqliteLedger.load

    def noted(ledger: SqliteLedger, case_ids: Sequence[str]) -> dict[str, Case]:
        read_cases.extend(case_ids)
        return load(ledger, case_ids)

    monkeypatch.setattr(SqliteLedger, "load", noted)
    assert "正文点名 样本不足（2/2） 样本不足（0/2）" in read(desk)
    assert read_cases == [CASE]


def test_leaders_look_and_units_have_no_such_page(desk: Desk) -> None:
    assert "去裁定" not in read(desk, Role.LEADER)
    assert badge(desk, Role.LEADER) == ""
    for role, unit in (
        (Role.RESPONDER, "housing"),
        (Role.RESPONDER, "police"),
        (Role.REVIEWER, ""),
    ):
        assert signed_in(desk.office, role, unit).get("/disputes").status_code == 403


def test_a_confidential_case_tells_no_reason(desk: Desk) -> None:
    desk.act(CASE, do.MarkConfidential(reason="要求保密"))
    assert "不属本局职责" not in read(desk)


def test_a_time_that_there_is_not_is_refused_in_words(desk: Desk) -> None:
    answer = desk.client.get("/disputes?days=8")
    assert answer.status_code == 400
    assert "可用的有：7、30、90" in answer.text
    assert "派单异议" in desk.page("/disputes?days=7")


# -- the ruling as a row of the 派单目录 -------------------------------------

ROW = {"item": "校车停车", "words": "物业 停车费、物业", "basis": "按“三定”办理"}


def ruled(desk: Desk) -> TestClient:
    """The desk, after it agreed and sent the case on."""
    agreed = do.DecideReturn(unit="housing", approve=True, to="education", reason="情况属实")
    desk.act(CASE, agreed)
    return signed_in(desk.office, Role.DESK)


def enter(desk: Desk, client: TestClient, **changed: str) -> Response:
    page = LexborHTMLParser(signed_in(desk.office, Role.DESK).get("/disputes").text)
    fields = {
        name: field.attributes.get("value") or ""
        for field in page.css('form[action^="/disputes/rulings?"] input')
        if (name := field.attributes.get("name")) in ("case", "row", "item", "basis")
    }
    return client.post("/disputes/rulings?days=7", data={**fields, **ROW, **changed})


def entered(desk: Desk) -> list[dict[str, object]]:
    path = desk.office.settings.home / "overlay" / "units.toml"
    rows: list[dict[str, object]] = tomllib.loads(path.read_text("utf-8"))["ruling"]
    return rows


def router(desk: Desk) -> Router:
    return wiring.build_router(desk.office.settings)


def test_a_ruling_is_entered_with_basis_person_and_day_and_routes_from_then_on(
    desk: Desk,
) -> None:
    assert "列入派单目录" not in read(desk)
    client = ruled(desk)
    page = read(desk)
    assert "列入派单目录" in page
    assert "派单目录里的裁定" not in page
    before = router(desk).route(item("2"), NO_LABELS)
    assert (before.lead, before.rule) == ("housing", Rule.NAMED_IN_TEXT)
    answer = enter(desk, client)
    assert (answer.status_code, answer.history[0].headers["location"]) == (
        200,
        "/disputes?days=7#rulings",
    )
    (row,) = entered(desk)
    assert (row["unit"], row["basis"], row["case_id"]) == ("education", "按“三定”办理", CASE)
    assert row["words"] == ["物业", "停车费"]
    assert (str(row["decided_on"]), row["decided_by"]) == ("2026-11-24", "值班台 林某")
    after = router(desk).route(item("2"), NO_LABELS)
    assert (after.lead, after.rule) == ("education", Rule.RULING)
    assert "2026-11-24 值班台 林某裁定：按“三定”办理" in after.reason
    page = read(desk)
    assert "已列入派单目录：物业、停车费" in page
    assert "校车停车 物业、停车费 县教育体育局 按“三定”办理" in page
    (step,) = desk.office.trail.search(deed=AuditAction.CONFIGURATION)[1]
    assert (step.about, step.detail) == (
        "units.toml",
        "派单目录：校车停车（物业、停车费）由县教育体育局承办",
    )


@pytest.mark.slow
def test_it_is_withdrawn_and_entered_again_with_other_words(desk: Desk) -> None:
    client = ruled(desk)
    enter(desk, client)
    row = str(entered(desk)[0]["id"])
    assert client.post(f"/disputes/rulings/{row}/withdraw").status_code == 200
    assert router(desk).route(item("2"), NO_LABELS).lead == "housing"
    assert "派单目录里的裁定" not in read(desk)
    assert entered(desk)[0]["disabled"] is True, "what once counted stays to be read"
    again = client.post(f"/disputes/rulings/{row}/withdraw")
    assert (again.status_code, "可能已经撤下" in again.text) == (404, True)
    enter(desk, client, words="停车费")
    assert entered(desk)[0]["words"] == ["停车费"]
    assert router(desk).route(item("2"), NO_LABELS).lead == "education"
    assert len(entered(desk)) == 1


@pytest.mark.slow
def test_an_administrator_takes_the_change_back_too(desk: Desk) -> None:
    enter(desk, ruled(desk))
    admin = signed_in(desk.office, Role.ADMIN)
    assert "派单目录：校车停车" in admin.get("/admin/changes").text
    admin.post("/admin/changes/1/take-back")
    assert router(desk).route(item("2"), NO_LABELS).lead == "housing"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"words": ""}, "现在没有填"),
        ({"words": "费"}, "“费”太短"),
        ({"words": "路灯"}, "标题和正文里没有“路灯”"),
        ({"words": "物业" * 40}, "共最多 60 个字"),
        ({"item": " "}, "请写明是什么事项"),
        ({"basis": ""}, "请写明依据"),
        ({"basis": "按法" * 101}, "最多 200 个字"),
        ({"basis": "来信人电话13900001111"}, "个人信息"),
        ({"item": "停车\x07"}, "不能显示的字符"),
    ],
)
def test_what_is_wrong_is_refused_in_words_and_stays_typed(
    ruling: Desk, changed: dict[str, str], why: str
) -> None:
    answer = enter(ruling, signed_in(ruling.office, Role.DESK), **changed)
    assert answer.status_code == 400
    page = LexborHTMLParser(answer.text)
    said = page.css_first('[role="alert"]:not([hidden])')
    assert said is not None
    assert why in said.text()
    typed = page.css_first('details[open] input[name="words"]')
    assert typed is not None
    assert typed.attributes["value"] == {**ROW, **changed}["words"].strip()
    assert not (ruling.office.settings.home / "overlay").exists()


def test_only_the_desk_enters_and_who_looks_after_the_tables_may_withdraw(desk: Desk) -> None:
    client = ruled(desk)
    for role, unit in (
        (Role.LEADER, ""),
        (Role.ADMIN, ""),
        (Role.REVIEWER, ""),
        (Role.RESPONDER, "education"),
    ):
        assert enter(desk, signed_in(desk.office, role, unit)).status_code == 403
    assert not (desk.office.settings.home / "overlay").exists()
    enter(desk, client)
    row = str(entered(desk)[0]["id"])
    leader = signed_in(desk.office, Role.LEADER)
    assert leader.post(f"/disputes/rulings/{row}/withdraw").status_code == 403
    for word in ("确认撤下", "列入，由"):
        assert word not in leader.get("/disputes").text
    admin = signed_in(desk.office, Role.ADMIN)
    assert admin.post(f"/disputes/rulings/{row}/withdraw").status_code == 200


def test_nothing_of_a_confidential_case_is_entered_and_no_word_of_it_is_tried_out(
    desk: Desk,
) -> None:
    client = ruled(desk)
    page = LexborHTMLParser(client.get("/disputes").text)
    row = page.css_first('form[action^="/disputes/rulings"] input[name="row"]')
    assert row is not None
    desk.act(CASE, do.MarkConfidential(reason="要求保密"))
    assert "列入派单目录" not in read(desk)
    for words in ("停车费", "路灯"):
        sent = {**ROW, "case": CASE, "row": row.attributes["value"] or "", "words": words}
        answer = client.post("/disputes/rulings", data=sent)
        assert (answer.status_code, "保密件的裁定不列入" in answer.text) == (400, True)


def test_a_ruling_that_there_is_not_is_none_to_enter(desk: Desk) -> None:
    client = ruled(desk)
    assert enter(desk, client, row="ruling-0").status_code == 404
    assert enter(desk, client, case="board-export:9").status_code == 404
    unruled = do.AskReturn(reason="也不属本局")
    desk.act(CASE, unruled, Role.RESPONDER, "education", again="2")
    assert "没有编号" in enter(desk, client, case="x" * 400).text

"""Cases over the interface: found, read, acted on; the answer shows what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cases.life.handling import COMMANDS
from cases.words.actors import Role
from desk.cases.similar_answers import SimilarAnswers
from tests.desk.api.helpers import ANSWER, ANSWERED, ODD, OPEN, PHONE, SECRET, Api, coded, filled
from tests.desk.app.test_web import NOW, Desk, item


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    made = filled(tmp_path_factory.mktemp("api"), root / "config")
    yield made
    made.close()


@pytest.fixture(scope="module")
def api(desk: Desk) -> Api:
    return Api.of(desk, Role.DESK)


def case_ids(found: dict) -> set[str]:
    return {one["case_id"] for one in found["items"]}


def test_the_same_conditions_as_the_ledger_page(api: Api) -> None:
    assert case_ids(api.json("/cases?state=replied")) == {ANSWERED}
    assert case_ids(api.json("/cases?q=路灯")) == {ODD}
    assert api.json("/cases?q=没有这样的话") == {
        "total": 0,
        "exact": True,
        "items": [],
        "next": None,
    }
    assert api.json("/cases?view=overdue&state=closed")["total"] == 0


def test_lists_are_masked_whoever_reads_them(api: Api) -> None:
    text = api.get("/cases").text
    assert PHONE not in text
    assert "吃拿卡要" not in text
    assert "（内容保密）" in text


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "cursor=x", "cursor=Wzcs", "state=gone", "colour=red", "q=" + "长" * 101]
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_one_shape(api: Api, query: str) -> None:
    error = api.json(f"/cases?{query}", 400)["error"]
    assert error["code"] == "bad_request"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in error["message"])


def test_one_case_with_its_version(api: Api) -> None:
    answer = api.get(f"/cases/{coded(OPEN)}")
    found = answer.json()
    assert answer.headers["etag"] == f'"{found["summary"]["seq"]}"'
    assert "history" not in found["case"]


def test_personal_data_shows_when_asked_for_with_a_reason(api: Api, desk: Desk) -> None:
    before = desk.office.trail.search(deed="查看个人信息", about=OPEN)[0]
    for path in (f"/cases/{coded(OPEN)}", f"/cases/{coded(OPEN)}/history"):
        assert PHONE not in api.get(path).text
        assert PHONE in api.get(f"{path}?reason=回访").text
        api.json(f"{path}?reason=x", 400)
    found = api.json(f"/cases/{coded(OPEN)}?reason=回访")
    assert (found["sight"], found["case"]["item"]["phone"]) == ("full", PHONE)
    assert api.json(f"/cases/{coded(OPEN)}")["sight"] == "masked"
    total, steps = desk.office.trail.search(deed="查看个人信息", about=OPEN)
    assert (total - before, steps[0].who, steps[0].detail) == (3, "desk", "回访")


def test_a_number_may_hold_any_character(api: Api) -> None:
    assert api.json(f"/cases/{coded(ODD)}")["case"]["case_id"] == ODD
    actions = api.json(f"/cases/{coded(ODD)}/actions")
    assert actions["case_id"] == ODD
    api.act(ODD, {"do": "log_contact", "text": "已电话联系。"})
    assert api.json(f"/cases/{coded(ODD)}/history")["items"][-1]["text"]


def test_history_page_by_page(api: Api) -> None:
    path = f"/cases/{coded(OPEN)}/history"
    whole = api.json(path)["items"]
    assert [one["seq"] for one in whole] == list(range(1, len(whole) + 1))
    first = api.json(f"{path}?limit=1")
    rest = api.json(f"{path}?after={first['next']}")
    assert first["items"] + rest["items"] == whole
    assert rest["next"] is None


def test_who_acts_reads_it_at_once(api: Api) -> None:
    done = api.act(OPEN, {"do": "log_contact", "text": "已与来电人通话。"}).json()
    assert [one["event"]["event"] for one in done["events"]] == ["contact_logged"]
    now = api.get(f"/cases/{coded(OPEN)}")
    assert now.json()["summary"]["seq"] == done["seq"] == done["events"][-1]["seq"]
    assert api.json(f"/cases/{coded(OPEN)}/history")["items"][-1] == done["events"][-1]


def test_the_same_key_acts_once(api: Api) -> None:
    body = {"do": "log_contact", "text": "再次通话。"}
    first = api.act(OPEN, body, idempotency_key="call-7").json()
    again = api.act(OPEN, body, idempotency_key="call-7").json()
    assert first["events"] == again["events"]
    assert first["seq"] == again["seq"]
    other = api.act(OPEN, body, idempotency_key="call-8").json()
    assert other["seq"] == first["seq"] + 1
    api.act(OPEN, body, 400, idempotency_key="k" * 65)


def test_somebody_else_acted_meanwhile(api: Api, desk: Desk) -> None:
    seen = api.get(f"/cases/{coded(OPEN)}").headers["etag"]
    unit = Api.of(desk, Role.RESPONDER, "housing")
    unit.act(OPEN, {"do": "acknowledge"})
    answer = api.act(OPEN, {"do": "press", "rung": "催办", "text": "请抓紧。"}, 409, if_match=seen)
    error = answer.json()["error"]
    assert error["code"] == "changed"
    assert "签收" in error["details"][0]["text"]
    fresh = answer.headers["etag"]
    api.act(OPEN, {"do": "press", "rung": "催办", "text": "请抓紧。"}, if_match=fresh)
    api.act(OPEN, {"do": "accept"}, 400, if_match="yesterday")


def test_what_the_case_does_not_allow_says_why(api: Api) -> None:
    error = api.act(OPEN, {"do": "resume"}, 409).json()["error"]
    assert (error["code"], error["message"]) == ("refused", "事项没有暂停。")


def test_what_the_role_may_not_do_is_forbidden_and_noted(api: Api, desk: Desk) -> None:
    api.act(OPEN, {"do": "approve_reply", "draft": 1}, 403)
    assert desk.office.trail.search(who="desk", deed="越权被拒")[1][0].about == OPEN
    api.act(OPEN, {"do": "note_alert", "alert_id": "a", "kind": "overdue", "channel": "c",
                   "outcome": "sent", "at": NOW.isoformat()}, 403)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "$.do"),
        ({"do": "dance"}, "$.do"),
        ({"do": ["assign"]}, "$.do"),
        ({"do": "log_contact", "texts": "x"}, "$.texts"),
        ({"do": "log_contact"}, "$"),
        ({"do": "log_contact", "text": 3}, "$.text"),
        ({"do": "suspend", "measures": "x", "until": "soon"}, "$.until"),
        ([], "$"),
        ("x", "$"),
    ],
)
def test_a_body_that_is_no_action(api: Api, body: object, where: str) -> None:
    error = api.act(OPEN, body, 400).json()["error"]
    assert error["details"][0]["where"] == where
    assert "Expected" not in error["message"]


def test_an_unknown_case_is_not_there(api: Api) -> None:
    for path in ("", "/history", "/actions", "/files", "/similar"):
        assert api.json(f"/cases/board-export%3A999{path}", 404)["error"]["code"] == "not_found"
    api.act("board-export:999", {"do": "accept"}, 404)


def test_what_is_possible_is_what_the_case_would_say(desk: Desk) -> None:
    """Every command of the role is tried; those that are possible are done, then gone."""
    for role, unit in ((Role.DESK, ""), (Role.RESPONDER, "housing"), (Role.REVIEWER, "")):
        api = Api.of(desk, role, unit)
        found = api.json(f"/cases/{coded(OPEN)}/actions")["actions"]
        assert {one["do"] for one in found} == set(api.json("/me")["commands"])
        assert {one["do"] for one in found} <= set(COMMANDS)
        assert all(one["possible"] != bool(one["reason"]) for one in found)
    desk_now = {
        one["do"]: one["possible"]
        for one in Api.of(desk, Role.DESK).json(f"/cases/{coded(ANSWERED)}/actions")["actions"]
    }
    assert (desk_now["publish"], desk_now["close"], desk_now["resume"]) == (True, True, False)


def test_counters_and_facets_agree_with_the_list(api: Api) -> None:
    counters, facets = api.json("/counters"), api.json("/facets?state=replied")
    assert counters["total"] == api.json("/cases")["total"]
    assert facets["channel"] == [{"value": "问政平台", "text": "问政平台", "count": 1}]
    state = {one["value"]: one["count"] for one in facets["state"]}
    assert state["replied"] == 1
    assert len(state) > 1


def test_an_export_is_the_list_and_masked(api: Api, desk: Desk) -> None:
    answer = api.get("/export?format=jsonl")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert len(rows) == api.json("/cases")["total"]
    assert PHONE not in answer.text
    assert "欧阳明月" not in answer.text
    assert "attachment" in answer.headers["content-disposition"]
    csv = api.get("/export?format=csv&state=replied")
    assert len(csv.text.splitlines()) == 2
    assert desk.office.trail.search(deed="导出")[0] >= 2
    api.json("/export?format=xml", 400)


def test_deadlines_are_worked_out(api: Api) -> None:
    found = api.json("/deadline?received=2026-11-24T10:00&working_days=5")
    assert found["due_at"].startswith("2026-12-01")
    assert [number for _, _, number, *_ in found["clock"]["trace"] if number] == [1, 2, 3, 4, 5]
    for query in ("received=soon", "", "received=2026-11-24T10:00&working_days=0",
                  "received=2026-11-24T10:00&rule=nothing"):  # fmt: skip
        api.json(f"/deadline?{query}", 400)


def test_texts_are_classified_and_replies_checked(api: Api) -> None:
    labels = api.post("/classify", {"items": [{"title": "路灯不亮", "body": "学府路路灯坏了"}]})
    assert labels.json()["items"][0]["topic"] == "城乡建设"
    api.post("/classify", {"items": []}, 400)
    api.post("/classify", {"items": [{}] * 101}, 400)
    checked = api.post("/check-reply", {"case_id": OPEN, "text": f"您好，已收悉，请联系 {PHONE}。"})
    assert checked.json()["problems"]
    assert checked.json()["personal"][0]["kind"] == "手机号"


def test_similar_answered_cases(api: Api, desk: Desk) -> None:
    assert desk.office.get(SimilarAnswers).ready(30)
    found = api.json(f"/cases/{coded(OPEN)}/similar")["items"]
    assert [one["summary"]["case_id"] for one in found] == [ANSWERED]
    assert found[0]["reply"] == ANSWER


def test_units_and_topics(api: Api) -> None:
    assert "housing" in {one["id"] for one in api.json("/units")["items"]}
    topics = {one["first"]: one["second"] for one in api.json("/topics")["items"]}
    assert "小区管理" in topics["城乡建设"]["城市建设和市政管理"]


def test_a_confidential_case_opens_for_those_who_handle_it_with_a_reason(api: Api) -> None:
    closed = api.json(f"/cases/{coded(SECRET)}")
    assert closed["sight"] == "labels"
    history = api.json(f"/cases/{coded(SECRET)}/history")
    assert "吃拿卡要" not in f"{closed}{history}"
    assert "欧阳明月" not in f"{closed}{history}"
    opened = api.json(f"/cases/{coded(SECRET)}?reason=核对派单")
    assert opened["case"]["accused"] == ["housing"]
    assert "吃拿卡要" in opened["case"]["item"]["body"]


def test_pages_hold_each_case_once_though_others_come_in(api: Api, desk: Desk) -> None:
    desk.put(*(item(f"p{n}", title=f"分页第{n}件", body="测试分页用的来件。") for n in range(5)))
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.json(f"/cases?q=分页&limit=2&cursor={cursor}")
        seen += [one["case_id"] for one in page["items"]]
        if not cursor:
            late = item("late", title="分页之后的来件", received_at=NOW + timedelta(minutes=5))
            desk.put(late)
        if page["next"] is None:
            break
        cursor = page["next"]
    assert sorted(seen) == [f"board-export:p{n}" for n in range(5)]
    # A cursor belongs to its own list.
    first = api.json("/cases?q=分页&limit=2")["next"]
    assert "另一个查询" in api.json(f"/cases?q=路灯&cursor={first}", 400)["error"]["message"]

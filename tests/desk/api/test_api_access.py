"""Who may ask what: every route, for those who have no business there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from cases.words.actors import Role
from desk.accounts.tokens import Scope, Tokens
from desk.api.app import PREFIX, create_api
from desk.api.describe import document
from desk.api.guard import MOST_BYTES, Pace
from desk.app.web import create_app
from desk.cases.similar_answers import SimilarAnswers
from tests.desk.api.helpers import ANSWER, ANSWERED, OPEN, PHONE, SECRET, V1, Api, coded, filled
from tests.desk.app.test_web import Desk
from tests.desk.clients import ADDRESS, client_of, signed_in

ROLES = {
    "desk": (Role.DESK, ""),
    "housing": (Role.RESPONDER, "housing"),
    "education": (Role.RESPONDER, "education"),
    "petition": (Role.RESPONDER, "petition"),
    "health": (Role.RESPONDER, "health"),
    "reviewer": (Role.REVIEWER, ""),
    "leader": (Role.LEADER, ""),
    "admin": (Role.ADMIN, ""),
}
OF_A_CASE = ("", "/history", "/actions", "/files", "/similar")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    made = filled(tmp_path_factory.mktemp("access"), root / "config")
    assert made.office.get(SimilarAnswers).ready(30)
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(desk: Desk) -> dict[str, Api]:
    return {name: Api.of(desk, role, unit) for name, (role, unit) in ROLES.items()}


def test_nobody_is_answered_without_signing_in(desk: Desk) -> None:
    """Every operation there is."""
    client = client_of(desk.office)
    paths = document(create_api(desk.office), PREFIX)["paths"]
    assert len(paths) > 25
    for path, methods in paths.items():
        for method in methods:
            answer = client.request(method, V1 + path.replace("{", "").replace("}", ""), json={})
            assert answer.status_code == 401, (method, path)
            assert answer.json()["error"]["code"] == "sign_in"
    assert client.get(f"{V1}/openapi.json").status_code == 401


@pytest.mark.parametrize("path", OF_A_CASE)
def test_another_unit_does_not_learn_that_there_is_such_a_case(
    people: dict[str, Api], path: str
) -> None:
    stranger = people["health"]
    theirs = stranger.get(f"/cases/{coded(OPEN)}{path}", 404)
    nobodys = stranger.get("/cases/board-export%3A999" + path, 404)
    assert theirs.text.replace(OPEN, "?") == nobodys.text.replace("board-export:999", "?")


def test_another_unit_can_do_nothing_to_it(people: dict[str, Api], desk: Desk) -> None:
    before = people["desk"].json(f"/cases/{coded(OPEN)}")["summary"]["seq"]
    for body in (
        {"do": "acknowledge"},
        {"do": "log_contact", "text": "x"},
        {"do": "draft_reply", "text": "x"},
    ):
        people["health"].act(OPEN, body, 404)
    people["health"].act(OPEN, {"do": "assign", "lead": "health"}, 404)
    people["health"].post("/check-reply", {"case_id": OPEN, "text": "x"}, 404)
    assert people["desk"].json(f"/cases/{coded(OPEN)}")["summary"]["seq"] == before


def test_a_unit_finds_its_own_cases_whatever_it_asks_for(people: dict[str, Api]) -> None:
    for query in ("", "?unit=housing", "?q=停车费", "?state=open", "?matter=", "?unit=petition"):
        found = people["health"].json(f"/cases{query}")
        assert (found["total"], found["items"]) == (0, [])
        assert people["health"].get(f"/export{query}").text == ""
        facets = people["health"].json(f"/facets{query}")
        assert not any(
            facets[name] for name in ("channel", "unit", "topic", "kind", "risk", "state")
        )
    assert people["health"].json("/counters")["total"] == 0
    assert OPEN in {one["case_id"] for one in people["education"].json("/cases")["items"]}
    assert people["education"].json("/counters")["total"] == 1
    assert people["education"].json("/facets")["unit"] == []


def test_the_accused_unit_learns_nothing(people: dict[str, Api]) -> None:
    for path in (*OF_A_CASE, "?reason=看看", "/history?reason=看看"):
        people["housing"].get(f"/cases/{coded(SECRET)}{path}", 404)
    assert "吃拿卡要" not in people["housing"].get("/export").text
    found = {one["case_id"] for one in people["housing"].json("/cases")["items"]}
    assert SECRET not in found


def test_a_reviewer_sees_the_text_and_not_who_wrote_it(people: dict[str, Api]) -> None:
    for name in ("", "/history"):
        text = people["reviewer"].get(f"/cases/{coded(OPEN)}{name}").text
        assert "乱收停车费" in text
        assert "欧阳明月" not in text
    found = people["reviewer"].json(f"/cases/{coded(OPEN)}")
    assert (found["sight"], found["case"]["item"]["phone"]) == ("text", "139****2345")
    secret = people["reviewer"].get(f"/cases/{coded(SECRET)}").text
    assert "证据.mp3" not in secret
    assert people["reviewer"].json(f"/cases/{coded(SECRET)}/files")["items"] == []


def test_a_leader_sees_it_masked(people: dict[str, Api]) -> None:
    for name in ("", "/history"):
        for case_id in (OPEN, SECRET):
            text = people["leader"].get(f"/cases/{coded(case_id)}{name}").text
            assert PHONE not in text
            assert "欧阳明月" not in text
            people["leader"].get(f"/cases/{coded(case_id)}{name}?reason=看看", 403)
    people["leader"].act(OPEN, {"do": "assign", "lead": "health"}, 403)
    done = people["leader"].act(OPEN, {"do": "instruct", "text": f"请电话 {PHONE} 核实。"}).json()
    assert PHONE not in str(done)


def test_an_administrator_sees_nothing_of_a_confidential_case(people: dict[str, Api]) -> None:
    found = people["admin"].json(f"/cases/{coded(SECRET)}")
    assert found["sight"] == "withheld"
    assert "accused" not in found["case"]
    assert "吃拿卡要" not in str(found)
    assert "housing" not in str(found)
    assert people["admin"].json(f"/cases/{coded(SECRET)}/history")["items"] == []
    people["admin"].get(f"/cases/{coded(SECRET)}/similar", 404)


ALLOWED = {
    ("GET", "/sources"): {"desk", "admin"},
    ("POST", "/sources/board-export/pause"): {"admin"},
    ("POST", "/sources/board-export/resume"): {"admin"},
    ("POST", "/sources/nothing/run"): {"admin"},
    ("GET", "/dead-letters"): {"desk", "admin"},
    ("POST", "/dead-letters/replay"): {"admin"},
    ("GET", "/accounts"): {"admin"},
    ("POST", "/accounts"): {"admin"},
    ("PATCH", "/accounts/desk"): {"admin"},
    ("GET", "/trail"): {"admin"},
}


@pytest.mark.parametrize(("method", "path"), list(ALLOWED))
def test_the_machinery_is_for_those_who_run_it(
    people: dict[str, Api], method: str, path: str
) -> None:
    for name, api in people.items():
        answer = api.client.request(method, V1 + path, json={"source": "nothing"})
        allowed = name in ALLOWED[method, path]
        assert (answer.status_code != 403) == allowed, (name, answer.text[:200])
        if not allowed:
            assert answer.json()["error"]["code"] == "forbidden"


def test_similar_cases_of_other_units_only_once_a_text_was_released(people: dict[str, Api]) -> None:
    def found(name: str) -> list[str]:
        items = people[name].json(f"/cases/{coded(OPEN)}/similar")["items"]
        return [one["summary"]["case_id"] for one in items]

    assert found("education") == []
    people["desk"].act(ANSWERED, {"do": "publish", "where": "门户网站"})
    assert found("education") == [], "on record as public, but nobody released a text"
    words = {"text": "物业乱收停车费", "reply": ANSWER}
    people["desk"].act(ANSWERED, {"do": "publish", "where": "门户网站", **words})
    assert found("education") == [ANSWERED]


# -- machines ------------------------------------------------------------------------


def machine(desk: Desk, scope: Scope, account: str = "desk") -> Api:
    _, word = desk.office.get(Tokens).make(account, "对接", scope, 30, "admin")
    client = client_of(desk.office)
    client.headers["authorization"] = f"Bearer {word}"
    del client.headers["origin"]
    return Api(client)


def test_a_token_has_the_rights_of_its_account(desk: Desk, people: dict[str, Api]) -> None:
    reads, acts = machine(desk, Scope.READ), machine(desk, Scope.ACT)
    assert reads.json("/me")["account"] == "desk"
    reads.act(OPEN, {"do": "log_contact", "text": "x"}, 403)
    acts.act(OPEN, {"do": "log_contact", "text": "由平台登记的通话。"})
    acts.client.headers["authorization"] = "Bearer hy_wrong"
    assert acts.json("/me", 401)["error"]["code"] == "bad_token"
    other = machine(desk, Scope.ACT, "responder-health")
    other.get(f"/cases/{coded(OPEN)}", 404)
    assert (
        people["desk"].client.options(f"{V1}/me").headers.get("access-control-allow-origin") is None
    )


def test_a_page_of_somebody_else_cannot_act(desk: Desk) -> None:
    api = Api.of(desk, Role.DESK)
    token = api.client.headers.pop("x-csrf-token")
    api.act(OPEN, {"do": "log_contact", "text": "x"}, 403)
    api.client.headers["x-csrf-token"] = token
    api.client.headers["origin"] = "https://elsewhere.example"
    assert (
        api.act(OPEN, {"do": "log_contact", "text": "x"}, 403).json()["error"]["code"] == "origin"
    )
    api.client.headers["origin"] = ADDRESS
    api.act(OPEN, {"do": "log_contact", "text": "来自本系统的页面。"})


def test_bodies_and_methods(people: dict[str, Api]) -> None:
    api = people["desk"]
    path = f"{V1}/cases/{coded(OPEN)}/actions"
    big = api.client.post(path, json={"do": "log_contact", "text": "长" * MOST_BYTES})
    assert (big.status_code, big.json()["error"]["code"]) == (413, "too_large")
    form = api.client.post(path, data={"do": "log_contact", "text": "x"})
    assert (form.status_code, form.json()["error"]["code"]) == (415, "media_type")
    broken = api.client.post(path, content=b'{"do": ', headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "bad_request")
    method = api.client.delete(path)
    assert (method.status_code, method.json()["error"]["code"]) == (405, "method")
    assert "POST" in method.headers["allow"] or "GET" in method.headers["allow"]
    assert api.json("/nothing", 404)["error"]["code"] == "not_found"


def test_too_many_requests_wait_and_others_do_not() -> None:
    now = [0.0]
    pace = Pace(60, lambda: now[0], most_askers=2)
    assert [pace.wait("a") for _ in range(60)] == [0.0] * 60
    assert pace.wait("a") == pytest.approx(1.0)
    assert pace.wait("b") == 0.0
    now[0] = 1.0
    assert pace.wait("a") == 0.0
    assert pace.wait("a") > 0
    # Who has not come for long is forgotten, not the one who presses.
    assert [pace.wait(name) for name in ("c", "d")] == [0.0, 0.0]


def test_the_limit_is_the_offices(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.office, "card", replace(desk.office.card, api_per_minute=2))
    cookies = signed_in(desk.office, Role.LEADER).cookies
    api = Api(TestClient(create_app(desk.office), base_url=ADDRESS, cookies=cookies))
    assert [api.client.get(f"{V1}/me").status_code for _ in range(3)] == [200, 200, 429]
    answer = api.get("/me", 429)
    assert answer.json()["error"]["code"] == "too_many"
    assert int(answer.headers["retry-after"]) >= 1

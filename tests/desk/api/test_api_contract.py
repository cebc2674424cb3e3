"""The description of the interface is true: every operation is asked, and what it answers
is what the description says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from cases.record import commands as do
from cases.words.actors import Actor, Role
from desk.cases.similar_answers import SimilarAnswers
from desk.exclusions.service import Exclusions
from desk.files.uploads import Purpose, Uploads
from desk.ground.doer import Doer
from desk.matters.service import Matters
from tests.desk.api.helpers import ANSWERED, OPEN, V1, Api, coded, filled
from tests.desk.app.test_web import Desk, item
from tests.desk.files.test_attachments import PNG

CASE = f"/cases/{coded(OPEN)}"
LEFT_OUT = {"case_id": "board-export:1", "reason": "来源平台停机", "evidence": "平台停机公告"}
EVENT = {
    "title": "城东水管爆裂", "level": "较大", "noticed_at": "2026-11-24T09:00",
    "summary": "三个小区停水", "refs": ["board-export:1"],
}  # fmt: skip
HEALTH = {"items": [{"title": "路灯不亮", "body": "学府路路灯坏了"}]}
NEW = {"id": "lin", "name": "林某", "role": "responder", "unit": "housing",
       "password": "keyboard-orchard-41"}  # fmt: skip
TOGETHER = "board-export:8101"
"""Four cases are about it, and two of them are answered together."""
CALLS: dict[tuple[str, str], tuple[str, object]] = {
    ("get", "/me"): ("/me", None),
    ("get", "/cases"): ("/cases?limit=2", None),
    ("get", "/cases/{case_id}"): (CASE, None),
    ("get", "/cases/{case_id}/history"): (f"{CASE}/history", None),
    ("get", "/cases/{case_id}/files"): (f"{CASE}/files", None),
    ("get", "/cases/{case_id}/actions"): (f"{CASE}/actions", None),
    ("post", "/cases/{case_id}/actions"): (f"{CASE}/actions", {"do": "instruct", "text": "请办。"}),
    ("get", "/cases/{case_id}/similar"): (f"{CASE}/similar", None),
    ("get", "/counters"): ("/counters", None),
    ("get", "/facets"): ("/facets", None),
    ("get", "/units"): ("/units", None),
    ("get", "/measures"): ("/measures", None),
    ("get", "/figures"): ("/figures?days=30", None),
    ("get", "/topics"): ("/topics", None),
    ("get", "/deadline"): ("/deadline?received=2026-11-24T10:00", None),
    ("get", "/export"): ("/export", None),
    ("get", "/alerts"): ("/alerts", None),
    ("post", "/alerts/{alert_id}/acknowledge"): ("/alerts/a%231:overdue/acknowledge", None),
    ("post", "/classify"): ("/classify", HEALTH),
    ("post", "/check-reply"): ("/check-reply", {"text": "已办。", "case_id": ANSWERED}),
    ("get", "/sources"): ("/sources", None),
    ("post", "/sources/{name}/pause"): ("/sources/board-export/pause", None),
    ("post", "/sources/{name}/resume"): ("/sources/board-export/resume", None),
    ("post", "/sources/{name}/run"): ("/sources/board-export/run", None),
    ("get", "/dead-letters"): ("/dead-letters", None),
    ("post", "/dead-letters/replay"): ("/dead-letters/replay", {"source": "board-export"}),
    ("get", "/accounts"): ("/accounts", None),
    ("post", "/accounts"): ("/accounts", NEW),
    ("patch", "/accounts/{account_id}"): ("/accounts/desk", {"name": "林某某", "unlock": True}),
    ("get", "/trail"): ("/trail?limit=5", None),
    ("get", "/files/{sha}"): ("/files/", None),
    ("get", "/exclusions"): ("/exclusions", None),
    ("post", "/exclusions"): ("/exclusions", LEFT_OUT),
    ("post", "/exclusions/{number}/decision"): (
        "/exclusions/TS2026-0001/decision",
        {"upheld": True, "reason": "公告属实"},
    ),
    ("get", "/hotspots"): ("/hotspots?days=30", None),
    ("post", "/hotspots/{matter}/name"): (
        f"/hotspots/{coded(ANSWERED)}/name",
        {"name": "学府路路灯不亮"},
    ),
    ("get", "/matters/{matter}"): (f"/matters/{coded(TOGETHER)}", None),
    ("post", "/matters/{matter}/joint"): (
        f"/matters/{coded(TOGETHER)}/joint",
        {"cases": ["board-export:8103", "board-export:8104"]},
    ),
    ("get", "/incidents"): ("/incidents", None),
    ("post", "/incidents"): ("/incidents", EVENT),
    ("get", "/incidents/{number}"): ("/incidents/YQ2026-0001", None),
    ("post", "/incidents/{number}/steps"): (
        "/incidents/YQ2026-0001/steps",
        {"step": "grade", "seen": 1, "level": "重大", "text": "波及学校"},
    ),
    ("get", "/joint"): ("/joint", None),
    ("get", "/joint/{number}"): ("/joint/BD2026-0001", None),
    ("post", "/joint/{number}/presses"): (
        "/joint/BD2026-0001/presses",
        {"press": "split", "case_id": "board-export:8101"},
    ),
}
BY = {
    "post /alerts/{alert_id}/acknowledge": Role.DESK,
    "post /cases/{case_id}/actions": Role.DESK,
    "get /files/{sha}": Role.DESK,
    "post /exclusions": Role.DESK,
    "post /exclusions/{number}/decision": Role.DESK,
    "post /hotspots/{matter}/name": Role.DESK,
    "post /matters/{matter}/joint": Role.DESK,
    "post /joint/{number}/presses": Role.DESK,
    "post /incidents": Role.DESK,
    "post /incidents/{number}/steps": Role.DESK,
}
"""Who asks; for the rest the administrator."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    made = filled(tmp_path_factory.mktemp("contract"), root / "config")
    assert made.office.get(SimilarAnswers).ready(30)
    asker = Actor(id="zhou", role=Role.DESK, name="周某")
    made.office.get(Exclusions).ask(
        Doer(actor=asker, address="127.0.0.1"), ANSWERED, "来源平台停机", "平台停机公告"
    )
    made.act(ANSWERED, do.LinkMatter(matter=ANSWERED))
    numbers = ("8101", "8102", "8103", "8104")
    for number in numbers:
        made.put(item(number))
        made.act(f"board-export:{number}", do.LinkMatter(matter=TOGETHER))
    made.office.get(Matters).begin(
        Doer(actor=asker, address="127.0.0.1"), TOGETHER, tuple(TOGETHER[:-1] + n for n in "12")
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(desk: Desk) -> dict[Role, Api]:
    return {role: Api.of(desk, role) for role in (Role.DESK, Role.ADMIN)}


@pytest.fixture(scope="module")
def described(people: dict[Role, Api]) -> dict[str, Any]:
    return people[Role.DESK].json("/openapi.json")


def check(described: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    whole = {"components": described["components"], **schema}
    Draft202012Validator(whole).validate(value)


def test_it_is_a_description_of_every_operation(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    operations = {(m, path) for path, methods in described["paths"].items() for m in methods}
    assert operations == set(CALLS)
    assert not [name for name in described["components"]["schemas"] if "Validation" in name]
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(("method", "path"), list(CALLS), ids=lambda value: value.strip("/"))
def test_an_operation_answers_as_described(
    described: dict[str, Any], people: dict[Role, Api], desk: Desk, method: str, path: str
) -> None:
    address, body = CALLS[method, path]
    if path == "/files/{sha}":
        address += f"{_file(desk)}?reason=核实情况"
    said = described["paths"][path][method]
    if body is not None:
        wanted = said["requestBody"]["content"]["application/json"]["schema"]
        check(described, wanted, body)
    api = people[BY.get(f"{method} {path}", Role.ADMIN)]
    answer = api.client.request(method, V1 + address, json=body)
    assert str(answer.status_code) in said["responses"], answer.text[:300]
    content = said["responses"][str(answer.status_code)]["content"]
    sort = answer.headers["content-type"]
    assert sort in content or sort.partition(";")[0] in content
    if sort == "application/json":
        check(described, content[sort]["schema"], answer.json())
    # Where the description promises an answer, there is one.
    expected = {"/alerts/{alert_id}/acknowledge": 404, "/sources/{name}/run": 409}
    if (method, path) == ("post", "/accounts"):
        expected[path] = 409  # a second person has to agree, on the page
    assert answer.status_code in (expected.get(path, 200), 201), answer.text[:300]


def _file(desk: Desk) -> str:
    from io import BytesIO

    from cases.words.actors import Actor

    ref = desk.office.get(Uploads).store(
        BytesIO(PNG),
        "现场.png",
        case_id=OPEN,
        purpose=Purpose.EVIDENCE,
        by=Actor("desk", Role.DESK),
        at=desk.office.clock(),
    )
    return ref.sha


@pytest.mark.parametrize(
    ("method", "address", "body", "status"),
    [
        ("get", "/cases?limit=0", None, 400),
        ("get", "/cases/board-export%3A999", None, 404),
        ("post", f"{CASE}/actions", {"do": "resume"}, 409),
        ("post", f"{CASE}/actions", {"do": "approve_reply", "draft": 1}, 403),
        ("delete", "/me", None, 405),
        ("post", "/classify", "x", 400),
    ],
)
def test_errors_have_their_one_shape(
    described: dict[str, Any],
    people: dict[Role, Api],
    method: str,
    address: str,
    body: object,
    status: int,
) -> None:
    answer = people[Role.DESK].client.request(method, V1 + address, json=body)
    assert answer.status_code == status
    check(described, {"$ref": "#/components/schemas/ErrorAnswer"}, answer.json())


def test_actions_are_described_one_by_one(described: dict[str, Any]) -> None:
    operation = described["paths"]["/cases/{case_id}/actions"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["discriminator"]["propertyName"] == "do"
    check(described, schema, {"do": "assign", "lead": "housing", "assisting": ["education"]})
    for wrong in ({"do": "assign"}, {"do": "dance"}, {"do": "log_contact", "text": 3}):
        with pytest.raises(Exception, match="is not valid under any"):
            check(described, schema, wrong)


def test_the_readable_page_names_every_operation(people: dict[Role, Api]) -> None:
    page = people[Role.DESK].client.get("/help/api").text
    for method, path in CALLS:
        assert f"<code>{path}</code>" in page
        assert f">{method.upper()}<" in page

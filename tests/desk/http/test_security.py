"""What an attacker would try, on every route there is: new ones are covered as they come."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import pytest
from fastapi import FastAPI, Request
from msgspec.structs import fields
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from cases.record import commands as do
from cases.record.commands import AnyCommand
from cases.record.item import Attachment, Item, SourceReply
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Accounts
from desk.files.uploads import Purpose, Uploads
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import is_open, local_path
from desk.http.security import HEADERS, SmallBodies
from desk.http.signed_in import SAFE
from streams.dead_letters import DeadLetter, Stage
from streams.embedded.runner import EmbeddedRunner
from streams.sources.seam.base import Batch
from tests.desk.clients import ADDRESS, MovingClock, _app, client_of, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SECRET = "锦鲤池塘被人填了"
FORMULA = "=HYPERLINK(1,2)"
CASE = "board-export:1"
ENDLESS = "/live"
"""Answers as long as somebody listens."""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)


class Spot(NamedTuple):
    """One route with one method."""

    method: str
    path: str

    @property
    def safe(self) -> bool:
        return self.method in SAFE

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/")

    def at(self, **values: str) -> str:
        """The address with parameters filled in; those not named get something harmless."""

        def filled(found: re.Match[str]) -> str:
            name = found[1]
            given = values.get(name, _HARMLESS.get(name, "1"))
            return quote(given, safe="")

        return re.sub(r"\{(\w+)(?::\w+)?\}", filled, self.path)


_HARMLESS = {
    "case_id": CASE,
    "name": "board-export",
    "command": "acknowledge",
    "unit": "housing",
    "account_id": "desk",
    "sha": "0" * 64,
    "form": "csv",
}


def spots(routes: list[BaseRoute], prefix: str = "") -> Iterator[Spot]:
    for route in routes:
        path = prefix + getattr(route, "path", "")
        for method in sorted(getattr(route, "methods", None) or ()):
            if method != "HEAD":
                yield Spot(method, path)
        yield from spots(getattr(route, "routes", None) or [], path)


def item(number: str = "1", **changes: object) -> Item:
    values: dict[str, object] = {
        "source": "board-export",
        "source_item_id": number,
        "channel": "问政平台",
        "received_at": datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING),
        "title": "锦绣花园物业费涨价",
        "body": "锦绣花园的物业公司乱收停车费，请住建局管一管。",
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


def hostile(number: str, text: str = XSS, **more: object) -> Item:
    """An item that says the same in every field a citizen or a platform fills."""
    words = {
        field.name: text
        for field in fields(Item)
        if field.type is str and field.name not in ("source", "source_item_id")
    }
    words["body"] = f"{text} 燃气泄漏，有人被困，多次投诉无果 {text}"
    words["url"] = "javascript:alert(3)"
    return item(
        number,
        **(
            words
            | {
                "replies": (SourceReply(text=text, at=NOW.replace(hour=9), unit=text),),
                "attachments": (
                    Attachment(name=text, url="javascript:alert(4)"),
                    Attachment(name="x.png", url=f"https://files.example/{text}"),
                ),
                "extra": {text: text},
            }
            | more
        ),
    )


class House:
    """An office with cases, whose doors are tried."""

    def __init__(self, home: Path, config: Path) -> None:
        self.office: DeskContext = office_of(home, config, MovingClock(NOW))
        self.runner: EmbeddedRunner = wiring.open_runner(self.office.settings)
        self.app: FastAPI = _app(self.office)
        self.spots = [one for one in spots(list(self.app.routes)) if one.path != "/static"]
        self._people: dict[tuple[Role, str], TestClient] = {}

    def put(self, *items: Item) -> None:
        self.runner.take("board-export", Batch(found=items))
        self.runner.pump_all()

    def act(
        self, case_id: str, command: AnyCommand, role: Role = Role.DESK, unit: str = ""
    ) -> None:
        self.runner.act(
            Action(
                message_id=f"{case_id}-{type(command).__name__}-{unit}",
                case_id=case_id,
                actor=Actor("u1", role, "林某", unit),
                command=command,
                at=NOW,
            )
        )
        self.runner.pump_all()

    def of(self, role: Role, unit: str = "") -> TestClient:
        key = (role, unit)
        if key not in self._people:
            self._people[key] = signed_in(self.office, role, unit)
        return self._people[key]

    @property
    def everybody(self) -> list[TestClient]:
        units = {Role.RESPONDER: "housing"}
        return [self.of(role, units.get(role, "")) for role in Role if role is not Role.SYSTEM]

    def history(self) -> int:
        with self.office.readers.reader() as store:
            case = store.ledger.load([CASE])[CASE]
        return len(case.history)

    def close(self) -> None:
        self.office.close()
        self.runner.store.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[House]:
    """One ordinary case of the housing office. Tests leave it as it was."""
    made = House(tmp_path_factory.mktemp("house"), root / "config")
    made.put(item(title=SECRET, body=f"{SECRET}，请住建局管一管。"))
    made.act(CASE, do.Assign(lead="housing", reason="主管"))
    made.act(CASE, do.DraftReply(text=f"答复：{SECRET}，已恢复。"), Role.RESPONDER, "housing")
    yield made
    made.close()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[House]:
    """Every field that a citizen, a platform or an office fills is an attack."""
    made = House(tmp_path_factory.mktemp("attacked"), root / "config")
    made.put(
        hostile("1"),
        hostile("2", FORMULA, url="", received_at=NOW.replace(hour=8)),
        item("3", title=XSS, body=XSS),
        hostile(XSS, received_at=NOW.replace(hour=7)),
    )
    case = "board-export:3"
    made.act(case, do.Assign(lead="housing", assisting=(XSS,), reason=XSS))
    made.act(case, do.LogContact(text=XSS), Role.RESPONDER, "housing")
    made.act(case, do.DraftReply(text=XSS), Role.RESPONDER, "housing")
    made.act(case, do.Instruct(text=XSS), Role.LEADER)
    made.act(case, do.LinkMatter(matter=XSS, reason=XSS))
    made.act(case, do.RecordPromise(text=XSS, due=NOW.date(), owner=XSS))
    letter = DeadLetter.of(
        Stage.INTAKE, XSS.encode(), reason=XSS, detail=XSS, at=NOW, source=XSS, origin=XSS
    )
    made.runner.store.add([letter])
    for text in (XSS, FORMULA, "+1", "-1", "@x", "\tx"):
        made.office.trail.record(NOW, text, AuditAction.EXPORT, text, text, text)
    made.letter = letter.letter_id  # type: ignore[attr-defined]
    yield made
    made.close()


# -- nobody comes in without signing in --------------------------------------


def test_every_route_asks_who_is_there(house: House) -> None:
    client = client_of(house.office)
    tried = 0
    for spot in house.spots:
        if is_open(spot.path):
            continue
        answer = client.request(spot.method, spot.at(), follow_redirects=False)
        if spot.api:
            assert answer.status_code == 401, spot
            assert answer.json()["error"]["code"] == "sign_in", spot
        else:
            assert answer.status_code == 303, spot
            assert answer.headers["location"].startswith("/login?next=%2F"), spot
        assert SECRET not in answer.text
        tried += 1
    assert tried > 60


def test_what_is_open_is_a_short_list(house: House) -> None:
    open_ones = {spot.path for spot in house.spots if is_open(spot.path)}
    assert open_ones <= {"/login", "/login/code", "/healthz", "/setup/first"} | {
        path for path in open_ones if path.startswith("/open311/")
    }
    for path in (
        "/loginx",
        "/static",
        "/healthz/x",
        "/pushx",
        "/setup",
        "/setup/firstx",
        "/LOGIN",
        "//login",
        "/open311",
    ):
        assert not is_open(path), path


@pytest.mark.parametrize(
    "cookie", ["", "x", "0" * 43, "é", "../../etc/passwd", "' OR 1=1 --", "a" * 4000]
)
def test_a_made_up_cookie_is_nobody(house: House, cookie: str) -> None:
    client = client_of(house.office)
    answer = client.get(
        "/ledger", headers={b"cookie": f"huiyin={cookie}".encode()}, follow_redirects=False
    )
    assert answer.status_code == 303


def test_a_websocket_is_not_opened(house: House) -> None:
    from starlette.websockets import WebSocketDisconnect

    client = house.of(Role.ADMIN)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ledger"):
        pass


# -- requests that somebody else's page sends --------------------------------


ELSEWHERE: tuple[dict[str, str], ...] = (
    {"origin": "null"},
    {"origin": "http://127.0.0.1.evil.example"},
    {"origin": "http://127.0.0.1:9"},
    {"origin": "http://["},
    {"origin": ADDRESS, "sec-fetch-site": "same-site"},
    {"origin": ADDRESS, "sec-fetch-site": "none"},
)
WRONG_TOKENS = ("x", "é", "' OR 1")
"""These and `ELSEWHERE` differ in how they are read alone: one route is asked with them every time,
all routes by `make test`."""


def test_a_request_from_elsewhere_is_known_however_it_is_written(house: House) -> None:
    client = house.of(Role.ADMIN)
    before = house.history()
    for headers in ELSEWHERE:
        answer = client.post("/alerts/acknowledge", headers=headers, follow_redirects=False)
        assert answer.status_code == 403, headers
    for token in WRONG_TOKENS:
        given = {b"x-csrf-token": token.encode()}
        data = {"csrf": token}
        answer = client.post("/alerts/acknowledge", headers=given, data=data)
        assert answer.status_code == 403, token
    assert house.history() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": ADDRESS, "sec-fetch-site": "cross-site"},
        {},
        *(pytest.param(each, marks=pytest.mark.slow) for each in ELSEWHERE),
    ],
    ids=str,
)
def test_no_route_takes_orders_from_elsewhere(house: House, headers: dict[str, str]) -> None:
    client = house.of(Role.ADMIN)
    before, origin = house.history(), client.headers.pop("origin")
    try:
        for spot in house.spots:
            if spot.safe or spot.path.startswith("/open311/"):
                continue
            answer = client.request(spot.method, spot.at(), headers=headers, follow_redirects=False)
            assert answer.status_code == 403, spot
            assert "set-cookie" not in answer.headers
    finally:
        client.headers["origin"] = origin
    assert house.history() == before


@pytest.mark.parametrize(
    "token",
    [
        "",
        "0" * 64,
        *(pytest.param(each, marks=pytest.mark.slow) for each in WRONG_TOKENS),
    ],
)
def test_no_route_does_anything_without_the_sessions_token(house: House, token: str) -> None:
    client = house.of(Role.DESK)
    before, right = house.history(), client.headers.pop("x-csrf-token")
    given = {b"x-csrf-token": token.encode()} if token else {}
    try:
        for spot in house.spots:
            if spot.safe or is_open(spot.path):
                continue
            sent: dict[str, object] = {"json": {}} if spot.api else {"data": {"csrf": token}}
            answer = client.request(
                spot.method,
                spot.at(),
                headers=given,
                follow_redirects=False,
                **sent,  # type: ignore[arg-type]
            )
            assert answer.status_code == 403, (spot, answer.text[:300])
    finally:
        client.headers["x-csrf-token"] = right
    assert house.history() == before


def test_the_token_of_another_session_is_a_wrong_one(house: House) -> None:
    other = signed_in(house.office, Role.DESK, name="other")
    client = house.of(Role.DESK)
    answer = client.post("/logout", headers={"x-csrf-token": other.headers["x-csrf-token"]})
    assert answer.status_code == 403


def test_reading_changes_nothing(house: House) -> None:
    """What a link or a picture can ask for must not act."""
    client = house.of(Role.DESK)
    before = house.history()
    for spot in house.spots:
        if not spot.safe:
            assert client.get(spot.at(), follow_redirects=False).status_code != 500, spot
    assert house.history() == before


# -- cases of somebody else --------------------------------------------------


def test_another_unit_reaches_no_route_of_a_case(house: House) -> None:
    """Pages and interface, reading and acting; a case it may not see is one that is not."""
    client = house.of(Role.RESPONDER, "education")
    before = house.history()
    tried = 0
    for spot in house.spots:
        if "{case_id" not in spot.path:
            continue
        sent: dict[str, object] = {}
        if not spot.safe:
            form = {"csrf": client.headers["x-csrf-token"], "text": "x", "draft": "1"}
            sent = {"json": {"command": {"do": "acknowledge"}}} if spot.api else {"data": form}
        answer = client.request(spot.method, spot.at(), follow_redirects=False, **sent)  # type: ignore[arg-type]
        assert answer.status_code in ((404,) if spot.safe else (400, 403, 404, 422)), (
            spot,
            answer.status_code,
        )
        assert SECRET not in answer.text, spot
        tried += 1
    assert tried >= 10
    assert house.history() == before


def test_the_answer_is_the_same_for_a_case_that_is_not_there(house: House) -> None:
    client = house.of(Role.RESPONDER, "education")
    for spot in house.spots:
        if "{case_id" in spot.path and spot.safe:
            there, gone = (
                client.get(spot.at(case_id=case), follow_redirects=False)
                for case in (CASE, "board-export:0")
            )
            assert there.status_code == gone.status_code, spot
            same = there.text.replace(CASE, "") == gone.text.replace("board-export:0", "")
            assert same or SECRET not in there.text, spot


def test_no_page_of_another_unit_tells_of_the_case(house: House) -> None:
    for unit, told in (("education", False), ("housing", True)):
        client = house.of(Role.RESPONDER, unit)
        seen = 0
        for spot in house.spots:
            if not spot.safe or spot.path == ENDLESS or "{case_id" in spot.path:
                continue
            if is_open(spot.path):
                continue
            answer = client.get(spot.at(), follow_redirects=False)
            assert answer.status_code != 500, spot
            seen += SECRET in answer.text
        assert bool(seen) is told, unit


def test_a_file_of_another_units_case_is_not_there(house: House) -> None:
    actor = Actor("desk", Role.DESK, "林某")
    ref = house.office.get(Uploads).store(
        io.BytesIO(PNG), "../../x.png", case_id=CASE, purpose=Purpose.PROOF, by=actor, at=NOW
    )
    for path in (f"/files/{ref.sha}", f"/api/v1/files/{ref.sha}"):
        assert house.of(Role.RESPONDER, "education").get(path).status_code == 404
        client = house.of(Role.DESK)
        asked = client.get(path)
        assert PNG not in asked.content
        if path.startswith("/api/"):
            answer = client.get(f"{path}?reason=核实情况")
        else:
            form = {"then": path, "reason": "核实情况", "csrf": client.headers["x-csrf-token"]}
            there = client.post(
                f"/cases/{quote(CASE, safe='')}/unmask", data=form, follow_redirects=False
            )
            answer = client.get(there.headers["location"])
        assert answer.status_code == 200
        assert answer.content == PNG
        assert "sandbox" in answer.headers["content-security-policy"] or (
            "default-src 'none'" in answer.headers["content-security-policy"]
        )
        assert ".." not in answer.headers["content-disposition"]


def test_only_an_admin_reaches_what_is_for_admins(house: House) -> None:
    """Every route under /admin but the few the desk reads."""
    desk_may = {"/admin", "/admin/sources", "/admin/units", "/admin/calendar", "/admin/persons"}
    for role, unit in (
        (Role.RESPONDER, "housing"),
        (Role.REVIEWER, ""),
        (Role.LEADER, ""),
        (Role.DESK, ""),
    ):
        client = house.of(role, unit)
        for spot in house.spots:
            if not spot.path.startswith("/admin"):
                continue
            if role is Role.DESK and spot.safe and spot.path in desk_may:
                continue
            if role is Role.DESK and spot.path.startswith("/admin/persons/"):
                continue  # what an officer may do and an administrator may not
            form = {} if spot.safe else {"data": {"csrf": client.headers["x-csrf-token"]}}
            answer = client.request(spot.method, spot.at(), follow_redirects=False, **form)  # type: ignore[arg-type]
            assert answer.status_code == 403, (role, spot)


# -- markup ------------------------------------------------------------------


class _Tags(HTMLParser):
    """What no page of ours has: inline scripts, handlers, styles, foreign addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.bad.append("inline script")
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.bad.append(tag)
        for name, value in attributes:
            if name.startswith("on") or name == "style":
                self.bad.append(f"{tag} {name}")
            if name in ("href", "src", "action", "formaction"):
                where = (value or "").strip().lower()
                if where.startswith(("javascript:", "data:", "vbscript:")):
                    self.bad.append(f"{tag} {name}={where[:30]}")
                if where.startswith("//") or (tag in ("script", "img", "link") and "://" in where):
                    self.bad.append(f"{tag} {name}={where[:60]}")


def bad_tags(page: str) -> list[str]:
    tags = _Tags()
    tags.feed(page)
    return tags.bad


def _is_page(answer: object) -> bool:
    return "text/html" in getattr(answer, "headers", {}).get("content-type", "")


@pytest.mark.slow
def test_nothing_that_a_citizen_writes_becomes_markup_on_any_page(attacked: House) -> None:
    cases = [f"board-export:{number}" for number in ("1", "2", "3", XSS)]
    shown = 0
    for client in attacked.everybody:
        for spot in attacked.spots:
            if not spot.safe or spot.path == ENDLESS or is_open(spot.path):
                continue
            for case_id in cases if "{case_id" in spot.path else cases[:1]:
                letter = attacked.letter  # type: ignore[attr-defined]
                where = spot.at(case_id=case_id, letter_id=letter)
                answer = client.get(where, follow_redirects=False)
                assert answer.status_code != 500, where
                if _is_page(answer):
                    assert bad_tags(answer.text) == [], where
                    shown += "&lt;script&gt;alert(1)" in answer.text
    assert shown > 20


@pytest.mark.slow
def test_nothing_in_an_address_becomes_markup(attacked: House) -> None:
    names = [
        "q",
        "who",
        "deed",
        "since",
        "until",
        "year",
        "page",
        "next",
        "unit",
        "channel",
        "topic",
        "state",
        "view",
        "order",
        "kind",
        "risk",
        "received_from",
        "due_to",
        "done",
        "count",
        "sort",
        "from",
        "to",
        "period",
        "format",
        "saved",
        "number",
        "columns",
    ]
    query = urlencode(dict.fromkeys(names, XSS))
    for spot in attacked.spots:
        if not spot.safe or spot.path == ENDLESS:
            continue
        values = dict.fromkeys(re.findall(r"\{(\w+)", spot.path), XSS)
        for where in (f"{spot.at()}?{query}", spot.at(**values)):
            answer = attacked.of(Role.ADMIN).get(where, follow_redirects=False)
            assert answer.status_code < 500, where
            if _is_page(answer):
                assert bad_tags(answer.text) == [], where


def test_what_is_typed_into_forms_comes_back_as_text(attacked: House) -> None:
    client = attacked.of(Role.ADMIN)
    token = client.headers["x-csrf-token"]
    for spot in attacked.spots:
        if spot.safe or spot.api or "{" in spot.path or spot.path == "/logout":
            continue
        names = [
            "account",
            "password",
            "next",
            "old",
            "new",
            "again",
            "id",
            "name",
            "role",
            "unit",
            "days",
            "scope",
            "why",
            "reason",
            "title",
            "body",
            "text",
            "q",
            "from",
            "to",
            "starts",
            "ends",
            "note",
            "do",
            "letter",
            "channel",
        ]
        form = dict.fromkeys(names, XSS) | {"csrf": token}
        answer = client.post(spot.path, data=form, follow_redirects=False)
        assert answer.status_code < 500, spot
        if _is_page(answer):
            assert bad_tags(answer.text) == [], spot


# -- going elsewhere ---------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/ledger\r\nSet-Cookie: a=b",
        "/ledger\nx",
        " /ledger",
        "//[",
        "http:evil.example",
        "/" + "a" * 5000,
        "",
    ],
)
def test_signing_in_leads_to_no_other_place(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(house: House) -> None:
    for wanted in ("/ledger?q=%E8%B7%AF%E7%81%AF&page=2", "/cases/a%2Fb", "/board"):
        assert local_path(wanted) == wanted
    answer = client_of(house.office).get("/ledger?q=路灯", follow_redirects=False)
    assert (
        answer.headers["location"] == "/login?next=%2Fledger%3Fq%3D%25E8%25B7%25AF%25E7%2581%25AF"
    )


def test_no_header_can_be_written_from_outside(house: House) -> None:
    nasty = "x\r\nSet-Cookie: a=b"
    client, desk = client_of(house.office), house.of(Role.DESK)
    for who in (client, desk):
        for spot in house.spots:
            if not spot.safe or spot.path == ENDLESS:
                continue
            values = dict.fromkeys(re.findall(r"\{(\w+)", spot.path), nasty)
            query = urlencode({"next": "/" + nasty, "q": nasty, "done": nasty})
            answer = who.get(f"{spot.at(**values)}?{query}", follow_redirects=False)
            assert "set-cookie" not in answer.headers, spot
            for value in answer.headers.values():
                assert not re.search(r"[\r\n]", value), spot


# -- files -------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../settings.py", "..%2fsettings.py", "%2e%2e/settings.py", "....//settings.py",
        "%2fetc%2fpasswd", "/etc/passwd", "..\\settings.py", "..%5csettings.py", "%00", ".",
    ],
)  # fmt: skip
def test_only_files_of_ours_are_served(house: House, path: str) -> None:
    client = client_of(house.office)
    for where in (f"/static/{path}", f"/files/{path}", f"/cases/{path}"):
        answer = client.get(where, follow_redirects=False)
        assert answer.status_code in (303, 404), where
        assert "HUIYIN_HOME" not in answer.text
        answer = house.of(Role.ADMIN).get(where, follow_redirects=False)
        assert answer.status_code in (303, 307, 400, 404, 422), where
        assert "HUIYIN_HOME" not in answer.text
        assert "root:" not in answer.text


def _cells(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
        yield from row


def test_no_cell_of_a_csv_file_is_a_formula(attacked: House) -> None:
    admin, desk = attacked.of(Role.ADMIN), attacked.of(Role.DESK)
    for client, where in (
        (admin, "/admin/trail.csv"),
        (desk, "/api/v1/export?format=csv"),
    ):
        answer = client.get(where)
        assert answer.status_code == 200, where
        for cell in _cells(answer.content.decode()):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (where, cell)
    for form in ("csv", "xlsx"):
        sent = {"format": form, "csrf": desk.headers["x-csrf-token"]}
        answer = desk.post("/ledger/export", data=sent)
        assert answer.status_code == 200, form
        if form == "xlsx":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
                text = book.read("xl/worksheets/sheet1.xml").decode()
            assert "<f>" not in text
            found = re.findall(r"<t[^>]*>([^<]*)</t>", text)
        else:
            found = list(_cells(answer.content.decode("utf-8-sig")))
        assert "'=HYPERLINK(1,2)" in found
        assert [cell for cell in found if cell.startswith(("=", "+", "-", "@"))] == []
    assert "'=HYPERLINK" in admin.get("/admin/trail.csv").text
    assert "'=HYPERLINK" in desk.get("/api/v1/export?format=csv").text


# -- too much ----------------------------------------------------------------


def test_no_route_takes_a_body_that_says_it_is_huge(house: House) -> None:
    client = house.of(Role.ADMIN)
    for spot in house.spots:
        for size in ("999999999", "x", "-1", "²".encode(), "1e9"):
            if not spot.safe:
                headers = {"content-length": size}
                answer = client.request(spot.method, spot.at(), headers=headers)  # type: ignore[arg-type]
                assert answer.status_code == 413, (spot, size)


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd", "gzip, identity", "x"])
def test_no_route_takes_a_packed_body(house: House, packing: str) -> None:
    """Read as a form it would be an empty one, and the answer would say that all is well."""
    client = house.of(Role.ADMIN)
    for spot in house.spots:
        if not spot.safe:
            headers = {"content-encoding": packing}
            answer = client.request(spot.method, spot.at(), headers=headers, content=b"x")
            assert answer.status_code == 415, spot
            assert "不压缩" in answer.text


def _pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 1000):
        yield b"x" * 1000


def test_a_body_in_pieces_is_counted_as_it_comes() -> None:
    app = FastAPI()

    @app.post("/read")
    async def read(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    client = TestClient(SmallBodies(app, lambda: NOW, most=5000))
    assert client.post("/read", content=_pieces(5000)).text == "5000"
    assert client.post("/read", content=_pieces(6000)).status_code == 413
    assert client.post("/read", content=b"x" * 5001).status_code == 413


def test_a_form_has_to_say_how_long_it_is(house: House) -> None:
    for client, where in ((client_of(house.office), "/login"), (house.of(Role.DESK), "/logout")):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post(where, content=_pieces(2000), headers=headers).status_code == 413


# -- what every answer carries -----------------------------------------------


def test_every_answer_carries_the_safety_headers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError(SECRET)

    client, nobody = house.of(Role.DESK), client_of(house.office)
    answers = [
        client.get("/ledger"),
        client.get("/ledger?page=x"),
        client.get("/nowhere"),
        client.put("/ledger"),
        client.get("/admin/trail"),
        client.get("/static/desk.css"),
        client.get("/static/nothing"),
        client.get("/", headers={"host": "evil.example"}),
        client.post("/logout", headers={"content-length": "99999999"}),
        client.post("/logout", headers={"origin": "https://evil.example"}),
        nobody.get("/ledger", follow_redirects=False),
        nobody.get("/api/v1/cases"),
        nobody.get("/login"),
        nobody.get("/healthz"),
    ]
    monkeypatch.setattr(house.office.trail, "search", broken)
    answers.append(house.of(Role.ADMIN).get("/admin/trail"))
    assert [each.status_code for each in answers] == [
        200, 400, 404, 405, 403, 200, 404, 421, 413, 403, 303, 401, 200, 200, 500,
    ]  # fmt: skip
    assert SECRET not in answers[-1].text
    for answer in answers:
        for name in HEADERS:
            assert name in answer.headers, answer.url
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        cache = answer.headers["cache-control"]
        kept = str(answer.url).partition("?")[0].endswith("/desk.css")
        assert ("immutable" if kept else "no-store") in cache, answer.url


def test_cookies_are_out_of_reach_for_scripts(house: House) -> None:
    house.office.get(Accounts).add(_account("cookie"), "河边 柳树 三只鸭子")
    client = client_of(house.office)
    form = {"account": "cookie", "password": "河边 柳树 三只鸭子"}
    answer = client.post("/login", data=form, follow_redirects=False)
    session, device = (said.lower() for said in answer.headers.get_list("set-cookie"))
    for said in (session, device):
        assert "httponly" in said
        assert "samesite=lax" in said
        assert "domain=" not in said
    # The session ends with the browser; that the browser is known does not.
    assert "max-age" not in session
    assert device.startswith("huiyin-device=")


def _account(name: str):
    from desk.accounts.accounts import Account

    return Account(id=name, name="林某", role=Role.DESK, created=NOW)

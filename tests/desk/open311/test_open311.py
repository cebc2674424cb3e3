"""Open311 GeoReport v2: what everybody may read, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copytree
from urllib.parse import quote

import pytest
from defusedxml import ElementTree
from starlette.testclient import TestClient

from cases.privacy.public_text import proposed
from cases.record import commands as do
from cases.record.item import SourceReply
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.api.guard import Pace
from desk.app.web import create_app
from desk.ground.office_settings import OfficeSettings, load_office_settings
from desk.ground.settings import SettingsError, read_settings
from desk.open311.routes import create_open311
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import ADDRESS, client_of

PHONE = "13900012345"
FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code",
    "description", "agency_responsible", "service_notice", "requested_datetime",
    "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat", "long",
    "media_url",
]  # fmt: skip


_TIMES = count()


def answered(number: str, text: str = "已经修好。", **changes: object) -> object:
    return item(
        number,
        title="路灯不亮",
        body=f"学府路的路灯坏了，请联系我 {PHONE}。",
        place="学府路 18 号",
        author="欧阳明月",
        phone=PHONE,
        replies=(SourceReply(text=text, at=NOW - timedelta(hours=20)),),
        **changes,
    )


def release(desk: Desk, case_id: str) -> None:
    """As the form proposes it."""
    with desk.office.readers.reader() as store:
        text = proposed(store.ledger.load([case_id])[case_id])
    command = do.Publish(where="门户网站", text=text.text, place=text.place, reply=text.reply)
    desk.runner.act(
        Action(
            # The same command again, with other words, is another action.
            message_id=f"{case_id}-{text.text}-{text.reply}-{next(_TIMES)}",
            case_id=case_id,
            actor=Actor("u2", Role.REVIEWER, "周某", ""),
            command=command,
            at=NOW,
        )
    )
    desk.runner.pump_all()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """Released: 1 and 2/x,y (closed). Not: 3 never, 4 then made confidential, 5 declined,
    7 published but its text never released."""
    home = tmp_path_factory.mktemp("open311")
    copytree(root / "config", home / "config")
    text = (home / "config" / "office.toml").read_text("utf-8")
    (home / "config" / "office.toml").write_text(
        text.replace("open311 = false", "open311 = true").replace(
            "open311_per_minute = 60", "open311_per_minute = 6000"
        ),
        "utf-8",
    )
    made = Desk(home, home / "config")
    made.put(*(answered(n) for n in ("1", "2/x,y", "3", "4", "5", "7")))  # type: ignore[arg-type]
    for number in ("1", "2/x,y", "4"):
        release(made, f"board-export:{number}")
    made.act("board-export:2/x,y", do.Close())
    made.act("board-export:4", do.MarkConfidential(reason="当事人要求"))
    made.act("board-export:7", do.Publish(where="门户网站"))
    made.act("board-export:5", do.DeclinePublication(reason="涉及隐私"))
    yield made
    made.close()


@pytest.fixture
def anyone(desk: Desk) -> TestClient:
    """Nobody is signed in."""
    return client_of(desk.office)


def ids(anyone: TestClient, query: str = "") -> set[str]:
    answer = anyone.get(f"/open311/v2/requests.json{query}")
    assert answer.status_code == 200, answer.text
    return {one["service_request_id"] for one in answer.json()}


def test_it_is_off_unless_the_office_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert OfficeSettings().open311 is False
    monkeypatch.setattr(desk.office, "card", OfficeSettings())
    client = TestClient(create_app(desk.office), base_url=ADDRESS)
    for path in ("discovery.json", "v2/services.json", "v2/requests.xml"):
        assert client.get(f"/open311/{path}").status_code == 404


@pytest.mark.parametrize("host", ["203.0.113.7", "203.0.113.7:81", "[2001:db8::7]"])
def test_discovery_does_not_repeat_what_a_request_calls_us(anyone: TestClient, host: str) -> None:
    """It may be kept by caches and given to others."""
    answer = anyone.get("/open311/discovery.json", headers={"host": host})
    assert answer.status_code == 200
    assert host not in answer.text


@pytest.mark.parametrize("path", ["/open311/discovery", "/open311/v2/discovery"])
def test_discovery(anyone: TestClient, path: str) -> None:
    found = anyone.get(f"{path}.json").json()
    assert found["endpoints"][0]["url"] == "http://127.0.0.1/open311/v2"
    assert found["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    tree = ElementTree.fromstring(anyone.get(f"{path}.xml").content)
    assert tree.tag == "discovery"
    assert tree.findtext("endpoints/endpoint/url") == "http://127.0.0.1/open311/v2"
    assert [one.text for one in tree.iterfind("endpoints/endpoint/formats/format")] == [
        "text/xml",
        "application/json",
    ]


def test_services_are_the_topics_in_both_formats(anyone: TestClient) -> None:
    answer = anyone.get("/open311/v2/services.json")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found = answer.json()
    assert list(found[0]) == [
        "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
    ]  # fmt: skip
    assert found[0]["metadata"] is False
    codes = [one["service_code"] for one in found]
    assert "城乡建设" in codes
    assert codes[-1] == "other"
    answer = anyone.get("/open311/v2/services.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    tree = ElementTree.fromstring(answer.content)
    assert tree.tag == "services"
    assert [one.findtext("service_code") for one in tree.iterfind("service")] == codes
    assert tree.findtext("service/metadata") == "false"


def test_one_service(anyone: TestClient) -> None:
    code = quote("城乡建设")
    assert anyone.get(f"/open311/v2/services/{code}.json").json() == {
        "service_code": "城乡建设",
        "attributes": [],
    }
    tree = ElementTree.fromstring(anyone.get(f"/open311/v2/services/{code}.xml").content)
    assert (tree.tag, tree.findtext("service_code")) == ("service_definition", "城乡建设")
    missing = anyone.get("/open311/v2/services/nothing.json")
    assert missing.status_code == 404
    assert [sorted(one) for one in missing.json()] == [["code", "description"]]


def test_requests_are_the_published_ones_by_the_names_of_the_specification(
    anyone: TestClient,
) -> None:
    assert ids(anyone) == {"board-export:1", "board-export:2/x,y"}
    found = anyone.get("/open311/v2/requests/board-export%3A1.json").json()
    assert len(found) == 1
    assert list(found[0]) == FIELDS
    one = found[0]
    assert (one["status"], one["lat"], one["long"], one["media_url"]) == ("open", None, None, None)
    assert one["status_notes"] == "已经修好。"
    assert one["requested_datetime"] == "2026-11-23T09:00:00+08:00"
    assert one["expected_datetime"] is None
    tree = ElementTree.fromstring(anyone.get("/open311/v2/requests/board-export%3A1.xml").content)
    assert tree.tag == "service_requests"
    assert [field.tag for field in tree[0]] == FIELDS
    assert tree[0].tag == "request"
    # Null in JSON is an empty element in XML.
    assert {name: tree[0].findtext(name) or None for name in FIELDS} == one


def test_an_id_with_any_character_is_one_request(anyone: TestClient) -> None:
    name = quote("board-export:2/x,y", safe="")
    assert anyone.get(f"/open311/v2/requests/{name}.json").json()[0]["status"] == "closed"
    assert ids(anyone, f"?service_request_id={name}") == {"board-export:2/x,y"}


def test_nothing_unpublished_shows_anywhere(desk: Desk, anyone: TestClient) -> None:
    for number in ("3", "4", "5", "7"):
        hidden = anyone.get(f"/open311/v2/requests/board-export%3A{number}.json")
        nobody = anyone.get("/open311/v2/requests/board-export%3A999.json")
        assert (hidden.status_code, hidden.text) == (404, nobody.text)
    assert ids(anyone, "?service_request_id=board-export:3,board-export:1,board-export:4") == {
        "board-export:1"
    }
    text = anyone.get("/open311/v2/requests.xml").text
    assert PHONE not in text
    assert "欧阳明月" not in text
    assert "请联系我 ***********。" in text
    assert "学府路 ** 号" in text


def test_what_happens_after_the_publication_stays_inside(desk: Desk, anyone: TestClient) -> None:
    case_id = "board-export:1"
    desk.act(case_id, do.Reopen(reason="又坏了"))
    desk.act(case_id, do.DraftReply(text="正在采购灯具，尚未对外公布。"))
    desk.act(case_id, do.ApproveReply(draft=1), role=Role.REVIEWER)
    desk.act(case_id, do.Deliver(draft=1, via="电话"))
    one = anyone.get("/open311/v2/requests/board-export%3A1.json").json()[0]
    assert (one["status"], one["status_notes"]) == ("open", "已经修好。")
    assert "采购" not in json.dumps(one, ensure_ascii=False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?status=open", {"1"}),
        ("?status=closed", {"2/x,y"}),
        ("?status=open,closed", {"1", "2/x,y"}),
        ("?service_code=城乡建设", {"1", "2/x,y"}),
        ("?service_code=教育文体,other", set()),
        ("?start_date=2026-11-23T09:00:00%2B08:00", {"1", "2/x,y"}),
        ("?start_date=2026-11-23T09:00:01+08:00", set()),
        ("?end_date=2026-11-23T01:00:00Z", set()),
        # Without a zone it is Beijing time, a day alone is the whole day.
        ("?start_date=2026-11-23T09:00:00", {"1", "2/x,y"}),
        ("?start_date=2026-11-23T09:00:01", set()),
        ("?start_date=2026-11-23 09:00:00", {"1", "2/x,y"}),
        ("?start_date=2026-11-23t01:00:00z", {"1", "2/x,y"}),
        ("?start_date=2026-11-23t01:00:01z", set()),
        ("?start_date=2026-11-23", {"1", "2/x,y"}),
        ("?start_date=20261123", {"1", "2/x,y"}),
        ("?start_date=2026-11-24", set()),
        ("?end_date=2026-11-23", {"1", "2/x,y"}),
        ("?end_date=2026-11-22", set()),
        ("?start_date=2026-11-23&end_date=2026-11-23", {"1", "2/x,y"}),
        ("?start_date=2026-09-01&end_date=2026-11-29", {"1", "2/x,y"}),
        ("?start_date=2026-08-01T00:00:00Z&end_date=2026-10-01T00:00:00Z", set()),
        ("?start_date=2026-08-01T00:00:00Z", set()),
        ("?jurisdiction_id=anything&status=closed", {"2/x,y"}),
    ],
)
def test_filters(anyone: TestClient, query: str, expected: set[str]) -> None:
    assert ids(anyone, quote(query, safe="?=&%+:,-")) == {f"board-export:{n}" for n in expected}


@pytest.mark.parametrize(
    "query",
    [
        "?status=done",
        "?service_code=nothing",
        "?start_date=yesterday",
        "?start_date=2026-11-31",
        "?end_date=9999-12-31",
        "?start_date=2026-11",
        "?start_date=2026-11-02T00:00:00Z&end_date=2026-11-01T00:00:00Z",
        "?start_date=2026-01-01T00:00:00Z&end_date=2026-11-01T00:00:00Z",
        "?start_date=2026-09-01&end_date=2026-11-30",
    ],
)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_what_cannot_be_meant_is_an_error_as_the_specification_has_it(
    anyone: TestClient, query: str, form: str
) -> None:
    answer = anyone.get(f"/open311/v2/requests.{form}{query}")
    assert answer.status_code == 400
    if form == "json":
        assert [one["code"] for one in answer.json()] == [400]
        assert answer.json()[0]["description"]
    else:
        tree = ElementTree.fromstring(answer.content)
        assert (tree.tag, tree.findtext("error/code")) == ("errors", "400")
        assert tree.findtext("error/description")


@pytest.mark.parametrize(
    "path",
    [
        "discovery.json",
        "v2/discovery.xml",
        "v2/services.json",
        "v2/services/other.xml",
        "v2/requests.json",
        "v2/requests/board-export%3A1.json",
        "v2/requests/nothing.json",
    ],
)
def test_head_is_get_without_the_body(anyone: TestClient, path: str) -> None:
    got, asked = anyone.get(f"/open311/{path}"), anyone.head(f"/open311/{path}")
    assert asked.status_code == got.status_code
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert asked.headers["content-length"] == got.headers["content-length"]


def test_clients_learn_that_no_key_is_needed_and_what_other_is(anyone: TestClient) -> None:
    assert "不需要" in anyone.get("/open311/discovery.json").json()["key_service"]
    assert all(one["keywords"] for one in anyone.get("/open311/v2/services.json").json())


SITE = {"origin": "https://map.example.gov.cn"}
PREFLIGHT = {**SITE, "access-control-request-method": "GET"}


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [
        ((), None),
        (("*",), "*"),
        (("https://map.example.gov.cn",), "https://map.example.gov.cn"),
        (("https://other.example.gov.cn",), None),
    ],
)
def test_scripts_of_other_sites_where_the_office_lets_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, origins: tuple[str, ...], allowed: str | None
) -> None:
    monkeypatch.setattr(desk.office, "card", OfficeSettings(open311=True, open311_origins=origins))
    client = TestClient(create_app(desk.office), base_url=ADDRESS)
    for path, status in (("v2/services.json", 200), ("v2/requests.xml?status=done", 400)):
        answer = client.get(f"/open311/{path}", headers=SITE)
        assert answer.status_code == status
        assert answer.headers.get("access-control-allow-origin") == allowed
    asked = client.options("/open311/v2/services.json", headers=PREFLIGHT)
    assert (asked.status_code == 200) is (allowed is not None)
    assert asked.headers.get("access-control-allow-origin") == allowed
    elsewhere = client.get("/login", headers=SITE)
    assert "access-control-allow-origin" not in elsewhere.headers


def test_an_origin_that_is_none_is_said_when_the_office_is_read(tmp_path: Path) -> None:
    (tmp_path / "office.toml").write_text('open311_origins = ["map.example.gov.cn/"]', "utf-8")
    with pytest.raises(SettingsError, match=r"office\.toml"):
        load_office_settings(read_settings({"HUIYIN_CONFIG": str(tmp_path)}))


def test_reading_is_all_there_is(anyone: TestClient) -> None:
    for path in ("requests.json", "services.xml"):
        answer = anyone.post(f"/open311/v2/{path}", data={"service_code": "other"})
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
    assert anyone.get("/open311/v2/requests.html").status_code == 404
    assert anyone.get("/open311/v2/nothing.json").json()[0]["code"] == 404


def test_too_many_requests_from_one_address(desk: Desk) -> None:
    from fastapi import FastAPI

    now = [0.0]
    api = create_open311(desk.office, Pace(2, lambda: now[0]))
    outer = FastAPI()
    outer.mount("/open311", api)

    @outer.middleware("http")
    async def address(request, call_next):
        request.state.address = request.headers["x-from"]
        return await call_next(request)

    client = TestClient(outer)

    def status(who: str) -> int:
        return client.get("/open311/v2/services.json", headers={"x-from": who}).status_code

    assert [status("a") for _ in range(3)] == [200, 200, 429]
    assert status("b") == 200
    now[0] = 31.0
    assert status("a") == 200


def test_characters_that_xml_cannot_hold(desk: Desk, anyone: TestClient) -> None:
    desk.put(answered("6", text="好\x0b了<b>&\ud83d\ude00 ]]>"))  # type: ignore[arg-type]
    release(desk, "board-export:6")
    tree = ElementTree.fromstring(anyone.get("/open311/v2/requests/board-export%3A6.xml").content)
    assert "<b>&" in (tree.findtext("request/status_notes") or "")


def test_public_times_carry_their_zone(anyone: TestClient) -> None:
    one = anyone.get("/open311/v2/requests.json").json()[0]
    for name in ("requested_datetime", "updated_datetime"):
        assert datetime.fromisoformat(one[name]).tzinfo is not None


def test_withdrawn_by_one_press_and_released_again(desk: Desk, anyone: TestClient) -> None:
    case_id, path = "board-export:2/x,y", "/open311/v2/requests/board-export%3A2%2Fx%2Cy.json"
    desk.act(case_id, do.WithdrawPublication())
    assert anyone.get(path).status_code == 404
    assert ids(anyone) == {"board-export:1"} | ids(anyone) - {case_id}
    release(desk, case_id)
    assert anyone.get(path).status_code == 200


def test_only_the_released_words_are_public(desk: Desk, anyone: TestClient) -> None:
    desk.put(answered("8"))  # type: ignore[arg-type]
    words = do.Publish(where="门户网站", text="路灯坏了。", place="学府路", reply="已经修好了。")
    desk.act("board-export:8", words)
    one = anyone.get("/open311/v2/requests/board-export%3A8.json").json()[0]
    assert (one["description"], one["address"], one["status_notes"]) == (
        "路灯坏了。", "学府路", "已经修好了。",
    )  # fmt: skip
    # A later version of the message needs a release of its own.
    desk.put(answered("8", text="又坏了，明天再修。"))  # type: ignore[arg-type]
    one = anyone.get("/open311/v2/requests/board-export%3A8.json").json()[0]
    assert one["status_notes"] == "已经修好了。"
    release(desk, "board-export:8")
    one = anyone.get("/open311/v2/requests/board-export%3A8.json").json()[0]
    assert one["status_notes"] == "又坏了，明天再修。"

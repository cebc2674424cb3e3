"""保密: every address of the desk, for every reader, finds no mark that is not his to read.

The addresses come from the application itself: a new one fails here until it is given
samples below.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from cases.words.actors import Actor, Role
from desk.cases.similar_answers import SimilarAnswers
from desk.duty.roster import Duty
from desk.files.uploads import Uploads
from tests.desk.api.helpers import coded
from tests.desk.clients import client_of, signed_in
from tests.desk.sight_home import (
    ACCUSED,
    CASES,
    PAPERS,
    PLAIN,
    READERS,
    RISK,
    SECRET,
    TOGETHER,
    TOPIC,
    UNCLEAR_UP,
    Lines,
    MarkedHome,
    Reader,
    client,
    open311_config,
    readable_parts,
    token,
)

WEEK = "2026-W47"
NOBODY = "board-export:9999"
"""A number that no case has."""


class Ask(NamedTuple):
    """One request. `unmasked`: it says why, so that personal data may come."""

    path: str
    form: dict[str, str] | None = None
    json: object = None
    unmasked: bool = False
    method: str = ""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[MarkedHome]:
    folder = tmp_path_factory.mktemp("sight")
    made = MarkedHome(folder / "home", open311_config(root / "config", folder))
    made.office.get(SimilarAnswers).ready(30)
    yield made
    made.close()


@pytest.fixture(scope="module")
def log() -> Iterator[Lines]:
    lines, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(lines)
    root.setLevel(before)


# -- samples -------------------------------------------------------------------


def _each(path: str) -> list[Ask]:
    return [Ask(path.format(coded(one))) for one in (*CASES, NOBODY)]


def _posted(path: str, **form: str) -> list[Ask]:
    return [Ask(path.format(coded(one)), form) for one in (*CASES, NOBODY)]


def _reasoned(path: str) -> list[Ask]:
    """An address of the interface, with and without a reason."""
    plain = _each(path)
    return plain + [Ask(f"{one.path}?reason=核实情况", unmasked=True) for one in plain]


def _files(home: MarkedHome, prefix: str = "") -> list[Ask]:
    shas = dict(home.shas)
    uploads = {f"{one}": ref.sha for one in CASES for ref in home.office.get(Uploads).of_case(one)}
    asks = [
        Ask(f"{prefix}/files/{sha}?case={coded(one)}")
        for found in (shas, uploads)
        for one, sha in found.items()
    ]
    asks += [Ask(f"{prefix}/files/{sha}") for sha in (*shas.values(), *uploads.values())]
    if prefix:
        asks += [
            Ask(f"{one.path}{'&' if '?' in one.path else '?'}reason=核实情况", unmasked=True)
            for one in asks
        ]
    return asks


_LEDGER = (
    "",
    "?kind=建言",
    f"?topic={TOPIC}",
    f"?risk={RISK}",
    "?view=high_risk",
    "?sentiment=negative",
    f"?matter={coded(SECRET)}",
    "?todo=reply",
    "?order=due",
    "?q=9001",
    "?unit=housing",
    "?lead=petition",
    "?promise=open",
    "?state=open&size=200",
)
_FORMATS = ("csv", "xlsx", "jsonl")


def samples(home: MarkedHome) -> dict[str, list[Ask]]:
    """Requests by route. Every case is asked for everywhere that a case can be."""
    letters = [one.letter_id for one in home.letters.values()]
    name, phone = (getattr(home.cases[SECRET].item, field) for field in ("author", "phone"))
    reply = f"您好，{name}反映的情况已收悉，电话{phone}，谢谢。"
    papers = [f"/reports/papers/{kind}/{key}" for kind, key in PAPERS.items()]
    made: dict[str, list[Ask]] = {
        "GET /": [Ask("/")],
        "GET /ledger": [Ask(f"/ledger{query}") for query in _LEDGER],
        "POST /ledger/view": [Ask("/ledger/view", {"column": "kind", "size": "200"})],
        "POST /ledger/saved": [
            Ask("/ledger/saved", {"name": "建言", "filter": "kind=建言", "shared": "1"})
        ],
        "POST /ledger/export": [
            Ask("/ledger/export", {"format": each, **more}, unmasked="unmasked" in more)
            for each in _FORMATS
            for more in (
                {},
                {"filter": f"topic={TOPIC}"},
                {"unmasked": "1", "reason": "报县领导阅批"},
            )
        ]
        + [Ask("/ledger/export", {"format": "jsonl", "only_chosen": "1", "case": SECRET})],
        "POST /ledger/bulk": [Ask("/ledger/bulk", {"job": "0" * 32, "action": "remind"})],
        "GET /queue": [Ask("/queue")],
        "GET /cases/{case_id:case_id}": _each("/cases/{}"),
        "GET /cases/{case_id:coded}/files": _each("/cases/{}/files"),
        "GET /cases/{case_id:coded}/attachments/{number:int}": _each("/cases/{}/attachments/1"),
        "POST /uploads/{case_id:coded}": _posted("/uploads/{}", purpose="办理佐证"),
        "GET /files/{sha}": _files(home),
        "POST /cases/{case_id:case_id}/unmask": [
            *_posted("/cases/{}/unmask", reason=""),
            *(
                ask._replace(unmasked=True)
                for ask in _posted("/cases/{}/unmask", reason="核实情况")
            ),
        ],
        "POST /cases/{case_id:case_id}/act/{command}": [
            *_posted("/cases/{}/act/draft_reply", text=reply, seen="1"),
            *_posted("/cases/{}/act/log_contact", text="", seen="1"),
            *_posted("/cases/{}/act/approve_reply", draft="99", seen="1"),
            *_posted("/cases/{}/act/mark_confidential", reason="", seen="1"),
            *_posted("/cases/{}/act/no_such", reason=""),
        ],
        "POST /cases/{case_id:case_id}/typed": _posted("/cases/{}/typed", text="草稿"),
        "POST /cases/{case_id:case_id}/look": _posted("/cases/{}/look", text=reply),
        "POST /cases/{case_id:case_id}/use": [
            Ask(f"/cases/{coded(one)}/use", {"from": other}) for one in CASES for other in CASES
        ],
        "POST /cases/{case_id:case_id}/send": _posted("/cases/{}/send", draft="99"),
        "POST /cases/{case_id:case_id}/posted": _posted("/cases/{}/posted", draft="99", proof="x"),
        "POST /cases/{case_id:case_id}/settle": _posted("/cases/{}/settle", draft="99"),
        "POST /today/return": [
            Ask("/today/return", {"case": one, "unit": "housing", "approve": "0"}) for one in CASES
        ],
        "POST /today/remind": [Ask("/today/remind", {"case": one, "seen": "1"}) for one in CASES],
        "POST /today/assign": [Ask("/today/assign", {"case": one, "lead": ""}) for one in CASES],
        "GET /dead-letters": [Ask("/dead-letters")],
        "POST /dead-letters": [Ask("/dead-letters", {"do": "replay"})],
        "GET /dead-letters/{letter_id}": [Ask(f"/dead-letters/{one}") for one in letters],
        "POST /dead-letters/{letter_id}/original": [
            *(Ask(f"/dead-letters/{one}/original", {"reason": ""}) for one in letters),
            *(
                Ask(f"/dead-letters/{one}/original", {"reason": "核对来源"}, unmasked=True)
                for one in letters
            ),
        ],
        "GET /set-aside": [Ask("/set-aside")],
        "POST /set-aside": [
            Ask("/set-aside", {"do": "dismiss"}),
            *(Ask("/set-aside", {"admit": one}) for one in letters),
        ],
        "GET /duty": [Ask("/duty")],
        "GET /notices": [Ask("/notices"), Ask("/notices?unit=housing")],
        "POST /notices": [Ask("/notices", {"unit": "housing", "via": "", "to": "x"})],
        "POST /notices/leaves": [Ask("/notices/leaves", {"account": "nobody"})],
        "POST /duty/notes/{number}/original": [
            Ask(f"/duty/notes/{one.number}/original", {"reason": reason}, unmasked=bool(reason))
            for one in home.office.get(Duty).notes()
            for reason in ("", "交接核实")
        ],
        "GET /board": [Ask("/board"), Ask("/board?days=365")],
        "GET /board/handling": [Ask("/board/handling?days=365")],
        "GET /api/v1/figures": [Ask("/api/v1/figures?days=365")],
        "GET /hotspots": [Ask("/hotspots"), Ask("/hotspots?days=365")],
        "POST /hotspots": [
            Ask("/hotspots", {"matter": one, "name": "清河苑路灯不亮", "seen": "0"})
            for one in (*CASES, NOBODY)
        ],
        "GET /api/v1/hotspots": [Ask("/api/v1/hotspots?days=365")],
        "POST /api/v1/hotspots/{matter:coded}/name": [
            Ask(f"/api/v1/hotspots/{coded(one)}/name", json={"name": "清河苑路灯不亮"})
            for one in (*CASES, NOBODY)
        ],
        "GET /matters": [Ask("/matters")],
        "GET /emerging": [Ask("/emerging")],
        "POST /emerging/{case_id:case_id}/matter": _posted("/emerging/{}/matter"),
        "POST /emerging/{case_id:case_id}/tell": _posted("/emerging/{}/tell", unit="housing"),
        "GET /matters/{matter:coded}": _each("/matters/{}"),
        "POST /matters/{matter:coded}/joint": [
            Ask(f"/matters/{coded(one)}/joint", {"case": other})
            for one in (*CASES, NOBODY)
            for other in CASES
        ],
        "GET /api/v1/matters/{matter:coded}": _each("/api/v1/matters/{}"),
        "POST /api/v1/matters/{matter:coded}/joint": [
            Ask(f"/api/v1/matters/{coded(one)}/joint", json={"cases": [other]})
            for one in (*CASES, NOBODY)
            for other in CASES
        ],
        "GET /joint/{number}": [Ask(f"/joint/{home.joint}")],
        "POST /joint/{number}/typed": [Ask(f"/joint/{home.joint}/typed", {"text": "草稿"})],
        "POST /joint/{number}/look": [Ask(f"/joint/{home.joint}/look", {"text": reply})],
        "POST /joint/{number}/{press}": [
            Ask(f"/joint/{home.joint}/{press}", {"text": reply, "reason": "不妥", "case": one})
            for press in ("write", "approve", "reject", "send", "split", "no_such")
            for one in (SECRET, NOBODY)
        ],
        "GET /api/v1/joint": [Ask("/api/v1/joint")],
        "GET /api/v1/joint/{number:coded}": [Ask(f"/api/v1/joint/{home.joint}")],
        "POST /api/v1/joint/{number:coded}/presses": [
            Ask(
                f"/api/v1/joint/{home.joint}/presses",
                json={"press": press, "text": reply, "reason": "不妥", "case_id": NOBODY},
            )
            for press in ("write", "approve", "reject", "send", "split", "no_such")
        ],
        "GET /exchange": [Ask("/exchange")],
        "POST /exchange/settle": [
            Ask("/exchange/settle", {"case": one, "number": number, "delivered": "0", "proof": ""})
            for one in (*CASES, NOBODY)
            for number in (str(UNCLEAR_UP), "99")
        ],
        "GET /exclusions": [Ask("/exclusions"), Ask("/exclusions?unit=housing")],
        "POST /exclusions": [
            Ask("/exclusions", {"case": one, "reason": "来源停机", "evidence": ""})
            for one in (*CASES, NOBODY)
        ],
        "POST /exclusions/{number}/decision": [
            Ask(f"/exclusions/{one}/decision", {"upheld": "1", "reason": "属实属实"})
            for one in home.left_out
        ],
        "POST /exclusions/{number}/take-back": [
            Ask(f"/exclusions/{one}/take-back", {}) for one in home.left_out
        ],
        "GET /api/v1/exclusions": [Ask("/api/v1/exclusions")],
        "POST /api/v1/exclusions": [
            Ask("/api/v1/exclusions", json={"case_id": one, "reason": "来源停机", "evidence": ""})
            for one in (*CASES, NOBODY)
        ],
        "POST /api/v1/exclusions/{number:coded}/decision": [
            Ask(f"/api/v1/exclusions/{one}/decision", json={"upheld": True, "reason": "属实属实"})
            for one in home.left_out
        ],
        "GET /promises": [Ask("/promises")],
        "GET /disputes/proposals": [Ask("/disputes/proposals")],
        "GET /disputes": [Ask("/disputes"), Ask("/disputes?days=90")],
        "POST /disputes/rulings": [
            Ask("/disputes/rulings", {"case": one, "row": "ruling-0", "words": "路灯"})
            for one in CASES
        ],
        "GET /disclosure": [Ask("/disclosure")],
        "GET /suggestions": [Ask("/suggestions")],
        "POST /suggestions/{case_id:case_id}": _posted("/suggestions/{}", adoption="x"),
        "GET /print/case/{case_id:coded}": [
            *_each("/print/case/{}"),
            *_each("/print/case/{}?format=docx"),
        ],
        "GET /print/handover/{case_id:coded}/{unit}": [
            ask
            for unit in ("petition", "housing", "education")
            for ask in _each(f"/print/handover/{{}}/{unit}")
        ],
        "GET /print/press/{case_id:coded}/{seq:int}": [
            Ask(f"/print/press/{coded(one)}/{event.seq}")
            for one in CASES
            for event in home.cases[one].history
            if type(event.body).__name__ == "Pressed"
        ],
        "GET /print/fee/{case_id:coded}": _each("/print/fee/{}"),
        "GET /briefs": [Ask("/briefs")],
        "GET /briefs/new": _each("/briefs/new?case={}"),
        "GET /briefs/{record}": [Ask(f"/briefs/{home.brief.record}")],
        "GET /print/brief/{record}": [Ask(f"/print/brief/{home.brief.record}")],
        "GET /incidents": [Ask("/incidents")],
        "POST /incidents": [Ask("/incidents", {"title": "停水", "refs": one}) for one in CASES],
        "GET /incidents/{number}": [Ask(f"/incidents/{home.event}")],
        "POST /incidents/{number}/{name}": [
            *(Ask(f"/incidents/{home.event}/link", {"refs": one, "seen": "3"}) for one in CASES),
            *(Ask(f"/incidents/{home.event}/part", {"ref": one}) for one in CASES),
        ],
        "GET /api/v1/incidents": [Ask("/api/v1/incidents")],
        "POST /api/v1/incidents": [
            Ask(
                "/api/v1/incidents",
                json={"title": "", "level": "", "noticed_at": "x", "summary": "", "refs": [one]},
            )
            for one in CASES
        ],
        "GET /api/v1/incidents/{number:coded}": [Ask(f"/api/v1/incidents/{home.event}")],
        "POST /api/v1/incidents/{number:coded}/steps": [
            Ask(f"/api/v1/incidents/{home.event}/steps", json={"step": "link", "refs": [one]})
            for one in CASES
        ],
        "GET /morning": [Ask("/morning")],
        "GET /reports/papers/{kind}/{key}": [Ask(each) for each in papers],
        "GET /reports/papers/{kind}/{key}/preview": [Ask(f"{each}/preview") for each in papers],
        "GET /reports/papers/{kind}/{key}/issued/{revision}": [
            Ask(f"{each}/issued/{number}") for each in papers for number in (1, 2)
        ],
        "GET /reports/papers/{kind}/{key}/issued/{revision}/{name}": [
            Ask(f"{each}/issued/{name}")
            for each in papers
            for name in ("1/paper.docx", "2/correction.docx", "2/figures.json.gz")
        ],
        "POST /reports/ledger": [
            Ask("/reports/ledger", {"kind": "week", "period": WEEK, "format": "csv"})
        ],
        "POST /qa/entries/{number}/quote": [
            Ask("/qa/entries/x/quote", {"case_id": one}) for one in CASES
        ],
        "GET /qa/export.{form}": [Ask("/qa/export.json"), Ask("/qa/export.html")],
        "GET /admin/trail": [Ask("/admin/trail")],
        "GET /admin/persons": [Ask("/admin/persons")],
        "POST /admin/persons/find": [
            Ask("/admin/persons/find", {"other": one, "reason": reason})
            for one in CASES
            for reason in ("", "本人申请")
        ],
        "POST /admin/persons/export": [
            Ask("/admin/persons/export", {"case_id": one, "ground": reason}, unmasked=bool(reason))
            for one in CASES
            for reason in ("", "本人申请")
        ],
        "POST /admin/persons/hold": [
            Ask("/admin/persons/hold", {"case_id": one, "reason": ""}) for one in CASES
        ],
        "POST /admin/persons/release": [
            Ask("/admin/persons/release", {"case_id": one, "reason": ""}) for one in CASES
        ],
        "POST /admin/persons/erase": [
            Ask("/admin/persons/erase", {"case_id": one}) for one in CASES
        ],
        "GET /admin/trail.csv": [Ask("/admin/trail.csv")],
        "GET /admin/review": [Ask("/admin/review"), Ask("/admin/review?holds=1")],
        "GET /admin/processing": [Ask("/admin/processing")],
        "GET /admin/processing/register.{form}": [Ask("/admin/processing/register.xlsx")],
        # -- the interface
        "GET /api/v1/cases": [
            Ask(f"/api/v1/cases{query.replace('&size=200', '')}") for query in _LEDGER
        ],
        "GET /api/v1/cases/{case_id:coded}": _reasoned("/api/v1/cases/{}"),
        "GET /api/v1/cases/{case_id:coded}/history": _reasoned("/api/v1/cases/{}/history"),
        "GET /api/v1/cases/{case_id:coded}/files": _reasoned("/api/v1/cases/{}/files"),
        "GET /api/v1/files/{sha}": _files(home, "/api/v1"),
        "GET /api/v1/cases/{case_id:coded}/actions": _each("/api/v1/cases/{}/actions"),
        "POST /api/v1/cases/{case_id:coded}/actions": [
            Ask(f"/api/v1/cases/{coded(one)}/actions", json=body)
            for one in (*CASES, NOBODY)
            for body in ({"do": "draft_reply", "text": reply}, {"do": "log_contact", "text": ""})
        ],
        "GET /api/v1/counters": [Ask("/api/v1/counters")],
        "GET /api/v1/facets": [
            Ask(f"/api/v1/facets{query.replace('&size=200', '')}") for query in _LEDGER
        ],
        "GET /api/v1/export": [
            Ask(f"/api/v1/export?format={each}{more}")
            for each in ("csv", "jsonl")
            for more in ("", f"&topic={TOPIC}", "&kind=建言")
        ],
        "GET /api/v1/alerts": [Ask("/api/v1/alerts?limit=200")],
        "POST /api/v1/check-reply": [
            Ask("/api/v1/check-reply", json={"text": reply, "case_id": one})
            for one in (*CASES, NOBODY)
        ],
        "POST /admin/tables/{name}/row": [
            # What it would do is shown with cases.
            Ask(
                "/admin/tables/directory/row",
                {
                    "item": "物业",
                    "words": "停车费、物业费",
                    "unit": "education",
                    "press": "try",
                    "seen": "44136fa355b3678a",
                },
            )
        ],
        "POST /api/v1/classify": [Ask("/api/v1/classify", json={"items": [{"body": "路灯坏了"}]})],
        "GET /api/v1/cases/{case_id:coded}/similar": _each("/api/v1/cases/{}/similar"),
        "GET /api/v1/dead-letters": [Ask("/api/v1/dead-letters")],
        "GET /api/v1/trail": [Ask("/api/v1/trail?limit=200")],
        "GET /api/v1/deadline": [Ask("/api/v1/deadline?received=2026-11-24T09:00&working_days=5")],
        # -- for everybody
        "GET /open311/v2/requests.{form}": [
            Ask("/open311/v2/requests.json"),
            *(Ask(f"/open311/v2/requests.xml?service_request_id={coded(one)}") for one in CASES),
        ],
        "GET /open311/v2/requests/{name:coded}": [
            Ask(f"/open311/v2/requests/{coded(one)}.json") for one in CASES
        ],
    }
    for route in PLAIN_ROUTES:
        method, _, path = route.partition(" ")
        made.setdefault(route, [Ask(_filled(path), {} if method != "GET" else None, method=method)])
    return made


_VALUES = {
    "filter_id": "1",
    "number": "1",
    "number:coded": "1",
    "seq:int": "1",
    "name": "note",
    "name:coded": "nothing",
    "form": "json",
    "kind": "weekly",
    "key": WEEK,
    "revision": "1",
    "case_id:coded": "nothing",
    "account_id:coded": "nothing",
    "alert_id:coded": "nothing",
}


def _filled(path: str) -> str:
    """The address with something in place of each parameter."""
    for part in path.split("{")[1:]:
        given = part.partition("}")[0]
        path = path.replace("{" + given + "}", _VALUES.get(given, "nothing"))
    return path


PLAIN_ROUTES = tuple(
    route.strip()
    for route in """
    GET /login
    POST /login
    GET /login/code
    POST /login/code
    GET /password
    POST /password
    POST /alerts/acknowledge
    POST /ledger/saved/{filter_id}/drop
    GET /jobs/{job_id}
    GET /jobs/{job_id}/progress
    POST /jobs/{job_id}/go-on
    GET /account
    POST /account/sessions
    GET /account/second-factor
    POST /account/second-factor/begin
    POST /account/second-factor/confirm
    POST /account/second-factor/codes
    POST /account/second-factor/off
    POST /account/tokens
    POST /account/tokens/{number}/revoke
    POST /account/requests/{number}/agree
    POST /account/requests/{number}/refuse
    GET /admin
    GET /admin/sources
    POST /admin/sources/{name}/pause
    POST /admin/sources/{name}/resume
    POST /admin/sources/{name}/run
    POST /admin/sources/{name}/rewind
    GET /admin/units
    GET /admin/calendar
    GET /admin/check
    GET /admin/accounts
    POST /admin/accounts
    GET /admin/accounts/{account_id}
    POST /admin/accounts/{account_id}
    POST /admin/accounts/{account_id}/password
    POST /admin/accounts/{account_id}/disable
    POST /admin/accounts/{account_id}/enable
    POST /admin/accounts/{account_id}/unlock
    POST /admin/accounts/{account_id}/drop-second-factor
    POST /admin/accounts/{account_id}/end
    GET /admin/tokens
    POST /admin/tokens
    POST /admin/tokens/{number}/revoke
    GET /admin/model
    POST /admin/model/use
    POST /admin/model/teach
    POST /duty/shifts
    POST /duty/shifts/{number}/cancel
    POST /duty/notes
    POST /duty/notes/{number}/take
    GET /rectification
    POST /rectification
    GET /rectification/{number}
    POST /rectification/{number}/{name}
    GET /register
    POST /register
    GET /qa
    GET /qa/candidates
    POST /qa
    GET /qa/entries/{number}
    POST /qa/entries/{number}/{name}
    GET /qa/documents
    POST /qa/documents
    POST /qa/documents/{number}/repeal
    GET /site
    POST /site/report
    POST /site/findings
    GET /watches
    POST /watches
    POST /watches/{number}/drop
    GET /media
    POST /disclosure/proposals
    POST /disclosure/proposals/{number}
    GET /reports
    POST /reports/issue
    POST /reports/papers
    GET /reports/jobs
    GET /reports/editions/{key}/{revision}/{name}
    POST /reports/papers/{kind}/{key}/issue
    POST /reports/papers/{kind}/{key}/correct
    POST /reports/papers/{kind}/{key}/withdraw
    GET /exclusions/what-if
    POST /reports/papers/{kind}/{key}/preview
    GET /setup
    GET /setup/first
    POST /setup/first
    GET /admin/office
    POST /admin/office
    GET /admin/units/list
    GET /admin/units/list.xlsx
    POST /admin/units/list
    GET /admin/people
    GET /admin/people.xlsx
    POST /admin/people
    GET /admin/channels
    POST /admin/channels
    POST /notices/{number}/remove
    POST /notices/{number}/test
    POST /notices/leaves/{number}/end
    POST /admin/channels/test
    POST /admin/calendar
    GET /admin/tables
    GET /admin/tables/{name}
    GET /admin/tables/{name}/row
    POST /admin/tables/{name}/switch
    POST /admin/tables/{name}/restore
    GET /admin/changes
    POST /admin/changes/{number}/take-back
    POST /disputes/rulings/{row}/withdraw
    POST /disputes/proposals/{number}/accept
    POST /disputes/proposals/{number}/dismiss
    GET /admin/upload
    POST /admin/upload
    GET /admin/upload/{token}
    POST /admin/upload/{token}
    GET /admin/backup
    POST /admin/backup
    POST /admin/processing
    POST /admin/processing/{activity}
    POST /admin/review
    GET /reports/jobs/{job_id}/file
    POST /print/handover/{case_id:coded}/{unit}
    POST /print/press/{case_id:coded}/{seq:int}
    POST /briefs
    POST /briefs/{record}
    GET /help/api
    GET /api/v1/me
    GET /api/v1/units
    GET /api/v1/topics
    GET /api/v1/measures
    GET /measures
    GET /manual
    GET /manual/{name}
    GET /manual/pictures/{name}.webp
    POST /api/v1/alerts/{alert_id:coded}/acknowledge
    GET /api/v1/sources
    POST /api/v1/sources/{name:coded}/pause
    POST /api/v1/sources/{name:coded}/resume
    POST /api/v1/sources/{name:coded}/run
    POST /api/v1/dead-letters/replay
    GET /api/v1/accounts
    POST /api/v1/accounts
    PATCH /api/v1/accounts/{account_id:coded}
    GET /api/v1/openapi.json
    GET /open311/discovery.{form}
    GET /open311/v2/discovery.{form}
    GET /open311/v2/services.{form}
    GET /open311/v2/services/{name:coded}
    GET /healthz
    """.strip().splitlines()
)
"""Asked for as they are: what they show is of no case, or needs more than an address."""
ELSEWHERE = {
    "GET /live": "test_the_live_stream_tells_each_what_his_page_shows",
    "POST /logout": "it would end the session of this test",
}
"""Not asked for here; where it is, or why not."""


def routes(home: MarkedHome) -> set[str]:
    """Every route of the application, those of its mounted parts included."""
    app = client_of(home.office).app
    found: set[str] = set()

    def walk(parts: list[object], prefix: str) -> None:
        for one in parts:
            if isinstance(one, Mount):
                walk(list(getattr(one.app, "routes", None) or []), prefix + one.path)
            elif isinstance(one, Route):
                methods = (one.methods or set()) - {"HEAD"}
                found.update(f"{method} {prefix}{one.path}" for method in methods)

    walk(list(app.routes), "")  # type: ignore[attr-defined]
    return found


def test_every_route_has_samples(home: MarkedHome) -> None:
    known = {*samples(home), *ELSEWHERE}
    new = sorted(routes(home) - known)
    assert not new, f"give these addresses samples in {Path(__file__).name}: {new}"
    assert not known - routes(home), "samples of addresses that are no more"


def test_every_mark_is_in_the_home(home: MarkedHome) -> None:
    """What was not stored is not found, and would prove nothing."""
    outside = ("note", "brief", "phone in a note")
    stored = home.filled()
    for mark in home.marks.all.values():
        of_case = mark.case_id in home.cases and mark.note not in outside
        of_case = of_case and not mark.note.endswith("of exclusion")
        if of_case and "upload" not in mark.note and mark.note != "content of a file":
            assert mark.word in stored, mark


def test_the_papers_and_the_morning_have_something_to_tell(home: MarkedHome) -> None:
    """What they tell of no case would prove nothing."""
    desk = signed_in(home.office, Role.DESK, name="desk-r")
    titles = {case_id: home.cases[case_id].item.title for case_id in CASES}
    morning = desk.get("/morning").text
    assert titles[PLAIN] in morning
    for kind, key in PAPERS.items():
        page = f"/reports/papers/{kind}/{key}/issued/2"
        assert desk.get(f"{page}/correction.docx").status_code == 200
        text = desk.get(page).text
        assert "件不列编号" in text
        assert not any(coded(one) in text or one in text for one in (SECRET, ACCUSED))
        assert not any(title in text for one, title in titles.items() if one in (SECRET, ACCUSED))


def test_the_joint_answer_and_the_exchange_have_something_to_tell(home: MarkedHome) -> None:
    words = {(mark.case_id, mark.note): mark.word for mark in home.marks.all.values()}
    leader = signed_in(home.office, Role.LEADER, name="leader-r")
    page = leader.get(f"/joint/{home.joint}").text
    for note in ("joint answer", "reason of rejecting jointly"):
        assert words[TOGETHER[0], note] in page
    exchange = leader.get("/exchange").text
    for note in ("reason of 退单", "platform's answer"):
        assert words[PLAIN, note] in exchange
        assert words[SECRET, note] in exchange


# -- the walk --------------------------------------------------------------------


def wrong(home: MarkedHome, actor: Actor | None, ask: Ask, text: str) -> list[str]:
    """What stands in the text and must not."""
    own = f"{ask.path} {ask.form} {ask.json}"
    found = [
        f"{mark.note} of {mark.case_id} ({mark.word})"
        for mark in home.marks.all.values()
        if mark.word in text
        and mark.word not in own
        and not home.may_read(mark, actor, unmasked=ask.unmasked)
    ]
    # The trail says what people have asked for, in their words.
    if not home.may_read_labels(actor) and "trail" not in ask.path:
        found += [f"the label {one}" for one in (TOPIC, RISK) if one in text and one not in own]
    return found


def send(who: TestClient, ask: Ask, **headers: str):
    if ask.json is not None:
        return who.post(ask.path, json=ask.json, headers=headers)
    if ask.form is not None or ask.method not in ("", "GET"):
        form = {"csrf": who.headers.get("x-csrf-token", ""), **(ask.form or {})}
        if ask.method == "PATCH":
            return who.patch(ask.path, json={}, headers=headers)
        return who.post(ask.path, data=form, headers=headers, follow_redirects=False)
    return who.get(ask.path, headers=headers, follow_redirects=False)


def walked(home: MarkedHome, who: TestClient, actor: Actor | None, prefix: str = "") -> list[str]:
    problems = []
    headers = {"authorization": who.headers["authorization"]} if prefix else {}
    for route, asks in samples(home).items():
        if prefix and not route.partition(" ")[2].startswith(prefix):
            continue
        for ask in asks:
            answer = send(who, ask, **headers)
            assert answer.status_code != 500, (ask, answer.text[-500:])
            kind = answer.headers.get("content-type", "")
            text = readable_parts(answer.content, kind) + str(dict(answer.headers))
            problems += [f"{route} {ask.path}: {one}" for one in wrong(home, actor, ask, text)]
    return problems


@pytest.mark.timeout(300)
@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS, ids=lambda one: one.name)
def test_nobody_is_sent_what_is_not_his(home: MarkedHome, log: Lines, reader: Reader) -> None:
    problems = walked(home, client(home, reader), reader.actor)
    assert not problems, "\n".join(problems[:40])
    logged = "\n".join(log.lines)
    assert not [mark for mark in home.marks.all if mark in logged]


@pytest.mark.timeout(300)
@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS, ids=lambda one: one.name)
def test_no_program_is_sent_what_is_not_its_accounts(home: MarkedHome, reader: Reader) -> None:
    who = client_of(home.office)
    who.headers["authorization"] = f"Bearer {token(home, reader)}"
    problems = walked(home, who, reader.actor, "/api/v1/")
    assert not problems, "\n".join(problems[:40])


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_who_has_not_signed_in_reads_what_was_published(home: MarkedHome) -> None:
    problems = walked(home, client_of(home.office), None)
    assert not problems, "\n".join(problems[:40])

"""台账: facets, filters, columns, saved filters, many cases at once, and files."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

from cases.record import commands as do
from cases.reporting.columns import COLUMNS as FILE_COLUMNS
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.ground.audit_log import AuditAction
from desk.ledger.bulk import MOST_CASES
from desk.ledger.columns import COLUMNS as PAGE_COLUMNS
from desk.ledger.columns import cells, chosen
from desk.ledger.filter_input import read_filter
from desk.ledger.page import read_address
from tests.cases.helpers import DESK, Story
from tests.desk.app.test_web import NOW, Desk, item, text_of
from tests.desk.clients import signed_in

JOB = "a" * 32
LAMP = {
    "title": "路灯不亮",
    "body": "投诉：学府路的路灯坏了，晚上很黑。",
    "channel": "12345热线",
}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


@pytest.fixture
def several(desk: Desk) -> Desk:
    desk.put(item("1"), item("2", **LAMP), item("3"))
    return desk


@pytest.fixture(scope="module")
def handled(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """The same three, each with something done to it. Only read them."""
    made = Desk(tmp_path_factory.mktemp("handled"), root / "config")
    made.put(item("1"), item("2", **LAMP), item("3"))
    made.act("board-export:2", do.Acknowledge(), Role.RESPONDER, "urban-management")
    made.act("board-export:1", do.RecordPromise(text="公示", due=NOW.date()))
    made.act("board-export:3", do.LinkMatter(matter="M7"))
    yield made
    made.close()


def numbers(page: str) -> list[str]:
    return re.findall(r'<a href="/cases/board-export%3A(\w+)" data-line', page)


def facets(page: str) -> dict[str, int]:
    return {
        name: int(n)
        for name, n in re.findall(
            r'<li><a href="/ledger[^"]*"[^>]*><span>([^<]+?) ?(?:<b[^>]*>×</b>)?</span><span class="n">(\d+)</span>',
            page,
        )
    }


# -- facets ------------------------------------------------------------------


def test_facets_count_under_the_present_filter(several: Desk) -> None:
    found = facets(several.page("/ledger"))
    assert (found["问政平台"], found["12345热线"], found["待签收"]) == (2, 1, 3)
    narrowed = facets(several.page("/ledger?channel=12345热线"))
    # What another channel would give can still be seen; the rest is of this one.
    assert (narrowed["问政平台"], narrowed["待签收"]) == (2, 1)
    assert facets(several.page("/ledger?q=路灯")).get("问政平台") is None


def test_a_facet_leads_to_as_many_cases_as_it_says(several: Desk) -> None:
    page = several.page("/ledger")
    links = re.findall(
        r'<li><a href="(/ledger\?[^"]+)"><span>[^<]+</span><span class="n">(\d+)', page
    )
    assert len(links) > 6
    for href, n in links:
        assert f"<b>{n}</b> 件" in several.page(href.replace("&amp;", "&")), href


def test_the_states_of_a_view_are_those_it_is_about(desk: Desk) -> None:
    old = datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING)
    desk.put(item("1", received_at=old), item("2", received_at=old))
    desk.act("board-export:2", do.Refuse(reason="重复"))
    page = desk.page("/ledger?view=overdue")
    assert facets(page)["待签收"] == 1
    assert "不予受理" not in facets(page)


def test_a_units_facets_and_lists_are_its_own(several: Desk) -> None:
    several.act("board-export:1", do.Assign(lead="education", reason="改派"))
    client = signed_in(several.office, Role.RESPONDER, "education")
    for address in ("/ledger", "/ledger?unit=housing", "/ledger?todo=acknowledge"):
        page = client.get(address).text
        assert numbers(page) == ["1"], address
        assert facets(page)["问政平台"] == 1
        assert "12345热线" not in facets(page)
    page = client.get("/ledger").text
    assert "县住房和城乡建设局" not in page


# -- filters -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=投诉", {"1", "2", "3"}),
        ("kind=建言", set()),
        ("sentiment=positive", set()),
        ("todo=acknowledge", {"1", "3"}),
        ("todo=reply", {"2"}),
        ("todo=review", set()),
        ("returned=yes", set()),
        ("returned=no&replied=no", {"1", "2", "3"}),
        ("replied=yes", set()),
        ("satisfied=no", set()),
        ("promise=open", {"1"}),
        ("promise=overdue", set()),
        ("matter=M7", {"3"}),
    ],
)
def test_more_conditions_in_the_address(handled: Desk, query: str, expected: set[str]) -> None:
    found = handled.page(f"/ledger?{quote(query, safe='=&')}")
    assert set(numbers(found)) == expected


@pytest.mark.parametrize("query", ["kind=x", "size=7", "todo=x", "satisfied=maybe", "promise=x"])
def test_what_is_no_condition_is_said(handled: Desk, query: str) -> None:
    handled.page(f"/ledger?{query}", 400)


def test_an_address_gives_the_filter_back() -> None:
    wanted = read_filter(
        {"q": "路灯 A&B", "kind": "投诉", "todo": "reply", "size": "100", "page": "3"}
    )
    assert read_address(wanted.address) == wanted
    assert wanted.plain.page == 1


def test_a_reviewer_sees_first_what_waits_for_him(several: Desk) -> None:
    reviewer = signed_in(several.office, Role.REVIEWER)
    assert len(numbers(reviewer.get("/ledger").text)) == 3
    several.act("board-export:2", do.DraftReply(text="已派人修理。"))
    answer = reviewer.get("/ledger")
    assert answer.url.query == b"todo=review"
    assert numbers(answer.text) == ["2"]
    assert len(numbers(reviewer.get("/ledger?order=newest").text)) == 3


# -- what a reader keeps -----------------------------------------------------


def test_columns_and_page_size_are_kept_for_each_account(several: Desk) -> None:
    form = {"column": ["number", "due"], "size": "20", "back": "/ledger"}
    several.client.post("/ledger/view", data=form)
    page = several.page("/ledger")
    heads = re.findall(r'<th class="c-(\w+)"', page)
    assert heads == ["tick", "title", "number", "due"]
    other = signed_in(several.office, Role.LEADER).get("/ledger").text
    assert "c-unit" in other


def test_the_page_offers_the_columns_of_the_files() -> None:
    """A new column of the ledger is offered here with nothing more said."""
    offered = {one.of_files.key for one in PAGE_COLUMNS if one.of_files is not None}
    assert offered == {key for key, one in FILE_COLUMNS.items() if one.page is not None}
    assert set(FILE_COLUMNS) - offered == {"entry", "summary", "body", "reply"}
    assert [one.name for one in chosen(())] == [
        *("left", "title", "channel", "topic", "unit", "state", "received"),
    ]
    assert len({one.name for one in PAGE_COLUMNS}) == len(PAGE_COLUMNS)


def test_a_column_that_the_line_does_not_have_gives_the_cell_of_the_files(several: Desk) -> None:
    several.act("board-export:2", do.Instruct(text="请速办，联系13912345678"))
    form = {"column": ["instructions", "round"], "back": "/ledger"}
    several.client.post("/ledger/view", data=form)
    page = several.page("/ledger")
    cells = re.findall(r'<td class="c-instructions">([^<]*)</td>', page)
    assert sorted(cells) == ["1. 请速办，联系139****5678（待反馈）", "—", "—"]
    assert re.findall(r'<td class="c-round">([^<]*)</td>', page) == ["1", "1", "1"]


def test_a_case_that_is_withheld_from_the_reader_says_nothing_in_such_a_column(
    several: Desk,
) -> None:
    story = Story()
    marked = do.MarkConfidential(reason="检举", accused=("housing",))
    story.does(DESK, marked, "2026-03-03T10:00")
    shown = [one for one in PAGE_COLUMNS if one.name in ("risk", "matter", "round")]
    for unit, said in (("housing", {"不显示"}), ("education", {"（保密件）", "1"})):
        reader = Actor("x", Role.LEADER, "某", unit)
        (row,) = cells(shown, (story.case,), several.office, NOW, reader).values()
        assert set(row.values()) == said


def test_a_filter_is_kept_shared_and_dropped(several: Desk) -> None:
    kept = {"name": "路灯", "filter": "q=路灯", "shared": "1"}
    assert several.client.post("/ledger/saved", data=kept).url.path == "/ledger"
    colleague = signed_in(several.office, Role.DESK, name="colleague")
    page = colleague.get("/ledger").text
    link = re.search(
        r'<a href="(/ledger\?q=[^"]+)"><span>路灯 <small>共享</small></span><span class="n">1<',
        page,
    )
    assert link is not None
    assert numbers(colleague.get(link[1]).text) == ["2"]
    assert "路灯 <small>" not in signed_in(several.office, Role.LEADER).get("/ledger").text
    # Somebody else's stays.
    colleague.post("/ledger/saved/1/drop", data={"back": "/ledger"})
    assert "路灯 <small>" in colleague.get("/ledger").text
    several.client.post("/ledger/saved/1/drop", data={"back": "/ledger"})
    assert "路灯 <small>" not in colleague.get("/ledger").text


def test_a_shared_filter_of_the_desk_only(several: Desk) -> None:
    leader = signed_in(several.office, Role.LEADER)
    leader.post("/ledger/saved", data={"name": "只我有", "filter": "q=路灯", "shared": "1"})
    assert "只我有" not in several.page("/ledger")


@pytest.mark.parametrize("back", ["https://example.org/", "//example.org", "/\\example.org"])
def test_saving_leads_nowhere_else(desk: Desk, back: str) -> None:
    answer = desk.client.post("/ledger/view", data={"back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"


# -- many at once ------------------------------------------------------------


def bulk(client: TestClient, *ids: str, job: str = JOB, **values: str) -> str:
    """Submits, waits until it is done, and gives what the page of the job says."""
    form: dict[str, object] = {"job": job, "action": "remind", "text": "请抓紧办理"}
    form["case"] = [f"board-export:{each}" for each in ids]
    form |= values
    answer = client.post("/ledger/bulk", data=form)
    assert answer.url.path == f"/jobs/{job}", answer.text[:2000]
    for _ in range(500):
        progress = client.get(f"/jobs/{job}/progress").json()
        if not progress["running"]:
            return text_of(client.get(f"/jobs/{job}").text)
        time.sleep(0.02)
    raise AssertionError("the job does not end")


def test_many_are_reminded_and_what_is_refused_says_why(several: Desk) -> None:
    several.act("board-export:3", do.Refuse(reason="重复"))
    said = bulk(several.client, "1", "2", "3")
    assert "完成 2 件" in said
    assert "未办 1 件" in said
    assert "事项不予受理，不能再做这个动作" in said
    pressed = several.runner.store.ledger.load(["board-export:1"])["board-export:1"].pressures
    assert [(one.text, one.by) for one in pressed] == [("请抓紧办理", "desk")]
    assert "催办 3 件" in several.office.trail.search(deed=AuditAction.ACT.value)[1][0].detail


def test_submitting_again_does_nothing_twice(several: Desk) -> None:
    bulk(several.client, "1", "2")
    before = [several.runner.store.journal_size()]
    bulk(several.client, "1", "2")
    # Taken up again after a stop, too.
    several.client.post(f"/jobs/{JOB}/go-on")
    assert "完成 2 件" in bulk(several.client, "1", "2")
    assert before == [several.runner.store.journal_size()]


def test_a_job_that_was_cut_is_taken_up_without_doing_anything_twice(several: Desk) -> None:
    bulk(several.client, "1", "2")
    size = several.runner.store.journal_size()
    with several.office.file.writing() as db:
        db.execute("UPDATE bulk_cases SET outcome = '' WHERE number = 2")
    page = text_of(several.page(f"/jobs/{JOB}"))
    assert "没有办完，程序中途停过" in page
    several.client.post(f"/jobs/{JOB}/go-on")
    assert "完成 2 件" in bulk(several.client, "1", "2")
    assert several.runner.store.journal_size() == size


def test_all_of_a_filter_are_reassigned(several: Desk) -> None:
    values = {"all": "1", "filter": "channel=问政平台", "unit": "education", "text": "职能调整"}
    said = bulk(several.client, action="reassign", **values)
    assert "完成 2 件" in said
    units = {n: several.runner.store.ledger.load([f"board-export:{n}"]) for n in ("1", "2", "3")}
    found = {n: next(iter(cases.values())).unit for n, cases in units.items()}
    assert found == {"1": "education", "2": "urban-management", "3": "education"}


def test_pressing_harder_needs_the_lower_rung_or_a_reason(several: Desk) -> None:
    said = bulk(several.client, "1", action="supervise", due="2026-11-27")
    assert "越级督办请写明理由" in said
    values = {"action": "supervise", "due": "2026-11-27", "skip_reason": "群体诉求"}
    assert "完成 1 件" in bulk(several.client, "1", job="b" * 32, **values)
    pressure = several.runner.store.ledger.load(["board-export:1"])["board-export:1"].pressures[0]
    assert pressure.due_at == datetime(2026, 11, 27, 23, 59, 59, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"case": []}, "请先勾选事项"),
        ({"action": "assign"}, "请选择承办单位"),
        ({"action": "reassign", "unit": "housing", "text": ""}, "改派的理由"),
        ({"text": " "}, "请填写催办的内容"),
        ({"action": "supervise", "due": "2026-11-01"}, "期限应在今天或以后"),
        ({"action": "supervise", "due": "soon"}, "期限应为"),
        ({"action": "close"}, "请选择要做什么"),
        ({"job": "../etc"}, "页面已过期"),
    ],
)
def test_what_cannot_be_done_to_many_is_said_before_anything_is_done(
    handled: Desk, values: dict[str, object], said: str
) -> None:
    before = handled.runner.store.journal_size()
    form = {"job": JOB, "action": "remind", "text": "请办", "case": ["board-export:1"]} | values
    answer = handled.client.post("/ledger/bulk", data=form, follow_redirects=False)
    assert answer.status_code == 400
    assert said in answer.text
    assert handled.runner.store.journal_size() == before


def test_a_page_of_many_fits_into_a_form(several: Desk) -> None:
    cases = [f"x:{n}" for n in range(450)]
    form = {"job": JOB, "action": "remind", "text": "请办", "case": cases}
    answer = several.client.post("/ledger/bulk", data=form, follow_redirects=False)
    assert answer.status_code == 303


def test_more_than_a_job_may_hold(several: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.ledger.bulk.MOST_CASES", 2)
    form = {"job": JOB, "action": "remind", "text": "请办", "all": "1", "filter": ""}
    answer = several.client.post("/ledger/bulk", data=form)
    assert answer.status_code == 400
    assert "一次最多办理 2 件" in answer.text
    assert MOST_CASES >= 1000


@pytest.mark.parametrize("role", [Role.RESPONDER, Role.REVIEWER, Role.LEADER, Role.ADMIN])
def test_only_the_desk_handles_many(several: Desk, role: Role) -> None:
    unit = "housing" if role is Role.RESPONDER else ""
    client = signed_in(several.office, role, unit)
    assert 'name="case"' not in client.get("/ledger?order=newest").text
    form = {"job": JOB, "action": "remind", "text": "请办", "case": "board-export:1"}
    assert client.post("/ledger/bulk", data=form).status_code == 403
    bulk(several.client, "1")
    assert client.get(f"/jobs/{JOB}").status_code == 403
    assert client.get(f"/jobs/{JOB}/progress").status_code == 403


# -- files -------------------------------------------------------------------


def export(client: TestClient, **values: object) -> bytes:
    answer = client.post("/ledger/export", data={"filter": "", "format": "jsonl"} | values)
    assert answer.status_code == 200, answer.text[:1000]
    return answer.content


def exported(client: TestClient, **values: object) -> list[str]:
    lines = export(client, **values).splitlines()
    return [json.loads(line)["case_id"].partition(":")[2] for line in lines]


def test_an_export_is_exactly_what_is_filtered(several: Desk) -> None:
    assert exported(several.client) == ["1", "2", "3"]
    assert exported(several.client, filter="channel=12345热线") == ["2"]
    assert exported(several.client, filter="view=overdue&state=closed") == []
    assert exported(several.client, case=["board-export:3"], only_chosen="1") == ["3"]
    assert exported(several.client, filter="page=9&size=20") == ["1", "2", "3"]


def test_an_export_goes_into_the_trail_with_filter_and_number(several: Desk) -> None:
    export(several.client, filter="channel=12345热线", format="csv")
    steps = several.office.trail.search(deed=AuditAction.EXPORT.value)[1]
    assert [step.detail for step in steps] == [
        "完成：1 件；渠道 12345热线",
        "开始：渠道 12345热线",
    ]
    assert {step.about for step in steps} == {"台账.csv"}


def test_a_unit_exports_its_own_whatever_it_asks_for(several: Desk) -> None:
    client = signed_in(several.office, Role.RESPONDER, "urban-management")
    assert exported(client) == ["2"]
    assert exported(client, filter="unit=housing") == ["2"]
    ids = [f"board-export:{n}" for n in "123"]
    assert exported(client, case=ids, only_chosen="1") == ["2"]


def test_personal_data_leaves_with_a_reason_of_the_desk_only(desk: Desk) -> None:
    said = "联系人李建国，电话13900012345，物业乱收停车费。"
    desk.put(item(body=said, author="李建国"), item("2", body=said, confidential=True))
    assert b"13900012345" not in export(desk.client)
    answer = desk.client.post("/ledger/export", data={"unmasked": "1", "format": "csv"})
    assert answer.status_code == 400
    clear = export(desk.client, unmasked="1", reason="报县领导阅批").decode()
    assert clear.count("13900012345") == 1  # the confidential one shows nothing to anybody
    detail = desk.office.trail.search(deed=AuditAction.EXPORT.value)[1][0].detail
    assert "未脱敏，理由：报县领导阅批" in detail
    for role in (Role.LEADER, Role.ADMIN):
        client = signed_in(desk.office, role)
        form = {"unmasked": "1", "reason": "报县领导阅批", "format": "csv"}
        assert client.post("/ledger/export", data=form).status_code == 400


def test_no_cell_is_a_formula(desk: Desk) -> None:
    desk.put(item("1", title="=HYPERLINK(1)", body="@SUM(A1)"))
    text = export(desk.client, format="csv").decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["标题"] == "'=HYPERLINK(1)"
    assert row["正文"] == "'@SUM(A1)"
    book = CalamineWorkbook.from_filelike(io.BytesIO(export(desk.client, format="xlsx")))
    heads, first = book.get_sheet_by_name("台账").to_python()
    assert first[heads.index("标题")] == "'=HYPERLINK(1)"
    assert first[heads.index("渠道")] == "问政平台"


def test_the_file_is_of_one_moment(desk: Desk) -> None:
    desk.put(*(item(f"{n:03d}") for n in range(600)))
    with desk.client.stream("POST", "/ledger/export", data={"format": "jsonl"}) as answer:
        chunks = answer.iter_bytes()
        first = next(chunks)
        desk.put(item("zz9"))
        rest = b"".join(chunks)
    assert (first + rest).count(b"\n") == 600


def test_an_export_needs_the_token_and_a_known_format(several: Desk) -> None:
    assert several.client.post("/ledger/export", data={"format": "exe"}).status_code == 400
    del several.client.headers["x-csrf-token"]
    assert several.client.post("/ledger/export", data={"format": "csv"}).status_code == 403

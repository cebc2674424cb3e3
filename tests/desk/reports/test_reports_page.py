"""报表: ledgers and papers made, issued and fetched on the page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from cases.words.actors import Role
from desk.reports.jobs import ReportJobs
from tests.desk.app.test_web import NOW, Desk, item, text_of
from tests.desk.clients import signed_in


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    for end in made.client.app.state.before_stop:  # type: ignore[attr-defined]
        end()
    made.close()


def wait(desk: Desk) -> str:
    """The page once nothing is being made any more."""
    for _ in range(600):
        if all(job["ended"] for job in desk.client.get("/reports/jobs").json()):
            return desk.page("/reports")
        time.sleep(0.05)
    raise AssertionError("the job did not end")


def test_a_ledger_of_any_period_is_made_and_fetched_by_who_asked(desk: Desk) -> None:
    desk.put(item("1"), item("2"))
    for format_, begin in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("jsonl", b"{")):
        form = {"kind": "week", "period": "2026-W48", "format": format_}
        assert desk.client.post("/reports/ledger", data=form).status_code == 200
        page = wait(desk)
        (href, *_) = re.findall(r'href="(/reports/jobs/[0-9a-f]+/file)"', page)
        answer = desk.client.get(href)
        assert answer.status_code == 200
        assert answer.content.startswith(begin)
        assert "attachment" in answer.headers["content-disposition"]
    assert "2 件" in page
    other = signed_in(desk.office, Role.LEADER)
    assert other.get(href).status_code == 404
    assert desk.office.trail.search(deed="导出")[0] == 3


def test_a_ledger_of_one_channel_and_topic(desk: Desk) -> None:
    desk.put(item("1"), item("2", channel="领导信箱"), item("3", channel="领导信箱", title="停水"))
    assert '<option value="领导信箱">' in desk.page("/reports")
    assert "还没有签发，" not in desk.page("/reports"), "nothing was received last week"
    form = {"kind": "week", "period": "2026-W48", "format": "jsonl", "channel": " 领导信箱 "}
    for more, rows in (({}, 2), ({"topic": "没有这一类"}, 0)):
        desk.client.post("/reports/ledger", data={**form, **more})
        page = wait(desk)
        (href, *_) = re.findall(r'href="(/reports/jobs/[0-9a-f]+/file)"', page)
        assert desk.client.get(href).text.count("\n") == rows


def test_a_range_and_its_mistakes(desk: Desk) -> None:
    desk.put(item("1"))
    good = {"kind": "range", "from": "2026-11-01", "to": "2026-11-24", "format": "jsonl"}
    assert desk.client.post("/reports/ledger", data=good).status_code == 200
    wait(desk)
    for changes, said in (
        ({"from": ""}, "起止日期"),
        ({"from": "2027-01-01", "to": "2027-01-02"}, "还没有开始"),
        ({"kind": "week", "period": "2026-47"}, "应写成 2026-W47"),
        ({"kind": "day"}, "请选择周"),
        ({"format": "pdf"}, "格式应为"),
    ):
        answer = desk.client.post("/reports/ledger", data={**good, **changes})
        assert answer.status_code == 400
        assert said in answer.text


def test_an_edition_is_issued_once_and_its_files_stay(desk: Desk) -> None:
    desk.put(item("1", received_at=NOW.replace(day=18)))
    assert "还没有签发过台账" in desk.page("/reports")
    waits = "2026年第47周（11月16日—11月22日）的台账还没有签发"
    assert waits in desk.page("/reports")
    form = {"kind": "week", "period": "2026-W47", "signer": "秦某"}
    assert desk.client.post("/reports/issue", data={**form, "signer": " "}).status_code == 400
    desk.client.post("/reports/issue", data=form)
    page = wait(desk)
    assert "已签发2026年第47期" in page
    assert waits not in page
    (href, *_) = re.findall(r'href="(/reports/editions/2026-W47/1/[^"]+\.xlsx)"', page)
    assert desk.client.get(href).content.startswith(b"PK")
    desk.client.post("/reports/issue", data=form)
    assert "没有变化，无需再签发" in wait(desk)
    early = {**form, "period": "2026-W48"}
    desk.client.post("/reports/issue", data=early)
    assert "第一个工作日" in wait(desk)


@pytest.mark.parametrize(
    "path",
    [
        "/reports/editions/2026-W47/1/..%2F..%2Fdesk.db",
        "/reports/editions/..%2F/1/edition.json",
        "/reports/papers/weekly/..%2F..%2Fdesk",
        "/reports/papers/daily/2026-W47",
        "/reports/papers/weekly/2026-W46",
        "/reports/jobs/0/file",
    ],
)
def test_an_address_is_never_a_path(desk: Desk, path: str) -> None:
    assert desk.client.get(path).status_code in (400, 404)


def test_a_figure_of_a_paper_opens_the_list_behind_it(desk: Desk) -> None:
    desk.put(item("1"), item("2", title="路灯不亮"), item("9", received_at=NOW))
    address = "/ledger?figure=2026-W47/now/received"
    assert "请在“报表”里重新生成这一期" in desk.page(address, 400)
    assert "没有“2026-W47/now/speed”" in desk.page("/ledger?figure=2026-W47/now/speed", 400)
    form = {"paper": "weekly", "period": "2026-W47"}
    desk.client.post("/reports/papers", data=form)
    wait(desk)
    assert "2026年第47周 新收 0 件" in text_of(desk.page(address))
    form = {"paper": "weekly", "period": "2026-W48"}
    desk.client.post("/reports/papers", data=form)
    wait(desk)
    page = text_of(desk.page("/ledger?figure=2026-W48/now/received"))
    assert "2026年第48周 新收 2 件" in page
    assert "计入这个数字的 2 件事项" in page
    assert "路灯不亮" in page
    narrowed = text_of(desk.page("/ledger?figure=2026-W48/now/received&q=路灯"))
    assert "1 件" in narrowed
    exported = desk.client.post(
        "/ledger/export",
        data={"filter": "figure=2026-W48/now/received&q=路灯", "format": "jsonl"},
    )
    assert exported.text.count("\n") == 1
    broken = desk.client.post("/ledger/export", data={"filter": "figure=x", "format": "jsonl"})
    assert broken.status_code == 400
    listed = desk.client.get("/api/v1/cases?figure=2026-W48/now/received").json()
    assert len(listed["items"]) == 2


def test_a_rate_leads_on_to_what_it_lacks(desk: Desk) -> None:
    old = NOW - timedelta(days=20)
    desk.put(item("1", received_at=old, title="停水"), item("2", received_at=old, title="停电"))
    form = {"paper": "weekly", "period": "2026-W46"}
    desk.client.post("/reports/papers", data=form)
    wait(desk)
    page = desk.page("/ledger?figure=2026-W46/now/on_time")
    assert "只看未按时 2 件次" in page


def test_only_papers_of_the_time_since_the_first_message_are_due(desk: Desk) -> None:
    assert "到日子还没有出的" not in desk.page("/reports")
    desk.put(item("1", received_at=NOW.replace(day=18)))
    page = text_of(desk.page("/reports"))
    assert "到日子还没有出的：每日舆情快报 2026年11月22日" in page
    assert "政务舆情回应周反馈 2026年第47周" in page
    assert "2026年10月" not in page.partition("运行中的系统会自动补出")[0]


def test_papers_are_made_and_fetched(desk: Desk) -> None:
    desk.put(item("1", received_at=NOW.replace(day=18)))
    for paper, period in (("weekly", "2026-W47"), ("monthly", "2026-10"), ("quarterly", "2026-Q3")):
        form = {"paper": paper, "period": period}
        assert desk.client.post("/reports/papers", data=form).status_code == 200
        assert f"/reports/papers/{paper}/{period}" in wait(desk)
        assert desk.client.get(f"/reports/papers/{paper}/{period}").content.startswith(b"PK")
    bad = desk.client.post("/reports/papers", data={"paper": "daily", "period": "2026-W47"})
    assert bad.status_code == 400


@pytest.mark.parametrize("role", [Role.LEADER, Role.REVIEWER])
def test_who_only_reads_makes_and_issues_nothing(desk: Desk, role: Role) -> None:
    client = signed_in(desk.office, role)
    assert client.get("/reports").status_code == 200
    form = {"kind": "week", "period": "2026-W47", "signer": "秦某", "paper": "weekly"}
    assert client.post("/reports/issue", data=form).status_code == 403
    assert client.post("/reports/papers", data=form).status_code == 403
    responder = signed_in(desk.office, Role.RESPONDER, "housing")
    assert responder.get("/reports").status_code == 403


def test_a_job_that_fails_says_so_and_a_stop_ends_it() -> None:
    jobs = ReportJobs()

    def broken(step: object) -> tuple[str, None]:
        raise OSError("磁盘已满")

    failed = jobs.start("坏的", "lin", NOW, 1, broken)
    reached = Event()

    def endless(step: object) -> tuple[str, None]:
        while True:
            step()  # type: ignore[operator]
            reached.set()

    jobs.start("长的", "lin", NOW, 0, endless)
    assert reached.wait(10)
    jobs.close()
    found = jobs.get(failed)
    assert found is not None
    assert (found.failed, found.said) == (True, "磁盘已满")
    assert [job.title for job in jobs.all("lin")] == ["长的", "坏的"]
    assert jobs.all("wu") == []

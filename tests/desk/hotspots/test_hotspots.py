"""热点与共性问题 at the desk: one service for page, interface and command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from cases.record import commands as do
from cases.reporting.lists import FigureKey, Group
from cases.reporting.periods import Period, PeriodKind, days, read_period
from cases.words.actors import Actor, Role
from desk.board.routes import Boards
from desk.ground.audit_log import AuditAction
from desk.hotspots.naming import corrected_names
from desk.hotspots.service import Hotspots, NamedHotspot
from desk.reports.making import watch_of
from desk.reports.morning_pages import morning_now
from desk.reports.service import Report, Reporting, count_period
from tests.cases.helpers import DESK
from tests.desk.app.test_web import Desk, item
from tests.desk.clients import signed_in
from tests.desk.test_services import command, trail

MATTER = "board-export:1"
NAME = "锦绣花园停车费上涨"
PERIOD = days(date(2026, 11, 1), date(2026, 11, 24))
ROW = re.compile(r'<td data-name="热点">.*?</tr>', re.DOTALL)


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config", HUIYIN_CLASSIFIER="rules")
    yield made
    made.close()


def linked(desk: Desk, *numbers: int, matter: str = MATTER, **changes: object) -> None:
    for number in numbers:
        person = {"author": f"来件人{number}", "phone": f"139000123{number:02}"}
        desk.put(item(str(number), **(person | changes)))
        desk.act(f"board-export:{number}", do.LinkMatter(matter=matter))


def lines(desk: Desk, role: Role = Role.DESK, unit: str = "") -> list[str]:
    return ROW.findall(signed_in(desk.office, role, unit).get("/hotspots").text)


def test_the_page_tells_what_there_is_to_know(desk: Desk) -> None:
    linked(desk, 1, 2, 3)
    (row,) = lines(desk)
    assert "锦绣花园物业费涨价" in row
    assert '<td class="short" data-name="热度"><b>6</b></td>' in row, "three people, and of late"
    for said in ("3 人", "3 件", "已答复 0 件", "在办 3 件", "2026-11-23 至 2026-11-23", "<svg "):
        assert said in row
    href = re.search(r'href="([^"]+)"', row)
    assert href is not None
    query = href[1].replace("&amp;", "&").partition("?")[2]
    api = signed_in(desk.office, Role.DESK).get(f"/api/v1/cases?{query}").json()
    assert api["total"] == 3


def test_nothing_of_one_person_and_nothing_of_one_case(desk: Desk) -> None:
    linked(desk, 1, 2, phone="13900012345", author="李建国")
    linked(desk, 3, matter="board-export:3")
    assert lines(desk) == []
    assert "这段时间没有热点" in signed_in(desk.office, Role.DESK).get("/hotspots").text


def test_a_unit_has_hotspots_of_the_cases_that_it_leads(desk: Desk) -> None:
    linked(desk, 1, 2, 3, 4)
    for number, unit in ((1, "housing"), (2, "housing"), (3, "education"), (4, "education")):
        desk.act(f"board-export:{number}", do.Assign(lead=unit, reason="主管"), Role.DESK)
    linked(desk, 5, title="锦绣花园三期的内部称呼")
    desk.act("board-export:5", do.Assign(lead="education", reason="主管"), Role.DESK)
    (row,) = lines(desk, Role.RESPONDER, "housing")
    assert "2 人" in row
    assert desk.office.register.name("education") not in row
    (all_,) = lines(desk)
    assert "5 人" in all_
    assert lines(desk, Role.RESPONDER, "police") == []
    own = signed_in(desk.office, Role.RESPONDER, "housing").get("/api/v1/hotspots").json()
    assert [one["cases"] for one in own["items"]] == [2]


def test_who_may_not_know_what_a_case_is_about_has_no_hotspot_of_it(desk: Desk) -> None:
    linked(desk, 1, 2, confidential=True)
    assert lines(desk, Role.ADMIN) == []
    (row,) = lines(desk)
    assert "（保密件）" in row
    assert "物业费" not in row


def test_of_a_matter_with_a_confidential_case_each_reader_has_what_is_theirs(desk: Desk) -> None:
    """The desk counts all three. Who may not know what the third is about, and a paper, which
    everybody reads, have a hotspot of the other two."""
    linked(desk, 1, 2)
    linked(desk, 3, confidential=True, title="举报清河苑物业经理受贿")
    for role, people in ((Role.DESK, 3), (Role.LEADER, 3), (Role.REVIEWER, 3), (Role.ADMIN, 2)):
        (row,) = lines(desk, role)
        assert f"{people} 人" in row, role
        assert "受贿" not in row
        api = signed_in(desk.office, role).get("/api/v1/hotspots").json()["items"]
        assert [(one["people"], "受贿" in one["name"]) for one in api] == [(people, False)], role
    office = desk.office
    week = read_period(PeriodKind.WEEK, "2026-W48")
    reporting = Reporting.of(office.settings)
    report = count_figures(desk, reporting, week)
    ((matter),) = report.figures.matters
    assert matter.spot.case_ids == ("board-export:1", "board-export:2")
    behind = FigureKey(period=week.key, figure="received", group=Group.MATTER, name=MATTER)
    assert report.lists.listing(behind).case_ids == matter.spot.case_ids
    for role in (Role.DESK, Role.ADMIN):
        with office.readers.reader() as store:
            (growing,) = morning_now(
                store.ledger, reporting, week.start_at, office.clock(), Actor("x", role)
            ).growing
        assert growing.case_ids == matter.spot.case_ids, role


def count_figures(desk: Desk, reporting: Reporting, week: Period) -> Report:
    with desk.office.readers.reader() as store:
        return count_period(store.ledger, reporting, week, desk.office.clock())


def test_a_hotspot_of_confidential_cases_alone_takes_no_name(desk: Desk) -> None:
    linked(desk, 1, 2, confidential=True)
    assert "只有保密件，不能改名" in rename(desk, NAME)
    assert corrected_names(desk.office.file) == {}
    linked(desk, 3)
    assert rename(desk, NAME) == ""


def rename(desk: Desk, name: str, seen: str = "0") -> str:
    form = {"matter": MATTER, "name": name, "seen": seen}
    answer = signed_in(desk.office, Role.DESK).post("/hotspots", data=form, follow_redirects=False)
    return "" if answer.status_code == 303 else answer.text


def test_a_corrected_name_stays_and_stands_everywhere(desk: Desk) -> None:
    linked(desk, 1, 2, 3)
    assert rename(desk, NAME) == ""
    (row,) = lines(desk)
    assert NAME in row
    assert "已改名" in row
    assert "林某" in row
    # Relinked: one goes, another comes, the matter is the same.
    desk.act("board-export:3", do.UnlinkMatter(matter=MATTER, reason="另一件事"), Role.DESK)
    linked(desk, 4)
    assert NAME in lines(desk)[0]
    board = signed_in(desk.office, Role.DESK).get("/board").text
    assert NAME in board
    api = signed_in(desk.office, Role.DESK).get("/api/v1/hotspots").json()
    assert [(one["name"], one["corrected_by"]) for one in api["items"]] == [(NAME, "林某")]
    assert corrected_names(desk.office.file) == {MATTER: NAME}
    assert trail(desk.office, AuditAction.REGISTER)[-1] == ("desk", MATTER, f"热点改名“{NAME}”")


def test_board_paper_and_page_have_the_same_hotspots_with_the_same_names(desk: Desk) -> None:
    linked(desk, 1, 2, 3)
    linked(
        desk, 11, 12, matter="board-export:11", title="梅溪路路灯不亮", body="梅溪路的路灯坏了。"
    )
    linked(desk, 21, 22, matter="board-export:21", phone="13900000000", author="同一人")
    rename(desk, NAME)
    office = desk.office
    week = read_period(PeriodKind.WEEK, "2026-W48")
    reporting = Reporting.of(office.settings).as_decided(office.file)
    with office.readers.reader() as store:
        page = office.get(Hotspots).find(store, DESK, week)
        board = office.get(Boards).read(store, week, "", DESK)
        figures = count_period(store.ledger, reporting, week, office.clock()).figures
        named = office.get(Hotspots).named(store, board.hotspots)
        watch = watch_of(reporting, week.start_at, office.clock() + timedelta(seconds=1))
        for case in store.ledger.load([f"board-export:{n}" for n in (1, 2, 3)]).values():
            watch.add(case)
    assert [(one.name, one.cases, one.people) for one in page] == [
        (NAME, 3, 3),
        ("梅溪路路灯不亮", 2, 2),
    ]
    assert named == page
    least = reporting.reports.lists.matter_at_least
    assert [(one.title, one.spot) for one in figures.matters] == [
        (one.name, spot)
        for one, spot in zip(page, board.hotspots, strict=True)
        if one.cases >= least
    ]
    assert [one.title for one in watch.morning().growing] == [NAME]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("路灯", "热点名称应为 4 到 40 个字（地点和事由），实际是 2 个。"),
        ("锦绣花园" * 11, "实际是 44 个。"),
        ("找李建国13900012345要停车费", "热点名称里有姓名、电话等个人信息"),
    ],
)
def test_a_name_that_cannot_stand_is_told(desk: Desk, name: str, said: str) -> None:
    linked(desk, 1, 2)
    assert said in rename(desk, name)
    assert corrected_names(desk.office.file) == {}


def test_a_name_is_refused_alike_wherever_it_is_given(desk: Desk) -> None:
    linked(desk, 1, 2)
    client = signed_in(desk.office, Role.DESK)
    api = client.post("/api/v1/hotspots/board-export%3A1/name", json={"name": "路灯"})
    status, told = command(desk, "rename-hotspot", MATTER, "路灯")
    said = "热点名称应为 4 到 40 个字（地点和事由），实际是 2 个。"
    assert (api.status_code, api.json()["error"]["message"]) == (409, said)
    assert (status, told.strip()) == (1, said)
    gone = client.post("/api/v1/hotspots/board-export%3A9/name", json={"name": NAME})
    assert gone.status_code == 404
    assert command(desk, "rename-hotspot", "board-export:9", NAME)[0] == 1
    leader = signed_in(desk.office, Role.LEADER)
    refused = leader.post("/api/v1/hotspots/board-export%3A1/name", json={"name": NAME})
    assert refused.status_code == 403
    assert leader.post("/hotspots", data={"matter": MATTER, "name": NAME}).status_code == 403
    assert "改名" not in leader.get("/hotspots").text
    assert corrected_names(desk.office.file) == {}


def test_who_saw_another_name_does_not_write_over_it(desk: Desk) -> None:
    linked(desk, 1, 2)
    assert rename(desk, NAME) == ""
    assert f"刚被别人改过，现在是“{NAME}”" in rename(desk, "锦绣花园物业收费")
    assert "没有改动" in rename(desk, NAME, "1")
    assert rename(desk, "锦绣花园物业收费", "1") == ""
    assert corrected_names(desk.office.file) == {MATTER: "锦绣花园物业收费"}


def test_the_command_tells_and_renames(desk: Desk) -> None:
    linked(desk, 1, 2)
    desk.runner.store.close()
    assert command(desk, "rename-hotspot", MATTER, NAME, "--by", "林某")[0] == 0
    status, told = command(desk, "hotspots", "--json")
    assert status == 0
    (one,) = msgspec.json.decode(told.strip().splitlines()[-1], type=list[NamedHotspot])
    assert (one.name, one.corrected_by, one.people) == (NAME, "林某", 2)
    told = command(desk, "hotspots", "--days", "1")[1]
    assert "最近 1 天没有两人以上反映的同一事项。" in told

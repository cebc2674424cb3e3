"""我的待办: what waits for each role, and nothing of anybody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.life.handling import HandlingRules, Review, ReviewLevel
from cases.record import commands as do
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.home.queue import sections_for
from tests.desk.app.test_web import NOW, Desk, item, text_of
from tests.desk.clients import signed_in

CASE = "board-export:1"
CALLS = "上级催办和交办"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def sections(desk: Desk, role: Role, unit: str = "") -> dict[str, list[str]]:
    """Heading -> numbers of the cases under it."""
    page = signed_in(desk.office, role, unit).get("/queue").text
    found = {}
    for part in page.split('<section class="panel todo')[1:]:
        heading = re.search(r"<h2>(\S+) <span", part)
        assert heading is not None
        found[heading[1]] = re.findall(
            r'<td class="c-title"><a href="/cases/board-export%3A(\w+)"', part
        )
    return found


def test_a_unit_goes_through_its_steps(desk: Desk) -> None:
    def unit(command: do.AnyCommand) -> None:
        desk.act(CASE, command, Role.RESPONDER, "housing")

    desk.put(item())
    assert sections(desk, Role.RESPONDER, "housing") == {CALLS: ["1"]}
    unit(do.Acknowledge())
    assert sections(desk, Role.RESPONDER, "housing") == {"待答复": ["1"]}
    unit(do.DraftReply(text="已责令物业公示收费标准。"))
    assert sections(desk, Role.RESPONDER, "housing") == {}
    assert sections(desk, Role.REVIEWER) == {"待审核": ["1"]}
    said = text_of(signed_in(desk.office, Role.REVIEWER).get("/queue").text)
    assert re.search(r"剩 \d+ 个工作日 .+ 办理中，11-24 10:40 送审，已等 1 分钟", said)
    desk.act(CASE, do.RejectReply(draft=1, reason="请写明日期"), Role.REVIEWER)
    assert sections(desk, Role.RESPONDER, "housing") == {CALLS: ["1"]}
    assert sections(desk, Role.REVIEWER) == {}


def test_another_units_work_is_nowhere_on_the_page(desk: Desk) -> None:
    desk.put(item())
    assert sections(desk, Role.RESPONDER, "education") == {}
    page = signed_in(desk.office, Role.RESPONDER, "education").get("/queue").text
    assert "锦绣花园" not in page
    assert "没有待办" in page


def test_what_is_due_first_stands_first_and_the_numbers_are_the_units_own(desk: Desk) -> None:
    old = datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING)
    desk.put(
        item("new", received_at=NOW),
        item("old", received_at=old),
        item("other", received_at=old),
    )
    desk.act("board-export:other", do.Assign(lead="education", reason="改派"))
    assert sections(desk, Role.RESPONDER, "housing") == {CALLS: ["old", "new"]}
    page = text_of(signed_in(desk.office, Role.RESPONDER, "housing").get("/queue").text)
    assert "2 在办 0 今日到期 1 已逾期" in page


def test_each_line_leads_to_its_form(desk: Desk) -> None:
    desk.put(item())
    page = signed_in(desk.office, Role.RESPONDER, "housing").get("/queue").text
    assert 'href="/cases/board-export%3A1?do=acknowledge#act">签收</a>' in page
    assert 'href="/cases/board-export%3A1?do=ask_return#act">退回</a>' in page


def test_an_assisting_unit_has_its_share_and_the_owner_his_promise(desk: Desk) -> None:
    desk.put(item())
    desk.act(CASE, do.Assign(lead="housing", assisting=("education",), reason="联办"))
    desk.act(CASE, do.Acknowledge(), Role.RESPONDER, "education")
    desk.act(CASE, do.RecordPromise(text="公示", due=NOW.date(), owner="education"))
    assert sections(desk, Role.RESPONDER, "education") == {"协办待反馈": ["1"], "承诺待兑现": ["1"]}


def test_what_a_leader_said_waits_until_it_was_answered(desk: Desk) -> None:
    desk.put(item())
    desk.act(CASE, do.Instruct(text="请抓紧办理"), Role.LEADER)
    assert sections(desk, Role.LEADER) == {"批示待反馈": ["1"]}
    assert '#act">查看</a>' in signed_in(desk.office, Role.LEADER).get("/queue").text
    assert sections(desk, Role.RESPONDER, "housing") == {CALLS: ["1", "1"]}
    answered = do.ReportOnInstruction(number=1, text="已办")
    desk.act(CASE, answered, Role.RESPONDER, "housing")
    assert sections(desk, Role.LEADER) == {}


def test_the_desk_decides_what_units_ask_for(desk: Desk) -> None:
    desk.put(item())
    desk.act(CASE, do.AskReturn(reason="不属本局"), Role.RESPONDER, "housing")
    assert sections(desk, Role.DESK) == {"退回申请待审批": ["1"]}


def test_several_looks_are_each_their_own_peoples(desk: Desk) -> None:
    rules = desk.office.rules
    review = Review(
        levels=(
            ReviewLevel(name="单位核稿", roles=frozenset({Role.RESPONDER})),
            ReviewLevel(name="保密审查", roles=frozenset({Role.REVIEWER})),
        )
    )
    handling: HandlingRules = replace(rules.handling, review=review)
    rules = replace(rules, handling=handling)

    def words(role: Role) -> list[tuple[str, str]]:
        looks = sections_for(Actor("x", role, "", "housing"), rules)
        return [(one.heading, one.word) for one in looks if one.todo == "review"]

    assert words(Role.RESPONDER) == [
        ("待单位核稿", "review@0"),
        ("待单位核稿（依申请公开）", "review@d0"),
    ]
    assert words(Role.REVIEWER) == [
        ("待保密审查", "review@1"),
        ("待保密审查（依申请公开）", "review@d1"),
    ]
    assert words(Role.LEADER) == []
    law = ReviewLevel(name="合法性审查", roles=frozenset({Role.LEADER}))
    handling = replace(handling, review=replace(review, disclosure=(law,)))
    rules = replace(rules, handling=handling)
    assert words(Role.RESPONDER) == [("待单位核稿", "review@0")]
    assert words(Role.LEADER) == [("待合法性审查（依申请公开）", "review@d0")]


def test_an_administrator_has_no_queue(desk: Desk) -> None:
    assert signed_in(desk.office, Role.ADMIN).get("/queue").status_code == 403

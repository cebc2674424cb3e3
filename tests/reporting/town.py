"""A small town in March 2026: one case for every way of coming onto the books of the week
from the 9th to the 15th (2026-W11), of leaving them, and of being awkward."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cases.record import commands as do
from cases.record.case import Case
from cases.record.commands import Rung
from cases.reporting.ledger_table import LedgerTable
from cases.reporting.settings import ReportTable
from cases.routing.units import UnitRegister
from cases.words.labels import Kind, Sentiment
from desk.reports.service import Reporting
from huiyin.store.sqlite import scratch
from sinks.ledger.base import Change
from sinks.ledger.sqlite import SqliteLedger
from tests.cases.helpers import (
    ADMIN,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    REVIEWER,
    Story,
    assigned_to,
    at,
    item,
    labels,
    reply,
    table,
    usual,
)

OLD_CITY = "old-city"
NOW = at("2026-03-20T09:00")
UNITS: dict[str, object] = {
    "unit": [
        {"id": "duty-desk", "name": "县政府值班台", "kind": "部门"},
        {"id": HOUSING, "name": "县住建局", "kind": "部门"},
        {
            "id": CITY,
            "name": "县城市管理局",
            "kind": "部门",
            "formerly": [{"name": "县城管办", "until": date(2026, 3, 4)}],
        },
        {
            "id": OLD_CITY,
            "name": "县市容局",
            "kind": "部门",
            "merged_into": CITY,
            "valid_to": date(2026, 3, 10),
        },
    ]
}


@cache
def office(**changes: Any) -> Reporting:
    known = Reporting(
        register=UnitRegister.from_table(UNITS),
        table=LedgerTable.from_table(table("ledger.toml")),
        reports=ReportTable.from_table(table("reports.toml")),
        high_risks=usual().handling.risk.high,
        calendar=usual().calendar,
    )
    return replace(known, **changes)


def _handled(story: Story, text: str, when: str) -> None:
    """Drafted, approved and given to the citizen within the hour."""
    story.does(LEAD, do.DraftReply(text=text), f"{when}:00")
    number = story.case.round.drafts[-1].number
    story.does(REVIEWER, do.ApproveReply(draft=number), f"{when}:10")
    story.does(LEAD, do.Deliver(draft=number, via="领导信箱"), f"{when}:20")


def carried_and_answered() -> Case:
    """Received a week earlier, answered in time by an extension."""
    story = Story(item("a1", received_at=at("2026-03-05T09:00"), title="电梯停运"))
    story.does(LEAD, do.Acknowledge(), "2026-03-05T10:00")
    story.does(LEAD, do.AskExtension(working_days=2, reason="等配件"), "2026-03-06T09:00")
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-11T10:00")
    _handled(story, "电梯已修好，三月底前更换主板。", "2026-03-13T14")
    promise = do.RecordPromise(text="三月十九日前更换主板", due=date(2026, 3, 19))
    story.does(LEAD, promise, "2026-03-13T15:00")
    story.does(DESK, do.CallBack(resolved=True, satisfied=True), "2026-03-14T09:00")
    story.does(REVIEWER, do.Publish(where="县政府网站"), "2026-03-14T10:00")
    story.does(DESK, do.Close(), "2026-03-14T11:00")
    return story.case


def carried_on() -> Case:
    """On the books before, during and after the week; overdue within it, pressed."""
    story = Story(
        item("a2", received_at=at("2026-03-03T09:00"), title="工地夜间施工"),
        read_as=labels(
            topic="环境保护", topic_path=("环境保护", "噪声污染"), sentiment=Sentiment.NEGATIVE
        ),
    )
    story.does(LEAD, do.Acknowledge(), "2026-03-03T10:00")
    story.does(DESK, do.Press(rung=Rung.REMIND, text="请尽快答复"), "2026-03-11T09:00")
    story.does(DESK, do.Press(rung=Rung.SUPERVISE, text="已逾期"), "2026-03-12T09:00")
    story.does(LEADER, do.Instruct(text="请住建局认真办理"), "2026-03-12T10:00")
    return story.case


def answered_late_then_reopened() -> Case:
    """New in the week, answered, the citizen is not satisfied: waits again at the end."""
    first = item("b1", received_at=at("2026-03-09T08:00"), title="下水道堵塞")
    story = Story(first)
    story.does(LEAD, do.Acknowledge(), "2026-03-09T09:00")
    _handled(story, "已安排疏通。", "2026-03-11T09")
    story.does(DESK, do.CallBack(resolved=False, satisfied=False), "2026-03-12T09:00")
    return story.case


def answered_at_source_without_a_time() -> Case:
    story = Story(item("b2", received_at=at("2026-03-10T08:00"), title="公交改线"))
    story.shows(
        item("b2", received_at=at("2026-03-10T08:00"), title="公交改线", replies=(reply(),)),
        "2026-03-12T12:00",
    )
    return story.case


def reopened_in_the_week() -> Case:
    """Answered and closed the week before, reopened, answered late the week after."""
    story = Story(item("b3", received_at=at("2026-03-02T08:00"), title="路面塌陷"))
    story.does(LEAD, do.Acknowledge(), "2026-03-02T09:00")
    _handled(story, "已修补。", "2026-03-04T09")
    story.does(DESK, do.Close(), "2026-03-05T09:00")
    story.does(DESK, do.Reopen(reason="再次塌陷"), "2026-03-10T09:00")
    _handled(story, "已重新修补。", "2026-03-19T09")
    return story.case


def refused() -> Case:
    story = Story(
        item("c1", received_at=at("2026-03-11T08:00"), title="个人债务"),
        to=assigned_to(OLD_CITY),
    )
    story.does(DESK, do.Refuse(reason="属民事纠纷，可向法院起诉"), "2026-03-11T15:00")
    return story.case


def of_a_merged_unit() -> Case:
    """Its unit ended on the 10th; answered by a reply that the source dates."""
    first = item("c2", received_at=at("2026-03-09T10:00"), title="占道经营", channel="12345热线")
    story = Story(first, to=assigned_to(OLD_CITY), read_as=labels(topic="城乡建设"))
    answer = reply("已劝离。", at("2026-03-13T10:00"))
    story.shows(
        item(
            "c2",
            received_at=at("2026-03-09T10:00"),
            title="占道经营",
            channel="12345热线",
            replies=(answer,),
        ),
        "2026-03-16T09:00",
    )
    return story.case


def linked(number: str, when: str) -> Case:
    """Two people about one market; one was handed back once."""
    story = Story(
        item(
            number,
            received_at=at(when),
            title="菜市场漏水",
            body="=1+1 菜市场屋顶漏水。",
            phone=f"1391234567{number[-1]}",
        ),
        read_as=labels(risk=("安全生产",), urgent=True, kind=Kind.SUGGESTION),
    )
    story.does(LEAD, do.AskReturn(reason="属城管局", suggested_unit=CITY), f"{when[:10]}T12:00")
    story.does(DESK, do.DecideReturn(unit=HOUSING, approve=True), f"{when[:10]}T13:00")
    story.does(DESK, do.Assign(lead=CITY, assisting=(HOUSING,)), f"{when[:10]}T14:00")
    story.does(ADMIN, do.LinkMatter(matter="letters:d1"), f"{when[:10]}T15:00")
    return story.case


def confidential() -> Case:
    first = item("e1", received_at=at("2026-03-14T08:00"), title="举报", confidential=True)
    story = Story(first)
    story.does(DESK, do.Assign(lead=HOUSING), "2026-03-14T08:00")
    return story.case


def after_the_week() -> Case:
    return Story(item("f1", received_at=at("2026-03-17T08:00"), title="路牌错字")).case


def long_before() -> Case:
    """Answered long before: counts in no balance of March; its promise falls due."""
    first = item("g1", received_at=at("2026-02-03T08:00"), title="桥栏破损")
    story = Story(first)
    story.does(LEAD, do.Acknowledge(), "2026-02-03T09:00")
    _handled(story, "三月十一日前修好。", "2026-02-05T09")
    promise = do.RecordPromise(text="三月十一日前修好", due=date(2026, 3, 11))
    story.does(LEAD, promise, "2026-02-05T10:00")
    story.does(
        DESK, do.VerifyPromise(number=1, kept=False, evidence="仍未动工"), "2026-03-12T09:00"
    )
    return story.case


@cache
def town() -> tuple[Case, ...]:
    found = (
        carried_and_answered(),
        carried_on(),
        answered_late_then_reopened(),
        answered_at_source_without_a_time(),
        reopened_in_the_week(),
        refused(),
        of_a_merged_unit(),
        linked("d1", "2026-03-09T09:00"),
        linked("d2", "2026-03-10T09:00"),
        confidential(),
        after_the_week(),
        long_before(),
    )
    return tuple(sorted(found, key=lambda case: case.case_id))


@contextmanager
def ledger_of(cases: tuple[Case, ...]) -> Iterator[SqliteLedger]:
    with closing(scratch(Path(":memory:"))) as connection:
        SqliteLedger.create(connection)
        ledger = SqliteLedger(connection)
        ledger.store([Change(case, 0) for case in cases])
        yield ledger

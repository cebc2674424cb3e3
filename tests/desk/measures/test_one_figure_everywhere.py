"""A figure of one name is one number on every surface: board, paper, list, API, counters, 考核.

The cases are random, from a seed. Each surface is read as people read it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import asdict, replace

from cases.figures.measures import MEASURES, Ratio, value_text
from cases.record import commands as do
from cases.record.case import Case
from cases.record.commands import AnyCommand, Rung
from cases.reporting.lists import FigureKey
from cases.reporting.periods import Period, PeriodKind, everything, read_period
from cases.words.actors import Actor, Role
from desk.board.routes import BOARD_FIGURES, SUMS
from desk.ledger.figure_lists import KeptLists
from desk.reports.service import (
    LedgerFormat,
    Report,
    Reporting,
    Wanted,
    count_period,
    write_ledger,
)
from sinks.ledger.base import Change
from tests.cases.helpers import CITY, DESK, HOUSING, LEAD, Story, assigned_to, at, item, reply
from tests.desk.app.test_web import NOW, Desk
from tests.desk.clients import signed_in
from tests.reporting import recount

WEEK = read_period(PeriodKind.WEEK, "2026-W47")
MONTH = read_period(PeriodKind.MONTH, "2026-11")
PAST = read_period(PeriodKind.MONTH, "2026-10")
PERIODS = [WEEK, MONTH, PAST]


def random_case(number: int, dice: random.Random) -> Case:
    received = at("2026-09-21T08:00") + timedelta(minutes=dice.randrange(60 * 24 * 60))
    due = received + timedelta(hours=dice.randrange(1, 300)) if dice.random() < 0.4 else None
    unit = dice.choice((HOUSING, CITY))
    story = Story(
        item(f"r{number}", received_at=received, due_at=due), to=assigned_to(unit), now=received
    )
    lead = replace(LEAD, unit=unit)
    when = received

    def later(most: int) -> datetime:
        nonlocal when
        when = min(when + timedelta(minutes=dice.randrange(1, most * 24 * 60)), NOW)
        return when

    def tries(actor: Actor, command: AnyCommand, most: int) -> None:
        # What the case does not allow is refused, and that is a history too.
        story._act(actor, command, later(most))

    if dice.random() < 0.3:
        tries(lead, do.LogContact(text="已电话联系"), 3)
    if dice.random() < 0.2:
        tries(lead, do.AskReturn(reason="不属本局"), 1)
        tries(DESK, do.DecideReturn(unit=unit, approve=True), 1)
        tries(DESK, do.Assign(lead=CITY if unit == HOUSING else HOUSING), 1)
    elif dice.random() < 0.2:
        tries(DESK, do.PauseForSupplement(missing="地址"), 2)
    if dice.random() < 0.3:
        tries(DESK, do.Press(rung=Rung.SUPERVISE, text="请尽快答复"), 4)
    if dice.random() < 0.3:
        day = (received + timedelta(days=dice.randrange(1, 30))).date()
        tries(lead, do.RecordPromise(text="修好", due=day), 5)
        tries(DESK, do.VerifyPromise(number=1, kept=dice.random() < 0.5, evidence="已看"), 20)
    if dice.random() < 0.6:
        answer = reply("已办结。", later(9) if dice.random() < 0.8 else None)
        shown = item(f"r{number}", received_at=received, due_at=due, replies=(answer,))
        story.shows(shown, later(2))
        if dice.random() < 0.6:
            resolved, satisfied = dice.choice((True, False, None)), dice.choice((True, None))
            tries(DESK, do.CallBack(resolved=resolved, satisfied=satisfied), 4)
    return story.case


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    dice = random.Random(20261124)
    made = Desk(tmp_path_factory.mktemp("figures"), root / "config")
    cases = [random_case(number, dice) for number in range(150)]
    assert made.runner.store.ledger.store([Change(case, 0) for case in cases]) == ()
    yield made
    made.close()


def paper_of(desk: Desk, period: Period) -> Report:
    reporting = Reporting.of(desk.settings)
    return count_period(desk.runner.store.ledger, reporting, period, NOW)


def span_of(period: Period) -> str:
    return f"from={period.first}&to={min(period.last, NOW.date())}"


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.key)
def test_board_paper_list_and_api_say_the_same(desk: Desk, period: Period) -> None:
    paper = paper_of(desk, period)
    api = desk.client.get(f"/api/v1/figures?{span_of(period)}").json()["items"]
    said = {one["id"]: one["text"] for one in api}
    assert set(said) == set(BOARD_FIGURES)
    for key, text in said.items():
        assert (key, paper.figures.figure(key).text) == (key, text)
        listed = paper.lists.listing(FigureKey(period=period.key, figure=key)).value
        assert (key, value_text(listed)) == (key, text)
    # Figures that are all 0 would prove nothing.
    assert sum(text not in ("0", "—") for text in said.values()) > 12
    head = desk.page(f"/board?{span_of(period)}")
    for one in SUMS:
        assert f"<b>{said[one.id]}</b> {one.name}" in head


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.key)
def test_each_unit_has_the_same_figures_on_board_paper_and_own_page(
    desk: Desk, period: Period
) -> None:
    paper = paper_of(desk, period).figures
    lines = {line.unit: line.counts for line in paper.units}
    scores = {score.unit: score.counts for score in paper.scores}
    page = desk.page(f"/board/handling?{span_of(period)}")
    for unit in (HOUSING, CITY):
        own = signed_in(desk.office, Role.RESPONDER, unit)
        items = own.get(f"/api/v1/figures?{span_of(period)}").json()["items"]
        for one in items:
            for counts in (lines[unit], scores[unit]):
                assert (one["id"], value_text(getattr(counts, one["id"]))) == (
                    one["id"],
                    one["text"],
                )
        counts = lines[unit]
        row = page[page.index(f">{desk.office.register.name(unit)}</a></td>") :]
        for key in ("on_time", "on_time_own", "answered", "responded", "overdue"):
            assert f"<td>{value_text(getattr(counts, key))}</td>" in row[:1500], key


def test_the_paper_and_its_ledger_line_by_line_agree(desk: Desk, tmp_path: Path) -> None:
    """按时率 once more from the ledger that is exported, by hand."""
    reporting = Reporting.of(desk.settings)
    path = tmp_path / "all.jsonl"
    wanted = Wanted(period=everything(MONTH.as_of(NOW)))
    write_ledger(desk.runner.store.ledger, reporting, wanted, {LedgerFormat.JSONL: path}, NOW)
    rows = recount.read(path.read_text("utf-8"))
    again = recount.recount(rows, MONTH.start_at, MONTH.as_of(NOW))
    total = paper_of(desk, MONTH).figures.total
    assert {name: n for name, n in asdict(total).items() if n} == again


def test_overdue_now_is_one_number(desk: Desk) -> None:
    counters = desk.client.get("/api/v1/counters").json()
    paper = paper_of(desk, MONTH).figures.total
    assert counters["overdue"] == paper.overdue > 0
    listed = desk.client.get("/api/v1/cases?view=overdue&limit=1").json()["total"]
    assert listed == paper.overdue
    assert f"<b>{paper.overdue}</b> 期末逾期未答复" in desk.page("/board?days=7")


def test_a_surface_with_a_formula_of_its_own_is_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the board to count 按时率 of what was answered, as it once did, the test above fails."""
    monkeypatch.setattr(
        "cases.figures.counted.Counts.on_time",
        property(lambda counts: Ratio(counts.due_on_time, counts.due_answered)),
    )
    api = desk.client.get(f"/api/v1/figures?{span_of(MONTH)}").json()["items"]
    said = {one["id"]: one["text"] for one in api}
    monkeypatch.undo()
    assert said["on_time"] != paper_of(desk, MONTH).figures.figure("on_time").text


def test_the_list_behind_a_figure_says_what_it_counts(desk: Desk) -> None:
    desk.office.get(KeptLists).keep(paper_of(desk, MONTH).lists)
    key = FigureKey(period=MONTH.key, figure="on_time")
    page = desk.page(key.href)
    assert MEASURES["on_time"].definition in page
    assert 'href="/measures#on_time"' in page

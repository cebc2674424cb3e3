"""剔除 and 申诉: who asks, who decides, who sees; what the papers leave out, by a recount; what if."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import asdict, replace
from typer.testing import CliRunner

from cases.figures.measures import MEASURES
from cases.reporting.corrections import differences
from cases.reporting.figures import Figures
from cases.reporting.periods import PeriodKind, read_period
from cases.reporting.scoring import scored_of
from cases.reporting.settings import Appeal, PaperKind
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.app.cli import app as commands
from desk.exclusions.register import Standing, upheld
from desk.exclusions.routes import with_weights
from desk.exclusions.service import Exclusions
from desk.ground.doer import Doer, NotPermitted, NotThere
from desk.ledger.figure_lists import KeptLists
from desk.reports.making import produce
from desk.reports.service import Reporting, count_period
from sinks.ledger.base import Ledger, Query
from tests.cases.helpers import HOUSING
from tests.desk.app.test_web import NOW, Desk, item, text_of
from tests.desk.clients import signed_in
from tests.reporting import recount
from tests.reporting.test_figures import exported
from tests.reporting.town import NOW as THEN
from tests.reporting.town import ledger_of, office, town

QUARTER = read_period(PeriodKind.QUARTER, "2026-Q1")
EVIDENCE = "平台停机公告（2026年11月20日）"
REASON = "来源平台停机，答复已送达"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    made.put(item("1", received_at=NOW - timedelta(days=20), title="停水"))
    yield made
    for end in made.client.app.state.before_stop:  # type: ignore[attr-defined]
        end()
    made.close()


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with ledger_of(town()) as opened:
        yield opened


def by(role: Role, name: str = "", unit: str = "") -> Doer:
    actor = Actor(id=name or role.value, role=role, name=name, unit=unit)
    return Doer(actor=actor, address="127.0.0.1")


def case_of(desk: Desk) -> tuple[str, str]:
    """Number and lead unit of the one case."""
    with desk.office.readers.reader() as store:
        case = next(iter(store.ledger.scan(Query())))
    return case.case_id, case.unit


# -- who --------------------------------------------------------------------------


def test_it_is_asked_for_and_decided_by_another(desk: Desk) -> None:
    service, (case_id, unit) = desk.office.get(Exclusions), case_of(desk)
    made = service.ask(by(Role.RESPONDER, "王某", unit), case_id, REASON, EVIDENCE)
    assert (made.word, made.standing, made.unit) == ("申诉", Standing.OPEN, unit)
    assert made.decide_by == desk.office.rules.calendar.add_working_days(NOW.date(), 5)
    assert upheld(desk.office.file) == (), "what is not decided counts as ever"
    with pytest.raises(NotAllowed, match="已有申诉"):
        service.ask(by(Role.DESK, "周某"), case_id, REASON, EVIDENCE)
    done = service.decide(by(Role.LEADER, "秦某"), made.number, upheld=True, reason="公告属实")
    assert done.standing is Standing.UPHELD
    assert [one.case_id for one in upheld(desk.office.file)] == [case_id]
    with pytest.raises(NotAllowed, match="不能再决定"):
        service.decide(by(Role.LEADER, "秦某"), made.number, upheld=False, reason="改主意了")
    total, steps = desk.office.trail.search(deed="登记")[:2]
    assert total == 2
    assert any("申诉成立" in step.detail for step in steps)


def test_never_by_the_unit_itself_nor_by_who_asked(desk: Desk) -> None:
    service, (case_id, unit) = desk.office.get(Exclusions), case_of(desk)
    asked = service.ask(by(Role.DESK, "周某"), case_id, REASON, EVIDENCE)
    for who, error in (
        (by(Role.RESPONDER, "王某", unit), NotPermitted),
        (by(Role.REVIEWER, "吴某"), NotPermitted),
        (by(Role.ADMIN, "管某"), NotPermitted),
        (by(Role.DESK, "周某"), NotAllowed),
        (by(Role.DESK, "林某", unit), NotAllowed),
        (by(Role.LEADER, "秦某", unit), NotAllowed),
    ):
        with pytest.raises(error):
            service.decide(who, asked.number, upheld=True, reason="公告属实")
    done = service.decide(by(Role.LEADER, "秦某"), asked.number, upheld=False, reason="材料不足")
    assert done.standing is Standing.REFUSED
    assert upheld(desk.office.file) == ()


def test_the_desks_own_case_is_decided_by_a_leader_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, (case_id, _) = desk.office.get(Exclusions), case_of(desk)
    asked = service.ask(by(Role.DESK, "周某"), case_id, REASON, EVIDENCE)
    table = service._table
    own = replace(table, talks=replace(table.talks, never=(asked.unit,)))
    monkeypatch.setattr(Exclusions, "_table", own)
    with pytest.raises(NotAllowed, match="值班台自己承办的事项由领导决定"):
        service.decide(by(Role.DESK, "林某"), asked.number, upheld=True, reason="公告属实")
    assert not service.may_decide(by(Role.DESK, "林某"), asked)
    service.decide(by(Role.LEADER, "秦某"), asked.number, upheld=True, reason="公告属实")


def test_a_unit_sees_its_own_only(desk: Desk) -> None:
    service, (case_id, unit) = desk.office.get(Exclusions), case_of(desk)
    asked = service.ask(by(Role.DESK, "周某"), case_id, REASON, f"{EVIDENCE} 电话13900012345")
    other = by(Role.RESPONDER, "李某", "petition" if unit != "petition" else "discipline")
    assert service.lines(other) == []
    for unknown in (asked.number, "TS2026-9999"):
        with pytest.raises(NotThere):
            service.take_back(other, unknown)
    (line,) = service.lines(by(Role.RESPONDER, "王某", unit))
    assert "13900012345" not in line.evidence
    with pytest.raises(NotThere):
        service.ask(other, case_id, REASON, EVIDENCE)


def test_what_is_too_short_is_refused_with_its_length(desk: Desk) -> None:
    service, (case_id, _) = desk.office.get(Exclusions), case_of(desk)
    with pytest.raises(NotAllowed, match="理由应为 4 到 60 个字，实际是 1 个"):
        service.ask(by(Role.DESK, "周某"), case_id, "无", EVIDENCE)
    with pytest.raises(NotAllowed, match="依据应为 4 到 2000 个字"):
        service.ask(by(Role.DESK, "周某"), case_id, REASON, "")
    asked = service.ask(by(Role.DESK, "周某"), case_id, REASON, EVIDENCE)
    with pytest.raises(NotAllowed, match="决定的理由应为"):
        service.decide(by(Role.LEADER, "秦某"), asked.number, upheld=True, reason="行")


def test_page_interface_and_command_ask_one_service(desk: Desk, tmp_path: Path) -> None:
    case_id, _ = case_of(desk)
    form = {"case": case_id, "reason": REASON, "evidence": EVIDENCE}
    assert "依据应为" in desk.client.post("/exclusions", data={**form, "evidence": "无"}).text
    assert REASON in text_of(desk.client.post("/exclusions", data=form).text)
    leader = signed_in(desk.office, Role.LEADER)
    (number,) = set(re.findall(r"TS2026-\d{4}", leader.get("/exclusions").text))
    assert "权重试算" in leader.get("/exclusions").text
    api = desk.client.get("/api/v1/exclusions").json()
    assert [one["number"] for one in api["items"]] == [number]
    own = desk.client.post(
        f"/api/v1/exclusions/{number}/decision", json={"upheld": True, "reason": "公告属实"}
    )
    assert own.status_code == 409
    assert "提出的人不能自己决定" in own.text
    done = leader.post(f"/exclusions/{number}/decision", data={"upheld": "1", "reason": "公告属实"})
    assert "成立，不参加考核" in text_of(done.text)
    environment = {
        "HUIYIN_HOME": str(desk.office.settings.home),
        "HUIYIN_CONFIG": str(desk.office.settings.config),
    }
    listed = CliRunner().invoke(commands, ["exclusion", "list"], env=environment)
    assert number in listed.output, listed.output


def test_the_command_line_asks_and_another_decides(desk: Desk) -> None:
    case_id, _ = case_of(desk)
    environment = {
        "HUIYIN_HOME": str(desk.office.settings.home),
        "HUIYIN_CONFIG": str(desk.office.settings.config),
    }

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(commands, ["exclusion", *words], env=environment)
        return done.exit_code, done.output

    why = ("--reason", REASON, "--evidence", EVIDENCE)
    status, said = run("ask", "board-export:none", *why)
    assert (status, "Traceback" in said) == (1, False)
    assert run("ask", case_id, "--reason", "无", "--evidence", EVIDENCE)[0] == 1
    status, said = run("ask", case_id, *why, "--by", "周某")
    assert status == 0, said
    (asked,) = desk.office.get(Exclusions).lines(by(Role.LEADER))
    assert asked.number in said
    assert (asked.standing, asked.asked_by.name) == (Standing.OPEN, "周某")
    decision = ("--upheld", "--reason", "公告属实")
    assert run("decide", asked.number, *decision, "--by", "周某")[0] == 1
    assert run("decide", "TS2026-9999", *decision, "--by", "秦某")[0] == 1
    status, said = run("decide", asked.number, *decision, "--by", "秦某")
    assert (status, "成立，不参加考核" in said) == (0, True), said
    assert [one.case_id for one in upheld(desk.office.file)] == [case_id]


# -- what the papers leave out --------------------------------------------------------


def quarter(ledger: Ledger, *case_ids: str) -> Figures:
    known = office().excluding(Appeal(case_id=one, reason=REASON) for one in case_ids)
    return count_period(ledger, known, QUARTER, THEN).figures


@pytest.mark.parametrize("left_out", [(), ("letters:a2",), ("letters:a2", "letters:b1")])
def test_numerator_and_denominator_are_those_of_a_recount_without_the_excluded(
    ledger: Ledger, tmp_path: Path, left_out: tuple[str, ...]
) -> None:
    found = quarter(ledger, *left_out)
    end = QUARTER.as_of(THEN)
    rows = [row for row in exported(ledger, end, tmp_path) if row["case_id"] not in left_out]
    for score in found.scores:
        old = {"urban-management": {"urban-management", "old-city"}}
        units = old.get(score.unit, {score.unit})
        counted = Counter({name: n for name, n in asdict(score.counts).items() if n})
        assert counted == recount.recount_unit(rows, units, QUARTER.start_at, end), score.unit
    assert sum(score.excluded for score in found.scores) == len(left_out)
    assert found.total == quarter(ledger).total, "nothing but the scoring leaves them out"


def test_the_paper_says_how_many_with_the_list_behind(ledger: Ledger) -> None:
    known = office().excluding([Appeal(case_id="letters:a2", reason=REASON)])
    scoring = replace(known.reports.scoring, minimum_cases=1)
    known = replace(known, reports=replace(known.reports, scoring=scoring))
    document = produce(PaperKind.QUARTERLY, ledger, known, QUARTER, THEN).document
    cells = [
        cell
        for block in document.blocks
        for row in getattr(block, "rows", ())
        for cell in row
        if "剔除 1 件" in cell.text
    ]
    assert [cell.href for cell in cells] == [f"/exclusions?unit={HOUSING}"]
    assert f"剔除、不参加计分的事项：letters:a2（{REASON}）" in str(document)


def test_the_definition_of_every_rate_says_so() -> None:
    for measure in MEASURES.values():
        assert ("不计剔除和申诉成立的事项" in measure.definition) is bool(measure.denominator)


def test_a_decision_after_the_issue_is_a_difference_with_its_case(ledger: Ledger) -> None:
    scoring = replace(office().reports.scoring, minimum_cases=1)
    known = replace(office(), reports=replace(office().reports, scoring=scoring))
    before = produce(PaperKind.QUARTERLY, ledger, known, QUARTER, THEN)
    later = known.excluding([Appeal(case_id="letters:a2", reason=REASON)])
    after = produce(PaperKind.QUARTERLY, ledger, later, QUARTER, THEN)
    found = [one for one in differences(before.figures, after.figures) if one.name == "考核得分"]
    assert found
    assert {case_id for one in found for case_id, _ in one.cases} == {"letters:a2"}


# -- what if ------------------------------------------------------------------------


def test_other_weights_change_the_table_and_nothing_is_saved(desk: Desk) -> None:
    old = [
        item(f"w{n}", received_at=NOW - timedelta(days=120 - n), title="路灯不亮") for n in range(9)
    ]
    desk.put(*old)
    with desk.office.readers.reader() as store:
        report = count_period(
            store.ledger, Reporting.of(desk.office.settings),
            read_period(PeriodKind.QUARTER, "2026-Q3"), NOW,
        )  # fmt: skip
    desk.office.get(KeptLists).keep(report.lists)
    page = text_of(desk.page("/exclusions/what-if?period=2026-Q3"))
    assert "权重试算" in page
    before = {
        p: p.read_bytes() for p in desk.office.settings.papers_folder.rglob("*") if p.is_file()
    }
    desk.page("/exclusions/what-if?period=2026-Q3&on_time=0&answered=100")
    assert before == {p: p.read_bytes() for p in before}
    for wrong, said in (
        ("on_time=-1", "权重应为 0 到 1000 的数，实际是“-1”"),
        ("on_time=0&answered=0&resolved=0&satisfied=0", "权重合计应大于 0"),
        ("period=2019-Q1", "请在“报表”里重新生成"),
    ):
        address = f"/exclusions/what-if?{'period=2026-Q3&' if 'period' not in wrong else ''}{wrong}"
        answer = desk.client.get(address)
        assert answer.status_code == 400
        assert said in answer.text, answer.text[:300]
    unit = signed_in(desk.office, Role.RESPONDER, unit="petition")
    assert unit.get("/exclusions/what-if").status_code == 403


def test_what_if_counts_from_the_kept_list_as_the_paper_did(ledger: Ledger) -> None:
    report = count_period(ledger, office(), QUARTER, THEN)
    counted = {one.unit: one.counts for one in report.figures.scores}
    kept = {unit: counts for unit, counts in scored_of(report.lists, ()).items() if unit}
    assert kept == counted
    only = with_weights(office().reports.scoring, {"on_time": 0.0, "answered": 7.0})
    assert [(one.figure, one.weight) for one in only.rate] == [("answered", 7.0)]


def test_the_case_leads_to_the_form_for_who_may_ask(desk: Desk) -> None:
    desk.put(item("1"))
    for role, unit, word in (
        (Role.DESK, "", "提出剔除"),
        (Role.RESPONDER, HOUSING, "提出申诉"),
        (Role.LEADER, "", ""),
    ):
        page = signed_in(desk.office, role, unit).get("/cases/board-export:1").text
        assert ("/exclusions?case=" in page) == bool(word)
        assert word in page


def test_weights_can_be_looked_at_before_any_quarter_was_counted(desk: Desk) -> None:
    answer = desk.client.get("/exclusions/what-if")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert desk.client.get("/exclusions/what-if?period=2026-Q9").status_code == 400

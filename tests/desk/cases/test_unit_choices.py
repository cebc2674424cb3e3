"""The units that a case may be for stand on its page, each one press away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from cases.words.actors import Role
from tests.desk.case_office import CaseOffice, Person, item

_PRESS = re.compile(
    r'name="lead" value="([^"]+)"><input type="hidden" name="reason" value="([^"]*)">\s*'
    r"<button>(派单|改派)给([^<]+)</button>"
)


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    yield made
    made.close()


def presses(page: str) -> list[tuple[str, str, str, str]]:
    """Unit, reason, word and name of every press."""
    return [tuple(map(unescape, found)) for found in _PRESS.findall(page)]  # type: ignore[misc]


def put(desk: CaseOffice, title: str, body: str) -> Person:
    desk.put(item(title=title, body=body))
    return desk.person(Role.DESK)


def test_a_case_that_a_rule_gave_away_may_go_to_the_next_best_with_one_press(
    desk: CaseOffice,
) -> None:
    officer = put(desk, "小区停水三天，物业不管", "小区停水三天，物业公司说不归他们管。")
    assert desk.case().unit == "housing"
    offered = presses(officer.sees())
    assert offered[0] == (
        "water-company",
        "按建议改派：派单目录“供水”（标题提到“停水”）",
        "改派",
        "县自来水公司",
    )
    assert len(offered) <= 3
    assert "housing" not in {unit for unit, *_ in offered}
    unit, reason, *_ = offered[0]
    officer.does("assign", lead=unit, reason=reason)
    assert desk.case().unit == "water-company"
    assert "派单目录“供水”" in officer.sees()


def test_a_case_that_no_rule_gave_away_is_offered_what_the_model_guesses(desk: CaseOffice) -> None:
    officer = put(desk, "咨询一件事", "想了解一下这件事怎么办理，谢谢。")
    case = desk.case()
    assert case.unit == "duty-desk"
    guessed = {name for name, _ in case.labels.topic_candidates}
    assert guessed
    reasons = [reason for _, reason, *_ in presses(officer.sees())]
    assert reasons
    assert all(any(f"“{topic}”" in reason for topic in guessed) for reason in reasons)


def test_the_unit_that_a_return_named_comes_first(desk: CaseOffice) -> None:
    officer = put(desk, "学校旁垃圾成堆", "学校门口垃圾成堆，没有人清。")
    unit = desk.case().unit
    desk.person(Role.RESPONDER, unit).does(
        "ask_return", reason="不属于本单位职责", suggested_unit="health"
    )
    first, reason, *_ = presses(officer.sees())[0]
    assert first == "health"
    assert reason == f"按建议改派：{desk.office.register.name(unit)}退回时建议"


def test_only_who_may_assign_sees_them(desk: CaseOffice) -> None:
    put(desk, "小区停水三天，物业不管", "小区停水三天，物业公司说不归他们管。")
    for person in (desk.person(Role.RESPONDER, "housing"), desk.person(Role.LEADER)):
        assert presses(person.sees()) == []


def test_a_report_against_an_office_is_offered_to_none_that_it_may_be_about(
    desk: CaseOffice,
) -> None:
    officer = put(
        desk, "举报住建局科长收受贿赂", "县住建局的一位科长收受开发商贿赂，包庇违建，请查处。"
    )
    held = desk.case().held
    assert held is not None
    offered = {unit for unit, *_ in presses(officer.sees())}
    assert offered <= set(held.suggested)
    assert "housing" not in offered


def test_nor_after_the_desk_gave_it_to_another_unit(desk: CaseOffice) -> None:
    """One press must not hand a report to the office that it is about, or to what belongs to it."""
    officer = put(
        desk,
        "举报住建局科长收受贿赂",
        "县住建局的一位科长收受开发商贿赂，包庇违建，物业不管，停水三天。",
    )
    officer.does("assign", lead="discipline", reason="纪检监察职责")
    case = desk.case()
    assert case.held is None
    assert case.confidential
    offered = {unit for unit, *_ in presses(officer.sees())}
    assert offered.isdisjoint({"housing", "water-company"})


def test_a_unit_below_the_accused_one_is_offered_nothing(desk: CaseOffice) -> None:
    officer = put(desk, "小区停水三天，物业不管", "小区停水三天，物业公司说不归他们管。")
    assert "water-company" in {unit for unit, *_ in presses(officer.sees())}
    officer.does("mark_confidential", accused=["housing"], reason="来信反映的就是这家")
    officer.does("assign", lead="petition", reason="信访局办理")
    assert desk.case().unit == "petition"
    offered = {unit for unit, *_ in presses(officer.sees())}
    assert offered.isdisjoint({"housing", "water-company"})


def test_a_case_that_is_over_is_offered_to_none(desk: CaseOffice) -> None:
    officer = put(desk, "小区停水三天，物业不管", "小区停水三天，物业公司说不归他们管。")
    officer.does("mark_invalid", reason="测试件")
    assert presses(officer.sees()) == []

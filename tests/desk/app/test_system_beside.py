"""What the system finds out while somebody has a case open stands in nobody's way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.messages import Action
from cases.words.actors import SYSTEM, Role
from tests.desk.case_office import CASE, NOW, CaseOffice, item, seen_of


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    made.put(item())
    yield made
    made.close()


def _many_say_the_same(desk: CaseOffice) -> None:
    found = do.Correct(risk=("群体诉求",), reason="近期有 4 人反映同一事项")
    desk.runner.act(Action(message_id="l-1", case_id=CASE, actor=SYSTEM, command=found, at=NOW))
    desk.runner.pump_all()
    assert desk.case().labels.risk == ("群体诉求",)


def test_a_risk_found_later_does_not_stop_the_unit(desk: CaseOffice) -> None:
    unit = desk.person(Role.RESPONDER, "housing")
    seen = seen_of(unit.sees())
    _many_say_the_same(desk)
    assert unit.posts("act/acknowledge", {"seen": seen}).status_code == 303


def test_who_corrects_the_labels_is_told_of_it(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    seen = seen_of(officer.sees())
    _many_say_the_same(desk)
    answer = officer.posts("act/correct", {"seen": seen, "kind": "咨询", "risk.given": "1"})
    assert answer.status_code == 409
    assert desk.case().labels.risk == ("群体诉求",)

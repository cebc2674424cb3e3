"""Actions under numbers of the sender's own choosing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record import events as ev
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.cases.actions.forms import IN_REPLY, ORDER
from tests.desk.case_office import CASE, NOW, CaseOffice, item

X = Actor(id="x", role=Role.DESK, name="甲")
X1 = Actor(id="x-1", role=Role.DESK, name="乙")


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    made.put(item())
    yield made
    made.close()


def contacts(desk: CaseOffice) -> list[str]:
    return [
        event.body.text for event in desk.case().history if isinstance(event.body, ev.ContactLogged)
    ]


def test_equal_looking_numbers_of_two_accounts_are_two_actions(desk: CaseOffice) -> None:
    acts = desk.office.acts
    acts.submit(X, CASE, do.LogContact(text="第一次联系"), action_id="1-k")
    acts.submit(X1, CASE, do.LogContact(text="另一人联系"), action_id="k")
    assert contacts(desk) == ["第一次联系", "另一人联系"]


def test_the_same_number_of_one_account_acts_once(desk: CaseOffice) -> None:
    acts = desk.office.acts
    first = acts.submit(X, CASE, do.LogContact(text="联系"), action_id="k")
    again = acts.submit(X, CASE, do.LogContact(text="联系"), action_id="k")
    assert again.events == first.events
    assert contacts(desk) == ["联系"]


def test_without_a_number_each_time_is_one_more(desk: CaseOffice) -> None:
    for _ in range(2):
        desk.office.acts.submit(X, CASE, do.LogContact(text="联系"))
    assert contacts(desk) == ["联系", "联系"]


def test_what_an_earlier_version_carried_out_is_known_by_its_id(desk: CaseOffice) -> None:
    # In the log and the history it stands under the id of that time.
    told = do.LogContact(text="升级前联系")
    desk.runner.act(Action(message_id="d-x-1-k", case_id=CASE, actor=X, command=told, at=NOW))
    desk.runner.pump_all()
    acts = desk.office.acts
    assert acts.submit(X, CASE, told, action_id="1-k").events
    assert contacts(desk) == ["升级前联系"]
    # The same letters from another account are another action.
    acts.submit(X1, CASE, do.LogContact(text="另一人联系"), action_id="k")
    assert contacts(desk) == ["升级前联系", "另一人联系"]


def test_a_form_s_name_ends_at_the_first_hyphen() -> None:
    assert not [name for name in (*ORDER, *IN_REPLY) if "-" in name]

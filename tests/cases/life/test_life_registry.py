"""A command or an event without a rule, or outside the closed lists, stops the program."""

from __future__ import annotations

from typing import Any

import pytest

from cases.life import areas, registry
from cases.life.registry import APPLIES, DECIDES, RegistryError, applies, decides
from cases.record import commands as do
from cases.record import events as ev


class HoldHearing(do.Command, frozen=True, tag="hold_hearing"):
    opinion: str


class HearingHeld(ev.Event, frozen=True, tag="hearing_held"):
    opinion: str


def test_the_areas_have_every_rule() -> None:
    registry.check_complete()
    assert {rule.__module__ for rule in DECIDES.values()} <= {area.__name__ for area in areas.AREAS}


def test_a_command_without_a_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = do.Press
    monkeypatch.delitem(DECIDES, known)
    with pytest.raises(RegistryError, match=r"no rule for command Press: .*@decides.*areas\.py"):
        registry.check_complete()


def test_an_event_without_a_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = ev.Pressed
    monkeypatch.delitem(APPLIES, known)
    with pytest.raises(RegistryError, match=r"no rule for event Pressed: .*@applies.*areas\.py"):
        registry.check_complete()


def test_a_command_outside_the_closed_list_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    stranger: Any = HoldHearing
    monkeypatch.setitem(DECIDES, stranger, DECIDES[do.Press])
    with pytest.raises(RegistryError, match=r"HoldHearing has a rule, but .*do\.AnyCommand"):
        registry.check_complete()


def test_an_event_outside_the_closed_list_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    stranger: Any = HearingHeld
    monkeypatch.setitem(APPLIES, stranger, APPLIES[ev.Pressed])
    with pytest.raises(RegistryError, match=r"HearingHeld has a rule, but .*ev\.EventBody"):
        registry.check_complete()


def test_no_rule_is_registered_twice() -> None:
    with pytest.raises(RegistryError, match=r"two rules for Press$"):
        decides(do.Press)(lambda _case, _command, _attempt: [])
    with pytest.raises(RegistryError, match=r"two rules for Pressed$"):
        applies(ev.Pressed)(lambda case, _body, _event: case)

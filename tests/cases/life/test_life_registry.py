"""A command or an event without a rule, or outside the closed lists, stops the program."""

from __future__ import annotations

import pytest

from cases.life import registry
from cases.life.registry import APPLIES, DECIDES, RegistryError, applies, decides
from cases.record import commands as do
from cases.record import events as ev


class HoldHearing(do.Command, frozen=True, tag="hold_hearing"):
    opinion: str


class HearingHeld(ev.Event, frozen=True, tag="hearing_held"):
    opinion: str


def test_a_command_without_a_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(DECIDES, do.Press)
    with pytest.raises(RegistryError, match=r"no rule for command Press: .*@decides.*areas\.py"):
        registry.check_complete()


def test_an_event_without_a_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(APPLIES, ev.Pressed)
    with pytest.raises(RegistryError, match=r"no rule for event Pressed: .*@applies.*areas\.py"):
        registry.check_complete()


def test_a_command_outside_the_closed_list_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DECIDES, HoldHearing, DECIDES[do.Press])
    with pytest.raises(RegistryError, match=r"HoldHearing has a rule, but .*do\.AnyCommand"):
        registry.check_complete()


def test_an_event_outside_the_closed_list_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(APPLIES, HearingHeld, APPLIES[ev.Pressed])
    with pytest.raises(RegistryError, match=r"HearingHeld has a rule, but .*ev\.EventBody"):
        registry.check_complete()


def test_no_rule_is_registered_twice() -> None:
    with pytest.raises(RegistryError, match="two rules for Press$"):
        decides(do.Press)(lambda _case, _command, _attempt: [])
    with pytest.raises(RegistryError, match="two rules for Pressed$"):
        applies(ev.Pressed)(lambda case, _body, _event: case)

"""Every command and every event has what people read of it, and what is missing is named."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from cases.life import areas as life
from cases.life.available_actions import OFFERED
from cases.life.registry import APPLIES
from cases.record import commands as do
from cases.record import events as ev
from desk.actions import areas, registry
from desk.actions.menu import IN_REPLY, ORDER, WORDS, not_now
from desk.actions.registry import ACTIONS, SENTENCES, DeskAction, RegistryError

PACKAGES = ("huiyin", "cases", "classifiers", "sinks", "streams", "desk")
SYSTEM_ONLY = {
    "note_platform",
    "note_alert",
    "note_picture",
    "warn_emerging",
    "erase",
    "judge_again",
}


def forget(monkeypatch: pytest.MonkeyPatch, name: str) -> DeskAction:
    known = ACTIONS[name]
    monkeypatch.delitem(ACTIONS, name)
    return known


def test_a_command_without_a_word_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, "press")
    with pytest.raises(RegistryError, match=r"no word for command Press: .*desk/actions/areas\.py"):
        registry.check_complete()


def test_an_event_without_a_sentence_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SENTENCES, ev.Pressed)
    with pytest.raises(RegistryError, match=r"no sentence for event Pressed: .*@sentence"):
        registry.check_complete()


def test_a_command_that_people_are_offered_needs_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, "press")
    registry.word_only(do.Press, "催办督办")
    with pytest.raises(RegistryError, match="no form for command Press: it has a probe"):
        registry.check_complete()


def test_a_form_that_nobody_would_ever_see_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, "note_alert")
    registry.plain(do.NoteAlert, word="登记告警回执", place=7)
    with pytest.raises(RegistryError, match=r"never offered.* NoteAlert"):
        registry.check_complete()


def test_two_forms_at_one_place_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    place = ACTIONS["instruct"].place
    forget(monkeypatch, "press")
    registry.plain(do.Press, word="催办督办", place=place)
    with pytest.raises(RegistryError, match=r"two forms at one place .* Instruct, Press"):
        registry.check_complete()


def test_nothing_is_registered_twice() -> None:
    with pytest.raises(RegistryError, match="two words for command Press"):
        registry.in_reply(do.Press, "催办")
    with pytest.raises(RegistryError, match="two sentences for event Pressed"):
        registry.sentence(ev.Pressed)(lambda _body, _phrases: pytest.fail("never told"))
    registry.check_complete()


def test_desk_and_domain_have_the_same_areas() -> None:
    def names(modules: tuple[object, ...]) -> list[str]:
        return [str(module.__name__).rpartition(".")[2] for module in modules]  # type: ignore[attr-defined]

    assert names(areas.AREAS) == names(life.AREAS)
    for kind, apply in APPLIES.items():
        area = apply.__module__.rpartition(".")[2]
        assert SENTENCES[kind].__module__ == f"desk.actions.{area}", kind


def test_an_action_is_in_the_menu_or_in_the_reply_or_for_the_system() -> None:
    menu = {action.name for action in ORDER}
    everything = {str(kind.__struct_config__.tag) for kind in get_args(do.AnyCommand)}
    assert menu | IN_REPLY | SYSTEM_ONLY == everything == set(WORDS)
    assert not menu & IN_REPLY
    assert {str(kind.__struct_config__.tag) for kind in OFFERED} == menu | IN_REPLY


def test_the_menu_begins_with_who_handles_it_and_ends_with_what_cannot_be_undone() -> None:
    names = [action.name for action in ORDER]
    assert names[:3] == ["assign", "acknowledge", "accept"]
    assert names[-3:] == ["mark_confidential", "refuse", "mark_invalid"]
    assert names.index("press") < names.index("close") < names.index("correct")


def test_a_word_that_no_command_has_stays_as_it_is() -> None:
    assert registry.word_of("press") == "催办督办"
    assert registry.word_of("no_such_action") == "no_such_action"
    assert not_now({}) == ()


def test_the_command_line_says_the_words_of_the_registry() -> None:
    from desk.app.cli import app

    answer = CliRunner().invoke(app, ["act", "x:1", "no_such_action"])
    assert answer.exit_code == 2
    told = re.sub(r"[\s│]", "", answer.output)
    for name, word in WORDS.items():
        assert f"{name}（{word}）" in told


def test_no_function_is_without_a_name(root: Path) -> None:
    unnamed = [
        f"{file.relative_to(root)}:{node.lineno}"
        for package in PACKAGES
        for file in sorted((root / package).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == "_"
    ]
    assert unnamed == []


def test_nothing_registers_by_an_import_that_looks_unused(root: Path) -> None:
    excused = [
        f"{file.relative_to(root)}:{token.start[0]}"
        for package in PACKAGES
        for file in sorted((root / package).rglob("*.py"))
        for token in tokenize.generate_tokens(io.StringIO(file.read_text("utf-8")).readline)
        if token.type == tokenize.COMMENT and "F401" in token.string
    ]
    assert excused == []


def test_every_action_that_people_are_offered_is_given_to_a_role(root: Path) -> None:
    handling = tomllib.loads((root / "config" / "handling.toml").read_text("utf-8"))
    given = {name for names in handling["may"].values() for name in names}
    offered = {str(kind.__struct_config__.tag) for kind in OFFERED}
    nobodys = offered - given
    assert not nobodys, f"config/handling.toml: no role of [may] has {nobodys}"

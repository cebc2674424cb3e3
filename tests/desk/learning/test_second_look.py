"""`huiyin judge`: the later verdict on what the linear model labelled alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.life.evolve import fold
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.record.messages import Action
from cases.words.actors import Role
from cases.words.labels import Sentiment
from classifiers.encoder.judge import has_spoken
from desk.app.cli import app
from desk.ground import wiring
from desk.ground.console import command_line, opened_desk
from desk.ground.settings import Settings, read_settings
from desk.learning.second_look import LaterVerdicts
from streams.findings import text_of
from streams.sources.seam.base import Batch
from tests.cases.helpers import DESK
from tests.desk.case_office import NOW, CaseOffice, item
from tests.desk.case_office import text_of as words_of

runner = CliRunner()
SURE, WAVERS, ALSO, SET = (f"board-export:{number}" for number in "1234")
LETTERS = (
    item("1"),
    item("2", title="门口的车", body="门口天天停满了车，孩子上学要绕着走，反映几次没有人管。"),
    item("3", title="补贴什么时候发", body="说好的补贴到现在还没有到账，打电话也没有人接。"),
    item("4", title="补贴何时发", body="说过要发的补贴一直没有到账，打电话没有人接。"),
)


@pytest.fixture
def settings(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home that took in four letters while the linear model was alone; a person set both heads
    of the last."""
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    monkeypatch.setenv("HUIYIN_NOW", NOW.isoformat())
    monkeypatch.setenv("HUIYIN_CLASSIFIER", "linear")
    own = wiring.open_runner(read_settings())
    own.take("board-export", Batch(found=LETTERS))
    own.pump_all()
    both = do.Correct(topic_path=("民政",), sentiment=Sentiment.POSITIVE)
    own.act(Action(message_id="c-1", case_id=SET, actor=DESK, command=both, at=NOW))
    own.pump_all()
    own.store.close()
    monkeypatch.delenv("HUIYIN_CLASSIFIER")
    return read_settings()


def cases(settings: Settings) -> dict[str, Case]:
    own = wiring.open_runner(settings)
    try:
        return own.store.ledger.load([SURE, WAVERS, ALSO, SET])
    finally:
        own.store.close()


def judge(*options: str) -> dict[str, object]:
    done = runner.invoke(app, ["judge", "--json", *options])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_the_letters_in_which_the_linear_model_wavers_get_the_words_of_both(
    settings: Settings,
) -> None:
    before = cases(settings)
    assert not any(has_spoken(case.labels.model) for case in before.values())
    seen = judge("--dry-run")
    assert (seen["waiting"], seen["read"], seen["judged"]) == (3, 3, 2)
    assert cases(settings) == before, "a look writes nothing"

    assert judge() == {**seen, "dry_run": False}
    after = cases(settings)
    assert {name for name, case in after.items() if has_spoken(case.labels.model)} == {
        WAVERS,
        ALSO,
    }
    assert (after[SURE], after[SET]) == (before[SURE], before[SET])
    classifier = wiring.build_classifier(settings)
    for name in (WAVERS, ALSO):
        case = after[name]
        (expected,) = classifier.classify([text_of(case.item)])
        assert case.labels == expected, "as if it had come in with both"
        assert case.labels.kind is before[name].labels.kind
        assert case.round.clocks == before[name].round.clocks
        assert fold(case.history) == case, "a rebuild asks no model"

    again = judge()
    assert (again["waiting"], again["judged"]) == (1, 0)
    assert cases(settings) == after


def test_a_verdict_that_was_sent_twice_counts_once(settings: Settings) -> None:
    judge()
    case = cases(settings)[WAVERS]
    own = wiring.open_runner(settings)
    (event,) = (one for one in case.history if isinstance(one.body, ev.JudgedAgain))
    assert isinstance(event.body, ev.JudgedAgain)
    command = do.JudgeAgain(version=case.version, labels=event.body.labels)
    own.act(
        Action(
            message_id=event.message_id,
            case_id=WAVERS,
            actor=event.actor,
            command=command,
            at=NOW,
        )
    )
    own.pump_all()
    own.store.close()
    assert cases(settings)[WAVERS] == case


def test_it_stops_when_asked_and_goes_on_the_next_time(settings: Settings) -> None:
    with opened_desk(settings) as desk:
        found = desk.get(LaterVerdicts).look_again(command_line(), stopped=lambda: True)
    assert (found.waiting, found.read, found.judged) == (3, 0, 0)
    assert judge()["judged"] == 2


@pytest.mark.parametrize(
    ("classifier", "there", "said"),
    [("linear", True, "HUIYIN_CLASSIFIER=model"), ("model", False, "huiyin[encoder]")],
)
def test_without_the_second_judge_it_says_what_to_do(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    classifier: str,
    there: bool,
    said: str,
) -> None:
    monkeypatch.setenv("HUIYIN_CLASSIFIER", classifier)
    monkeypatch.setattr("classifiers.encoder.judge.available", lambda: there)
    before = cases(settings)
    done = runner.invoke(app, ["judge"])
    assert done.exit_code == 1
    assert said in done.output
    assert cases(settings) == before


def test_people_read_what_it_did_and_the_trail_has_it(settings: Settings, root: Path) -> None:
    done = runner.invoke(app, ["judge"])
    assert "复核了 2 件" in done.stdout
    assert "看了 3 件" in done.stdout
    office = CaseOffice(settings.home, root / "config")
    try:
        (step,) = (
            one for one in office.office.trail.search(about="模型")[1] if "复核" in one.detail
        )
        assert step.detail == "复核 2 件"
        assert "复核" in words_of(office.person(Role.DESK).sees(WAVERS))
    finally:
        office.close()

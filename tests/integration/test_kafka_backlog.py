"""The fast lane of a worker on a real broker and ledger: first before its turn, then at its turn,
once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.messages import Action, observe
from cases.words.actors import Actor, Role
from desk.ground import production
from streams.kafka.log import Inbox, alerts
from streams.kafka.topics import Topics
from tests.cases.helpers import item
from tests.installation import Installation, installation, until
from tests.servers import Elasticsearch, Kafka

FIRE, PRESSED = "letters:fire", "letters:7"
OTHERS = 120


def _all_that_waits(town: Installation) -> None:
    writer = production.writer(town.settings, 20)
    inbox = Inbox(writer, Topics(town.name))
    inbox.append([observe(item(str(n), body="路灯坏了"), "") for n in range(OTHERS)])
    inbox.append([observe(item("fire", body="楼里着火了，有人被困"), "")])
    press = Action(
        message_id="a-1",
        case_id=PRESSED,
        actor=Actor(id="wang", role=Role.DESK),
        command=do.Press(rung=do.Rung.REMIND, text="请尽快办理"),
        at=town.settings.clock(),
    )
    inbox.append([press])
    writer.close()


@pytest.mark.timeout(300)
def test_urgent_ones_and_presses_go_first_and_the_book_balances(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    held = tmp_path / "held"
    held.touch()
    with installation(tmp_path, kafka, elasticsearch, HUIYIN_CLASSIFIER="rules") as town:
        _all_that_waits(town)
        town.start_worker(HUIYIN_TEST_BACKLOG="10", HUIYIN_TEST_HELD=str(held))
        ledger = production.ledger(town.settings).ledger
        until(lambda: len(ledger.load([FIRE, PRESSED])) == 2, 120, town._diagnosis)
        early = ledger.load([FIRE, PRESSED, *(f"letters:{n}" for n in range(20, 60))])
        assert set(early) == {FIRE, PRESSED}
        assert early[PRESSED].recorded_for("a-1")
        until(lambda: bool(list(alerts(production.address(town.settings)))), 60, town._diagnosis)
        raised = {alert.alert_id for alert in alerts(production.address(town.settings))}
        assert town.waiting == OTHERS + 2
        held.unlink()
        town.until_done(120)
        after = ledger.load([FIRE, PRESSED])
        assert {c: case.history for c, case in after.items()} == {
            c: case.history for c, case in early.items()
        }
        of_fire = [a for a in alerts(production.address(town.settings)) if a.case_id == FIRE]
        assert {alert.alert_id for alert in of_fire} <= raised
        found = town.audit()
        assert found.balanced, found.problems

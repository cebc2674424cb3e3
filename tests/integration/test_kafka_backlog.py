"""The fast lane on a real broker and ledger: first before its turn, then at its turn, once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from cases.record import commands as do
from cases.record.messages import Action, observe
from cases.words.actors import Actor, Role
from desk.ground import production, wiring
from streams.kafka import fast_lane
from streams.kafka.fast_lane import FastLane
from streams.kafka.inbox_ahead import InboxAhead
from streams.kafka.log import AlertWriter, DeadLetterWriter, Inbox, JournalWriter, alerts
from streams.kafka.topics import Topics
from streams.process import Ports
from tests.cases.helpers import item
from tests.installation import installation
from tests.servers import Elasticsearch, Kafka

pytestmark = pytest.mark.timeout(300)
FIRE = "letters:fire"


def test_urgent_ones_and_presses_go_first_and_the_book_balances(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_lane, "BACKLOG", 10)
    monkeypatch.setattr(fast_lane, "NOTED_AT_ONCE", 40)
    monkeypatch.setattr(fast_lane, "JUDGED_AT_ONCE", 15)
    with installation(tmp_path, kafka, elasticsearch, HUIYIN_CLASSIFIER="rules") as town:
        writer = production.writer(town.settings, 20)
        inbox = Inbox(writer, Topics(town.name))
        inbox.append([observe(item(str(n), body="路灯坏了"), "") for n in range(120)])
        inbox.append([observe(item("fire", body="楼里着火了，有人被困"), "")])
        press = Action(
            message_id="a-1",
            case_id="letters:7",
            actor=Actor(id="wang", role=Role.DESK),
            command=do.Press(rung=do.Rung.REMIND, text="请尽快办理"),
            at=town.settings.clock(),
        )
        inbox.append([press])
        ledger = production.ledger(town.settings).ledger
        topics = Topics(town.name)
        ports = Ports(
            ledger=ledger,
            journal=JournalWriter(writer, topics),
            alerts=AlertWriter(writer, topics),
            dead_letters=DeadLetterWriter(writer, topics),
        )
        processor = wiring.build_processor(town.settings)
        with closing(InboxAhead(production.address(town.settings))) as ahead:
            lane = FastLane(ahead, processor, ports, town.settings.clock, Event())
            while lane.step((0, 1)):
                pass
        early = ledger.load([FIRE, "letters:7", *(f"letters:{n}" for n in range(20, 40))])
        assert set(early) == {FIRE, "letters:7"}
        assert early["letters:7"].recorded_for("a-1")
        raised = [alert.alert_id for alert in alerts(production.address(town.settings))]
        assert raised
        assert town.waiting == 122
        town.start_worker()
        town.until_done(120)
        after = ledger.load([FIRE, "letters:7"])
        assert {c: case.history for c, case in after.items()} == {
            c: case.history for c, case in early.items()
        }
        assert [alert.alert_id for alert in alerts(production.address(town.settings))][
            : len(raised)
        ] == raised
        found = town.audit()
        assert found.balanced, found.problems
        writer.close()

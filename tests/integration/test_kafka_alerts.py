"""Alerts on Kafka: read on from where the last process stopped, and sent once."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, time
from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.messages import write_board_csv
from cases.alerts import Alert, AlertKind, Level
from cases.record import events as ev
from cases.words.actors import SYSTEM
from cases.words.times import BEIJING
from desk.alerts.people_told import PeopleTold, Way
from desk.ground import production, wiring
from desk.ground.deskfile import DeskFile
from sinks.ledger.base import Query
from streams.kafka import topics
from streams.kafka.alerts import KafkaAlerts
from streams.kafka.connection import KafkaAddress
from streams.kafka.log import AlertWriter, alerts
from streams.kafka.topics import Cluster
from streams.kafka.writer import Writer
from tests.alerts.helpers import alert
from tests.cases.helpers import CONFIG
from tests.installation import Installation, Worker, installation, until
from tests.servers import Elasticsearch, Kafka
from tests.standins.server import Hit, Reply, StandIn
from tests.standins.sms_gateway import SmsGateway


def test_alerts_are_read_on_from_where_the_last_process_stopped(kafka: Kafka) -> None:
    address = KafkaAddress(servers=(kafka.bootstrap,), prefix=f"alerts-{uuid4().hex[:8]}")
    cluster = Cluster(address=address, partitions=2)
    topics.create(cluster)
    writer = Writer(address, patience=20)
    raised = AlertWriter(writer, cluster.topics)
    source = KafkaAlerts(address)
    try:
        assert source.alerts_after("", 10).alerts == ()
        raised.raise_alerts([alert(number) for number in range(1, 6)])
        first = source.alerts_after("", 3)
        assert [each.case_id for each in first.alerts] == ["letters:1", "letters:2", "letters:3"]
        source.close()
        second = source.alerts_after(first.position, 3)
        assert [each.case_id for each in second.alerts] == ["letters:4", "letters:5"]
        nothing = source.alerts_after(second.position, 3)
        assert (nothing.alerts, nothing.position) == ((), second.position)
        raised.raise_alerts([alert(6)])
        assert [each.case_id for each in source.alerts_after(second.position, 3).alerts] == [
            "letters:6"
        ]
    finally:
        source.close()
        writer.close()


class Platform(StandIn):
    """Takes webhooks and remembers which alerts they told."""

    def answer(self, hit: Hit) -> Reply:
        return Reply(status=204)

    @property
    def told(self) -> list[str]:
        return [each["id"] for hit in self.log for each in json.loads(hit.body)["alerts"]]


ALERTS = """
[channel.platform]
adapter = "webhook"
options = {{ url = "{url}", secret = "PLATFORM", allow_private_addresses = true }}

[route.grave]
levels = ["high"]
channels = ["platform"]
"""


@pytest.mark.timeout(240)
def test_a_desk_on_kafka_sends_each_alert_once_and_tells_the_cases(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    write_board_csv(tmp_path / "messages.csv", 200)
    with (tmp_path / "messages.csv").open("a", encoding="utf-8") as file:
        for number in range(3):
            row = f"99900{number},U99900{number},救命,2024-01-01 12:0{number},儿子爬到楼顶要跳楼，快来人"
            file.write(f"{row},,,0\r\n")
    with (
        Platform() as platform,
        SmsGateway() as gateway,
        installation(tmp_path, kafka, elasticsearch) as town,
    ):
        shutil.copytree(CONFIG, tmp_path / "config")
        text = ALERTS.format(url=f"{platform.url}/alerts") + gateway.channel("office-sms")
        (tmp_path / "config" / "alerts.toml").write_text(text, "utf-8")
        town.environment |= {
            "HUIYIN_CONFIG": str(tmp_path / "config"),
            "HUIYIN_PORT": "0",
            "HUIYIN_SECRET_PLATFORM": "key",
            "HUIYIN_SECRET_SMS_SIGN": "key",
        }
        numbers = enter_people(town)
        town.start_worker()
        town.feed(tmp_path / "messages.csv")
        town.until_done()
        assert wanted(town)
        for number in range(2):
            desk = Worker(town.environment, tmp_path / f"desk-{number}.log", ("desk",))
            try:
                until(lambda: "回音已启动：" in desk.said(), 60, desk.said)  # noqa: B023
                until(lambda: sorted(noted(town)) == wanted(town), 90, desk.said)
                assert desk.stop() == 0, desk.said()
            finally:
                desk.kill()
        assert sorted(platform.told) == wanted(town, units=False)
        units = {each.unit for each in alerts(production.address(town.settings)) if of_unit(each)}
        assert sorted(gateway.told) == sorted(numbers[unit] for unit in units), "each person once"
        assert town.audit().problems == ()


def enter_people(town: Installation) -> dict[str, str]:
    """One person of each unit is told of new assignments, also at night; numbers by unit."""
    file = DeskFile(town.settings.desk_file)
    told = PeopleTold(file)
    found = {}
    for number, unit in enumerate(wiring.build_router(town.settings).register):
        found[unit.id] = f"139{number:08}"
        way = Way(
            unit=unit.id,
            via="office-sms",
            to=found[unit.id],
            kinds=(AlertKind.UNIT_ASSIGNED,),
            quiet_begin=time(0),
            quiet_end=time(0),
        )
        told.add_way(way, datetime.now(BEIJING), SYSTEM)
    file.close()
    return found


def of_unit(raised: Alert) -> bool:
    return raised.kind is AlertKind.UNIT_ASSIGNED


def wanted(town: Installation, *, units: bool = True) -> list[str]:
    """Ids of the loud alerts so far, and of what units are told: what reads behind the processing
    may still raise one."""
    raised = alerts(production.address(town.settings))
    return sorted(
        each.alert_id for each in raised if each.level is Level.HIGH or (units and of_unit(each))
    )


def noted(town: Installation) -> list[str]:
    """Ids of the alerts whose receipts stand in the histories."""
    parts = production.ledger(town.settings)
    parts.refresh()
    return [
        event.body.alert_id
        for case in parts.ledger.scan(Query())
        for event in case.history
        if isinstance(event.body, ev.AlertNoted)
    ]

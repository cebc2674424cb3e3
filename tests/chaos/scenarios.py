"""The scenarios by name. Each ends with all its faults mended; `Stage.finish` counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos import faults
from tests.chaos.stage import Stage


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    run: Callable[[Stage], None]
    environment: dict[str, str] = field(default_factory=dict)
    proxied: bool = False
    """The workers reach Elasticsearch through a proxy that can refuse."""
    alone: bool = False
    """It mistreats a server itself: nothing else may be played meanwhile."""


SCENARIOS = (
    Scenario("killed (SIGKILL) on a schedule, two workers", faults.killed_on_a_schedule),
    Scenario(
        "killed in a backlog, with urgent ones first",
        faults.killed_in_a_backlog,
        environment={"HUIYIN_TEST_BACKLOG": "20"},
    ),
    Scenario(
        "told to stop (SIGTERM) on a schedule, two workers", faults.told_to_stop_on_a_schedule
    ),
    Scenario("the only worker killed", faults.alone_and_killed),
    Scenario("a worker joins, another leaves", faults.joining_and_leaving),
    Scenario("broker stopped and restarted", faults.broker_restarted, alone=True),
    Scenario("broker killed and restarted", faults.broker_killed, alone=True),
    Scenario("full topic disk", faults.topic_disk_full, alone=True),
    Scenario("Elasticsearch stopped and restarted", faults.ledger_restarted, alone=True),
    Scenario("Elasticsearch answers 429", faults.ledger_busy, proxied=True),
    Scenario("Elasticsearch answers 503", faults.ledger_unavailable, proxied=True),
    Scenario("Elasticsearch read-only (disk full)", faults.ledger_read_only),
    Scenario(
        "Elasticsearch frozen over a rebalance", faults.ledger_frozen_over_a_rebalance, alone=True
    ),
    Scenario("SIGKILL between ledger and journal", faults.killed_before_the_journal),
    Scenario("SIGKILL between journal and alerts", faults.killed_after_the_journal),
    Scenario("SIGKILL between writing and ack", faults.killed_before_the_ack),
    Scenario(
        "SIGSTOP between ledger and journal, awake after takeover", faults.asleep_before_the_journal
    ),
    Scenario("SIGSTOP between writing and ack, awake after takeover", faults.asleep_before_the_ack),
    Scenario("poison messages", faults.poison),
    Scenario("clock stepped back a day, after a kill", faults.clock_stepped),
    Scenario("a worker with a clock an hour ahead", faults.clock_an_hour_ahead),
    Scenario("configuration changed there and back, a worker killed", faults.configuration_changed),
    Scenario("broker stopped while the desk acts", faults.desk_acts_without_a_broker, alone=True),
)

"""One scenario from beginning to verdict."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.scenarios import Scenario
from tests.chaos.stage import Undisturbed, stage
from tests.servers import Elasticsearch, Kafka
from tests.standins.refusing import RefusingProxy


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    problem: str = ""
    seconds: float = 0.0
    messages: int = 0
    starts: int = 0
    notes: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem

    def line(self) -> str:
        verdict = "ok  " if self.ok else "FAIL"
        return (
            f"{verdict} {self.name:58} {self.seconds:5.0f} s {self.messages:6} messages "
            f"{self.starts} starts  {self.problem or self.notes}"
        )


def play(
    scenario: Scenario, folder: Path, kafka: Kafka, elasticsearch: Elasticsearch, calm: Undisturbed
) -> Result:
    """Raises `AssertionError` where the scenario itself could not be played."""
    start = time.monotonic()
    with ExitStack() as stack:
        more = dict(scenario.environment)
        proxy: RefusingProxy | None = None
        if scenario.proxied:
            proxy = stack.enter_context(RefusingProxy(elasticsearch.url))
            more["HUIYIN_ELASTICSEARCH"] = proxy.url
        it = stack.enter_context(stage(folder, kafka, elasticsearch, calm, **more))
        it.proxy = proxy
        scenario.run(it)
        proof = it.finish()
        problems = list(proof.problems)
        if proof.unreadable != it.expected_dead:
            problems.append(f"{proof.unreadable} unreadable, {it.expected_dead} were sent")
        if not it.exports_equal():
            problems.append("the export differs from the undisturbed run")
        return Result(
            scenario.name,
            "; ".join(problems),
            time.monotonic() - start,
            proof.observations + proof.actions,
            sum(slot.starts for slot in it.slots),
            "; ".join(it.notes),
        )

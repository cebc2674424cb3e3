"""`make chaos`: every scenario once, with a table. Exit status 1 if one failed.

Scenarios that mistreat a server are played one after the other. The others only mistreat
their own workers, and mostly wait; they are played two at a time on the same servers.
"""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.play import Result, play
from tests.chaos.scenarios import SCENARIOS, Scenario
from tests.chaos.stage import Undisturbed, undisturbed
from tests.servers import Elasticsearch, Kafka

MOST_SECONDS = 900
"""The whole run; what has not begun by then is reported as not run."""
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class _Run:
    folder: Path
    kafka: Kafka
    elasticsearch: Elasticsearch
    calm: Undisturbed
    start: float

    def play(self, scenario: Scenario) -> Result:
        result = self._result(scenario)
        print(result.line(), flush=True)
        return result

    def _result(self, scenario: Scenario) -> Result:
        if time.monotonic() - self.start > MOST_SECONDS:
            return Result(scenario.name, "not run: out of time")
        folder = self.folder / f"run-{SCENARIOS.index(scenario)}"
        try:
            return play(scenario, folder, self.kafka, self.elasticsearch, self.calm)
        except Exception as error:  # noqa: BLE001  the others are still to be played
            traceback.print_exc()
            if scenario.alone:
                for server in (self.kafka, self.elasticsearch):
                    if server.running:
                        server.thaw()
                    else:
                        server.start()
            return Result(scenario.name, f"{type(error).__name__}: {error}"[:200])


def main() -> int:
    wanted = [s for s in SCENARIOS if not sys.argv[1:] or any(w in s.name for w in sys.argv[1:])]
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="huiyin-chaos-") as folder:
        calm = undisturbed(Path(folder))
        with (
            Kafka(Path(folder) / "kafka") as kafka,
            Elasticsearch(Path(folder) / "elasticsearch") as elasticsearch,
        ):
            run = _Run(Path(folder), kafka, elasticsearch, calm, start)
            results = [run.play(scenario) for scenario in wanted if scenario.alone]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                results += pool.map(run.play, [s for s in wanted if not s.alone])
    good = sum(result.ok for result in results)
    print(
        f"\n{good} of {len(results)} scenarios: nothing lost, nothing "
        f"doubled, export equal ({calm.messages} messages each, {time.monotonic() - start:.0f} s)"
    )
    return int(good != len(results))


if __name__ == "__main__":
    sys.exit(main())

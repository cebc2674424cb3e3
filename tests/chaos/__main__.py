"""`make chaos`: every scenario once, with a table. Exit status 1 if one failed."""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.chaos.play import Result, play
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.stage import undisturbed
from tests.servers import Elasticsearch, Kafka

MOST_SECONDS = 900
"""The whole run; what has not begun by then is reported as not run."""


def main() -> int:
    wanted = [s for s in SCENARIOS if not sys.argv[1:] or any(w in s.name for w in sys.argv[1:])]
    start = time.monotonic()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="huiyin-chaos-") as folder:
        calm = undisturbed(Path(folder))
        with (
            Kafka(Path(folder) / "kafka") as kafka,
            Elasticsearch(Path(folder) / "elasticsearch") as elasticsearch,
        ):
            for number, scenario in enumerate(wanted):
                if time.monotonic() - start > MOST_SECONDS:
                    results.append(Result(scenario.name, "not run: out of time"))
                    continue
                try:
                    result = play(
                        scenario, Path(folder) / f"run-{number}", kafka, elasticsearch, calm
                    )
                except Exception as error:  # noqa: BLE001  the others are still to be played
                    traceback.print_exc()
                    result = Result(scenario.name, f"{type(error).__name__}: {error}"[:200])
                    for server in (kafka, elasticsearch):
                        if server.running:
                            server.thaw()
                        else:
                            server.start()
                results.append(result)
                print(result.line(), flush=True)
    failed = [result for result in results if not result.ok]
    print(
        f"\n{len(results) - len(failed)} of {len(results)} scenarios: nothing lost, nothing "
        f"doubled, export equal ({calm.messages} messages each, {time.monotonic() - start:.0f} s)"
    )
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())

"""`make soak`: long runs that look for what a test has no time for.

python -m tests.soak                                all of them: hours
python -m tests.soak durability [KILLS] [SEED]      kills, full disk, cut logs: 15 minutes
python -m tests.soak fuzz_doors [--inputs N ...]    100,000 bad records for each door
python -m tests.soak door_memory [DOOR SHAPE]       each door at its largest input
python -m tests.soak year [short]                   a year of an office, on a moved clock
python -m tests.soak image                          the steps of the Dockerfile on a clean Debian
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.soak import door_memory, durability, fuzz_doors, year


def main(arguments: list[str]) -> int:
    """The exit status: 1 when anything failed, 2 for a run that there is not."""
    if not arguments:
        return max(run([]) for run in RUNS.values())
    run = RUNS.get(arguments[0])
    if run is None:
        print(f"no soak {arguments[0]!r}; there are {', '.join(RUNS)}", file=sys.stderr)
        return 2
    return run(arguments[1:])


def _durability(arguments: list[str]) -> int:
    times = int(arguments[0]) if arguments else 200
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    plays: list[tuple[str, Callable[[Path], str]]] = [
        (f"{times} kills", lambda folder: durability.kills(folder, times, seed).line()),
        ("full disk", durability.full_disk),
        ("two servers", durability.two_servers),
        ("older file", durability.older_file),
    ]
    for name in ("huiyin.db", "desk.db"):
        plays += [
            (f"{name} log deleted", partial(durability.cut_log, name=name, how="deleted")),
            (f"{name} log truncated", partial(durability.cut_log, name=name, how="truncated")),
            (f"{name} bad page", partial(durability.bad_page, name=name)),
        ]
    failed = 0
    for name, play in plays:
        with tempfile.TemporaryDirectory(prefix="huiyin-soak-") as folder:
            try:
                print(play(Path(folder) / "run"), flush=True)
            except AssertionError as error:
                failed += 1
                print(f"{name}: FAILED: {error}", flush=True)
    return 1 if failed else 0


def _image(_arguments: list[str]) -> int:
    return int(pytest.main(["-q", "tests/bundle/image_steps.py"]))


RUNS: dict[str, Callable[[list[str]], int]] = {
    "durability": _durability,
    "fuzz_doors": fuzz_doors.main,
    "door_memory": door_memory.main,
    "year": year.main,
    "image": _image,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

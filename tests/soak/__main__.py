"""`make soak`: long runs that look for what a test has no time for.

python -m tests.soak durability [KILLS] [SEED]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.soak import durability


def main() -> int:
    what = sys.argv[1] if len(sys.argv) > 1 else "durability"
    if what != "durability":
        raise SystemExit(f"no soak {what!r}; there is durability")
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
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


if __name__ == "__main__":
    sys.exit(main())

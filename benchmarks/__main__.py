"""`make bench`: every benchmark in turn, or those named on the command line."""

from __future__ import annotations

import sys
from importlib import import_module

BENCHMARKS = ("ingest", "stages", "classify", "pages", "masking")


def main() -> None:
    # A number is how many rows `ingest` and `stages` read.
    named = [argument for argument in sys.argv[1:] if not argument.isdigit()]
    for name in named or BENCHMARKS:
        if name not in BENCHMARKS:
            raise SystemExit(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
        print(f"== {name}")
        import_module(f"benchmarks.{name}").main()


main()

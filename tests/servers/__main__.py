"""`python -m tests.servers`: fetch what the servers need, so that later runs need no network."""

from __future__ import annotations

import sys

from tests.servers.jvm import fetch_jars, find_java, wanted
from tests.servers.process import Missing


def main() -> int:
    """Exit status 1 if something is missing; each line says what was found or what is missing."""
    failed = False
    for name in ("kafka", "elasticsearch"):
        server = wanted(name)
        try:
            print(f"{name} {server.version}: {find_java(server)}, jars in {fetch_jars(server)}")
        except Missing as reason:
            failed = True
            print(f"missing: {reason}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""The command line starts without what only a few commands need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("sklearn", "scipy", "snownlp", "kafka", "aiokafka", "faust", "elasticsearch")


def test_importing_the_command_line_loads_no_optional_library() -> None:
    # They are extras: an embedded installation does not have them at all.
    code = f"import desk.app.cli, sys; print([n for n in {HEAVY!r} if n in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"

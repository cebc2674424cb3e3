"""A full disk: every address of the desk, for each role, answers in words, nothing that was
acknowledged is lost, and all is as before when there is room again.

The addresses and their forms are those of `test_sight_everywhere`, which a new one cannot be left
out of.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.small_disk import may_mount, mounted

WAYS = ["limited", *(["mounted"] if may_mount() else [])]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", WAYS)
def test_every_address_answers_in_words_on_a_full_disk(
    way: str, tmp_path: Path, root: Path
) -> None:
    with ExitStack() as stack:
        small = tmp_path / "disk"
        small.mkdir()
        if way == "mounted":
            stack.enter_context(mounted(small, 24))
        done = subprocess.run(
            [sys.executable, "-m", "tests.desk.full_disk", str(tmp_path), way],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
    *problems, last = done.stdout.splitlines() or [""]
    assert last == "played", done.stderr[-3000:]
    assert not problems, "\n".join(problems[:40])

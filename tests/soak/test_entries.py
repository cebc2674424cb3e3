"""What `make soak` runs."""

from __future__ import annotations

from functools import partial

import pytest

from tests.soak import __main__ as soak


def test_without_a_name_every_run_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[str] = []

    def run(name: str, _given: list[str]) -> int:
        played.append(name)
        return int(name == "fuzz_doors")

    for name in soak.RUNS:
        monkeypatch.setitem(soak.RUNS, name, partial(run, name))
    assert soak.main([]) == 1
    assert played == ["durability", "fuzz_doors", "door_memory", "year", "image"]
    assert soak.main(["durability", "3"]) == 0


def test_a_run_that_there_is_not_names_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert soak.main(["nothing"]) == 2
    assert "durability, fuzz_doors, door_memory, year, image" in capsys.readouterr().err

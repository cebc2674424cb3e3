"""All attacks in their quick size, against one running desk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.attack.registry import Attack, Kind, Result, Size, all_attacks, attack
from tests.attack.target import Target

SEED = 12


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    made = Target(tmp_path_factory.mktemp("attacked"), cases=600)
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("played", all_attacks(), ids=lambda each: each.name)
def test_the_desk_holds(target: Target, played: Attack) -> None:
    result = played.run(target, Random(SEED), Size.QUICK)
    assert result.wrong == []
    assert target.answers()


def test_the_list_has_every_kind_and_no_name_twice() -> None:
    listed = all_attacks()
    assert {each.kind for each in listed} == set(Kind)
    with pytest.raises(ValueError, match=listed[0].name):
        attack(listed[0].name, kind=Kind.ERRORS)(lambda *_: Result(""))


def test_every_number_of_the_review_is_attacked_again() -> None:
    """Numbers 1 to 21 of the review of commit ad796df, and what each saw then."""
    listed = all_attacks()
    assert {number for each in listed for number in each.issue} == set(range(1, 22))
    measured = json.loads((Path(__file__).parent / "before.json").read_text("utf-8"))
    assert [each.name for each in listed if not each.before and each.name not in measured] == []

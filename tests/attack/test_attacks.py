"""All attacks in their quick size, against one running desk."""

from __future__ import annotations

from collections.abc import Iterator
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

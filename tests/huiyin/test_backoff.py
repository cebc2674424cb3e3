"""How long to wait before what failed is tried again."""

from __future__ import annotations

import pytest

from huiyin.backoff import backoff


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (10_000, 900)]
)
def test_it_doubles_up_to_the_most(failures: int, seconds: float) -> None:
    assert backoff(failures, first=5, most=900) == seconds


def test_what_may_rest_shorter_than_the_first_wait_rests_so() -> None:
    assert backoff(1, first=30, most=3) == 3

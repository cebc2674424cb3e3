"""The town's ledger, once for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sinks.ledger.base import Ledger
from tests.reporting.town import ledger_of, town


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with ledger_of(town()) as opened:
        yield opened

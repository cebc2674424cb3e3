"""What holds for every test of backups."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk.backup import sealing


@pytest.fixture(scope="session", autouse=True)
def shipped_work() -> Iterator[int]:
    """The key of a sealed file comes from its passphrase as cheaply as can be: the real work, which
    this gives, is a tenth of a second for each file that is sealed or opened."""
    shipped = sealing._WORK
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "_WORK", 2)
        yield shipped

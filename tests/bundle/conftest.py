from __future__ import annotations

from pathlib import Path

import pytest

from tests.bundle.fake_program import FakeArchives, pip_wheel


@pytest.fixture(scope="session")
def pip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pip_wheel(tmp_path_factory.mktemp("pip"))


@pytest.fixture
def archives(tmp_path: Path, pip_file: Path) -> FakeArchives:
    return FakeArchives(tmp_path / "archives", pip_file)

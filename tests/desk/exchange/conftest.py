from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.ground import wiring
from tests.desk.case_office import CaseOffice
from tests.desk.exchange.under import KEY, TABLE, Under, settings_of
from tests.standins.hotline_platform import Platform


@pytest.fixture
def under(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Under]:
    config = tmp_path / "config"
    shutil.copytree(root / "config", config)
    monkeypatch.setenv("HUIYIN_SECRET_EXCHANGE_KEY", KEY)
    with Platform() as above:
        (config / "platform.toml").write_text(TABLE.replace("URL", above.url), "utf-8")
        desk = CaseOffice(tmp_path / "home", config, wiring.build_rules(settings_of(config)))
        made = Under(desk, above)
        made.pushes(处理期限="2026-12-01 18:00:00", **{"受理时间 ": "2026-11-23 10:11:08"})
        yield made
        desk.close()

"""The samples show what is learnt: a proposal for dispatch, corrections on the model page."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.figures.taught import What, taught
from cases.words.actors import Role
from desk.demo.messages import load_demo
from sinks.ledger.base import Query
from tests.desk.app.test_web import NOW, Desk
from tests.desk.case_office import text_of
from tests.desk.clients import signed_in


@pytest.mark.slow
def test_the_samples_have_a_proposal_and_corrections(tmp_path: Path, root: Path) -> None:
    desk = Desk(tmp_path, root / "config")
    load_demo(desk.runner.store, desk.runner.processor, NOW)
    rows = [row for case in desk.runner.store.ledger.scan(Query()) for row in taught(case)]
    assert {What.UNIT, What.KIND} <= {row.what for row in rows}
    page = text_of(desk.page("/disputes/proposals"))
    assert "以下 4 件都由县住房和城乡建设局改派县市场监督管理局，共同的词是“充电桩收费”" in page
    counted = text_of(signed_in(desk.office, Role.ADMIN).get("/admin/model?count=1").text)
    assert "充电桩收费太高" in counted
    desk.close()

"""What a change would do is reckoned on the cases there are, and nothing is written; what was saved
reaches the stream, whichever way it reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from cases.words.actors import Role
from desk.ground import production, wiring
from desk.ground.live_configuration import LiveConfiguration
from streams.process import Processor
from tests.desk.case_office import CASE, CaseOffice, item, text_of
from tests.desk.clients import signed_in
from tests.desk.setup.test_setup import ELSEWHERE
from tests.desk.tables.test_tables import own, put

LAKE = {"item": "湖区", "words": "湖边垃圾、蓝藻", "unit": "meteorology"}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    vars(made.office)["app_of_tests"] = made._app
    made.put(
        item(),
        item("2", title="湖边垃圾没人管", body="湖边垃圾堆了很久，水里有蓝藻。"),
        item(
            "3", title="湖边垃圾", body="湖边垃圾臭气熏天，请不要公开我的信息。", confidential=True
        ),
    )
    yield made
    made.close()


def days(desk: CaseOffice, case_id: str) -> int:
    """Of the reply clock."""
    clock = desk.case(case_id).round.reply_clock
    assert clock is not None
    return clock.amount


@pytest.fixture
def admin(desk: CaseOffice) -> TestClient:
    return signed_in(desk.office, Role.ADMIN)


def test_words_say_how_many_cases_would_go_elsewhere_and_write_nothing(
    desk: CaseOffice, admin: TestClient
) -> None:
    said = put(admin, "directory", "", 200, press="try", **LAKE)
    assert "近 3 件如果现在来，2 件会改派；已经派出的不动。" in said
    name = desk.office.register.name("meteorology")
    assert name in said
    assert "湖边垃圾没人管" in said
    assert "臭气熏天" not in said
    assert "还没有保存。" in said
    assert own(desk.office, "units.toml") == {}
    assert desk.case("board-export:2").unit != "meteorology"


def test_a_deadline_says_how_many_cases_would_have_another(
    desk: CaseOffice, admin: TestClient
) -> None:
    said = put(
        admin, "clocks", "", 200, press="try", label="答复", name="reply", working_days="9",
        source="本县办法", before="reply", when__channel="问政平台", when__disclosure="否",
    )  # fmt: skip
    assert "近 3 件如果现在来，3 件的时限会不同；已经起算的不变。" in said
    assert "答复 5 个工作日（11-30 23:59）" in said
    assert "答复 9 个工作日（12-04 23:59）" in said
    assert "3 件的时限会不同" not in put(
        admin, "clocks", "reply-urgent", 200, press="try", label="急件答复"
    )


def test_a_watch_and_the_ledger_say_what_comes(desk: CaseOffice, admin: TestClient) -> None:
    said = put(admin, "watches", "", 200, press="try", title="湖区", words="湖边垃圾")
    assert "“湖区”：近 90 天，1 件提到。" in said
    total = len(desk.office.settings.table("ledger.toml")["column"])  # type: ignore[arg-type]
    said = put(admin, "ledger", "risk", 200, press="try", header="风险提示")
    assert f"台账由 {total} 栏变为 {total} 栏；不再有风险；新有风险提示。" in said
    said = put(admin, "paper-weekly", "", 200, press="try", seal="某县政府办")
    assert "没有可以先算的" in said


def test_a_mistake_is_said_before_anything_is_reckoned(admin: TestClient) -> None:
    said = put(
        admin, "directory", "", 400, press="try", item="湖区", words="湖", unit="meteorology"
    )
    assert "两个字以上" in said
    assert "会改派" not in said


# -- the streams -----------------------------------------------------------------


def test_a_saved_change_reaches_the_stream_of_the_same_process(
    desk: CaseOffice, admin: TestClient
) -> None:
    office = desk.office
    live = LiveConfiguration(office.settings, desk.runner.processor, office.use)
    office.reload = live.reload
    first = live.number
    put(admin, "directory", **LAKE)
    put(admin, "clocks", "reply", working_days="4")
    assert live.number == office.settings.configuration.number != first
    desk.put(item("9", title="湖边垃圾没人管", body="湖边垃圾堆了很久。"))
    case = desk.case("board-export:9")
    assert case.unit == "meteorology"
    assert days(desk, "board-export:9") == 4
    assert {event.configuration for event in case.history} == {live.number}
    assert days(desk, CASE) == 5, "it runs as it began"


@pytest.mark.parametrize("by_word", [False, True])
def test_another_process_takes_it_on_when_it_looks(
    desk: CaseOffice, admin: TestClient, by_word: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, announced = desk.office, [""]
    monkeypatch.setattr(production, "announce", lambda _settings, number: announced.append(number))
    worker = Processor(
        wiring.build_rules(office.settings),
        wiring.build_classifier(office.settings),
        wiring.build_router(office.settings),
    )
    asked = (lambda: announced[-1]) if by_word else None
    live = LiveConfiguration(office.settings, worker, lambda *_: None, asked)
    if by_word:
        office.use(replace(office.settings, production=ELSEWHERE), office.rules, office.register)
    put(admin, "clocks", "reply", working_days="4")
    assert worker.rules.policy.rule("reply").amount == 5
    live.look()
    assert worker.rules.policy.rule("reply").amount == 4
    assert live.number == office.settings.configuration.number


def test_a_wrong_file_beside_it_leaves_the_last_good_snapshot(
    desk: CaseOffice, admin: TestClient
) -> None:
    office = desk.office
    live = LiveConfiguration(office.settings, desk.runner.processor, office.use)
    office.reload = live.reload
    put(admin, "clocks", "reply", working_days="4")
    good = live.number
    folder = office.settings.home / "overlay"
    (folder / "delivery.toml").write_text("[delivery.mail\n", "utf-8")
    said = put(admin, "clocks", "reply", 400, working_days="3")
    assert "delivery.toml" in said
    assert "不是合法的 TOML" in said
    assert live.number == good
    desk.put(item("9"))
    assert days(desk, "board-export:9") == 4
    (folder / "delivery.toml").unlink()
    assert "现在起生效" in text_of(admin.get(put(admin, "clocks", "reply", working_days="2")).text)
    assert desk.runner.processor.rules.policy.rule("reply").amount == 2

"""通知设置: who may set what of whom, what counts from then on, and who stands in for whom."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs
from starlette.testclient import TestClient

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record.commands import Rung
from cases.record.item import Item
from cases.record.messages import Action
from cases.registers.incident import Asked, Opened, Part, Recalled
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, Accounts
from desk.alerts import alerting
from desk.alerts.alerting import AlertWork, embedded_work
from desk.app.commands.audit import audit_store
from desk.ground import wiring
from desk.ground.doer import Doer
from desk.notices.service import MOST_TESTS, Notices
from desk.opinion.incident_files import IncidentFiles
from desk.opinion.incident_round import IncidentRound
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.sources.seam.base import Batch
from tests.cases.helpers import DESK as OFFICER
from tests.cases.helpers import HOUSING, POLICE
from tests.desk.clients import MovingClock, office_of, signed_in
from tests.standins.sms_gateway import SmsGateway

NOW = datetime(2026, 11, 20, 10, tzinfo=BEIJING)
"""A Friday."""
LIN, CHENG, GONG = "13911110001", "13911110002", "13911110003"


class Town:
    """A desk, the processing, and what sends."""

    def __init__(self, home: Path, config: Path, clock: MovingClock) -> None:
        self.clock = clock
        self.office = office_of(home, config, clock, HUIYIN_SECRET_SMS_SIGN="k")
        self.office.clock = clock
        settings = self.office.settings
        store = EmbeddedStore(settings.database)
        self.runner = EmbeddedRunner(store, wiring.build_processor(settings), clock)
        self.work: AlertWork = embedded_work(settings, self.runner)
        for account, name, unit in (
            ("lin", "林某", HOUSING),
            ("cheng", "程某", HOUSING),
            ("gong", "龚某", POLICE),
        ):
            self.office.get(Accounts).add(
                Account(id=account, name=name, role=Role.RESPONDER, unit=unit, created=NOW), ""
            )

    def letter(self, number: str, unit: str = HOUSING) -> None:
        at = self.clock.at
        item = Item(
            source="letters",
            source_item_id=number,
            channel="县长信箱",
            received_at=at,
            title="周某13912345678反映东街道路不平",
            body="东街三号门前的道路不平，请派人看看。",
        )
        self.runner.take("letters", Batch(found=(item,)))
        self.runner.pump_all()
        self.does(number, do.Assign(lead=unit, reason="按职责"))

    def does(self, number: str, command: do.AnyCommand, by: Actor = OFFICER) -> None:
        case_id = f"letters:{number}"
        message = f"a-{number}-{type(command).__name__}-{self.clock.at}"
        self.runner.act(
            Action(message_id=message, case_id=case_id, actor=by, command=command, at=self.clock.at)
        )
        self.runner.pump_all()

    def works(self) -> None:
        while self.work.step():
            pass
        self.runner.pump_all()

    def person(self, account: str) -> TestClient:
        role, unit = (Role.DESK, "") if account == "desk" else (Role.RESPONDER, HOUSING)
        client = signed_in(self.office, role, unit, account)
        client.follow_redirects = False
        return client

    def close(self) -> None:
        self.work.close()
        self.runner.store.close()
        self.office.close()


@pytest.fixture(scope="module")
def standing() -> Iterator[SmsGateway]:
    with SmsGateway() as made:
        yield made


@pytest.fixture
def gateway(standing: SmsGateway) -> SmsGateway:
    standing.log.clear()
    return standing


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, root: Path, standing: SmsGateway) -> Path:
    """One for all tests: to read it takes longer than most of them."""
    folder = tmp_path_factory.mktemp("notices") / "config"
    shutil.copytree(root / "config", folder)
    off = standing.channel("other-sms").replace(
        "[channel.other-sms]\n", "[channel.other-sms]\nenabled = false\n"
    )
    (folder / "alerts.toml").write_text(standing.channel("office-sms") + off, "utf-8")
    return folder


@pytest.fixture
def town(tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("HUIYIN_SECRET_SMS_SIGN", "k")
    clock = MovingClock(NOW)
    monkeypatch.setattr(alerting, "machine_time", clock)
    made = Town(tmp_path / "home", config, clock)
    yield made
    made.close()


KINDS = [kind.value for kind in AlertKind]


def adds(client: TestClient, to: str, **values: object) -> str:
    """What the page says against it; "" where it was taken."""
    form = {"via": "office-sms", "to": to, "kinds": KINDS, **values}
    answer = client.post("/notices", data=form)
    found = re.search(r'class="notice late" role="alert">([^<]*)<', answer.text)
    assert answer.status_code == (400 if found else 303), answer.text
    return found[1] if found else ""


def leaves(client: TestClient, account: str, deputy: str, first: str, last: str) -> str:
    form = {"account": account, "deputy": deputy, "first": first, "last": last}
    answer = client.post("/notices/leaves", data=form)
    found = re.search(r'class="notice late" role="alert">([^<]*)<', answer.text)
    assert answer.status_code == (400 if found else 303), answer.text
    return found[1] if found else ""


# -- from the page to the telephone -------------------------------------------------


def test_who_is_entered_is_told_of_the_next_case_without_a_new_start(
    town: Town, gateway: SmsGateway
) -> None:
    town.letter("1")
    town.works()
    assert gateway.told == [], "nobody was entered"
    assert adds(town.person("lin"), LIN, account="lin") == ""
    town.letter("2")
    town.letter("3", unit=POLICE)
    town.works()
    assert gateway.told == [LIN]
    assert gateway.said == "回音：有 1 件事需要处理，请登录查看。"
    history = town.runner.store.ledger.load(["letters:2"])["letters:2"].history
    assert "县住房和城乡建设局 短信" in str(history[-1].body) or "短信" in str(history[-1].body)
    assert LIN not in str(history), "no number stands in the history"
    assert audit_store(town.runner.store).balanced


def test_the_press_of_the_desk_reaches_the_telephone(town: Town, gateway: SmsGateway) -> None:
    assert adds(town.person("lin"), LIN, kinds=["unit_supervised"]) == ""
    town.letter("1")
    town.works()
    assert gateway.told == [], "督办 alone was wanted"
    press = do.Press(rung=Rung.SUPERVISE, text="请三日内办结", skip_reason="群众多次来电")
    town.does("1", press)
    town.works()
    assert gateway.told == [LIN]
    assert "三日" not in gateway.said


def test_the_morning_has_one_message_and_its_figures_are_those_of_the_morning_page(
    town: Town, gateway: SmsGateway
) -> None:
    assert adds(town.person("lin"), LIN) == ""
    town.clock.at = NOW.replace(hour=19)
    for number in range(1, 8):
        town.letter(str(number))
        town.works()
        town.clock.walk(minutes=20)
    assert gateway.told == []
    town.clock.at = NOW.replace(day=21, hour=8, minute=30)
    town.works()
    assert gateway.said == "回音：有 7 件事需要处理，请登录查看。"


@pytest.mark.parametrize("recalled", [False, True])
def test_who_is_asked_for_a_part_of_an_event_is_told_unless_it_is_wanted_no_more(
    town: Town, gateway: SmsGateway, *, recalled: bool
) -> None:
    assert adds(town.person("lin"), LIN) == ""
    files, by = town.office.get(IncidentFiles), Doer(actor=OFFICER)
    begun = Opened(title="水厂停水", level="一般", noticed_at=NOW, summary="停水")
    number = files.begin(by, begun).number
    due_at = NOW + timedelta(days=1)
    files.write(by, number, 1, Asked(unit=HOUSING, part=Part.VERIFY, due_at=due_at))
    IncidentRound(town.office.settings, town.office.file, town.runner).step()
    if recalled:
        files.write(by, number, 2, Recalled(task=1, reason="不归它管"))
    town.works()
    assert gateway.told == ([] if recalled else [LIN])


# -- who may what --------------------------------------------------------------------


def test_a_unit_sees_and_sets_its_own_alone(town: Town) -> None:
    lin = town.person("lin")
    assert adds(lin, LIN) == ""
    gong = signed_in(town.office, Role.RESPONDER, POLICE, "gong")
    assert "139" not in gong.get("/notices").text
    assert gong.post("/notices/R0001/remove", data={"seen": "1"}).status_code == 404
    assert gong.post("/notices/R0001/test").status_code == 404
    page = lin.get("/notices").text
    assert "139****0001" in page
    assert LIN not in page


def test_the_unit_of_a_form_counts_for_the_desk_alone(town: Town) -> None:
    gong = signed_in(town.office, Role.RESPONDER, POLICE, "gong")
    gong.follow_redirects = False
    assert adds(gong, GONG, unit=HOUSING) == ""
    assert adds(town.person("desk"), LIN, unit=HOUSING) == ""
    lines = town.office.get(Notices).lines(OFFICER)
    assert [line.way.unit for line in lines] == [POLICE, HOUSING]


@pytest.mark.parametrize("role", [Role.LEADER, Role.REVIEWER])
def test_others_have_no_such_page(town: Town, role: Role) -> None:
    client = signed_in(town.office, role)
    assert client.get("/notices").status_code == 403
    assert client.post("/notices", data={}).status_code == 403


@pytest.mark.parametrize(
    ("to", "changes", "words"),
    [
        ("123", {}, "应为11 位手机号"),
        ("", {}, "应为11 位手机号"),
        (LIN, {"via": ""}, "请选择用什么通知"),
        (LIN, {"via": "other-sms"}, "管理员"),
        (LIN, {"via": "robot:fax"}, "请选择用什么通知"),
        ("http://robot.example/", {"via": "robot:wecom"}, "https://"),
        (LIN, {"kinds": []}, "至少选一种"),
        (LIN, {"account": "gong"}, "本单位的人员"),
        (LIN, {"begin": "18:00"}, "两个都填"),
    ],
)
def test_a_mistake_is_told_and_nothing_kept(
    town: Town, to: str, changes: dict[str, object], words: str
) -> None:
    lin = town.person("lin")
    assert words in adds(lin, to, **changes)
    assert "还没有。" in lin.get("/notices").text


def test_a_robot_of_the_units_own_group_is_a_secret(town: Town, tmp_path: Path) -> None:
    lin = town.person("lin")
    address = "https://robot.example/send?access_token=robot-secret-word"
    assert adds(lin, address, via="robot:dingtalk", key="SECxyz") == ""
    secrets = tmp_path / "home" / "secrets.toml"
    assert address in secrets.read_text("utf-8")
    assert "SECxyz" in secrets.read_text("utf-8")
    assert secrets.stat().st_mode & 0o077 == 0
    page = lin.get("/notices").text
    assert "钉钉群机器人" in page
    assert "robot-secret-word" not in page
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    assert lin.post("/notices/R0001/remove", data={"seen": seen[1]}).status_code == 303
    assert "robot-secret-word" not in secrets.read_text("utf-8")


def test_a_way_that_cannot_be_used_any_more_is_said(town: Town) -> None:
    lin = town.person("lin")
    assert adds(lin, LIN) == ""
    overlay = town.office.settings.home / "overlay"
    overlay.mkdir()
    (overlay / "alerts.toml").write_text("[channel.office-sms]\nenabled = false\n", "utf-8")
    town.office.reload()
    assert "渠道 office-sms 没有启用" in lin.get("/notices").text
    assert lin.post("/notices/R0001/test").status_code == 400


def test_a_test_message_goes_to_the_number_that_was_entered(
    town: Town, gateway: SmsGateway
) -> None:
    lin = town.person("lin")
    assert adds(lin, LIN) == ""
    assert "测试消息已发出" in lin.post("/notices/R0001/test").text
    assert gateway.told == [LIN]


def test_nobody_floods_a_telephone_with_test_messages(town: Town, gateway: SmsGateway) -> None:
    """They go to whatever number was typed, past the limits of the channel."""
    lin = town.person("lin")
    assert adds(lin, LIN) == ""
    assert adds(lin, CHENG) == ""
    answers = [lin.post(f"/notices/R000{1 + n % 2}/test") for n in range(MOST_TESTS + 2)]
    assert [one.status_code for one in answers[-2:]] == [400, 400]
    assert "10 分钟内最多发 5 条测试消息" in answers[-1].text
    assert len(gateway.told) == MOST_TESTS
    gong = signed_in(town.office, Role.RESPONDER, POLICE, "gong")
    gong.follow_redirects = False
    assert adds(gong, GONG) == ""
    assert "测试消息已发出" in gong.post("/notices/R0003/test").text, "another unit"
    town.clock.walk(minutes=11)
    assert "测试消息已发出" in lin.post("/notices/R0001/test").text


def test_the_desk_sees_which_units_are_told_by_nothing(town: Town) -> None:
    desk = town.person("desk")
    told = town.office.register.name(HOUSING)
    assert told in re.search(r"还没有设接收人的单位：([^<]*)", desk.get("/notices").text)[1]  # type: ignore[index]
    assert adds(town.person("lin"), LIN) == ""
    left = re.search(r"还没有设接收人的单位：([^<]*)", desk.get("/notices").text)
    assert left is not None
    assert told not in left[1]


def test_who_left_the_unit_is_told_of_it_no_more(town: Town, gateway: SmsGateway) -> None:
    lin, accounts = town.person("lin"), town.office.get(Accounts)
    assert adds(lin, LIN, account="lin") == ""
    assert adds(lin, CHENG, account="cheng", kinds=["unit_instructed"]) == ""
    town.clock.at = NOW.replace(hour=19)
    town.letter("1")
    town.works()
    known = accounts.get("lin")
    assert known is not None
    accounts.change(structs.replace(known, unit=POLICE))
    assert "已调离本单位" in town.person("cheng").get("/notices").text
    town.clock.at = NOW.replace(day=21, hour=9)
    town.works()
    assert gateway.told == [CHENG], "what waited goes to the others of the unit"


# -- away ----------------------------------------------------------------------------


def test_the_deputy_is_told_and_the_one_away_is_not(town: Town, gateway: SmsGateway) -> None:
    lin = town.person("lin")
    assert adds(lin, LIN, account="lin") == ""
    assert adds(lin, CHENG, account="cheng", kinds=["unit_instructed"]) == ""
    assert leaves(lin, "lin", "cheng", "2026-11-20", "2026-11-22") == ""
    town.letter("1")
    town.works()
    assert gateway.told == [CHENG], "what only the one away would have been told of"
    assert "离岗，由程某代收" in lin.get("/notices").text
    town.clock.at = NOW.replace(day=23)
    town.letter("2")
    town.works()
    assert gateway.told == [CHENG, LIN]


def test_a_leave_is_shown_on_the_page_of_the_person_alone(town: Town) -> None:
    lin = town.person("lin")
    assert "没有登记离岗" in lin.get("/account").text
    assert leaves(lin, "lin", "cheng", "2026-11-20", "2026-11-22") == ""
    words = "2026-11-20 至 2026-11-22 离岗，由程某代收通知"
    assert words in lin.get("/account").text
    assert words not in town.person("cheng").get("/account").text
    admin = signed_in(town.office, Role.ADMIN)
    assert words in admin.get("/admin/accounts/lin").text
    assert words not in admin.get("/admin/accounts/cheng").text
    assert "离岗" not in signed_in(town.office, Role.LEADER).get("/account").text


def test_who_is_away_does_not_stop_the_alarm_of_the_desk(town: Town) -> None:
    lin = town.person("lin")
    assert adds(lin, LIN, account="lin") == ""
    assert leaves(lin, "lin", "cheng", "2026-11-20", "2026-11-30") == ""
    town.letter("1")
    town.clock.at = NOW + timedelta(days=5)
    town.runner.sweep()
    town.runner.pump_all()
    kinds = [one.kind for one in town.runner.store.alerts(50)]
    assert AlertKind.NOT_ACKNOWLEDGED in kinds


def test_the_deputy_of_a_deputy_and_a_ring_of_deputies(town: Town, gateway: SmsGateway) -> None:
    lin = town.person("lin")
    town.office.get(Accounts).add(
        Account(id="wu", name="吴某", role=Role.RESPONDER, unit=HOUSING, created=NOW), ""
    )
    assert adds(lin, LIN, account="lin") == ""
    assert adds(lin, GONG, account="wu", kinds=["unit_instructed"]) == ""
    assert leaves(lin, "lin", "cheng", "2026-11-20", "2026-11-21") == ""
    assert leaves(lin, "cheng", "wu", "2026-11-20", "2026-11-21") == ""
    town.letter("1")
    town.works()
    assert gateway.told == [GONG]
    assert leaves(lin, "wu", "lin", "2026-11-21", "2026-11-21") == ""
    town.clock.at = NOW.replace(day=21)
    town.letter("2")
    town.works()
    assert gateway.told == [GONG, LIN], "all are away: it goes where it always went"


@pytest.mark.parametrize(
    ("account", "deputy", "first", "last", "words"),
    [
        ("lin", "lin", "2026-11-20", "2026-11-21", "不能是离岗的本人"),
        ("lin", "gong", "2026-11-20", "2026-11-21", "同一单位"),
        ("lin", "cheng", "2026-11-21", "2026-11-20", "最后一天"),
        ("lin", "cheng", "2026-11-01", "2026-11-02", "今天当天或以后"),
        ("lin", "cheng", "", "2026-11-20", "从哪天到哪天"),
        ("lin", "cheng", "明天", "2026-11-20", "2026-11-22"),
        ("nobody", "cheng", "2026-11-20", "2026-11-21", "请选择离岗的人"),
    ],
)
def test_a_leave_that_cannot_be_is_refused(
    town: Town, account: str, deputy: str, first: str, last: str, words: str
) -> None:
    assert words in leaves(town.person("lin"), account, deputy, first, last)


def test_a_leave_is_entered_once_and_can_be_taken_back(town: Town, gateway: SmsGateway) -> None:
    lin = town.person("lin")
    assert adds(lin, LIN, account="lin") == ""
    assert leaves(lin, "lin", "cheng", "2026-11-20", "2026-11-22") == ""
    assert "已登记" in leaves(lin, "lin", "cheng", "2026-11-22", "2026-11-23")
    assert lin.post("/notices/leaves/L0001/end", data={"seen": "1"}).status_code == 303
    town.letter("1")
    town.works()
    assert gateway.told == [LIN]


def test_a_unit_enters_no_leave_of_another(town: Town) -> None:
    gong = signed_in(town.office, Role.RESPONDER, POLICE, "gong")
    form = {"account": "lin", "deputy": "cheng", "first": "2026-11-20", "last": "2026-11-21"}
    assert gong.post("/notices/leaves", data=form).status_code == 403
    assert leaves(town.person("lin"), "lin", "cheng", "2026-11-20", "2026-11-22") == ""
    assert gong.post("/notices/leaves/L0001/end", data={"seen": "1"}).status_code == 404
    assert "林某" not in gong.get("/notices").text.partition("离岗和代收")[2]


def test_everything_stands_in_the_trail_without_the_number(town: Town) -> None:
    lin = town.person("lin")
    assert adds(lin, LIN, account="lin") == ""
    assert leaves(lin, "lin", "cheng", "2026-11-20", "2026-11-22") == ""
    details = [step.detail for step in town.office.trail.search(who="lin")[1]]
    assert any("添加接收方式 R0001" in each for each in details)
    assert any("由 cheng 代收" in each for each in details)
    assert not any(LIN in each for each in details)

"""One data folder of an installation sends to the platform above: its desks take turns, a desk of
another folder sends and settles nothing and says why, until a person says that it is the sender."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from cases.record import commands as do
from cases.record.platform import Sent
from desk.delivery import sender
from desk.delivery.sender import SentElsewhere
from desk.exchange.service import Exchange, exchange_step
from desk.ground.audit_log import AuditAction
from desk.ground.console import command_line
from desk.ground.settings import Production, Settings, SettingsError
from huiyin.store.lease import lease
from sinks.delivery.log import SettleError
from tests.desk.exchange.under import CASE, OFFICER, Under

KAFKA = Production(
    kafka=("127.0.0.1:1",), prefix="x", partitions=1, replication=1, kafka_user="", kafka_sasl="",
    kafka_ca="", elasticsearch="", elasticsearch_user="", elasticsearch_ca="", index="x",
)  # fmt: skip


class Notes:
    """What the log of the installation says."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def claimed(self, _settings: Settings, name: str, text: str) -> str:
        return self.said.setdefault(name, text)

    def claim_anew(self, _settings: Settings, name: str, text: str) -> None:
        self.said[name] = text


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    made = Notes()
    monkeypatch.setattr(sender, "production", made)
    return made


def desk_of(under: Under, home: Path) -> tuple[Settings, Callable[[], bool]]:
    """The sending of one more desk of the installation, on a folder of its own."""
    settings = msgspec.structs.replace(under.settings, home=home, production=KAFKA)
    return settings, exchange_step(settings, under.runner())


def test_desks_of_one_folder_take_turns(under: Under) -> None:
    under.signs()
    with lease(under.settings.home / "exchange.lock", "another desk"):
        assert under.sends().upward[0].sent is Sent.WAITS
    assert under.sends().upward[0].sent is Sent.TAKEN
    assert under.acts == ["签收"]


def test_a_desk_of_another_folder_sends_nothing_and_says_who_does(
    under: Under, notes: Notes, tmp_path: Path
) -> None:
    under.signs()
    _, first = desk_of(under, under.settings.home)
    first()
    under.does(do.ReturnToPlatform(reason="属邻县管辖"))
    _, second = desk_of(under, tmp_path / "second")
    for _ in range(2):
        with pytest.raises(SentElsewhere, match=r"由机器 .+ 上的另一个数据文件夹发送") as told:
            second()
    assert "huiyin exchange here" in str(told.value)
    assert str(tmp_path) not in str(told.value)  # pages show it, and no path of a machine
    assert under.acts == ["签收"]
    first()
    assert under.acts == ["签收", "退单"]
    second()  # nothing waits, so nothing is wrong
    assert list(notes.said) == ["exchange"]


def test_a_folder_that_moved_to_another_machine_goes_on(
    under: Under, notes: Notes, tmp_path: Path
) -> None:
    _, first = desk_of(under, tmp_path / "first")
    under.signs()
    first()
    under.does(do.ReturnToPlatform(reason="属邻县管辖"))
    shutil.copytree(tmp_path / "first", tmp_path / "moved")
    _, moved = desk_of(under, tmp_path / "moved")
    moved()
    assert under.acts == ["签收", "退单"]
    assert notes.said


def test_a_person_makes_this_folder_the_sender_and_settles_what_may_have_gone_out(
    under: Under, notes: Notes, tmp_path: Path
) -> None:
    _, first = desk_of(under, under.settings.home)
    under.signs()
    first()
    under.does(do.ReturnToPlatform(reason="属邻县管辖"))
    settings, second = desk_of(under, tmp_path / "second")
    office = under.desk.office
    office.use(settings, office.rules, office.register)
    exchange = under.desk.office.get(Exchange)
    assert exchange.send_from_here(command_line(), "旧机器已停用") == 1
    second()
    sent = [message.sent for message in under.case.upward]
    assert (sent, under.acts) == ([Sent.TAKEN, Sent.UNCLEAR], ["签收"])
    until = under.desk.now.date() + timedelta(9)
    under.does(do.AskPlatformExtension(until=until, reason="停水"))
    with pytest.raises(SentElsewhere):
        first()
    number = under.case.upward[1].number
    exchange.settle(OFFICER, CASE, number, delivered=True, proof="平台截图")
    second()
    assert [m.sent for m in under.case.upward] == [Sent.TAKEN, Sent.TAKEN, Sent.TAKEN]
    assert under.acts == ["签收", "延期"]
    _, (noted,) = office.trail.search(deed=AuditAction.CONFIGURATION.value)
    assert (noted.about, noted.detail) == ("对外发送", "改由本机发送：旧机器已停用")


def test_what_another_folder_sent_is_settled_there(
    under: Under, notes: Notes, tmp_path: Path
) -> None:
    _, first = desk_of(under, under.settings.home)
    under.above.behave = "drop-after-reading"
    under.signs()
    first()
    (message,) = under.case.upward
    assert message.sent is Sent.UNCLEAR
    settings, _ = desk_of(under, tmp_path / "second")
    office = under.desk.office
    office.use(settings, office.rules, office.register)
    with pytest.raises(SettleError, match="核实也在那里登记"):
        under.desk.office.get(Exchange).settle(
            OFFICER, CASE, message.number, delivered=True, proof="平台截图"
        )


def test_on_one_machine_there_is_nothing_to_choose(under: Under) -> None:
    with pytest.raises(SettingsError, match="不需要指定"):
        under.desk.office.get(Exchange).send_from_here(command_line(), "x")

"""One data folder of an installation sends replies: at a desk with another one nothing goes out and
the person is told where, until it takes over; what may have gone out by then is for a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from cases.words.actors import Actor, Role
from desk.delivery import sender
from desk.delivery.outbox import OutboxError, ReplyOutbox
from desk.delivery.standing import How
from desk.exchange.service import Exchange
from desk.ground.console import command_line
from desk.ground.context import DeskContext
from sinks.delivery.base import Outgoing
from sinks.delivery.config import Doors
from streams.kafka.errors import LogError
from tests.desk.case_office import CASE, NOW, CaseOffice, Person, item, text_of
from tests.desk.cases.test_reply_flow import Door, approved
from tests.desk.exchange.test_sender import KAFKA, Notes

UNIT = Actor("wang", Role.RESPONDER, "王某", "housing")


class Desks:
    """One case with an approved reply, and a desk on one of two folders at a time."""

    def __init__(self, office: CaseOffice, elsewhere: Path) -> None:
        self.office, self.elsewhere, self.door = office, elsewhere, Door()
        self.door.payload = {"text": "{text}"}
        self.unit: Person = approved(office)
        self.first = replace(office.office.settings, production=KAFKA)
        self.works_on(self.first.home)

    @property
    def desk(self) -> DeskContext:
        return self.office.office

    @property
    def sent(self) -> list[Outgoing]:
        return self.door.sent

    def works_on(self, home: Path) -> None:
        settings = replace(self.first, home=home)
        home.mkdir(exist_ok=True)
        self.desk.use(settings, self.desk.rules, self.desk.register)
        self.desk._services.pop(ReplyOutbox, None)
        self.office.sends_through(self.door)

    @property
    def outbox(self) -> ReplyOutbox:
        return self.desk.get(ReplyOutbox)

    def standing(self) -> How:
        case = self.office.case(CASE)
        return self.outbox.standing(case, case.round.drafts[0]).how


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    made = Notes()
    monkeypatch.setattr(sender, "production", made)
    return made


@pytest.fixture
def desks(tmp_path: Path, root: Path, notes: Notes) -> Iterator[Desks]:
    office = CaseOffice(tmp_path / "first", root / "config")
    office.put(item())
    yield Desks(office, tmp_path / "second")
    office.close()


def test_a_desk_of_another_folder_sends_no_reply_and_says_who_does(
    desks: Desks, notes: Notes
) -> None:
    notes.said["exchange"] = _another()
    with pytest.raises(OutboxError, match="由机器 旧机器 上的另一个数据文件夹发送"):
        desks.outbox.send(UNIT, CASE, 1, {})
    with pytest.raises(OutboxError, match="huiyin exchange here"):
        desks.outbox.send_now(UNIT, CASE, 1, {})
    answer = desks.unit.posts("send", {"draft": 1})
    assert "由机器 旧机器 上的另一个数据文件夹发送" in text_of(answer.text)
    assert (desks.sent, desks.standing()) == ([], How.READY)


def test_what_waited_here_when_another_took_over_does_not_go_out(
    desks: Desks, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(desks.outbox, "_press", lambda: None)
        desks.outbox.send(UNIT, CASE, 1, {})
    notes.said["exchange"] = _another()
    desks.outbox._step()
    assert desks.sent == []


def test_the_first_folder_that_sends_goes_on(desks: Desks, notes: Notes) -> None:
    desks.outbox.send_now(UNIT, CASE, 1, {})
    assert len(desks.sent) == 1
    assert list(notes.said) == ["exchange"]


def test_what_cannot_be_asked_is_told_and_nothing_goes_out(
    desks: Desks, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> str:
        raise LogError("主题 huiyin.intake 不见了")

    monkeypatch.setattr(notes, "claimed", down)
    with pytest.raises(OutboxError, match="不见了"):
        desks.outbox.send(UNIT, CASE, 1, {})
    assert desks.sent == []


@pytest.mark.parametrize("by_hand", [False, True])
def test_who_takes_over_settles_what_may_have_gone_out(
    desks: Desks, notes: Notes, monkeypatch: pytest.MonkeyPatch, *, by_hand: bool
) -> None:
    notes.said["exchange"] = _another()
    desks.works_on(desks.elsewhere)
    doors = Doors({} if by_hand else {"board-export": desks.door})
    monkeypatch.setattr("desk.exchange.service.doors", lambda _: doors)
    assert desks.desk.get(Exchange).send_from_here(command_line(), "旧机器坏了") == (not by_hand)
    if by_hand:
        return
    assert desks.standing() is How.UNCLEAR
    desks.outbox.send_now(UNIT, CASE, 1, {})
    assert desks.sent == []
    desks.outbox.settle(UNIT, CASE, 1, delivered=False, proof="平台上没有")
    desks.outbox.send_now(UNIT, CASE, 1, {})
    assert len(desks.sent) == 1


def test_on_one_machine_nobody_is_asked(tmp_path: Path, root: Path, notes: Notes) -> None:
    office = CaseOffice(tmp_path, root / "config")
    office.put(item())
    approved(office)
    door = Door()
    office.sends_through(door)
    office.office.get(ReplyOutbox).send_now(UNIT, CASE, 1, {"办理情况": "已办"})
    assert (len(door.sent), notes.said) == (1, {})
    office.close()


def _another() -> str:
    said = sender.Sender("another-log", "旧机器", "/old", NOW)
    return msgspec.json.encode(said).decode()

"""Files that the program changes: record and file, both or neither, whatever breaks between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.setup import own_tables
from desk.setup.changes import ChangeRecord
from desk.setup.own_tables import OwnTables
from desk.setup.units_in_use import left_behind
from huiyin.store.errors import StoreError
from huiyin.store.whole import whole
from tests.desk.clients import MovingClock, office_of

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
DOER = Doer(actor=Actor("admin", Role.ADMIN, name="林某"))
FILE, FIRST, SECOND = "office.toml", 'place = "宁都县"\n', 'place = "兴国县"\n'


class Gone(BaseException):
    """The process ends here."""


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[DeskContext]:
    made = office_of(tmp_path / "home", root / "config", MovingClock(NOW))
    yield made
    made.close()


def written(office: DeskContext) -> str:
    path = office.settings.home / "overlay" / FILE
    return path.read_text("utf-8") if path.exists() else ""


def put(office: DeskContext, text: str) -> None:
    office.get(OwnTables).change(DOER, FILE, lambda _: text, f"改为{text[9:12]}")


def told(office: DeskContext) -> int:
    return len(office.trail.search(deed=AuditAction.CONFIGURATION)[1])


def raising(problem: BaseException) -> Callable[..., None]:
    def fail(*_args: object, **_named: object) -> None:
        raise problem

    return fail


def test_where_the_file_cannot_be_written_nothing_is_recorded(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(office, FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(own_tables, "whole", raising(OSError(28, os.strerror(28))))
        with pytest.raises(NotAllowed, match=r"不能写 overlay/office\.toml.*没有改动"):
            put(office, SECOND)
    assert written(office) == FIRST
    assert [one.number for one in office.get(OwnTables).changes()] == [1]
    assert told(office) == 1


@pytest.mark.parametrize("method", ["begin", "finish"])
def test_where_the_change_cannot_be_recorded_the_file_is_as_it_was(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ChangeRecord, method, raising(StoreError("没有写入，磁盘已满")))
        with pytest.raises(StoreError):
            put(office, FIRST)
    assert not (office.settings.home / "overlay" / FILE).exists()
    assert office.card.place == ""
    assert office.get(OwnTables).changes() == ()
    put(office, SECOND)
    (change,) = office.get(OwnTables).changes()
    assert change.newest
    assert not ChangeRecord(office.file).unfinished()


def test_a_change_that_broke_off_before_the_file_never_happened(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(own_tables, "whole", raising(Gone()))
        with pytest.raises(Gone):
            put(office, FIRST)
    again = OwnTables.open(office)
    assert again.changes() == ()
    assert not ChangeRecord(office.file).unfinished()
    assert told(office) == 0


def test_a_change_that_broke_off_after_the_file_is_known_and_can_be_taken_back(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(office, FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(DeskContext, "note", raising(Gone()))
        with pytest.raises(Gone):
            put(office, SECOND)
    assert written(office) == SECOND
    again = OwnTables.open(office)
    newest = again.changes()[0]
    assert (newest.who, newest.at, newest.newest) == ("admin", NOW, True)
    assert told(office) == 2
    again.take_back(DOER, newest.number)
    assert written(office) == FIRST


def test_what_another_took_for_broken_off_is_recorded_all_the_same(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command beside the pages opens the tables while a page is writing."""

    def beside(path: Path) -> object:
        OwnTables.open(office)
        return whole(path)

    monkeypatch.setattr(own_tables, "whole", beside)
    put(office, FIRST)
    (change,) = office.get(OwnTables).changes()
    assert (change.number, change.newest) == (1, True)


def test_a_file_changed_by_hand_while_a_change_is_checked_is_left_as_it_is(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(office, FIRST)
    by_hand = FIRST + "# 手工\n"

    def meanwhile(*args: object) -> object:
        (office.settings.home / "overlay" / FILE).write_text(by_hand, "utf-8")
        return left_behind(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(own_tables, "left_behind", meanwhile)
    with pytest.raises(NotAllowed, match="又被别人或别的程序改过，没有改动"):
        put(office, SECOND)
    assert written(office) == by_hand


def test_what_was_changed_by_hand_since_is_not_lost_by_taking_back(office: DeskContext) -> None:
    put(office, FIRST)
    by_hand = FIRST + "# 手工\n"
    (office.settings.home / "overlay" / FILE).write_text(by_hand, "utf-8")
    with pytest.raises(NotAllowed, match="被直接改过，撤回会丢掉那些改动，没有撤回"):
        office.get(OwnTables).take_back(DOER, 1)
    assert written(office) == by_hand

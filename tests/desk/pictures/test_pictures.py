"""Pictures of cases are read beside the pages: what comes in, what was there, and what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from typer.testing import CliRunner

from cases.life.todo import Todo
from cases.privacy.erased import erased_message
from cases.record import commands as do
from cases.record.case import Case
from cases.record.item import Attachment
from cases.record.messages import Action
from cases.words.actors import SYSTEM, Role
from cases.words.erasure import ErasureGround
from desk.app.cli import app
from desk.doctor.checks import examine
from desk.ground.office_settings import file_store
from desk.personal.handed_out import handed_out
from desk.pictures.service import cases_to_read, picture_step, read_all, wanted
from sinks.ledger.base import Query
from streams.pictures.reader import PictureReader, PicturesError, Reading, Stopped
from streams.sources.seam.base import SourceError
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in

CASE = "board-export:1"
PAGE = "/cases/board-export:1"
SAID = "楼道里煤气味很重，请打13912345678"


class StandIn(PictureReader):
    """Gives what it is told for the bytes of a file."""

    def __init__(self, **said: str | Exception) -> None:
        super().__init__()
        self._said_of = said
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        pass

    def read(self, path: Path) -> Reading:
        name = path.read_bytes().decode()
        self.asked.append(name)
        said = self._said_of.get(name, "")
        if isinstance(said, Exception):
            raise said
        if said.startswith("!"):
            return Reading(unread=said[1:], engine="stand-in 1")
        return Reading(pages=(said,), engine="stand-in 1")


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def photo(desk: Desk, name: str) -> Attachment:
    sha = file_store(desk.settings).keep(name.encode())
    return Attachment(name=f"{name}.jpg", media_type="image/jpeg", sha=sha)


def step(desk: Desk, reader: StandIn, stopped: Callable[[], bool] = lambda: False) -> None:
    picture_step(desk.settings, desk.runner, stopped, lambda _: reader)()


def case_of(desk: Desk, case_id: str = CASE) -> Case:
    return desk.runner.store.ledger.load([case_id])[case_id]


def test_what_comes_in_is_read_once_shown_searched_and_marked(desk: Desk) -> None:
    desk.put(item("1", attachments=(photo(desk, "a"), photo(desk, "b"))), item("2"))
    reader = StandIn(a=SAID, b="!PDF 有密码，打不开")
    run = picture_step(desk.settings, desk.runner, lambda: False, lambda _: reader)
    assert (run(), run()) == (False, False)
    assert reader.asked == ["a", "b"]
    case = case_of(desk)
    assert [picture.text for picture in case.pictures] == [SAID, ""]
    assert case.labels.urgent
    (found,) = desk.runner.store.ledger.search(Query(text="楼道里煤气味")).cases
    assert found.case_id == CASE
    assert not desk.runner.store.ledger.search(Query(text="13912345678")).cases
    assert not desk.runner.store.ledger.search(Query(todo=Todo.PICTURES)).cases
    page = desk.page(PAGE)
    assert "图片文字（机器识别）：a.jpg" in page
    assert "煤气味</mark>" in page
    assert "（在图片文字中）" in page
    assert "没有识别：PDF 有密码，打不开" in page
    assert "13912345678" not in page
    assert "识别了附件的图片文字（机器识别），据此标出风险" in page
    shown = desk.client.post(f"{PAGE}/unmask", data={"reason": "联系群众核实"}).text
    assert "13912345678" in shown
    leader = signed_in(desk.office, Role.LEADER).get(PAGE).text
    assert "楼道里" in leader
    assert "13912345678" not in leader


def test_what_was_told_and_is_not_carried_out_yet_is_not_read_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Kafka a worker carries it out a while later."""
    desk.put(item("1", attachments=(photo(desk, "a"),)))
    told: list[Action] = []
    monkeypatch.setattr(desk.runner, "act", told.append)
    reader = StandIn(a=SAID)
    run = picture_step(desk.settings, desk.runner, lambda: False, lambda _: reader)
    assert (run(), run()) == (False, False)
    assert reader.asked == ["a"]
    assert [action.case_id for action in told] == [CASE]


def test_a_confidential_case_shows_nothing_of_its_pictures_before_a_reason(desk: Desk) -> None:
    desk.put(item("1", attachments=(photo(desk, "a"),), confidential=True))
    step(desk, StandIn(a=SAID))
    assert case_of(desk).pictures
    others = [signed_in(desk.office, role) for role in (Role.REVIEWER, Role.LEADER)]
    for client in (desk.client, *others):
        page = client.get(PAGE).text
        assert "a.jpg" not in page
        assert "煤气味" not in page
    assert not desk.runner.store.ledger.search(Query(text="楼道里煤气味")).cases


def test_a_file_that_is_not_here_is_said_and_read_when_it_is(desk: Desk) -> None:
    lost = Attachment(name="c.jpg", media_type="image/jpeg", sha="cd" * 32)
    desk.put(item("1", attachments=(lost, photo(desk, "a"))))
    reader = StandIn(a="告示", c="收据")
    run = picture_step(desk.settings, desk.runner, lambda: False, lambda _: reader)
    with pytest.raises(SourceError, match="HUIYIN_FILES"):
        run()
    assert [picture.text for picture in case_of(desk).pictures] == ["告示"]
    path = file_store(desk.settings).path(lost.sha)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"c")
    run()
    assert [picture.text for picture in case_of(desk).pictures] == ["告示", "收据"]


@pytest.mark.parametrize("problem", [Stopped(), PicturesError("识别程序应能启动")])
def test_what_breaks_off_the_reading_says_nothing_of_the_file(
    desk: Desk, problem: Exception
) -> None:
    desk.put(item("1", attachments=(photo(desk, "a"),)))
    if isinstance(problem, Stopped):
        step(desk, StandIn(a=problem))
    else:
        with pytest.raises(SourceError, match="应能启动"):
            step(desk, StandIn(a=problem))
    assert not case_of(desk).pictures
    assert desk.runner.store.ledger.search(Query(todo=Todo.PICTURES)).total == 1


def test_history_and_what_failed_are_read_when_it_is_asked_for(desk: Desk) -> None:
    desk.put(
        item("1", attachments=(photo(desk, "a"),), archived=True),
        item("2", attachments=(photo(desk, "b"),)),
    )
    step(desk, StandIn(b="!识别第 1 页时超过 60 秒，已停止"))
    assert cases_to_read(desk.runner, again=False) == (CASE,)
    both = cases_to_read(desk.runner, again=True)
    steps: list[int] = []
    reader = StandIn(a=SAID, b="通知")
    totals = read_all(desk.settings, desk.runner, reader, both, again=True, progress=steps.append)
    assert (totals.cases, totals.read, totals.unread, totals.missing) == (2, 2, 0, 0)
    assert sum(steps) == 2
    assert not case_of(desk).labels.urgent
    assert [one.text for one in case_of(desk, "board-export:2").pictures] == ["通知"]
    assert cases_to_read(desk.runner, again=True) == ()


def test_an_erasure_takes_the_text_and_its_person_is_given_it_before(desk: Desk) -> None:
    desk.put(item("1", attachments=(photo(desk, "a"),)))
    step(desk, StandIn(a=SAID))
    assert f"图片文字（机器识别）a.jpg：{SAID}" in handed_out([case_of(desk)], NOW)
    note = do.NotePicture(picture=case_of(desk).pictures[0])
    action = Action(message_id="p-1", case_id=CASE, actor=SYSTEM, command=note, at=NOW)
    assert "煤气味" not in str(erased_message(action))
    desk.act(CASE, do.Close(exception="重复来件"))
    desk.act(CASE, do.Erase(ground=ErasureGround.REQUEST), Role.SYSTEM)
    desk.runner.finish_erasures()
    assert case_of(desk).erased_at is not None
    assert ("煤气味" in str(case_of(desk)), "a.jpg" in str(case_of(desk))) == (False, False)
    assert not desk.runner.store.ledger.search(Query(text="楼道里煤气味")).cases


def test_the_command_and_the_doctor_say_what_is_missing(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for switched, there, said in (
        ("on", False, "没有安装 huiyin[ocr]"),
        ("off", True, "没有启用（HUIYIN_PICTURE_TEXT=off）"),
    ):
        for place in ("desk.pictures.service", "desk.pictures.commands", "desk.doctor.checks"):
            monkeypatch.setattr(f"{place}.installed", lambda there=there: there)
        made = Desk(tmp_path / switched, root / "config", HUIYIN_PICTURE_TEXT=switched)
        assert not wanted(made.settings)
        assert any(said in finding.text for finding in examine(made.settings))
        made.close()
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "on"))
    monkeypatch.setattr("desk.pictures.commands.installed", lambda: False)
    answer = CliRunner().invoke(app, ["ocr"])
    assert answer.exit_code == 1
    monkeypatch.setattr("desk.pictures.commands.installed", lambda: True)
    answer = CliRunner().invoke(app, ["ocr"])
    assert (answer.exit_code, answer.output.strip()) == (0, "没有要识别的附件。")

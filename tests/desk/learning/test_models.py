"""Models of a home: taught out of the ledger, listed, used, and the older one back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.record import commands as do
from cases.words.actors import Actor, Role
from cases.words.labels import Kind, Sentiment
from cases.words.refusals import NotAllowed
from classifiers.base import Text
from classifiers.training.lessons import Head, Lesson
from desk.app.cli import app
from desk.ground import models, wiring
from desk.ground.audit_log import AuditAction
from desk.ground.console import opened_desk
from desk.ground.doer import Doer, NotPermitted
from desk.ground.live_configuration import LiveConfiguration
from desk.ground.settings import SettingsError, read_settings
from desk.learning import teaching
from desk.learning.teaching import Models, gathered
from tests.cases.helpers import DESK, Story
from tests.cases.helpers import item as letter
from tests.desk.case_office import CASE, CaseOffice, item, text_of

runner = CliRunner()
ADMIN = Doer(actor=Actor(id="root", role=Role.ADMIN), address="127.0.0.1")
NOBODY = Doer(actor=Actor(id="zhang", role=Role.DESK), address="127.0.0.1")


def lessons(count: int) -> list[Lesson]:
    roads = "东西南北中新老前后上下左右"
    return [
        Lesson(
            text=Text(f"{roads[n]}街冷库氨味", f"{roads[n]}街的冷库夜里有氨味，第{n}回反映。"),
            topic="商贸旅游",
            corrected=frozenset({Head.TOPIC}),
        )
        for n in range(count)
    ]


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    found = CaseOffice(tmp_path / "home", root / "config")
    yield found
    found.close()


def learns(monkeypatch: pytest.MonkeyPatch, count: int = 12) -> None:
    """As if the ledger held so many corrections."""
    monkeypatch.setattr(teaching, "gathered", lambda _cases: lessons(count))


def test_lessons_are_corrections_and_what_stood_none_of_confidential_cases() -> None:
    said = Story(letter("1"))
    correction = do.Correct(topic_path=("交通运输", "公交"), sentiment=Sentiment.NEGATIVE)
    said.does(DESK, correction, "2026-03-02T11:00")
    secret = Story(letter("2"))
    secret.does(DESK, do.Correct(kind=Kind.INQUIRY), "2026-03-02T11:00")
    secret.does(DESK, do.MarkConfidential(reason="要求保密"), "2026-03-02T12:00")
    untouched = Story(letter("3"))
    (lesson,) = gathered(story.case for story in (said, secret, untouched))
    assert (lesson.topic, lesson.kind, lesson.sentiment) == ("交通运输", "", "negative")
    assert lesson.corrected == {Head.TOPIC, Head.SENTIMENT}
    assert lesson.text == Text(said.case.item.title, said.case.item.body)


def test_a_model_is_taught_kept_used_and_left_again(
    office: CaseOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = office.office
    service, settings = desk.get(Models), desk.settings
    office.put(item("1"))
    before = office.case().labels.model
    live = LiveConfiguration(settings, office.runner.processor, lambda *_: None)
    learns(monkeypatch)

    report = service.teach(ADMIN, keep=False)
    assert report.version == ""
    assert report.teaching.learnt
    assert models.versions(settings) == (), "nothing was asked to be kept"
    assert service.last() == report

    report = service.teach(ADMIN, keep=True)
    assert report.version.startswith("huiyin-linear-3-home-")
    assert [line.version for line in service.listed()] == ["", report.version]
    assert [line.in_use for line in service.listed()] == [True, False], "to use it is a press more"
    live.look()
    office.put(item("2"))
    assert office.case("board-export:2").labels.model == before

    service.use(ADMIN, report.version)
    live.look()
    office.put(item("3"))
    assert report.version in office.case("board-export:3").labels.model
    assert office.case(CASE).labels.model == before, "labels that were given stay"
    assert report.version in wiring.build_classifier(settings).version, "also after a start"

    service.use(ADMIN, "")
    live.look()
    office.put(item("4"))
    assert office.case("board-export:4").labels.model == before
    said = [step.detail for step in desk.trail.search(about="模型")[1]]
    assert any("换用程序自带的模型" in each for each in said)


def test_too_few_corrections_keep_no_model(
    office: CaseOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    learns(monkeypatch, 3)
    service = office.office.get(Models)
    assert service.teach(ADMIN, keep=True).version == ""
    assert [line.version for line in service.listed()] == [""]


def test_what_is_refused_says_what_to_do(
    office: CaseOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = office.office.get(Models)
    with pytest.raises(NotPermitted):
        service.use(NOBODY, "")
    with pytest.raises(NotPermitted):
        service.teach(NOBODY, keep=True)
    with pytest.raises(NotAllowed, match=r"没有训练过“\.\./x”"):
        service.use(ADMIN, "../x")
    with pytest.raises(NotAllowed, match="没有改动"):
        service.use(ADMIN, "")
    folder = models.folder_of(office.office.settings)
    folder.mkdir()
    (folder / "huiyin-linear-3-home-1.model").write_bytes(b"no zip")
    with pytest.raises(NotAllowed, match="不能换用"):
        service.use(ADMIN, "huiyin-linear-3-home-1")
    assert models.chosen(office.office.settings) == ""


def test_a_pointer_to_nowhere_is_named_and_put_right(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    (tmp_path / models.FOLDER).mkdir()
    (tmp_path / models.FOLDER / models.IN_USE).write_text("gone", "utf-8")
    with pytest.raises(SettingsError, match=r"'gone' 不在 .*huiyin model use"):
        wiring.build_classifier(read_settings())
    assert runner.invoke(app, ["model", "use", "shipped"]).exit_code == 0
    assert wiring.build_classifier(read_settings()).version
    with opened_desk(read_settings()) as desk:
        (step,) = desk.trail.search(deed=AuditAction.CONFIGURATION)[1]
    assert (step.about, step.detail) == ("模型", "换用程序自带的模型")
    done = runner.invoke(app, ["model", "list"])
    assert done.output.strip() == "* shipped"


def test_the_command_measures_and_keeps_a_model_only_when_asked(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CaseOffice(tmp_path, root / "config").close()
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    monkeypatch.setenv("HUIYIN_CLASSIFIER", "linear")
    learns(monkeypatch)
    done = runner.invoke(app, ["train", "--from-ledger"])
    assert done.exit_code == 0, done.output
    assert "事项分类：人工更正的 12 件，0 → 12；没有更正的 0 件，0 → 0。" in done.stdout
    assert "诉求类型：更正 0 件，不足 10 件，不学。" in done.stdout
    assert "没有留下模型" in done.stdout
    assert runner.invoke(app, ["model", "list"]).output.strip() == "* shipped"
    done = runner.invoke(app, ["train", "--from-ledger", "--apply"])
    assert "已换用 huiyin-linear-3-home-" in done.stdout
    assert "* huiyin-linear-3-home-" in runner.invoke(app, ["model", "list"]).output
    for wrong in (["train"], ["train", "--from-ledger", "--out", "x"], ["train", "--data", "x"]):
        assert runner.invoke(app, wrong).exit_code == 1

    monkeypatch.setenv("HUIYIN_CLASSIFIER", "rules")
    done = runner.invoke(app, ["train", "--from-ledger"])
    assert done.exit_code == 1
    assert "没有可以训练的模型" in done.output


def test_the_page_trains_lists_and_uses_with_one_press_each(
    office: CaseOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    learns(monkeypatch)
    service = office.office.get(Models)
    monkeypatch.setattr(service, "begin", lambda by: service.teach(by, keep=True))
    admin = office.person(Role.ADMIN)
    client = admin._client

    def page() -> str:
        return text_of(client.get("/admin/model").text)

    def presses(path: str, **values: str) -> int:
        data = {"csrf": client.headers["x-csrf-token"], **values}
        return client.post(f"/admin/model/{path}", data=data).status_code

    assert "程序自带 — — 在用" in page()
    assert presses("teach") == 303
    version = models.versions(office.office.settings)[0]
    assert "事项分类 0 → 12（共 12）" in page()
    assert "最近一次训练" in page()
    assert presses("use", version=version) == 303
    assert models.chosen(office.office.settings) == version
    assert presses("use", version=version) == 409, "it is in use already"
    assert "请再训练一次" not in page()
    assert "模型文件 用这里的人工更正训练的" in page()
    report = models.folder_of(office.office.settings) / f"{version}.json"
    base = service.last()
    assert base is not None
    was = report.read_text("utf-8")
    report.write_text(was.replace(base.teaching.base, "huiyin-linear-2-0"), "utf-8")
    assert "请再训练一次" in page(), "the program comes with another one now"
    assert presses("use", version="") == 303, "the older one is one press away"
    assert models.chosen(office.office.settings) == ""
    assert "模型文件 程序自带" in page()
    desk = office.person(Role.DESK)._client
    assert desk.get("/admin/model").status_code == 403

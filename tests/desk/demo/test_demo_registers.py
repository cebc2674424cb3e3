"""The desk's registers with sample data: something stands on every page, and once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.registers.qa import QaStanding
from cases.registers.rectification import Stage
from cases.words.actors import Role
from classifiers.base import Text
from desk.demo.messages import load_demo
from desk.demo.registers import fill_registers
from desk.disclosure.register import Proposals
from desk.duty.roster import Duty
from desk.ground.deskfile import DeskFile
from desk.opinion.incident_book import Incidents
from desk.opinion.registers import Suggestions
from desk.qa.book import Book
from desk.rectification.register import Rectifications
from sinks.ledger.base import Query
from tests.desk.app.test_web import NOW, Desk, text_of
from tests.desk.clients import signed_in


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("demo"), root / "config")
    load_demo(made.runner.store, made.runner.processor, NOW)
    fill_registers(made.settings, made.runner.store, made.runner.processor)
    yield made
    made.close()


def _entries(desk: Desk) -> int:
    with desk.office.file.reading() as db:
        found: int = db.execute("SELECT count(*) FROM entries").fetchone()[0]
    return found


def test_duty_for_the_month_and_a_note_to_take_over(demo: Desk) -> None:
    duty = Duty(demo.office.file)
    watch = [one for one in duty.shifts() if not one.lead]
    assert [one.start.day for one in watch] == list(range(1, 31)), "November"
    assert duty.on_duty(NOW)
    (note,) = duty.notes()
    assert note.taken_at is None


def test_four_documents_and_five_questions_of_which_one_waits(demo: Desk) -> None:
    book = Book(demo.office.file)
    assert len(book.documents()) == 4
    standings = [one.standing for one in book.all()]
    assert standings == [QaStanding.PUBLISHED] * 4 + [QaStanding.SUBMITTED]
    assert len(book.public(NOW.date())) == 4


def test_a_question_of_the_sample_can_be_answered_at_once(demo: Desk) -> None:
    book = demo.office.get(Book)
    for title, body, number in (
        ("身份证到期换领需要多久", "身份证下个月到期，请问可以在外地换吗？", "Q0003"),
        ("公积金贷款额度咨询", "夫妻双方都缴公积金，请问最高能贷多少？", "Q0004"),
    ):
        first, *_ = book.suggest(Text(title, body), NOW.date(), 3)
        assert first.entry.number == number


def test_one_problem_is_verified_and_one_overdue(demo: Desk) -> None:
    units = {unit.id for unit in demo.office.register}
    verified, late = Rectifications(demo.office.file, units).all()
    assert verified.stage is Stage.DONE
    assert late.open
    assert late.overdue(NOW.date())


def test_two_messages_about_one_matter_wait_for_their_common_draft(demo: Desk) -> None:
    page = text_of(signed_in(demo.office, Role.DESK).get("/matters").text)
    assert "BD2026-0001 东门老街违停车辆堵死消防通道" in page
    assert "待拟稿 2 件" in page
    assert "起草答复" in text_of(signed_in(demo.office, Role.DESK).get("/joint/BD2026-0001").text)


def test_an_event_in_progress_with_its_messages(demo: Desk) -> None:
    (one,) = Incidents(demo.office.file).all()
    assert one.open
    assert one.refs
    assert len(one.notes) == 3


def test_the_watched_words_occur(demo: Desk) -> None:
    page = text_of(demo.page("/watches"))
    said = re.search(
        r"灵活就业人员参保.*?近 90 天 (\d+) 件提到|灵活就业人员参保.*?90 天 (\d+)", page
    )
    assert said is not None
    assert int(said[1] or said[2]) > 0


def test_a_suggestion_with_its_adoption(demo: Desk) -> None:
    assert len(Suggestions(demo.office.file).all()) == 1
    assert "部分采纳" in demo.page("/suggestions")


def test_messages_about_the_same_are_linked(demo: Desk) -> None:
    linked = [row for row in demo.runner.store.ledger.outlines(NOW.replace(month=10)) if row.matter]
    assert linked


def test_requests_for_information_in_every_state(demo: Desk) -> None:
    page = text_of(demo.page("/disclosure"))
    for word in ("已办结", "征求意见", "待补正", "已答复", "予以公开", "已主动公开"):
        assert word in page, word
    (proposal,) = Proposals(demo.office.file).all()
    assert len(proposal.case_ids) == 3


def test_a_story_with_its_reprints_and_one_that_stands_alone(demo: Desk) -> None:
    page = text_of(signed_in(demo.office, Role.DESK).get("/media").text)
    assert "2 起（4 篇）" in page
    assert "转载和后续 2 篇" in page
    for rank in ("省级", "市级", "自媒体"):
        assert rank in page


def test_something_begins_and_its_messages_are_told(demo: Desk) -> None:
    page = text_of(signed_in(demo.office, Role.DESK).get("/emerging").text)
    assert "2 小时内 8 人反映“自来水”“发黄”，平常" in page
    assert "8 件" in page


@pytest.mark.parametrize(
    "path",
    [
        "/duty",
        "/qa",
        "/rectification",
        "/incidents",
        "/watches",
        "/media",
        "/emerging",
        "/suggestions",
        "/disclosure",
    ],
)
def test_no_page_is_empty(demo: Desk, path: str) -> None:
    page = signed_in(demo.office, Role.DESK).get(path).text
    assert 'class="empty"' not in page
    assert "panel empty" not in page


def test_a_second_start_adds_nothing(demo: Desk) -> None:
    entries, processed = _entries(demo), demo.runner.store.processed
    fill_registers(demo.settings, demo.runner.store, demo.runner.processor)
    assert (_entries(demo), demo.runner.store.processed) == (entries, processed)


def test_real_work_gets_no_sample_data(tmp_path: Path, root: Path) -> None:
    desk = Desk(tmp_path, root / "config")
    fill_registers(desk.settings, desk.runner.store, desk.runner.processor)
    file = DeskFile(desk.settings.desk_file)
    assert Duty(file).shifts() == []
    file.close()
    desk.close()


def test_a_ledger_and_a_paper_of_last_week_are_issued(demo: Desk) -> None:
    page = text_of(demo.page("/reports"))
    assert "还没有签发过台账" not in page
    assert "2026年第47周" in page.replace(" ", "")
    assert "舆周报〔2026〕" in page


def test_the_site_was_looked_at_and_has_two_problems(demo: Desk) -> None:
    page = text_of(demo.page("/site"))
    assert "还没有检查过" not in page
    assert "按装路灯" in page
    assert "链接打不开" in page


def test_a_question_that_three_people_asked_is_a_candidate(demo: Desk) -> None:
    page = text_of(demo.page("/qa/candidates"))
    assert "居住证" in page


def test_a_danger_of_the_samples_is_one(demo: Desk) -> None:
    """A request for a plot of land is none, however old the house is."""
    loud = [case for case in demo.runner.store.ledger.scan(Query()) if case.labels.loud]
    assert not [case.item.title for case in loud if "宅基地" in case.item.title]
    assert loud

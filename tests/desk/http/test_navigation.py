"""The frame of every page: sections in groups, and how much waits for this person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from cases.record import commands as do
from cases.words.actors import Actor, Role
from desk.http.sections import SECTIONS, Section, groups_of
from desk.http.waiting import MOST, WaitingCounts
from tests.desk.app.test_web import Desk, _bad_letter, item
from tests.desk.clients import signed_in
from tests.desk.home.test_today import alert_of, register

CASE = "board-export:1"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def counts(desk: Desk, role: Role, unit: str = "") -> dict[str, str]:
    """Section -> the number beside it, as a page has it."""
    page = LexborHTMLParser(signed_in(desk.office, role, unit).get("/ledger").text)
    shown = {}
    for section in page.css(".side a[data-section]"):
        count = section.css_first(".count")
        assert count is not None
        assert ("hidden" in count.attributes) == (count.text() == "")
        if count.text():
            shown[str(section.attributes["data-section"])] = count.text()
    return shown


def test_each_group_stands_once_and_holds_what_the_role_may_open() -> None:
    for role in Role:
        groups = groups_of(role)
        names = [name for name, _ in groups]
        assert len(set(names)) == len(names)
        assert [each for _, group in groups for each in group] == [
            each for each in SECTIONS if role in each.roles
        ]


def test_the_page_shows_the_groups_and_marks_where_one_is(desk: Desk) -> None:
    page = LexborHTMLParser(desk.page("/ledger"))
    assert [each.text() for each in page.css(".side .group b")] == [
        "值班", "办理", "分析", "台账与报表", "公开与监督", "管理",
    ]  # fmt: skip
    assert [each.attributes["href"] for each in page.css(".side [aria-current]")] == ["/ledger"]


def test_what_waits_follows_the_case_from_person_to_person(desk: Desk) -> None:
    assert counts(desk, Role.RESPONDER, "housing") == {}
    desk.put(item())
    assert counts(desk, Role.RESPONDER, "housing") == {"queue": "1"}
    assert counts(desk, Role.RESPONDER, "education") == {}
    desk.act(CASE, do.Acknowledge(), Role.RESPONDER, "housing")
    desk.act(CASE, do.DraftReply(text="已责令物业公示收费标准。"), Role.RESPONDER, "housing")
    assert counts(desk, Role.RESPONDER, "housing") == {}
    assert counts(desk, Role.REVIEWER) == {"queue": "1"}


def test_alerts_wait_until_a_person_takes_note(desk: Desk) -> None:
    alert_id = alert_of(desk)
    register(desk)
    assert counts(desk, Role.DESK)["overview"] == "1"
    desk.client.post("/alerts/acknowledge", data={"alert": alert_id})
    assert "overview" not in counts(desk, Role.DESK)


def test_dead_letters_wait_for_who_may_try_them_again(desk: Desk) -> None:
    desk.runner.store.add([_bad_letter("没有编号")])
    assert counts(desk, Role.ADMIN)["admin"] == "1"


def test_a_large_number_is_many_and_counted_once_as_long_as_nothing_happens(desk: Desk) -> None:
    asked = []
    waiting = WaitingCounts.open(desk.office)

    def count(_store: object, actor: object) -> int:
        asked.append(actor)
        return MOST + 1

    waiting.register("queue", count)
    with desk.office.readers.reader() as store:
        actor = Actor("zhang", Role.DESK)
        assert waiting.shown(store, actor) == {"queue": "99+"}
        assert waiting.shown(store, actor) == {"queue": "99+"}
        assert len(asked) == 1
        waiting.forget()
        waiting.shown(store, actor)
        assert len(asked) == 2


NAMED = ("duty", "opinion", "incidents", "site", "reports", "board", "briefs")


@pytest.mark.parametrize(
    "section", [one for one in SECTIONS if one.name in NAMED], ids=lambda section: section.name
)
def test_a_page_is_called_as_its_section(desk: Desk, section: Section) -> None:
    """One thing, one name: in the menu, above the page and in the browser's title."""
    page = LexborHTMLParser(desk.page(section.href))
    heading, title = page.css_first("h1"), page.css_first("title")
    assert heading is not None
    assert title is not None
    assert section.title in heading.text(), heading.text()
    assert section.title in title.text(), title.text()

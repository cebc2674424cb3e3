"""What one unit registered, another unit does not change: every route that writes is tried."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from cases.record.commands import Assign
from cases.registers import incident, qa
from cases.registers import rectification as rules
from cases.registers.ownership import of_unit, owns, unit_of
from cases.registers.watch import Watch
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.accounts.tokens import Scope, Tokens
from desk.disclosure.register import Frequent, Proposals
from desk.duty.roster import Duty, Shift
from desk.files.uploads import Purpose, Uploads
from desk.http.authentication import is_open
from desk.http.draft_autosave import DraftAutosave
from desk.ledger.saved import Saved
from desk.opinion.incident_book import Incidents
from desk.opinion.registers import Watches
from desk.qa.book import Book
from desk.rectification.register import Rectifications
from tests.desk.http.test_security import CASE, NOW, PNG, House, Spot, item

HOUSING = Actor("chen", Role.RESPONDER, "陈某", "housing")
SCHOOL = Actor("he", Role.RESPONDER, "何某", "education")
DESK = Actor("desk", Role.DESK, "林某")
REVIEWER = Actor("shen", Role.REVIEWER, "沈某")
OWN = {"accounts", "signed_in", "trail", "parts", "sqlite_sequence", "commits", "row_counts"}
"""Tables of the walk itself: who tried is signed in, and on record."""


class Numbers(NamedTuple):
    document: str
    entry: str
    rectification: str
    incident: str
    watch: str
    shift: str
    note: str
    proposal: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("owned"), root / "config")
    made.put(item(), item("2", title="中小学招生", body="请教育局解答招生范围。"))
    made.act(CASE, Assign(lead="housing", reason="主管"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def numbers(house: House) -> Numbers:
    """A record of the housing office, or of the desk, in each register."""
    office, today = house.office, NOW.date()
    document = office.get(Book).add_document(
        qa.Document(title="物业办法", reference="县政发〔2026〕1号", valid_from=date(2026, 1, 1)),
        NOW,
        HOUSING,
    )
    entry = office.get(Book).write(
        qa.Written(
            question="物业费怎样定？", answer="按备案标准。", document=document, clause="第三条",
            unit="housing",
        ),
        NOW,
        HOUSING,
    ).number  # fmt: skip
    office.get(Book).do(entry, 1, qa.Submitted(), NOW, HOUSING)
    office.get(Book).do(entry, 2, qa.Approved(), NOW, REVIEWER)
    found = rules.Found(
        title="整改", problem="栏目不更新", origin=next(iter(rules.Origin)), unit="housing",
        found_on=today, due=today + timedelta(days=5),
    )  # fmt: skip
    office.get(Uploads).store(
        io.BytesIO(PNG), "x.png", case_id=CASE, purpose=Purpose.PROOF, by=HOUSING, at=NOW
    )
    office.get(DraftAutosave).keep(HOUSING.id, CASE, "写了一半", 1, NOW)
    Saved(office.file).keep("desk", "重点", "unit=housing", NOW, shared=True)
    office.get(Tokens).make("desk", "大屏", Scope.READ, 9, "admin")
    opened = incident.Opened(
        title="事件", level="较大", noticed_at=NOW, summary="经过", refs=(CASE,)
    )
    return Numbers(
        document=document,
        entry=entry,
        rectification=Rectifications(office.file, {"housing"}).find(found, NOW, DESK).number,
        incident=Incidents(office.file).open(opened, NOW, DESK).number,
        watch=Watches(office.file, ()).add(Watch(title="关注", words=("物业",)), NOW, DESK),
        shift=office.get(Duty)
        .plan(
            Shift(start=NOW, end=NOW + timedelta(hours=8), account="desk", name="林某"), NOW, DESK
        )
        .number,
        note=office.get(Duty).write_note("交接", NOW, DESK).number,
        proposal=Proposals(office.file).propose(
            Frequent(title="物业费", case_ids=(CASE,), applicants=2, granted=True), NOW, DESK
        ),
    )


def kept(house: House) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the desk's own file, by table."""
    with sqlite3.connect(house.office.settings.desk_file) as db:
        tables = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in OWN
        ]
        return {
            name: db.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()  # noqa: S608
            for name in tables
        }


def addresses(spot: Spot, numbers: Numbers) -> Iterator[str]:
    """The route with each number that stands for somebody else's record."""
    for number in (*numbers, "1"):
        for name in ("repeal", "edit", "submit", "approve", "reject", "withdraw", "measure",
                     "hand-in", "extend", "appeal", "uphold", "note", "grade", "end", "pass"):  # fmt: skip
            yield spot.at(number=number, record=number, name=name, filter_id="1", job_id="1")
            if "{name" not in spot.path:
                break
        if "{number" not in spot.path and "{record" not in spot.path:
            break


FORM = {
    "seen": "3", "text": "替别人改", "day": "2026-11-24", "due": "2026-12-30", "reason": "x",
    "draft": "1", "publish": "1", "adoption": "采纳", "level": "重大", "part": "处置",
    "at": "2026-11-24T09:00", "title": "x", "back": "/", "unit": "housing", "id": "1",
    "question": "x", "answer": "x", "clause": "x", "case": CASE, "case_id": CASE,
}  # fmt: skip


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_a_foreign_unit_changes_no_record_on_any_route(house: House, numbers: Numbers) -> None:
    client = house.of(Role.RESPONDER, "education")
    before, history = kept(house), house.history()
    tried = 0
    for spot in house.spots:
        if spot.safe or is_open(spot.path) or spot.path in ("/logout", "/password"):
            continue
        for address in addresses(spot, numbers):
            for seen in ("0", "1", "3"):
                form = FORM | {
                    "csrf": client.headers["x-csrf-token"],
                    "seen": seen,
                    "document": numbers.document,
                }
                sent = {"json": form} if spot.api else {"data": form}
                answer = client.request(spot.method, address, follow_redirects=False, **sent)  # type: ignore[arg-type]
                assert answer.status_code != 500, (spot, answer.text)
                tried += 1
    after = kept(house)
    # Records of its own the unit may begin; each row that was there is as it was, and no
    # record that was there has got a further step.
    for table, rows in before.items():
        assert set(rows) <= set(after[table]), table
    steps = {row[1:3] for row in before["entries"]}
    more = [row for row in after["entries"] if row not in before["entries"]]
    assert [row for row in more if row[1:3] in steps] == []
    assert house.history() == history
    assert [one.number for one in house.office.get(Book).public(NOW.date())] == [numbers.entry]
    assert tried > 200


def test_the_owner_and_the_desk_repeal_a_document(house: House, numbers: Numbers) -> None:
    book = house.office.get(Book)
    known = book.documents()[numbers.document]
    for stranger in (SCHOOL, Actor("x", Role.RESPONDER, "", "")):
        with pytest.raises(NotAllowed, match="登记它的单位或值班台"):
            book.change_document(numbers.document, 1, known, NOW, stranger)
    page = house.of(Role.RESPONDER, "education").get("/qa/documents").text
    assert f"/qa/documents/{numbers.document}/repeal" not in page
    assert f"/qa/documents/{numbers.document}/repeal" in (
        house.of(Role.RESPONDER, "housing").get("/qa/documents").text
    )
    book.change_document(numbers.document, 1, known, NOW, HOUSING)
    book.change_document(numbers.document, 2, known, NOW, DESK)
    # Whose it is stays with who registered it, whoever changed it since.
    assert book.owners() == {numbers.document: "housing"}


def test_no_unit_writes_an_answer_for_another(house: House, numbers: Numbers) -> None:
    text = qa.Written(
        question="另问？", answer="x", document=numbers.document, clause="x", unit="housing"
    )
    with pytest.raises(NotAllowed, match="本单位"):
        house.office.get(Book).write(text, NOW, SCHOOL)


def test_what_belongs_to_no_unit_is_the_desks() -> None:
    nowhere = Actor("x", Role.RESPONDER, "", "")
    assert not owns(nowhere, "")
    assert not of_unit(nowhere, "")
    assert not owns(SCHOOL, "housing")
    assert owns(HOUSING, "housing")
    assert owns(DESK, "housing")
    assert [unit_of(each) for each in (HOUSING, DESK)] == ["housing", ""]

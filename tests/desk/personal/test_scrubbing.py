"""What tells an erased person goes out of what the desk noted; nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.words.erasure import ErasureGround
from desk.alerts.people_told import PeopleTold, Way
from desk.backup.copies import forget_copies
from desk.backup.scrubbing import marks_of
from desk.delivery.service import delivery_log
from desk.ground.audit_log import AuditAction
from desk.http.draft_autosave import DraftAutosave
from desk.matters.register import JointRegister
from desk.matters.service import writing_key
from desk.personal.service import Persons, in_name_of
from sinks.delivery.base import Receipt
from streams.embedded.erasing import Copies, Person
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.personal.test_persons import BY, CASE, OTHER, end, marks_in

NAME_OF, PHONE = "欧阳标记", "13900007777"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home", root / "config")
    yield made
    made.close()


def erased(desk: Desk, **person: str) -> None:
    desk.put(replace(item(), **person), item("2"))
    end(desk)
    assert desk.office.get(Persons).erase(BY, [CASE]).erased == (CASE,)


def test_a_name_in_a_joint_answer_goes_too(desk: Desk) -> None:
    """None of these says the number of the case beside the name."""
    register, typed = JointRegister(desk.office.file), desk.office.get(DraftAutosave)
    joint = register.begin(CASE, "housing", (CASE, OTHER), BY.actor, NOW)
    joint = register.write(joint, "尊敬的【称呼】：【受理编号】", BY.actor, NOW)
    register.reject(joint, f"不要提{NAME_OF}", BY.actor, NOW)
    typed.keep("lin", writing_key(joint.number), f"{NAME_OF}来过", 1, NOW)
    other = register.begin(OTHER, "housing", (OTHER,), BY.actor, NOW)
    register.write(other, "同名的欧阳标记另有其人", BY.actor, NOW)
    erased(desk, author=NAME_OF)
    kept = register.get(joint.number)
    assert kept is not None
    assert kept.edition is not None
    assert kept.edition.rejected is not None
    assert kept.edition.rejected.note == "不要提已删除"
    assert kept.edition.rejected.by == BY.actor
    draft = typed.text("lin", writing_key(joint.number))
    assert draft is not None
    assert draft.text == "已删除来过"
    another = register.get(other.number)
    assert another is not None
    assert another.edition is not None
    assert NAME_OF in another.edition.text


def test_what_an_earlier_version_of_the_item_said_goes_too(desk: Desk) -> None:
    desk.put(replace(item(), phone="13900006666"))
    desk.put(replace(item(), phone=PHONE))
    desk.office.note(BY, AuditAction.DUTY, "交班", f"13900006666 和 {PHONE} 还会来电")
    end(desk)
    desk.office.get(Persons).erase(BY, [CASE])
    assert marks_in(desk.settings.home, "13900006666", PHONE) == []


def test_a_process_that_died_in_between_leaves_no_name_to_anybody(desk: Desk) -> None:
    """Who sees to the copies is another one than who erased the case."""
    desk.put(replace(item(), author=NAME_OF, phone=PHONE))
    desk.office.note(BY, AuditAction.DUTY, "交班", f"{PHONE}（{CASE}，{NAME_OF}）还会来电")
    end(desk)
    desk.office.acts.submit(in_name_of(BY), CASE, do.Erase(ground=ErasureGround.REQUEST))
    desk.runner.finish_erasures()
    assert marks_in(desk.settings.home, PHONE, NAME_OF) == [PHONE, NAME_OF]
    assert forget_copies(desk.settings, desk.runner.store) == 1
    assert marks_in(desk.settings.home, PHONE, NAME_OF) == []


def test_what_a_person_recorded_of_a_delivery_goes_too(desk: Desk) -> None:
    log = delivery_log(desk.settings)
    attempt = log.record_intent("x", case_id=CASE, door="board-export", now=NOW)
    proof = Receipt(at=NOW, via="board-export", reference="R-5", proof=f"电话告知{NAME_OF}的邻居")
    log.record_outcome("x", attempt, proof, now=NOW)
    log.close()
    erased(desk, author=NAME_OF)
    assert marks_in(desk.settings.home, NAME_OF, "邻居") == []
    log = delivery_log(desk.settings)
    state = log.state("x")
    log.close()
    assert state is not None
    assert state.outcome == replace(proof, proof="已删除")


@pytest.mark.parametrize(
    "person",
    [
        {"author": "begun", "phone": "cases", "email": "matter"},
        {"author": "cases", "address": "housing"},
        {"author": "desk", "email": "board-export"},
        {"author": "林某", "phone": "12345", "address": "board-export:2"},
    ],
)
def test_what_a_person_called_themselves_breaks_nothing_else(
    desk: Desk, person: dict[str, str]
) -> None:
    """Fields that a citizen fills in: names of fields, units, sources, our own people."""
    register = JointRegister(desk.office.file)
    joint = register.begin(CASE, "housing", (CASE, OTHER), BY.actor, NOW)
    joint = register.write(joint, "请打 12345", BY.actor, NOW)
    erased(desk, **person)
    assert register.get(joint.number) == joint
    assert JointRegister(desk.office.file).all() == [joint]


def test_a_number_that_was_set_to_tell_a_unit_stays(desk: Desk) -> None:
    """A citizen who gives the telephone of a clerk does not cut that clerk off."""
    told = PeopleTold(desk.office.file)
    way = Way(unit="housing", account="", via="sms", to=PHONE, kinds=(AlertKind.OVERDUE,))
    made = told.add_way(way, NOW, BY.actor)
    erased(desk, phone=PHONE)
    assert told.ways() == (made,) or list(told.ways()) == [made]


@pytest.mark.parametrize(
    ("phone", "email", "address", "looked_for"),
    [
        ("13900007777", "m@example.org", "标记巷9号院", 3),
        ("12345", "hotline", "housing", 0),
        ("110", "", "某某路", 0),
    ],
)
def test_only_what_tells_one_person_is_looked_for(
    phone: str, email: str, address: str, looked_for: int
) -> None:
    marks = marks_of([Copies(CASE, (), (Person("网友", phone, email, address, "1"),))])
    assert (len(marks.contacts), marks.names) == (looked_for, ())

"""One person's data: found, handed out, kept, erased from everything that the home holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from cases.alerts import Alert, AlertKind, Level, encode_alert
from cases.record import commands as do
from cases.record.item import Attachment, Item
from cases.words.actors import Actor, Role
from cases.words.erasure import ErasureGround
from cases.words.refusals import NotAllowed
from desk.app.commands.audit import audit_store
from desk.app.periodic_tasks import periodic_tasks
from desk.backup.copies import forget_copies
from desk.backup.erasures import NAME
from desk.backup.proofs import prove_files
from desk.backup.restoring import restore
from desk.backup.service import Backups
from desk.delivery.service import delivery_log
from desk.ground.actions import CaseActions
from desk.ground.audit_log import AuditAction
from desk.ground.doer import Doer, NotPermitted
from desk.ground.office_settings import file_store
from desk.http.draft_autosave import DraftAutosave
from desk.personal.finding import Wanted, recognised_by, wanted
from desk.personal.service import Persons, in_name_of
from sinks.alerts.file import AlertFile
from sinks.delivery.base import Unclear
from sinks.ledger.base import Query
from sinks.ledger.stored_case import decode_shown, encode_stored
from streams.embedded.store import EmbeddedStore
from tests.cases.helpers import Story
from tests.cases.helpers import item as any_item
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in

CASE, OTHER = "board-export:1", "board-export:2"
NAME_OF, PHONE, MAIL, HOME = "欧阳标记", "13900007777", "mark@example.org", "标记巷9号院"
PHOTO = "标记照片".encode()
MARKS = (NAME_OF, PHONE, MAIL, HOME, "龘路", "标记草稿", PHOTO.decode())
BY = Doer(actor=Actor(id="desk", role=Role.DESK, name="林某"), address="127.0.0.1")
WHY = "本人申请，申请表第 3 号"


def marked(sha: str, **more: object) -> Item:
    return replace(
        item(),
        author=NAME_OF, phone=PHONE, email=MAIL, address=HOME, title="龘路的路灯",
        body=f"{NAME_OF}：龘路的路灯坏了，请打{PHONE}", place="龘路",
        attachments=(Attachment(name=f"{NAME_OF}.jpg", sha=sha),), **more,
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home", root / "config", HUIYIN_BACKUP=str(tmp_path / "disk"))
    sha = file_store(made.settings).keep(PHOTO)
    made.put(marked(sha), item("2"))
    made.office.get(DraftAutosave).keep("desk", CASE, "标记草稿", 1, NOW)
    made.office.note(BY, AuditAction.UNMASK, CASE, f"回电{NAME_OF}")
    made.office.note(BY, AuditAction.DUTY, "交班", f"{PHONE} 还会来电")
    yield made
    made.close()


def end(desk: Desk, case_id: str = CASE) -> None:
    desk.act(case_id, do.Refuse(reason=f"请{NAME_OF}走诉讼"))


def marks_in(home: Path, *marks: str) -> list[str]:
    """Those that stand in any byte of any file. Given as a list: a failure must not print a
    whole home."""
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    return [mark for mark in marks if mark.encode() in data]


def test_everything_in_the_home_is_searched_and_nothing_of_the_person_is_left(desk: Desk) -> None:
    end(desk)
    # What lies sealed is found by no search; what lies open is.
    open_marks = ["龘路", "标记草稿", PHOTO.decode(), NAME_OF, PHONE]
    assert marks_in(desk.settings.home, *open_marks) == open_marks
    done = desk.office.get(Persons).erase(BY, [CASE])
    assert (done.erased, done.refused) == ((CASE,), {})
    assert marks_in(desk.settings.home, *MARKS, hashlib.sha256(PHOTO).hexdigest()) == []
    assert all(proof.balanced for proof in prove_files(desk.settings))
    assert audit_store(desk.runner.store).balanced
    (step,) = desk.office.trail.search(deed=AuditAction.ERASE.value)[1]
    assert (step.who, step.about, "第四十七条" in step.detail) == ("desk", CASE, True)


def test_alerts_and_deliveries_that_went_out_say_nothing_of_it_any_more(desk: Desk) -> None:
    home = desk.settings.home
    alert = Alert(
        alert_id=f"{CASE}#1:overdue", kind=AlertKind.OVERDUE, level=Level.HIGH, at=NOW,
        text="已逾期：龘路的路灯", case_id=CASE,
    )  # fmt: skip
    alerts = AlertFile(home / "alerts.db")
    with alerts.writing() as db:
        db.execute(
            "INSERT INTO alerts (alert_id, data, unit, role, level, taken_at) "
            "VALUES (?, ?, '', '', 1, 0)",
            (alert.alert_id, encode_alert(alert)),
        )
    alerts.close()
    log = delivery_log(desk.settings)
    attempt = log.record_intent("x", case_id=CASE, door="board-export", now=NOW)
    log.record_outcome("x", attempt, Unclear(detail=f"{MAIL} 没有回应"), now=NOW)
    log.close()
    end(desk)
    desk.office.get(Persons).erase(BY, [CASE])
    assert marks_in(home, *MARKS) == []
    assert all(proof.balanced for proof in prove_files(desk.settings))


def test_a_list_lies_beside_every_backup(desk: Desk, tmp_path: Path) -> None:
    """Also in a folder that no setting names."""
    end(desk)
    desk.office.get(Persons).erase(BY, [CASE])
    Backups(tmp_path / "stick").make(desk.settings, NOW, passphrase="", keep=3)
    assert (tmp_path / "stick" / NAME).read_bytes() == (desk.settings.home / NAME).read_bytes()


def test_a_file_that_another_case_has_too_stays(desk: Desk) -> None:
    sha = file_store(desk.settings).keep(PHOTO)
    desk.put(item("3", attachments=(Attachment(name="灯.jpg", sha=sha),)))
    end(desk)
    desk.office.get(Persons).erase(BY, [CASE])
    assert file_store(desk.settings).path(sha).read_bytes() == PHOTO


def test_an_older_backup_brings_it_back_and_it_goes_again(desk: Desk, tmp_path: Path) -> None:
    backups = Backups(tmp_path / "disk")
    backup = backups.make(desk.settings, NOW, passphrase="", keep=3)
    end(desk)
    done = desk.office.get(Persons).erase(BY, [CASE])
    assert any("备份 1 份" in line for line in done.kept)
    assert PHONE not in (tmp_path / "disk" / NAME).read_text("utf-8")
    there = replace(desk.settings, home=tmp_path / "new", files=tmp_path / "new" / "files")
    restored = restore(tmp_path / "disk" / backup.name, there, by="管理员")
    assert restored.erased == 1
    assert marks_in(there.home, *MARKS) == []
    store = EmbeddedStore(there.database)
    assert store.ledger.load([CASE])[CASE].item.body == "已删除"
    assert store.ledger.load([OTHER])[OTHER].item == item("2")
    assert audit_store(store).balanced
    store.close()
    assert (there.home / NAME).exists()


def test_a_list_of_erasures_that_cannot_be_read_stops_the_restore(
    desk: Desk, tmp_path: Path
) -> None:
    backup = Backups(tmp_path / "disk").make(desk.settings, NOW, passphrase="", keep=3)
    (tmp_path / "disk" / NAME).write_text("no list")
    there = replace(desk.settings, home=tmp_path / "new", files=tmp_path / "new" / "files")
    with pytest.raises(Exception, match="不知道哪些个人信息要再删除"):
        restore(tmp_path / "disk" / backup.name, there, by="管理员")
    assert not there.home.exists()


def test_the_clerk_finds_confirms_and_erases_on_the_page(desk: Desk) -> None:
    end(desk)
    client = desk.client
    asked = {"name": "", "phone": "139-0000-7777", "other": "", "reason": WHY}
    page = client.post("/admin/persons/find", data=asked).text
    assert CASE in page
    assert "来件人电话" in page
    assert OTHER not in page
    assert f'name="ground" value="{WHY}"' in page
    silent = client.post("/admin/persons/export", data={"case_id": CASE})
    assert (silent.status_code, PHONE in silent.text) == (409, False)
    assert "请写明依据" in silent.text
    text = client.post("/admin/persons/export", data={"case_id": CASE, "ground": WHY})
    (step,) = desk.office.trail.search(deed=AuditAction.EXPORT.value)[1]
    assert (step.about, step.detail) == (CASE, f"个人信息复制件：{WHY}")
    assert "attachment" in text.headers["content-disposition"]
    assert f"电话：{PHONE}" in text.text
    refused = client.post("/admin/persons/erase", data={"case_id": CASE})
    assert (refused.status_code, "我已核对" in refused.text) == (409, True)
    done = client.post("/admin/persons/erase", data={"case_id": CASE, "confirmed": "1"})
    assert "已删除 1 件" in done.text
    shown = desk.page(f"/cases/{CASE}")
    assert "已删除" in shown
    assert "龘" not in shown
    assert "没有找到" in client.post("/admin/persons/find", data=asked).text
    short = client.post("/admin/persons/find", data=asked | {"name": "王", "phone": ""}).text
    assert "姓名应为两个字以上" in short
    assert 'name="name" value="王"' in short, "what was typed stays"


def test_a_confidential_case_that_was_found_stands_in_the_trail(desk: Desk) -> None:
    desk.act(CASE, do.MarkConfidential(reason="要求保密"))
    (one,) = desk.office.get(Persons).find(BY, "", PHONE, "", WHY)
    assert (one.case_id, "龘" in one.title) == (CASE, False)
    steps = [s.detail for s in desk.office.trail.search()[1] if s.about == CASE]
    assert f"按人查找：{WHY}" in steps
    assert not any(PHONE in detail for detail in steps)


def test_open_cases_and_held_ones_are_refused_with_the_reason_and_the_others_go(
    desk: Desk,
) -> None:
    end(desk, OTHER)
    persons = desk.office.get(Persons)
    done = persons.erase(BY, [CASE, OTHER])
    assert done.erased == (OTHER,)
    assert "还没有办结" in done.refused[CASE]
    end(desk)
    page = desk.client.post(
        "/admin/persons/hold", data={"case_id": CASE, "reason": "行政复议 2026-5 号"}
    )
    assert "已保全 1 件" in page.text
    assert "行政复议 2026-5 号" in persons.erase(BY, [CASE]).refused[CASE]
    persons.release(BY, [CASE], "复议终结")
    assert persons.erase(BY, [CASE]).erased == (CASE,)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REVIEWER, Role.LEADER])
def test_only_the_desk_may(desk: Desk, role: Role) -> None:
    client: TestClient = signed_in(desk.office, role)
    assert client.get("/admin/persons").status_code == 403
    for step in ("find", "export", "hold", "release", "erase"):
        assert client.post(f"/admin/persons/{step}", data={"case_id": CASE}).status_code == 403
    by = Doer(actor=Actor(id="x", role=role))
    with pytest.raises(NotPermitted):
        desk.office.get(Persons).erase(by, [CASE])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("", "", ""), "请填写姓名"),
        (("王", "", ""), "两个字以上"),
        (("", "1234", ""), "5 位以上的数字"),
        (("", "一三九零零", ""), "数字"),
        (("", "", "3号"), "5 个字符以上"),
    ],
)
def test_what_would_find_half_of_the_ledger_is_refused(
    given: tuple[str, str, str], said: str
) -> None:
    with pytest.raises(NotAllowed, match=said):
        wanted(*given)


@pytest.mark.parametrize(
    ("person", "by"),
    [
        (Wanted(name="王某"), ("来件人姓名",)),
        (Wanted(name="李四"), ("正文里的姓名",)),
        (Wanted(phone="13912345678"), ("来件人电话",)),
        (Wanted(phone="13800001111"), ("正文里的电话",)),
        (Wanted(name="王某", phone="13912345678"), ("来件人姓名", "来件人电话")),
        (Wanted(other="w@example.org"), ("邮箱或编号",)),
        (Wanted(other="330000199001011234"), ("正文里的号码",)),
        (Wanted(name="赵六"), ()),
    ],
)
def test_by_what_a_case_is_recognised_is_told(person: Wanted, by: tuple[str, ...]) -> None:
    told = any_item(
        author="王某", phone="139 1234 5678", email="w@example.org",
        body="李四 138-0000-1111，身份证 330000199001011234",
    )  # fmt: skip
    assert recognised_by(Story(told).case, person) == by


def test_a_process_that_died_before_the_copies_were_gone_is_made_up_for(desk: Desk) -> None:
    end(desk)
    acts: CaseActions = desk.office.acts
    acts.submit(in_name_of(BY), CASE, do.Erase(ground=ErasureGround.REQUEST))
    desk.runner.sweep()
    assert forget_copies(desk.settings, desk.runner.store) == 1
    assert marks_in(desk.settings.home, PHOTO.decode(), "标记草稿") == []
    assert forget_copies(desk.settings, desk.runner.store) == 0


def test_what_another_process_erased_is_forgotten_here_too(desk: Desk) -> None:
    tasks = periodic_tasks(desk.settings, Event(), desk.office.file, lambda: desk.settings)
    step = next(one.open(desk.runner) for one in tasks if one.name == "删除收尾")
    step()
    (shown,) = desk.runner.store.ledger.search(Query(case_ids=(OTHER,))).cases
    step()
    assert decode_shown(encode_stored(shown)) is shown, "nothing was erased"
    end(desk)
    desk.office.get(Persons).erase(BY, [CASE])
    assert decode_shown(encode_stored(shown)) is not shown
    step()
    assert decode_shown.cache_info().currsize == 0

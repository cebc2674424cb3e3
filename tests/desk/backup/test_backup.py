"""A backup while the desk runs, and the way back."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.app import cli
from desk.app.commands.audit import audit_store
from desk.backup import archive
from desk.backup.archive import BackupError, check, pack, unpack
from desk.backup.drills import Drill, drills
from desk.backup.proofs import prove_files
from desk.backup.restoring import restore
from desk.backup.service import Backups
from desk.delivery.service import delivery_log
from desk.ground.audit_log import AuditAction
from desk.ground.configuration import Configuration
from desk.ground.settings import Settings, SettingsError, read_settings
from sinks.delivery.log import Stage
from streams.embedded.store import EmbeddedStore
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in

KEY = "一句只有管理员知道的话"
CASE = "board-export:1"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home", root / "config")
    yield made
    made.close()


def made(desk: Desk, folder: Path, key: str = "") -> Path:
    backup = Backups(folder).make(desk.settings, NOW, passphrase=key, keep=14)
    return folder / backup.name


def elsewhere(desk: Desk, folder: Path) -> Settings:
    return replace(desk.settings, home=folder, files=folder / "files")


def cases(settings: Settings) -> dict[str, bytes]:
    store = EmbeddedStore(settings.database, readonly=True)
    try:
        return {case.case_id: repr(case).encode() for case in store.ledger.load([CASE]).values()}
    finally:
        store.close()


@pytest.mark.parametrize("key", ["", KEY])
def test_what_was_backed_up_while_running_comes_back_and_the_audit_balances(
    desk: Desk, tmp_path: Path, key: str
) -> None:
    desk.put(item())
    desk.settings.files.mkdir(parents=True)
    (desk.settings.files / "photo").write_bytes(b"jpg")
    (desk.settings.home / "papers").mkdir()
    (desk.settings.home / "papers" / "2026-W47.docx").write_bytes(b"docx")
    backup = made(desk, tmp_path / "disk", key)
    # What comes in afterwards is not in it.
    desk.put(item("2"))
    there = elsewhere(desk, tmp_path / "new")
    done = restore(backup, there, by="管理员", passphrase=key)
    assert done.made_at == NOW
    noted = Drill(at=there.clock(), backup=backup.name, by="管理员")
    assert drills(backup.parent) == (noted,)
    assert cases(there) == cases(desk.settings)
    assert (there.files / "photo").read_bytes() == b"jpg"
    assert (there.home / "papers" / "2026-W47.docx").read_bytes() == b"docx"
    assert (there.home / "config-of-backup" / "units.toml").is_file()
    proofs = prove_files(there)
    assert {proof.file for proof in proofs} >= {"huiyin.db", "desk.db"}
    assert all(proof.balanced for proof in proofs)
    assert any("管理员" in named for proof in proofs for named in proof.named)
    store = EmbeddedStore(there.database)
    assert audit_store(store).balanced
    store.close()


def test_a_reply_that_may_have_gone_out_after_the_backup_does_not_go_out_again(
    desk: Desk, tmp_path: Path
) -> None:
    desk.put(item())
    desk.act(CASE, do.Acknowledge(), Role.RESPONDER, "housing")
    desk.act(CASE, do.DraftReply(text="已责令物业公示收费标准。"), Role.RESPONDER, "housing")
    approval = Action(
        message_id="approval",
        case_id=CASE,
        actor=Actor("another", Role.REVIEWER),
        command=do.ApproveReply(draft=1),
        at=NOW,
    )
    desk.runner.act(approval)
    desk.runner.pump_all()
    there = elsewhere(desk, tmp_path / "new")
    done = restore(made(desk, tmp_path / "disk"), there, by="管理员")
    assert done.unclear == 1
    log = delivery_log(there)
    (left,) = log.unclear(now=NOW + timedelta(hours=1))
    log.close()
    assert (left.case_id, left.stage) == (CASE, Stage.UNCLEAR)
    assert left.outcome is not None
    assert "备份之后可能已经发出" in left.outcome.detail  # type: ignore[union-attr]


def test_secrets_go_into_a_sealed_backup_only(desk: Desk, tmp_path: Path) -> None:
    desk.settings.home.mkdir(parents=True, exist_ok=True)
    (desk.settings.home / "secrets.toml").write_text('BACKUP_KEY = "x"')
    assert "home/secrets.toml" not in check(made(desk, tmp_path / "a")).files
    assert "home/secrets.toml" in check(made(desk, tmp_path / "b", KEY), KEY).files


def test_what_a_citizen_wrote_is_not_readable_in_a_sealed_backup(
    desk: Desk, tmp_path: Path
) -> None:
    desk.put(item())
    sealed = made(desk, tmp_path / "disk", KEY).read_bytes()
    assert "锦绣花园".encode() not in sealed
    with pytest.raises(BackupError, match="HUIYIN_SECRET_BACKUP_KEY"):
        check(made(desk, tmp_path / "other", KEY))
    with pytest.raises(BackupError, match="口令"):
        check(made(desk, tmp_path / "third", KEY), "猜的")


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flipped(data: bytes) -> bytes:
    return (
        data[: len(data) // 2] + bytes((data[len(data) // 2] ^ 0x55,)) + data[len(data) // 2 + 1 :]
    )


@pytest.mark.parametrize("key", ["", KEY])
@pytest.mark.parametrize(
    "harm", [_cut, _flipped, lambda _data: b"", lambda _data: b"PK\3\4 not ours"]
)
def test_a_damaged_backup_is_refused_and_the_home_stays_as_it_was(
    desk: Desk, tmp_path: Path, key: str, harm: object
) -> None:
    desk.put(item())
    backup = made(desk, tmp_path / "disk", key)
    backup.write_bytes(harm(backup.read_bytes()))  # type: ignore[operator]
    there = elsewhere(desk, tmp_path / "new")
    with pytest.raises(BackupError):
        restore(backup, there, by="管理员", passphrase=key)
    assert not there.home.exists()
    assert drills(backup.parent) == (), "what did not come to its end was no drill"
    assert not list(tmp_path.glob("*.restoring"))


def test_files_of_an_archive_never_leave_the_folder(tmp_path: Path) -> None:
    for name in ("../outside", "/outside", "home/../../outside"):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as made_up:
            entry = tarfile.TarInfo(name)
            entry.size = 1
            made_up.addfile(entry, io.BytesIO(b"x"))
        (tmp_path / "bad.tar.gz").write_bytes(gzip.compress(packed.getvalue()))
        with pytest.raises(BackupError, match="不是回音做的备份"):
            unpack(tmp_path / "bad.tar.gz", tmp_path / "into")


def test_a_home_with_data_is_never_overwritten(desk: Desk, tmp_path: Path) -> None:
    desk.put(item())
    backup = made(desk, tmp_path / "disk")
    with pytest.raises(BackupError, match="不是空的"):
        restore(backup, desk.settings, by="管理员")


def test_a_backup_inside_the_data_folder_is_refused(desk: Desk) -> None:
    with pytest.raises(BackupError, match="换到另一块磁盘"):
        made(desk, desk.settings.home / "backups")


def test_a_full_disk_leaves_no_half_backup_and_says_so(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(item())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(BackupError, match="No space left"):
        made(desk, tmp_path / "disk")
    assert [path.name for path in (tmp_path / "disk").iterdir()] == [".lock"]


def test_half_a_backup_of_a_process_that_was_killed_is_cleared_away(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "huiyin-20261123-023000.tar.gz.part").write_bytes(b"half")
    name = made(desk, tmp_path / "disk").name
    assert {path.name for path in (tmp_path / "disk").glob("huiyin-*")} == {name, name + ".json"}


def test_two_backups_at_once_are_one_and_a_plain_word(desk: Desk, tmp_path: Path) -> None:
    told: list[str] = []

    def second(_size: int) -> None:
        if not told:
            with pytest.raises(BackupError) as problem:
                made(desk, tmp_path / "disk")
            told.append(str(problem.value))

    Backups(tmp_path / "disk").make(desk.settings, NOW, passphrase="", keep=2, told=second)
    assert "正在往" in told[0]


def test_the_newest_stay_and_older_ones_go_after_the_new_one_is_good(
    desk: Desk, tmp_path: Path
) -> None:
    backups = Backups(tmp_path / "disk")
    for day in range(4):
        backups.make(desk.settings, NOW + timedelta(days=day), passphrase="", keep=2)
    assert [each.made_at for each in backups.listed()] == [
        NOW + timedelta(days=3),
        NOW + timedelta(days=2),
    ]
    assert len(list((tmp_path / "disk").glob("huiyin-*"))) == 4


def test_the_desk_is_warned_after_two_days_and_the_missed_one_is_made_up(
    desk: Desk, tmp_path: Path
) -> None:
    backups, at = Backups(tmp_path / "disk"), desk.settings.backup_at
    assert "还没有备份" in backups.warning(NOW)
    assert backups.due(NOW, at)
    backups.make(desk.settings, NOW, passphrase="", keep=2)
    assert backups.warning(NOW + timedelta(hours=47)) == ""
    assert "超过两天" in backups.warning(NOW + timedelta(hours=49))
    assert not backups.due(NOW + timedelta(hours=2), at)
    assert backups.due(NOW + timedelta(days=3), at)


def test_the_timer_makes_up_what_the_program_did_not(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "backups"
    monkeypatch.setenv("HUIYIN_HOME", str(desk.settings.home))
    monkeypatch.setenv("HUIYIN_CONFIG", str(desk.settings.config))
    monkeypatch.setenv("HUIYIN_BACKUP", str(folder))
    monkeypatch.setattr("sys.argv", ["huiyin", "backup", "--if-due"])
    for now, copies, said in (
        ("2026-11-22T03:30", 1, "已备份到"),
        ("2026-11-23T02:00", 1, "当天的备份已经有了"),
        ("2026-11-23T03:30", 2, "已备份到"),
    ):
        monkeypatch.setenv("HUIYIN_NOW", now)
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert not end.value.code
        assert said in capsys.readouterr().out
        assert len(Backups(folder).listed()) == copies


def test_the_page_shows_makes_and_tells_what_is_missing(tmp_path: Path, root: Path) -> None:
    for folder in ("", str(tmp_path / "disk")):
        desk = Desk(tmp_path / f"home {bool(folder)}", root / "config", HUIYIN_BACKUP=folder)
        admin, officer = (signed_in(desk.office, role) for role in (Role.ADMIN, Role.DESK))
        page = admin.get("/admin/backup").text
        if not folder:
            assert "请设置 <code>HUIYIN_BACKUP</code>" in page
        else:
            assert "还没有备份" in page
            assert admin.post("/admin/backup", data={}).status_code == 200
            assert "huiyin-20261124-104000.tar.gz" in admin.get("/admin/backup").text
            assert desk.office.trail.search(deed=AuditAction.BACKUP.value)[0] == 1
        assert officer.get("/admin/backup").status_code == 403
        assert officer.post("/admin/backup").status_code == 403
        desk.close()


@pytest.mark.parametrize("text", ["25:00", "两点", "2"])
def test_a_wrong_time_of_day_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match="HUIYIN_BACKUP_AT 应为 02:30"):
        read_settings({"HUIYIN_BACKUP_AT": text})


def test_a_list_that_does_not_fit_is_refused(desk: Desk, tmp_path: Path) -> None:
    """As when a file was put in or taken out by another program."""
    backup = made(desk, tmp_path / "disk")
    contents = pack_again(backup, tmp_path / "again.tar.gz", drop="config/units.toml")
    assert "config/units.toml" in contents
    with pytest.raises(BackupError, match="与清单不符：config/units"):
        check(tmp_path / "again.tar.gz")


def pack_again(source: Path, target: Path, *, drop: str) -> str:
    """The same archive without one of its files; gives the list that it still holds."""
    listed = ""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for entry in old:
            data = old.extractfile(entry)
            assert data is not None
            body = data.read()
            if entry.name == archive.LIST:
                listed = json.dumps(json.loads(body), ensure_ascii=False)
            if entry.name != drop:
                new.addfile(entry, io.BytesIO(body))
    return listed


def test_the_countys_own_rows_are_in_the_backup_wherever_they_lie(
    desk: Desk, tmp_path: Path
) -> None:
    """Restored, they lie in the data folder, where they count by themselves."""
    overlay = tmp_path / "county"
    overlay.mkdir()
    (overlay / "office.toml").write_text('place = "宁都县"', "utf-8")
    tables = Configuration(desk.settings.config, overlay)
    backup = Backups(tmp_path / "disk").make(
        replace(desk.settings, configuration=tables), NOW, passphrase="", keep=14
    )
    there = elsewhere(desk, tmp_path / "new")
    restore(tmp_path / "disk" / backup.name, there, by="管理员")
    assert (there.home / "overlay" / "office.toml").read_text("utf-8") == 'place = "宁都县"'


def test_a_copy_is_not_left_beside_the_archive(desk: Desk, tmp_path: Path) -> None:
    pack(
        tmp_path / "disk" / "one.tar.gz",
        desk.settings.home,
        files=desk.settings.files,
        config=desk.settings.config,
        made_at=NOW,
        program="0",
    )
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["one.tar.gz"]
    shutil.rmtree(tmp_path / "disk")

"""Install, upgrade, roll back, and what each leaves behind when it fails: on a small program that
speaks to the installer as Huiyin does. The real one is installed in test_clean_debian.py."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from bundle.installer import service
from bundle.installer.__main__ import main
from bundle.installer.places import known_places
from tests.bundle.fake_program import FakeArchives

pytestmark = pytest.mark.slow


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


class Office:
    """One machine: what is installed below one folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.prefix = folder / "opt"
        self._capsys = capsys
        self.said = ""

    def does(self, archive: Path, *arguments: str) -> int:
        options = ["--prefix", str(self.prefix), "--user", "root", "--no-service"]
        status = main(["--archive", str(archive), *arguments, *options])
        out, err = self._capsys.readouterr()
        self.said = out + err
        return status

    def install(self, archive: Path) -> None:
        assert self.does(archive, "install", "--port", free_port()) == 0, self.said

    @property
    def version(self) -> str:
        return known_places(self.prefix).version

    @property
    def home(self) -> Path:
        return known_places(self.prefix).home

    def receives(self, text: str) -> None:
        with closing(sqlite3.connect(self.home / "huiyin.db")) as db, db:
            db.execute("INSERT INTO inbox VALUES (?)", (text,))

    def has(self) -> list[str]:
        with closing(sqlite3.connect(self.home / "huiyin.db")) as db:
            return [row[0] for row in db.execute("SELECT text FROM inbox")]

    def runs(self, *command: str) -> str:
        return subprocess.run(
            [self.prefix / "bin" / "huiyin", *command], capture_output=True, text=True, check=True
        ).stdout


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, capsys)


@pytest.fixture
def filled(office: Office, archives: FakeArchives) -> Office:
    """Version 1.0 with one message and a password."""
    office.install(archives.make("1.0"))
    office.runs("audit")
    office.receives("路灯不亮")
    (office.home / "secrets.toml").write_text("password = 'x'", "utf-8")
    return office


def test_an_installation_is_whole_and_leaves_the_data_empty(
    office: Office, archives: FakeArchives
) -> None:
    archive = archives.make("1.0")
    office.install(archive)
    assert office.version == "1.0"
    assert "试运行正常" in office.said
    assert "没有核对签名" in office.said
    # Only into an empty folder can a backup be restored.
    assert list(office.home.iterdir()) == []
    assert office.home.stat().st_mode & 0o777 == 0o700
    assert office.runs("config").strip() == f"{office.prefix}/current/config"
    assert (office.prefix / "current" / "docs" / "page.txt").read_text("utf-8") == "docs"
    assert office.does(archive, "install") == 1
    assert "已经装有 1.0" in office.said
    assert "upgrade" in office.said


def test_the_health_check_says_what_is_wrong(office: Office, archives: FakeArchives) -> None:
    office.install(archives.make("1.0"))
    port = office.prefix / "huiyin.env"
    done = subprocess.run(
        [office.prefix / "bin" / "huiyin-health"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "回音不正常" in done.stdout
    assert "没有答复" in done.stdout
    assert "HUIYIN_PORT" in port.read_text("utf-8")


def test_up_and_back_where_the_old_version_reads_the_data(
    filled: Office, archives: FakeArchives
) -> None:
    assert filled.does(archives.make("1.1"), "upgrade") == 0, filled.said
    assert filled.version == "1.1"
    filled.receives("垃圾没有清运")
    assert filled.does(filled.prefix / "current", "rollback") == 0, filled.said
    assert filled.version == "1.0"
    assert "数据没有变" in filled.said
    assert filled.has() == ["路灯不亮", "垃圾没有清运"]
    # Nothing is left to go back to.
    assert filled.does(filled.prefix / "current", "rollback") == 1
    assert "没有可以退回的升级" in filled.said


def test_back_from_newer_data_asks_and_keeps_what_is_lost(
    filled: Office, archives: FakeArchives
) -> None:
    assert filled.does(archives.make("1.1", writes=2), "upgrade") == 0, filled.said
    filled.receives("垃圾没有清运")
    filled.receives("井盖缺失")
    assert filled.does(filled.prefix / "current", "rollback") == 1
    assert "来件 2 条、办理 0 次" in filled.said
    assert "--yes" in filled.said
    assert filled.version == "1.1"
    assert len(filled.has()) == 3
    assert filled.does(filled.prefix / "current", "rollback", "--yes") == 0, filled.said
    assert filled.version == "1.0"
    assert filled.has() == ["路灯不亮"]
    assert (filled.home / "secrets.toml").exists()
    (aside,) = filled.home.parent.glob("data.1.1.*")
    assert str(aside) in filled.said
    with closing(sqlite3.connect(aside / "huiyin.db")) as db:
        assert db.execute("SELECT count(*) FROM inbox").fetchone() == (3,)


@pytest.mark.parametrize("fault", ["sick", "broken"])
def test_a_version_that_fails_leaves_everything_as_it_was(
    filled: Office, archives: FakeArchives, fault: str
) -> None:
    sick, broken = fault == "sick", fault == "broken"
    assert filled.does(archives.make("1.1", writes=2, sick=sick, broken=broken), "upgrade") == 1
    assert "已退回 1.0" in filled.said
    assert "on purpose" in filled.said
    assert filled.version == "1.0"
    assert filled.has() == ["路灯不亮"]
    assert known_places(filled.prefix).upgrades == []
    filled.runs("audit")
    # The next one is not held up.
    assert filled.does(archives.make("1.2", writes=2), "upgrade") == 0, filled.said


def test_an_upgrade_that_broke_off_is_undone_before_the_next(
    filled: Office, archives: FakeArchives, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(service, "try_out", cut)
        with pytest.raises(PowerCut):
            filled.does(archives.make("1.1", writes=2), "upgrade")
    assert filled.version == "1.0"
    assert filled.does(archives.make("1.2", writes=2), "upgrade") == 0, filled.said
    assert "没有做完" in filled.said
    assert filled.version == "1.2"
    assert filled.has() == ["路灯不亮"]


def test_what_may_not_be_upgraded(filled: Office, archives: FakeArchives) -> None:
    """The same, an older one, and while the program runs."""
    assert filled.does(archives.folder / "1.0" / "huiyin-1.0-linux-x86_64", "upgrade") == 1
    assert "已经是 1.0" in filled.said
    assert filled.does(archives.make("0.9"), "upgrade") == 1
    assert "应比现在的 1.0 新，实际是 0.9" in filled.said
    port = service.port_of(known_places(filled.prefix))
    with socket.socket() as running:
        running.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        running.bind(("127.0.0.1", port))
        running.listen()
        assert filled.does(archives.make("1.1"), "upgrade") == 1
    assert "请先停止回音" in filled.said
    assert filled.version == "1.0"


def test_nothing_to_upgrade(office: Office, archives: FakeArchives) -> None:
    assert office.does(archives.make("1.0"), "upgrade") == 1
    assert "里应有装好的回音" in office.said


def test_the_installation_itself_fails(office: Office, archives: FakeArchives) -> None:
    """A hash that does not fit ends it, and nothing is left that looks installed."""
    archive = archives.make("1.0")
    wheel = next((archive / "wheels").glob("huiyin-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"x")
    sums = archive / "SHA256SUMS"
    lines = [
        f"{hashlib.sha256(wheel.read_bytes()).hexdigest()}  wheels/{wheel.name}"
        if line.endswith(wheel.name)
        else line
        for line in sums.read_text("utf-8").splitlines()
    ]
    sums.write_text("\n".join(lines) + "\n", "utf-8")
    assert office.does(archive, "install") == 1
    assert not (office.prefix / "1.0").exists()
    assert not (office.prefix / "current").exists()


def test_install_sh_finds_a_python_or_says_which(tmp_path: Path, archives: FakeArchives) -> None:
    archive = archives.make("1.0")
    old = tmp_path / "python3.7"
    old.write_text("#!/bin/sh\necho 3.7\n", "utf-8")
    old.chmod(0o755)
    environment = {**os.environ, "HUIYIN_PYTHON": str(old)}
    done = subprocess.run(
        ["sh", archive / "install.sh"], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 1
    assert "需要 CPython 3.11、3.12 或 3.13" in done.stderr
    assert "3.7" in done.stderr
    assert json.loads((archive / "bundle.json").read_text("utf-8"))["version"] == "1.0"

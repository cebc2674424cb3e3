"""What an archive says of itself, and what the installer believes."""

from __future__ import annotations

import hashlib
import io
import os
import platform
import re
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest

from bundle.archive import seal
from bundle.installer.problem import InstallError
from bundle.installer.source import Archive
from bundle.wheels import BundleError
from tests.bundle.fake_program import FakeArchives


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A private key and its public one."""
    return make_keys(tmp_path_factory.mktemp("keys"))


def make_keys(folder: Path) -> tuple[Path, Path]:
    private, public = folder / "private.pem", folder / "public.pem"
    commands: tuple[list[str | Path], ...] = (
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", private],
        ["pkey", "-in", private, "-pubout", "-out", public],
    )
    for command in commands:
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return private, public


def refused(folder: Path, public: Path | None = None) -> str:
    with pytest.raises(InstallError) as error:
        Archive(folder).check(public)
    return str(error.value)


def test_the_same_tree_gives_the_same_bytes_and_names_no_place(
    tmp_path: Path, pip_file: Path
) -> None:
    packed = []
    for name in ("one", "two"):
        made = FakeArchives(tmp_path / name, pip_file)
        packed.append(made.packed(made.make("1.0")))
    assert hashlib.sha256(packed[0]).digest() == hashlib.sha256(packed[1]).digest()
    with tarfile.open(fileobj=io.BytesIO(packed[0])) as archive:
        for entry in archive:
            assert entry.name.startswith("huiyin-1.0-linux-")
            assert (entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, "", "")
            content = archive.extractfile(entry)
            assert content is not None
            if entry.name.endswith(".whl"):
                continue
            text = content.read()
            for told in (str(tmp_path), str(Path.cwd()), socket.gethostname()):
                assert told.encode() not in text, (entry.name, told)


def test_every_file_is_in_the_checksums_as_sha256sum_reads_them(archives: FakeArchives) -> None:
    folder = archives.make("1.0")
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    listed = re.findall(r"^\S+  (.+)$", (folder / "SHA256SUMS").read_text("utf-8"), re.MULTILINE)
    there = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    assert sorted([*listed, "SHA256SUMS"]) == sorted(there)


def test_without_a_key_it_is_said_that_nothing_is_proved(
    archives: FakeArchives, capsys: pytest.CaptureFixture[str]
) -> None:
    Archive(archives.make("1.0")).check(None)
    said = capsys.readouterr().out
    assert "没有核对签名" in said
    assert "本身也没有签名" in said
    assert "校验和相符" in said


def test_the_makers_signature_is_verified(
    archives: FakeArchives,
    keys: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    private, public = keys
    folder = archives.make("1.0", key=private)
    Archive(folder).check(public)
    assert "签名与公钥相符" in capsys.readouterr().out
    _, foreign = make_keys(tmp_path)
    assert "不是这把钥匙的主人做的" in refused(folder, foreign)
    # Changed together with its checksum.
    (folder / "README.md").write_text("别的", "utf-8")
    (folder / "SHA256SUMS.sig").rename(folder / "kept.sig")
    seal_again(folder)
    (folder / "kept.sig").rename(folder / "SHA256SUMS.sig")
    assert "签名与公钥" in refused(folder, public)
    (folder / "SHA256SUMS.sig").unlink()
    assert "应有签名 SHA256SUMS.sig，实际没有" in refused(folder, public)
    assert "没有。请写对 --public-key" in refused(folder, folder / "absent.pem")


def seal_again(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()
    kept = (folder / "kept.sig").read_bytes()
    (folder / "kept.sig").unlink()
    seal(folder, None)
    (folder / "kept.sig").write_bytes(kept)


def test_a_key_that_is_none_is_named(archives: FakeArchives, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no key", "utf-8")
    with pytest.raises(BundleError, match=r"could not sign with .*no\.pem"):
        archives.make("1.0", key=tmp_path / "no.pem")


def test_what_was_changed_added_or_taken_away_is_named(archives: FakeArchives) -> None:
    folder = archives.make("1.0")
    page, further = folder / "docs" / "page.txt", folder / "lib" / "more.py"
    original = page.read_bytes()
    page.write_bytes(original + b"x")
    assert "docs/page.txt" in refused(folder)
    page.unlink()
    assert "docs/page.txt" in refused(folder)
    page.write_bytes(original)
    further.write_text("x", "utf-8")
    assert "lib/more.py" in refused(folder)
    further.unlink()
    Archive(folder).check(None)
    (folder / "SHA256SUMS").unlink()
    assert "应有 SHA256SUMS" in refused(folder)
    (folder / "bundle.json").write_text("[]", "utf-8")
    with pytest.raises(InstallError, match=r"bundle\.json 读不出来"):
        Archive(folder)


def unfit(folder: Path) -> str:
    with pytest.raises(InstallError) as error:
        Archive(folder).check_machine(folder)
    return str(error.value)


def test_another_machine_python_or_system_is_told_so(
    archives: FakeArchives, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = archives.make("1.0")
    Archive(folder).check_machine(folder / "not" / "there" / "yet")
    for name, version, found in (
        ("glibc", "2.17", "glibc 2.17"),
        ("", "", "别的 C 库"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(platform, "libc_ver", lambda name=name, version=version: (name, version))
            assert "应为 glibc 2.28 以上的系统，实际是" in unfit(folder)
            assert found in unfit(folder)
    with monkeypatch.context() as patch:
        patch.setattr(platform, "machine", lambda: "loongarch64")
        assert "本机是 loongarch64" in unfit(folder)
        assert "docs/install.md" in unfit(folder)
    other = archives.make("1.1", python="3.9")
    assert "应为 CPython 3.9，实际是 cpython 3." in unfit(other)


def test_a_disk_without_room_is_told_so(
    archives: FakeArchives, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = archives.make("1.0")
    found = os.statvfs(folder)
    full = os.statvfs_result((*found[:4], 0, *found[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _folder: full)
    assert "实际剩 0 MB" in unfit(folder)
    assert "--prefix" in unfit(folder)

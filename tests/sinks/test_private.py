"""Nobody else on the machine reads what the office keeps."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from huiyin.store.whole import whole
from sinks.files import FileStore
from sinks.private import FILE, FOLDER, make_folder, owner_only, readable_by_others, tighten
from streams.sources.tables.dropfolder import fail, finish, prepare
from tests.cases.helpers import at

NOW = at("2026-11-24T10:40")


@pytest.fixture(autouse=True)
def _wide_open() -> Iterator[None]:
    """As a careless machine has it."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_and_its_missing_parents_are_the_owner_s(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    made = make_folder(tmp_path / "a" / "b" / "c")
    assert [mode(each) for each in (made, made.parent, made.parent.parent)] == [FOLDER] * 3
    assert mode(tmp_path) == 0o755, "what was there is somebody's choice"
    assert make_folder(made) == made


def test_from_then_on_whatever_makes_a_file_makes_a_private_one(tmp_path: Path) -> None:
    owner_only()
    (tmp_path / "x").write_text("x")
    (tmp_path / "folder").mkdir()
    assert (mode(tmp_path / "x"), mode(tmp_path / "folder")) == (FILE, FOLDER)


def test_helpers_do_not_lean_on_the_process(tmp_path: Path) -> None:
    tmp_path.chmod(FOLDER)
    folder = tmp_path / "drop" / "letters"
    prepare(folder)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("编号,标题\n")
        (folder / name).chmod(0o666)
    finish(folder / "a.csv", now=NOW, taken=1, rejected=["第 2 行"])
    fail(folder / "b.csv", "不是表格", now=NOW)
    with whole(tmp_path / "report.csv") as part:
        part.write_text("x")
    FileStore(tmp_path / "files", 100).keep(b"x")
    assert readable_by_others(tmp_path) == []


def test_an_existing_home_is_closed(tmp_path: Path) -> None:
    for name in ("papers/2026", "lists", "drop/letters/done"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "x.csv").write_text("x")
    (tmp_path / "secrets.toml").write_text("x")
    (tmp_path / "out").symlink_to("/etc/hostname")
    outside = mode(Path("/etc/hostname"))
    assert len(readable_by_others(tmp_path)) == 10
    assert tighten(tmp_path) >= 10
    assert readable_by_others(tmp_path) == []
    assert mode(tmp_path / "secrets.toml") & 0o077 == 0
    assert mode(Path("/etc/hostname")) == outside
    assert tighten(tmp_path) == 0


def test_a_drop_folder_that_was_opened_for_others_stays_a_way_in(tmp_path: Path) -> None:
    home = tmp_path / "var"
    shared, own = home / "drop" / "letters", home / "drop" / "own"
    for folder in (shared, own):
        (folder / "done").mkdir(parents=True)
        (folder / "done" / "read.csv").write_text("x")
    shared.chmod(0o775)
    own.chmod(0o755)
    home.chmod(0o755)
    tighten(home, frozenset((shared, own)))
    # They put files in and pass on the way there; they list and read nothing.
    assert [mode(each) for each in (home, shared.parent, shared)] == [0o711, 0o711, 0o731]
    assert [mode(each) for each in (own, own / "done", shared / "done")] == [FOLDER] * 3
    assert mode(shared / "done" / "read.csv") == FILE
    assert readable_by_others(home) == []

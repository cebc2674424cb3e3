"""The watched folder: only complete files are taken, and each ends somewhere."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from streams.sources.seam.base import SourceError
from streams.sources.tables.dropfolder import fail, finish, prepare, scan
from tests.streams.sources.tabular import NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare(tmp_path / "drop")
    return tmp_path / "drop"


def put(folder: Path, name: str, text: str = "x", age: float = 60) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    moment = (NOW - timedelta(seconds=age)).timestamp()
    os.utime(path, (moment, moment))
    return path


def twice(folder: Path, now: datetime = NOW) -> list[str]:
    first = scan(folder, {}, now=now)
    assert first.ready == ()
    return [path.name for path in scan(folder, first.looks, now=now).ready]


def test_a_quiet_file_is_ready_at_the_second_look_oldest_first(folder: Path):
    put(folder, "乙.csv", age=60)
    put(folder, "甲.xlsx", age=600)
    assert twice(folder) == ["甲.xlsx", "乙.csv"]


def test_a_growing_file_waits(folder: Path):
    put(folder, "甲.csv", "1", age=60)
    first = scan(folder, {}, now=NOW)
    put(folder, "甲.csv", "12", age=60)
    second = scan(folder, first.looks, now=NOW)
    assert (second.ready, second.waiting) == ((), ("甲.csv",))
    assert [path.name for path in scan(folder, second.looks, now=NOW).ready] == ["甲.csv"]


def test_a_file_written_a_moment_ago_waits(folder: Path):
    put(folder, "甲.csv", age=1)
    assert twice(folder) == []
    assert twice(folder, NOW + timedelta(seconds=10)) == ["甲.csv"]


@pytest.mark.parametrize("lock", ["~$工单汇总.xlsx", "~$汇总.xlsx", ".~lock.工单汇总.xlsx#"])
def test_a_file_open_in_office_waits(folder: Path, lock: str):
    put(folder, "工单汇总.xlsx")
    put(folder, lock)
    assert twice(folder) == []
    (folder / lock).unlink()
    assert twice(folder) == ["工单汇总.xlsx"]


def test_what_is_no_export_is_left_alone(folder: Path, tmp_path: Path):
    secret = put(tmp_path, "别处.csv")
    (folder / "链接.csv").symlink_to(secret)
    (folder / "子夹").mkdir()
    for name in (".隐藏.csv", "甲.csv.part", "乙.CRDOWNLOAD"):
        put(folder, name)
    assert twice(folder) == []


def test_what_is_no_file_is_left_alone(folder: Path):
    """To open a pipe would wait for ever."""
    os.mkfifo(folder / "管道.csv")
    with socket(AF_UNIX) as listening:
        listening.bind(str(folder / "s.csv"))
        (folder / "自己.csv").symlink_to(folder / "自己.csv")
        (folder / "上级").symlink_to(folder.parent, target_is_directory=True)
        assert twice(folder) == []


ODD_NAMES = (
    *("-rf.csv", "a\nb.csv", "a\rb.csv", " .csv", "$(reboot).csv", "`x`.csv", "*.csv", "%00.csv"),
    *("\u202egpj.csv", "\u200b.csv", "a;b|c&d.csv", "'\".csv", "\x1b[31m.csv"),
    *(os.fsdecode(b"\xff\xfe.csv"), os.fsdecode("来信".encode("gbk") + b".csv"), "COM1.csv"),
    *("路" * 83 + ".csv", "来信.CSV ", "来信", "\\\\server\\share.csv", "😀.csv", "e\u0301.csv"),
)


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_a_file_of_any_name_ends_somewhere_with_its_bytes(folder: Path, name: str):
    for number, end in enumerate((finish, fail)):
        put(folder, name, f"内容{number}")
        assert twice(folder) == [name]
        if end is finish:
            target = finish(folder / name, now=NOW, taken=1, rejected=["第 1 行：不对"])
        else:
            target = fail(folder / name, "读不了", now=NOW)
        assert target.read_text("utf-8") == f"内容{number}"
        assert target.parent.parent == folder
        said = [each for each in target.parent.iterdir() if each != target]
        assert len(said) == 1, "with the reason beside it"
        assert twice(folder) == []


def test_a_read_file_moves_to_done_and_never_replaces_another(folder: Path):
    targets = [finish(put(folder, "甲.csv", text), now=NOW, taken=3) for text in ("一", "二")]
    assert [target.parent.name for target in targets] == ["done", "done"]
    assert [target.read_text("utf-8") for target in targets] == ["一", "二"]
    assert twice(folder) == []


def test_rows_in_the_dead_letters_are_listed_beside_the_file(folder: Path):
    target = finish(
        put(folder, "甲.csv"), now=NOW, taken=3, rejected=["文件 甲.csv 第 4 行：编号为空"]
    )
    text = target.with_name(target.name + ".说明.txt").read_text("utf-8-sig")
    assert "收下 3 条" in text
    assert "第 4 行" in text


def test_a_failed_file_is_kept_with_the_reason(folder: Path):
    target = fail(put(folder, "甲.xlsx", "坏"), "文件 甲.xlsx：有密码保护", now=NOW)
    assert target.parent.name == "failed"
    assert target.read_text("utf-8") == "坏"
    assert "有密码保护" in target.with_name(target.name + ".错误.txt").read_text("utf-8-sig")


def test_the_longest_name_still_moves(folder: Path):
    name = "汇" * 83 + ".xlsx"
    target = fail(put(folder, name), "原因", now=NOW)
    assert target.suffix == ".xlsx"
    assert target.with_name(target.name + ".错误.txt").exists()
    assert twice(folder) == []


def test_a_folder_that_is_not_there(tmp_path: Path):
    with pytest.raises(SourceError, match="投放文件夹"):
        scan(tmp_path / "没有", {}, now=NOW)


def test_a_file_that_somebody_took_away(folder: Path):
    path = put(folder, "甲.csv")
    path.unlink()
    with pytest.raises(SourceError, match="移不到 done"):
        finish(path, now=NOW, taken=0)


def test_a_folder_that_cannot_be_made(tmp_path: Path):
    put(tmp_path, "drop")
    with pytest.raises(SourceError, match="建不了"):
        prepare(tmp_path / "drop")

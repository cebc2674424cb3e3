"""The process that reads pictures: what it may cost, and that no file takes more than itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from streams.pictures.child import _no_network
from streams.pictures.reader import PictureLimits, PictureReader, PicturesError, Stopped

CHILD = """
import json, os, sys, time
def say(**answer):
    print(json.dumps(answer), flush=True)
START
for line in sys.stdin:
    asked = json.loads(line)
    with open(asked["path"], encoding="utf-8") as file:
        pages = file.read().split("|")
    said = pages[asked["page"]]
    if said == "hang":
        time.sleep(60)
    if said == "die":
        os.abort()
    if said == "bad":
        say(problem="PDF 有密码，打不开")
        continue
    say(text=said, pages=len(pages))
"""
"""Stands in for the real one: a file's pages stand between bars."""


def reader(folder: Path, start: str = "say(engine='stand-in 1')", **limits: float) -> PictureReader:
    script = folder / "child.py"
    script.write_text(CHILD.replace("START", start), "utf-8")
    given = PictureLimits(**{"page_seconds": 5.0, **limits})  # type: ignore[arg-type]
    return PictureReader(given, command=(sys.executable, "-I", str(script)))


def kept(folder: Path, text: str) -> Path:
    path = folder / "file"
    path.write_text(text, "utf-8")
    return path


def test_pages_are_read_one_after_the_other_and_say_what_read_them(tmp_path: Path) -> None:
    with reader(tmp_path) as reads:
        found = reads.read(kept(tmp_path, "第一页|第二页"))
    assert (found.pages, found.unread, found.engine) == (("第一页", "第二页"), "", "stand-in 1")


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with reader(tmp_path) as reads:
        found = reads.read(kept(tmp_path, "bad"))
    assert (found.pages, found.unread) == ((), "PDF 有密码，打不开")


@pytest.mark.parametrize(("page", "why"), [("die", "意外退出"), ("hang", "超过 0.3 秒，已停止")])
def test_a_file_that_kills_or_hangs_the_child_keeps_what_was_read_and_harms_no_other(
    tmp_path: Path, page: str, why: str
) -> None:
    with reader(tmp_path, page_seconds=0.3 if page == "hang" else 5.0) as reads:
        found = reads.read(kept(tmp_path, f"第一页|{page}"))
        assert found.pages == ("第一页",)
        assert found.unread.startswith("识别第 2 页时")
        assert why in found.unread
        reads.limits = PictureLimits()
        assert reads.read(kept(tmp_path, "下一件")).pages == ("下一件",)


def test_a_file_is_read_up_to_its_limits(tmp_path: Path) -> None:
    with reader(tmp_path, most_pages=2, most_characters=5, most_bytes=60) as reads:
        assert reads.read(kept(tmp_path, "一|二|三")).unread == "共 3 页，只识别前 2 页"
        cut = reads.read(kept(tmp_path, "一二三|四五六|七"))
        assert (cut.pages, cut.unread) == (("一二三", "四五"), "文字超过 5 字，只留前一部分")
        large = reads.read(kept(tmp_path, "一" * 40))
        assert large.pages == ()
        assert "超过 0 MB 的上限" in large.unread


def test_where_the_child_does_not_start_nothing_is_said_of_the_file(tmp_path: Path) -> None:
    reads = reader(tmp_path, start="sys.exit(1)")
    with reads, pytest.raises(PicturesError, match="huiyin\\[ocr\\]"):
        reads.read(kept(tmp_path, "一"))


def test_the_end_of_the_program_ends_the_reading(tmp_path: Path) -> None:
    reads = reader(tmp_path)
    stopping = PictureReader(reads.limits, stopped=lambda: True, command=reads._command)
    with stopping, pytest.raises(Stopped):
        stopping.read(kept(tmp_path, "一"))
    assert stopping._child is None


def test_the_child_gets_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYIN_SECRET_BACKUP_KEY", "geheim")
    start = "say(engine=','.join(name for name in os.environ if name.startswith('HUIYIN')))"
    with reader(tmp_path, start=start) as reads:
        assert reads.read(kept(tmp_path, "一")).engine == ""


def test_the_child_of_the_program_connects_to_nothing() -> None:
    for event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        with pytest.raises(OSError, match="no network"):
            _no_network(event, ())
    _no_network("open", ())

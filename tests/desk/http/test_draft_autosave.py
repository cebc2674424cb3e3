"""What somebody typed is kept for him alone, and not for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cases.words.times import BEIJING
from desk.ground.deskfile import DeskFile
from desk.http.draft_autosave import KEPT, DraftAutosave, TypedText

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)


def test_the_last_text_of_each_person_and_case_is_kept(tmp_path: Path) -> None:
    typed = DraftAutosave(DeskFile(tmp_path / "desk.db"))
    typed.keep("lin", "a:1", "一", 3, NOW)
    typed.keep("lin", "a:1", "一二", 4, NOW)
    typed.keep("he", "a:1", "三", 4, NOW)
    assert typed.text("lin", "a:1") == TypedText("一二", 4, NOW)
    assert typed.text("lin", "a:2") is None
    typed.keep("lin", "a:1", "  ", 4, NOW)
    assert typed.text("lin", "a:1") is None
    typed.forget("he", "a:1")
    assert typed.text("he", "a:1") is None


def test_what_nobody_came_back_for_is_forgotten(tmp_path: Path) -> None:
    typed = DraftAutosave(DeskFile(tmp_path / "desk.db"))
    typed.keep("lin", "a:1", "一", 3, NOW)
    later = NOW + KEPT + timedelta(minutes=1)
    typed.keep("he", "a:2", "二", 3, later)
    assert typed.text("lin", "a:1") is None

"""Line ends within a sentence are no ends of words; all others stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.words.wrapped_lines import blanked_wraps, unwrapped

WRAPPED = ["打算跳\n楼", "打算跳 \n楼", "打算跳\r\n楼", "打算跳\u200b\n\ufeff楼", "打算跳\n> 楼"]
WHOLE = [
    "第一段。\n第二段",
    "一\n\n二",
    "一\n\u3000\u3000二",
    "电话\n138",
    "abc\ndef",
    "路灯：\n北巷",
]


@pytest.mark.parametrize("text", [*WRAPPED, "打算跳\n>> >楼"])
def test_wrapped_words_are_one(text: str) -> None:
    assert unwrapped(text) == "打算跳楼"
    blanked = blanked_wraps(text)
    assert len(blanked) == len(text)
    assert "\n" not in blanked


@pytest.mark.parametrize("text", WHOLE)
def test_other_line_ends_stay(text: str) -> None:
    assert unwrapped(text) == text
    assert blanked_wraps(text) == text


def test_marks_of_quotation_are_blanked() -> None:
    assert blanked_wraps("> 好。\n>> 行") == "  好。\n   行"


@given(st.text(alphabet="跳楼a>。 \n\r\u3000", max_size=40))
def test_every_character_stays_where_it_is(text: str) -> None:
    blanked = blanked_wraps(text)
    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))

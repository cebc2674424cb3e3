"""What no store can carry, or no reader can see, is made visible, in one way everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.net.visible import is_plain, visible


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("路\x00灯", "路␀灯"),
        ("路\x1b[31m灯", "路␛[31m灯"),
        ("路\x7f灯", "路␡灯"),
        ("路\x9b灯", "路\ufffd灯"),
        ("路\ud800灯", "路\ufffd灯"),
        ("\ud83d\ude00", "😀"),
        ("收款\u202e人民\u202c", "收款〔RLO〕人民〔PDF〕"),
        ("\u2066甲\u2069", "〔LRI〕甲〔PDI〕"),
        ("\u202d13800000000\u202c", "13800000000"),
        ("\u202d+8613800000000\u202c", "+8613800000000"),
        ("138\u202c0000\u20660000", "13800000000"),
        ("一\t二\r\n三\u200f四", "一\t二\r\n三\u200f四"),
    ],
)
def test_what_is_shown(sent: str, shown: str) -> None:
    assert visible(sent) == shown
    assert is_plain(visible(sent))


@given(st.text(st.characters(categories=["Cs", "Cc", "Cf", "Lo", "Nd", "So"])))
def test_every_text_can_be_stored_and_stays_as_it_is_shown(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert is_plain(shown)
    assert visible(shown) == shown
    assert bool(shown) or not text.strip("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

"""What a reply's door is called on papers."""

from __future__ import annotations

import pytest

from cases.words.doors import door_word


@pytest.mark.parametrize("via", ["by-hand:demo", "smtp", "people-cn", "hotline_12345", ""])
def test_a_name_of_the_program_is_the_channel(via: str) -> None:
    assert door_word(via, "领导信箱") == "领导信箱"
    assert door_word(via) == "来信渠道"


@pytest.mark.parametrize("via", ["邮寄", "12345热线", "当面送达"])
def test_what_a_person_wrote_stays(via: str) -> None:
    assert door_word(via, "领导信箱") == via

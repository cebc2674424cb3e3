"""What the anonymous public may read is masked more strictly, and released by a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cases.privacy.masking import mask
from cases.privacy.masking_public import mask_public
from cases.privacy.public_text import proposed
from cases.privacy.visibility import seen_by
from cases.record import commands as do
from cases.words.actors import Actor, Role
from desk.app.commands.masking_check import read_letters
from tests.cases.helpers import DESK, Story, at, item, reply

NOBODY = item(author="", phone="", email="", address="")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打13812345678", "打***********"),
        ("王先生说", "*先生说"),
        ("王小明先生说", "***先生说"),
        ("单号582736和金额58600元", "单号******和金额*****元"),
        ("热线12345、95598、400-820-8820", "热线12345、95598、400-820-8820"),
        ("幸福路128号对面", "幸福路***号对面"),
        ("3栋2单元的电梯", "*栋*单元的电梯"),
        ("三组的路灯", "*组的路灯"),
        ("2026年3月12号，地铁3号线，第12号令", "2026年3月12号，地铁3号线，第12号令"),
        ("国发〔2016〕61号", "国发〔2016〕61号"),
    ],
)
def test_in_doubt_it_goes(text: str, shown: str) -> None:
    assert mask_public(NOBODY, text)[0] == shown


def test_what_the_source_says_of_the_reporter_goes_wherever_it_stands() -> None:
    known = replace(NOBODY, author="热心小鱼", phone="8888", address="后街口")
    shown, masked = mask_public(known, "热心小鱼住后街口，电话8888")
    assert shown == "****住***，电话****"
    assert sum(masked.values()) == 3
    assert mask_public(replace(NOBODY, author="网友"), "网友来信")[0] == "网友来信"


def test_an_office_s_own_line_is_for_the_person_to_give_back() -> None:
    shown, masked = mask_public(NOBODY, "请致电0791-83812345", by_office=True)
    assert shown == "请致电*************"
    assert masked == {"座机号": 1}


@given(st.text(max_size=60))
def test_it_is_total_and_keeps_the_length(text: str) -> None:
    assert len(mask_public(NOBODY, text)[0]) == len(text)


def test_it_is_nowhere_weaker_than_what_the_desk_reads() -> None:
    sets = sorted(Path(__file__).parent.glob("masking_set*.jsonl"))
    for text in (letter.text for letter in read_letters(sets)):
        public = mask_public(NOBODY, text)[0]
        for usual in (mask(text), mask(text, by_office=True)):
            weaker = [a for a, b in zip(usual, public, strict=True) if a == "*" != b]
            assert not weaker, (usual, public)


@given(st.text(alphabet="王李张小明建国村民住三组栋号单元13800138000，、：我叫的", max_size=40))
def test_no_text_is_masked_less_for_the_public(text: str) -> None:
    public = mask_public(NOBODY, text)[0]
    assert all(b == "*" for a, b in zip(mask(text), public, strict=True) if a == "*")


def test_the_proposal_is_the_last_reply_and_counts_what_is_hidden() -> None:
    story = Story()
    body = "请联系王小明13812345678"
    story.shows(
        item(title="路灯", body=body, place="学府路18号", replies=(reply("已修，找李先生。"),)),
        "2026-03-04T09:00",
    )
    text = proposed(story.case)
    assert text.text.endswith("请联系**************")
    assert (text.place, text.reply) == ("学府路**号", "已修，找*先生。")
    assert text.masked["手机号"] == 1


def test_an_accused_unit_does_not_read_released_words_of_a_case_made_confidential() -> None:
    story = Story()
    story.shows(item(replies=(reply("已修。"),)), "2026-03-04T09:00")
    release = do.Publish(where="网站", text="来信说灯坏了。", place="学府路", reply="灯已修好。")
    story.does(DESK, release, "2026-03-05T09:00")
    unit = story.case.unit or "housing"
    story.does(DESK, do.MarkConfidential(reason="举报该单位", accused=(unit,)), "2026-03-05T10:00")
    seen = seen_by(story.case, Actor("a", Role.LEADER, "某", unit))
    assert seen is not None
    for words in ("来信说灯坏了", "学府路", "灯已修好"):
        assert words not in repr(seen)
    assert at("2026-03-05T09:00") == story.case.publication.at  # type: ignore[union-attr]

"""The scorer of names: what it weighs, how its weights are kept, and what the training makes."""

from __future__ import annotations

from importlib.resources import files

import pytest

from cases.privacy.masking import mask
from cases.privacy.name_features import features
from cases.privacy.name_scorer import BELIEVED, Candidate, score, scored
from classifiers.training.name_examples import Example, Names, candidates, renamed, with_names
from classifiers.training.names import read_own, written

WEIGHTS = files("cases.privacy").joinpath("name_weights.txt")
LARGEST = 300_000
"""Bytes that the weights may take."""


def test_the_weights_are_small_and_every_line_is_a_value_with_its_features() -> None:
    content = WEIGHTS.read_bytes()
    assert len(content) < LARGEST
    lines = content.decode().rstrip("\n").split("\n")
    names = [name for line in lines for name in line.split(" ")[1:]]
    assert len(names) == len(set(names))
    assert all(float(line.split(" ")[0]) for line in lines)
    assert {"bias", "coarse"} < set(names)


def test_weights_are_written_in_steps_and_without_those_that_say_nothing() -> None:
    assert written({"S王": 1.234, "p人": 1.26, "q ": 3.0, "n的": 0.01}) == "1.25 S王 p人\n"


def test_digits_letters_and_blanks_count_as_one_each() -> None:
    nine, two = (features(f"房{digit}王小明\t", 2, 1, 5) for digit in "92")
    assert nine == two
    assert "p0" in nine
    assert "n_" in nine


def test_a_label_and_a_title_speak_for_a_name_and_a_torn_word_against() -> None:
    label = score("联系人：王小明", Candidate(4, 1, 7))
    torn = score("居民区营业到深夜", Candidate(2, 1, 5))
    assert label > BELIEVED > torn


def test_the_first_look_passes_on_what_is_a_name() -> None:
    text = "我叫欧阳雪梅，丈夫王小明在外打工"
    found = {text[one.start : one.end] for one, points in scored(text) if points >= BELIEVED}
    assert {"欧阳雪梅", "王小明"} <= found


def test_characters_beyond_the_basic_plane_are_looked_past() -> None:
    assert mask("𠮷联系人：王小明") == "𠮷联系人：王**"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("室友阿杉给妈妈打电话", "室友**给妈妈打电话"),
        ("大家都喊她“藕霞”，是卖菜的", "大家都喊她“**”，是卖菜的"),
        ("我妹冬梅精神不太好", "我妹**精神不太好"),
        ("王先生说，李女士也说", "王先生说，李女士也说"),
        ("欧阳先生说", "欧阳先生说"),
        ("书记李向东同志来过", "书记李向东同志来过"),
    ],
)
def test_names_among_family_and_friends_go_and_titles_and_offices_stay(
    text: str, masked: str
) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("902的王小明坐轮椅", "***的王**坐轮椅"),
        ("报名的有：101李红梅、202张大强", "报名的有：***李**、***张**"),
        ("2024的王小明", "2024的王**"),
        ("我住堤脚第五家，没有手机", "我住堤脚***，没有手机"),
        ("我家老宅在古井镇荷塘村上厅，是青砖屋", "我家老宅在古井镇荷塘村**，是青砖屋"),
        ("荷塘村上厅的路灯坏了", "荷塘村上厅的路灯坏了"),
        ("我在县医院住院部9楼32床", "我在县医院住院部*楼**床"),
        ("县医院住院部9楼32床的灯坏了", "县医院住院部9楼32床的灯坏了"),
        ("丈夫冀宝山，住南关皮匠胡同3号", "丈夫冀**，住南关皮匠胡同*号"),
        ("玉兰苑12栋，电话13812345678", "玉兰苑**栋，电话138****5678"),
        ("玉兰苑12栋的电梯坏了", "玉兰苑12栋的电梯坏了"),
        ("女生公寓三号楼六层没有热水", "女生公寓*号楼*层没有热水"),
    ],
)
def test_homes_without_a_number_of_a_house_and_doors_before_names(text: str, masked: str) -> None:
    assert mask(text) == masked


def _names(seed: int = 1) -> Names:
    return Names(
        iter([Example("找王小明和李强", frozenset({Candidate(1, 1, 4), Candidate(5, 1, 7)}))]), seed
    )


def test_made_up_names_stand_where_the_example_says() -> None:
    names = _names()
    for _ in range(50):
        example = with_names("张某某欠款不还，投诉人要求他还钱。", names)
        assert example.names
        for one in example.names:
            assert one in set(candidates(example.text))


def test_the_same_seed_draws_the_same_names_and_a_text_keeps_its_words() -> None:
    example = Example("找王小明说", frozenset({Candidate(1, 1, 4)}))
    one, other = (renamed(example, _names(7)) for _ in range(2))
    assert one == other
    assert (one.text[0], one.text[-1]) == ("找", "说")


def test_our_own_sentences_hold_names_and_sentences_without() -> None:
    examples = list(read_own())
    assert any(example.names for example in examples)
    assert any(not example.names and not example.unknown for example in examples)

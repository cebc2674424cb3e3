"""The third labelled set for masking: a fresh measure beside the first two sets.

`masking_set_3.jsonl` holds 420 new made-up texts, ten in each of the 42 forms of the first set,
in the same format. The author saw neither the masking rules, their tests and documentation, nor
the texts of the first two sets beyond the three lines that show the format. The texts come
from southern, north-eastern, north-western, minority and island counties, and from old people,
students, angry writers, phone transcripts and officials. They have rarer surnames, nicknames and
a varying order of name, number and address.

How the pieces are labelled: of a name the given name (the surname may stay), a minority, Tibetan
or Mongol name whole, and each piece of an address that is finer than village, estate or road (the
group, the building, the unit, the room, the house number) by itself. Of a telephone number the
area code and the country code may stay, of a number plate the letters of the province and the
office. The numbers of ID cards and bank cards have right check digits, if they are whole.

Every item is `final`: the set only measures. Rules are never tuned on it, and it is frozen.
"""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cases.privacy import test_masking_set as first_set
from tests.cases.privacy import test_masking_set_2 as second_set

SET_FILE = Path(__file__).with_name("masking_set_3.jsonl")
FROZEN_SHA256 = "6a3d924a0123edbad44485b679230838996738180d231b8bab20506d08cb0029"
KINDS = {
    "name",
    "phone",
    "id_card",
    "bank_card",
    "plate",
    "email",
    "address",
    "wechat_qq",
    "passport",
}


def read_items() -> list[dict[str, Any]]:
    """Every item of the third set, in the order of the file."""
    lines = SET_FILE.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return [json.loads(line) for line in lines]


ITEMS = read_items()


def test_the_set_is_the_frozen_one() -> None:
    assert hashlib.sha256(SET_FILE.read_bytes()).hexdigest() == FROZEN_SHA256


def test_ids_and_texts_are_unique_in_all_three_sets() -> None:
    all_sets = first_set.ITEMS + second_set.ITEMS + ITEMS
    assert len({item["id"] for item in all_sets}) == len(all_sets)
    assert len({item["text"] for item in all_sets}) == len(all_sets)


def test_every_form_of_the_first_set_has_ten_items() -> None:
    forms_of_the_first_set = {item["form"] for item in first_set.ITEMS}
    items_by_form = Counter(item["form"] for item in ITEMS)
    assert items_by_form == dict.fromkeys(forms_of_the_first_set, 10)


def test_every_item_is_for_the_final_measure() -> None:
    assert {item["split"] for item in ITEMS} == {"final"}


def test_the_negative_forms_have_nothing_to_mask() -> None:
    negatives = [item for item in ITEMS if item["form"].startswith("negative-")]
    assert len(negatives) == 50
    assert all(not item["mask"] and item["keep"] for item in negatives)


def test_every_invisible_mark_is_really_in_the_set() -> None:
    marked = [item for item in ITEMS if item["form"] == "mobile-invisible"]
    marks = first_set.INVISIBLE_MARKS
    assert all(any(mark in item["text"] for mark in marks) for item in marked)
    assert all(any(mark in item["text"] for item in marked) for mark in marks)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_labels_of_an_item_point_at_its_text(item: dict[str, Any]) -> None:
    # Not the check of the first set: the texts of this one may have 300 characters, not 200.
    assert set(item) == {"id", "form", "text", "mask", "keep", "split"}
    text = item["text"]
    assert 30 <= len(text) <= 300
    end_of_last_piece = 0
    readable = ""
    for piece in item["mask"]:
        assert piece["kind"] in KINDS
        assert end_of_last_piece <= piece["start"] < piece["end"]
        assert text[piece["start"] : piece["end"]] == piece["text"]
        readable += text[end_of_last_piece : piece["start"]] + "\0"
        end_of_last_piece = piece["end"]
    readable += text[end_of_last_piece:]
    for kept in item["keep"]:
        assert len(kept) >= 2
        assert kept in readable


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_a_masked_piece_occurs_nowhere_else_in_its_text(item: dict[str, Any]) -> None:
    first_set.test_a_masked_piece_occurs_nowhere_else_in_its_text(item)

"""The labelled set for masking: how it was made, and the check that it is sound and unchanged.

`masking_set.jsonl` holds made-up letters, hotline orders, replies, hand-over notes and payload
fragments in the manner of county message desks. Every name, number and address is invented.
The author wrote texts and labels without having seen the masking rules, their tests or their
documentation, and the set was frozen before any rule was tuned on it.

One item a line:

- `id`, `form`: a unique id, and the way of writing that the item tries (`mobile-chinese`).
- `text`: 30 to 200 characters. Invisible marks (U+200B, U+00AD, U+200E, U+2060, U+FEFF) are real.
- `mask`: every piece that must not be readable, as `text`, `kind`, and `start` and `end` in code
  points (half-open). A name is labelled by its given name: 王<小明>; a name without a surname as a
  whole. An address is labelled by its parts finer than estate, village or road, a piece each:
  <3栋><2单元><501室>. A surname with a title alone (张先生) carries no label: either way is right.
- `keep`: pieces that must stay readable: the place of the matter, dates, money, offices, numbers.
- `split`: half of each form is `tune`, for work on the rules; half is `final`, only to measure.

A new item goes into a new file with its own split: a change here breaks the digest below.
"""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SET_FILE = Path(__file__).with_name("masking_set.jsonl")
FROZEN_SHA256 = "f9c11fd2ded1e5af3d56fd226be82f46fb80de0072f7b39461354431182042c9"
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
    "other",
}
INVISIBLE_MARKS = "\u200b\u00ad\u200e\u2060\ufeff"


def read_items() -> list[dict[str, Any]]:
    """Every item of the set, in the order of the file."""
    lines = SET_FILE.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return [json.loads(line) for line in lines]


ITEMS = read_items()


def test_the_set_is_the_frozen_one() -> None:
    assert hashlib.sha256(SET_FILE.read_bytes()).hexdigest() == FROZEN_SHA256


def test_ids_and_texts_are_unique() -> None:
    assert len({item["id"] for item in ITEMS}) == len(ITEMS)
    assert len({item["text"] for item in ITEMS}) == len(ITEMS)


def test_the_set_is_large_enough_in_every_form() -> None:
    items_by_form = Counter(item["form"] for item in ITEMS)
    assert len(ITEMS) >= 480
    assert len(items_by_form) >= 32
    assert min(items_by_form.values()) >= 14


def test_each_form_is_halved_between_tuning_and_the_final_measure() -> None:
    assert {item["split"] for item in ITEMS} == {"tune", "final"}
    for form in {item["form"] for item in ITEMS}:
        halves = Counter(item["split"] for item in ITEMS if item["form"] == form)
        assert abs(halves["tune"] - halves["final"]) <= 1, form


def test_the_negative_forms_have_nothing_to_mask() -> None:
    negatives = [item for item in ITEMS if item["form"].startswith("negative-")]
    assert len(negatives) >= 80
    assert all(not item["mask"] and item["keep"] for item in negatives)


def test_every_invisible_mark_is_really_in_the_set() -> None:
    marked = [item for item in ITEMS if item["form"] == "mobile-invisible"]
    assert all(any(mark in item["text"] for mark in INVISIBLE_MARKS) for item in marked)
    assert all(any(mark in item["text"] for item in marked) for mark in INVISIBLE_MARKS)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_labels_of_an_item_point_at_its_text(item: dict[str, Any]) -> None:
    assert set(item) == {"id", "form", "text", "mask", "keep", "split"}
    text = item["text"]
    assert 30 <= len(text) <= 200
    end_of_previous = 0
    for piece in item["mask"]:
        assert set(piece) == {"text", "kind", "start", "end"}
        assert piece["kind"] in KINDS
        assert text[piece["start"] : piece["end"]] == piece["text"] != ""
        assert piece["start"] >= end_of_previous, "pieces are in order and do not overlap"
        end_of_previous = piece["end"]
    for kept in item["keep"]:
        assert len(kept) >= 2
        assert kept in text


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_a_masked_piece_occurs_nowhere_else_in_its_text(item: dict[str, Any]) -> None:
    """So `piece not in masked_text` is a sound question, even for a given name of one character."""
    text = list(item["text"])
    for piece in item["mask"]:
        text[piece["start"] : piece["end"]] = "\0" * (piece["end"] - piece["start"])
    rest = "".join(text)
    for piece in item["mask"]:
        assert piece["text"] not in rest
    for kept in item["keep"]:
        assert kept in rest, "a kept piece stands outside every masked one"

"""From a source's batch to the inbox: new, later, unchanged, rejected."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from cases.record.item import Attachment, Item, Note
from cases.record.messages import encode_message
from streams.intake import IntakeCounts, take
from streams.sources.seam.base import Batch, Rejected
from tests.cases.helpers import RECEIVED, item, reply
from tests.streams.fakes import MemoryIntake


def given(store: MemoryIntake, *found: Item | Rejected, cursor: str | None = None) -> IntakeCounts:
    return take("letters", Batch(found=found, cursor=cursor), store, RECEIVED)


def rejected(row: str = "缺编号的行") -> Rejected:
    return Rejected(
        source="letters",
        reason="missing_id",
        detail="第 3 行没有编号",
        original=row.encode(),
        origin="来信.xlsx 第3行",
    )


def test_new_items_become_observations_and_the_cursor_moves_with_them() -> None:
    store = MemoryIntake()
    counts = given(store, item("1"), item("2"), cursor="page-2")
    assert counts == IntakeCounts(read=2, new=2)
    (taken,) = store.taken
    assert [each.case_id for each in taken.observations] == ["letters:1", "letters:2"]
    assert taken.cursor == "page-2"


def test_what_is_known_goes_no_further_and_is_counted() -> None:
    store = MemoryIntake()
    given(store, item("1"))
    assert given(store, item("1"), item("2")) == IntakeCounts(read=2, new=1, unchanged=1)
    assert len(store.taken[1].observations) == 1


def test_another_text_is_a_later_version() -> None:
    store = MemoryIntake()
    given(store, item("1"))
    assert given(store, item("1", body="改过")) == IntakeCounts(read=1, later=1)


def test_two_versions_and_a_repeat_in_one_batch() -> None:
    store = MemoryIntake()
    counts = given(store, item("1"), item("1"), item("1", body="改过"))
    assert counts == IntakeCounts(read=3, new=1, later=1, unchanged=1)


@pytest.mark.parametrize(
    "code", ["received_missing", "received_time_missing", "received_in_future", "withdrawn"]
)
def test_the_same_message_with_another_time_of_ours_is_a_known_duplicate(code: str) -> None:
    """It carried no usable time, so it has the time of each reading."""
    store = MemoryIntake()
    notes = (Note(code, "按收到时间计"),)
    given(store, item("1", notes=notes))
    later = item("1", notes=notes, received_at=RECEIVED + timedelta(minutes=5))
    assert given(store, later).unchanged == 1
    assert given(store, replace(later, body="改过")).later == 1


def test_another_time_of_the_source_is_another_version() -> None:
    store = MemoryIntake()
    given(store, item("1"))
    assert given(store, item("1", received_at=RECEIVED + timedelta(minutes=5))).later == 1


def test_every_turn_of_an_item_edited_to_and_fro_is_a_message_of_its_own() -> None:
    """A, B, A, B: the fourth message must not be taken for the second, or the case
    would show A for ever while the source shows B."""
    store = MemoryIntake()
    one, other = item("1"), item("1", body="改过")
    for shown in (one, other, one, other, one):
        assert given(store, shown).unchanged == 0
    ids = [each.message_id for taken in store.taken for each in taken.observations]
    assert len(ids) == len(set(ids)) == 5


def test_reading_again_after_a_crash_gives_the_same_ids() -> None:
    first, second = MemoryIntake(), MemoryIntake()
    for store in (first, second):
        given(store, item("1"))
        given(store, item("1", body="改过"))
    ids = [[each.message_id for t in s.taken for each in t.observations] for s in (first, second)]
    assert ids[0] == ids[1]


def test_what_is_no_item_is_a_dead_letter_with_its_original() -> None:
    store = MemoryIntake()
    assert given(store, rejected(), item("1")) == IntakeCounts(read=2, new=1, rejected=1)
    (letter,) = store.taken[0].dead_letters
    assert (letter.reason, letter.original) == ("missing_id", "缺编号的行".encode())
    assert letter.origin == "来信.xlsx 第3行"


def test_the_same_bad_row_is_the_same_letter() -> None:
    store = MemoryIntake()
    given(store, rejected())
    given(store, rejected(), rejected("另一行"))
    ids = [letter.letter_id for taken in store.taken for letter in taken.dead_letters]
    assert ids[0] == ids[1] != ids[2]


def test_what_no_store_can_carry_is_taken_out_wherever_it_stands() -> None:
    bad = "路\x00灯\ud800"
    dirty = item(
        "1",
        title=bad,
        extra={bad: bad},
        replies=(reply(bad),),
        attachments=(Attachment(name=bad),),
        notes=(Note("odd", bad),),
    )
    store = MemoryIntake()
    given(store, dirty)
    (observation,) = store.taken[0].observations
    data = encode_message(observation)
    assert b"\\u0000" not in data
    clean = observation.item
    assert clean.title == "路␀灯\ufffd"
    assert clean.extra == {"路␀灯\ufffd": "路␀灯\ufffd"}
    assert (clean.replies[0].text, clean.attachments[0].name) == ("路␀灯\ufffd", "路␀灯\ufffd")
    assert clean.notes == (Note("odd", "路␀灯\ufffd"),)
    assert given(store, dirty).unchanged == 1


def test_counts_add_up() -> None:
    total = IntakeCounts(3, 1, 0, 1, 1) + IntakeCounts(2, 1, 1, 0, 0)
    assert total == IntakeCounts(5, 2, 1, 1, 1)


def test_secrecy_in_a_column_that_nobody_mapped_is_heard_before_it_is_stored() -> None:
    store = MemoryIntake()
    given(store, item("1", extra={"是否保密（必填）": "是"}))
    assert store.taken[0].observations[0].item.confidential

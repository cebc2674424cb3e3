"""A case as the ledgers store it: nothing twice, and nothing lost."""

from __future__ import annotations

import msgspec
import pytest

from cases.record import commands as do
from cases.record.case import encode_case
from sinks.ledger.stored_case import decode_shown, decode_stored, encode_stored
from tests.cases.helpers import LEADER, Story, item
from tests.cases.whole_life import long_life


def test_a_whole_life_comes_back_byte_for_byte() -> None:
    case = long_life()
    assert encode_case(decode_stored(encode_stored(case))) == encode_case(case)


def test_the_message_stands_in_it_once() -> None:
    case = Story(item(body="井盖松动")).case
    text = "井盖松动".encode()
    assert (encode_case(case).count(text), encode_stored(case).count(text)) == (2, 1)


def test_a_case_that_was_stored_whole_is_read_all_the_same() -> None:
    case = long_life()
    assert decode_stored(encode_case(case).decode()) == decode_stored(encode_stored(case))


def test_what_pages_show_again_and_again_is_folded_once_until_something_happens_to_it() -> None:
    story = Story()
    first = decode_shown(encode_stored(story.case))
    assert decode_shown(encode_stored(story.case)) is first
    assert first == decode_stored(encode_stored(story.case))
    story.does(LEADER, do.Instruct(text="请尽快"), "2026-03-02T10:00")
    assert decode_shown(encode_stored(story.case)) == story.case != first


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"history":[]}', b"", b"null"])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, ValueError)):
        decode_stored(data)


def test_a_history_that_does_not_begin_at_the_beginning_is_refused() -> None:
    second = long_life().history[1:]
    with pytest.raises(ValueError, match="no case before"):
        decode_stored(msgspec.json.encode(second))

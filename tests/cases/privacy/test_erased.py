"""What is left of messages and events: nothing that people wrote, and all that is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from msgspec.structs import replace

from cases.life.evolve import fold
from cases.privacy.erased import ERASED, erased_event, erased_message
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import encode_case
from cases.record.events import Recorded, decode_event, encode_event
from cases.record.item import Attachment
from cases.record.messages import Action, decode_message, encode_message, observe
from cases.words.actors import SYSTEM
from cases.words.erasure import ErasureGround
from cases.words.labels import Evidence
from tests.cases.helpers import DESK, RECEIVED, item, labels
from tests.cases.strategies import COMMANDS
from tests.reporting.test_citizen_text import LIVES, PHONE, salted


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_of_every_event_of_a_life_nothing_that_was_written_is_left(life: object) -> None:
    """Every text that the table of sights calls one holds a telephone number before."""
    case = life()  # type: ignore[operator]
    history = [replace(event, body=salted(event.body)) for event in case.history]
    assert any(PHONE in encode_event(event).decode() for event in history)
    left = [erased_event(event) for event in history]
    for event in left:
        data = encode_event(event)
        assert PHONE not in data.decode()
        assert decode_event(data) == event
    folded = fold(left)
    assert folded is not None
    assert PHONE not in encode_case(folded).decode()
    told = ("case_id", "state", "unit", "received_at", "returns", "confidential", "seq")
    assert [getattr(folded, name) for name in told] == [getattr(case, name) for name in told]
    assert [erased_event(event) for event in left] == left


def test_who_it_was_and_what_came_with_it_go_too() -> None:
    told = item(
        author="王某", phone="13912345678", email="w@example.org", address="某街 1 号",
        extra={"备注": "住某街"}, url="https://example.org/1",
        attachments=(Attachment(name="王某.jpg", sha="ab" * 32),),
    )  # fmt: skip
    left = erased_message(observe(told, "0123#2"))
    assert (left.message_id, left.case_id) == (observe(told, "0123#2").message_id, told.case_id)
    kept = left.item  # type: ignore[union-attr]
    assert (kept.title, kept.body) == (ERASED, ERASED)
    assert (kept.author, kept.phone, kept.email, kept.address, kept.url) == ("", "", "", "", "")
    assert (kept.extra, kept.attachments) == ({}, ())
    assert (kept.channel, kept.received_at) == (told.channel, told.received_at)


@given(COMMANDS)
def test_of_every_command_no_text_is_left(command: do.AnyCommand) -> None:
    action = Action(message_id="a-1", case_id="letters:1", actor=DESK, command=command, at=RECEIVED)
    left = erased_message(action)
    assert decode_message(encode_message(left)) == left
    if isinstance(command, do.Erase):
        assert left == action
        return
    for name in command.__struct_fields__:
        value = getattr(left.command, name)  # type: ignore[union-attr]
        assert type(value) is not str or value in ("", ERASED)
        assert not isinstance(value, tuple) or value == ()


def test_a_verdict_in_the_inbox_keeps_its_labels_and_no_words_of_the_text() -> None:
    quoted = labels(evidence=(Evidence(label="topic:民政", text="周晓岚的低保"),))
    command = do.JudgeAgain(version="0123", labels=quoted)
    action = Action(
        message_id="j-1", case_id="letters:1", actor=SYSTEM, command=command, at=RECEIVED
    )
    left = erased_message(action)
    assert "周晓岚" not in encode_message(left).decode()
    assert left.command.labels == replace(quoted, evidence=())  # type: ignore[union-attr]


def test_the_erasure_itself_lasts() -> None:
    body = ev.Erased(ground=ErasureGround.REQUEST)
    event = Recorded(case_id="letters:1", seq=2, message_id="m", at=RECEIVED, actor=DESK, body=body)
    assert erased_event(event) == event

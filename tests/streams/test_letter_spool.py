"""The dead letters of a topic read into a passing table say what the box in memory says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.dead_letters import SET_ASIDE, DeadLetter, Stage
from streams.kafka.letter_spool import letters_of
from streams.kafka.letters import LetterCame, LetterReplayed
from streams.kafka.log import LetterBox
from streams.kafka.reader import LogEntry
from tests.cases.helpers import RECEIVED


def letter(number: int) -> DeadLetter:
    return DeadLetter.of(
        Stage.INTAKE,
        b"%d" % number,
        reason=("missing_id", "auto_reply", "own_mail")[number % 3],
        detail="没有编号",
        at=RECEIVED + timedelta(minutes=number),
        source="a" if number % 2 else "b",
    )


SAID = st.one_of(
    st.builds(
        LetterCame,
        letter=st.integers(0, 4).map(letter),
        occurrence=st.sampled_from(["", "one", "two", "three"]),
    ),
    st.builds(
        LetterReplayed,
        letter_id=st.integers(0, 4).map(lambda n: letter(n).letter_id),
        at=st.just(RECEIVED),
    ),
)


@given(st.lists(SAID, max_size=12))
def test_table_and_box_agree(said: Sequence[LetterCame | LetterReplayed]) -> None:
    entries = [
        LogEntry("letters", 0, offset, None, msgspec.json.encode(each))
        for offset, each in enumerate(said)
    ]
    box = LetterBox()
    box.take(entries)
    expected = sorted(box.all(), key=lambda stored: stored.letter.at)
    waiting = [stored for stored in expected if stored.replayed_at is None]
    with letters_of(entries) as letters:
        assert list(letters.each()) == expected
        assert list(letters.each(waiting_only=True)) == waiting
        assert letters.count() == len(waiting)
        aside = [stored for stored in waiting if stored.letter.reason in SET_ASIDE]
        assert letters.aside(9, 0) == aside[::-1]
        assert letters.aside(1, 1) == aside[::-1][1:2]
        assert letters.aside_counts() == Counter(stored.letter.source for stored in aside)
        ids = [stored.letter.letter_id for stored in expected]
        assert letters.still_waiting(ids) == {stored.letter.letter_id for stored in waiting}
        of_a = [stored for stored in waiting if stored.letter.source == "a"]
        assert list(letters.each(waiting_only=True, source="a")) == of_a

"""Sweeps over any history of a list: nothing lost, nothing handed on twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.record.item import Item
from cases.words.times import BEIJING
from streams.sources.lists.crawler import Found, ListEntry, Page, Reach, State, Sweeper
from streams.sources.lists.rechecks import Looked, Memory, Rounds
from streams.sources.seam.base import OpenItem, SourceError

START = datetime(2026, 3, 1, 8, 0, tzinfo=BEIJING)
REACH = Reach(lookback=timedelta(days=30), overlap=timedelta(days=7), max_pages=4)
SIZE = 3


@dataclass
class Board:
    """A list in memory, newest first, paged by number or by the last id."""

    by_number: bool
    letters: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Number to time and version."""
    failing: int = 0
    """Requests from now until one fails; 0 for none."""

    def rows(self) -> list[int]:
        return sorted(self.letters, key=lambda key: (-self.letters[key][0], -key))

    def first(self) -> str:
        return "1" if self.by_number else ""

    def before(self, token: str) -> str:
        return str(max(1, int(token) - 1)) if self.by_number else token

    def page(self, token: str) -> Page:
        if self.failing:
            self.failing -= 1
            if not self.failing:
                raise SourceError("来源：服务器出错（502）")
        rows = self.rows()
        if self.by_number:
            rows = rows[(int(token) - 1) * SIZE : int(token) * SIZE]
        else:
            at, key = map(int, token.split("-")) if token else (2**40, 0)
            rows = [one for one in rows if (-self.letters[one][0], -one) > (-at, -key)][:SIZE]
        entries = tuple(
            ListEntry(key=str(one), at=self.letters[one][0], print=str(self.letters[one][1]))
            for one in rows
        )
        if self.by_number:
            return Page(entries=entries, next=str(int(token) + 1))
        following = f"{self.letters[rows[-1]][0]}-{rows[-1]}" if rows else None
        return Page(entries=entries, next=following)

    def item(self, entry: ListEntry, first_seen: datetime, now: datetime) -> Found:
        return Found(
            Item(
                source="board",
                source_item_id=entry.key,
                channel="板",
                received_at=first_seen,
                title=entry.print,
                body="",
            )
        )

    def look(self, item: OpenItem, now: datetime) -> Looked | None:
        return None


@dataclass
class Desk:
    """Stores each batch with its cursor."""

    state: bytes = msgspec.json.encode(State())
    got: list[tuple[str, str]] = field(default_factory=list)

    def poll(self, board: Board, now: datetime, stop: int | None = None) -> bool:
        """False when the poll did not come to its end."""
        state = msgspec.json.decode(self.state, type=State)
        sweeper = Sweeper(
            board,
            REACH,
            state,
            now,
            rounds=Rounds(Memory()),
            dump=lambda: msgspec.json.encode(state).decode(),
        )
        try:
            for number, batch in enumerate(sweeper.sweep()):
                if number == stop:
                    return False
                for one in batch.found:
                    assert isinstance(one, Item)
                    self.got.append((one.source_item_id, one.title))
                assert batch.cursor is not None
                self.state = batch.cursor.encode()
        except SourceError:
            return False
        return True


STEP = st.tuples(
    st.sampled_from(["new", "late", "edit", "delete", "poll", "kill", "fail"]),
    st.integers(min_value=0, max_value=9),
)


@pytest.mark.slow
@settings(max_examples=150)
@given(st.booleans(), st.lists(STEP, max_size=60))
def test_nothing_lost_nothing_twice(by_number: bool, steps: list[tuple[str, int]]) -> None:
    board, desk = Board(by_number), Desk()
    now = START
    seconds = int(now.timestamp())
    for key in range(12):
        board.letters[key] = (seconds - key * 80_000, 0)
    deleted: set[int] = set()
    for what, number in steps:
        now += timedelta(minutes=30)
        seconds = int(now.timestamp())
        if what == "new":
            board.letters[len(board.letters) + len(deleted)] = (seconds, 0)
        elif what == "late":
            # Published now, written up to two days ago.
            board.letters[len(board.letters) + len(deleted)] = (seconds - number * 19_000, 0)
        elif what == "edit" and board.letters:
            key = board.rows()[min(number, len(board.letters) - 1)]
            at, version = board.letters[key]
            # Older ones are for `Rounds`: a sweep reads seven days again.
            if seconds - at < 5 * 86_400:
                board.letters[key] = (at, version + 1)
        elif what == "delete" and board.letters:
            key = board.rows()[min(number, len(board.letters) - 1)]
            del board.letters[key]
            deleted.add(key)
            # Between two deletions somebody polls; a whole page never goes at once.
            desk.poll(board, now)
        elif what == "fail":
            board.failing = number
            desk.poll(board, now)
            board.failing = 0
        elif what in ("poll", "kill"):
            desk.poll(board, now, stop=number if what == "kill" else None)
    for _ in range(60):
        now += timedelta(minutes=30)
        desk.poll(board, now)
    assert len(desk.got) == len(set(desk.got)), "a version was handed on twice"
    latest = dict(desk.got)
    missing = {
        key: version
        for key, (_, version) in board.letters.items()
        if latest.get(str(key)) != str(version)
    }
    assert missing == {}

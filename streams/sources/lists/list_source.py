"""A pulled source made of one or several lists (`streams.sources.lists.crawler`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from pydantic import Field

from streams.sources.lists.crawler import Listing, Reach, State, Sweeper
from streams.sources.lists.detail_budget import Details
from streams.sources.lists.rechecks import Memory, Rounds
from streams.sources.seam.base import Batch, OpenItem, SourceError
from streams.sources.seam.config import Settings
from streams.sources.seam.http import PoliteClient, TryLater


class ReachOptions(Settings):
    """How far a poll reads; part of the options of every list source."""

    lookback_days: float = Field(default=30, gt=0, le=3660)
    """How far back the very first poll goes."""
    overlap_days: float = Field(default=7, ge=0, le=366)
    """How far every poll reads again below the newest message it knows. Messages are shown
    days after they were written (checked first), and edited after they were shown."""
    deep_days: float = Field(default=0, ge=0, le=3660)
    """How far back one poll goes every `deep_every_hours`; 0 for never. For lists whose
    letters cannot be looked at one by one."""
    deep_every_hours: float = Field(default=24, gt=0)
    max_pages: int = Field(default=50, ge=1, le=10_000)
    recheck_limit: int = Field(default=60, ge=0, le=10_000)
    repeat_is_end: bool = False

    def reach(self) -> Reach:
        return Reach(
            lookback=timedelta(days=self.lookback_days),
            overlap=timedelta(days=self.overlap_days),
            deep=timedelta(days=self.deep_days),
            deep_every=timedelta(hours=self.deep_every_hours),
            max_pages=self.max_pages,
            recheck_limit=self.recheck_limit,
            repeat_is_end=self.repeat_is_end,
        )


class SweptSource:
    """A `PullSource` over lists that show the newest first. Each list has its own place in
    the cursor; open items are looked at again through the first list."""

    def __init__(
        self,
        name: str,
        listings: Mapping[str, Listing],
        reach: Reach,
        client: PoliteClient,
        details: Details,
    ) -> None:
        """`listings` by a name that stays: it is part of the cursor. `details` is what the
        listings fetch their pages with."""
        self.name = name
        self._listings = dict(listings)
        self._reach = reach
        self._client = client
        self._details = details

    def poll(
        self, cursor: str | None, *, now: datetime, recheck: Sequence[OpenItem]
    ) -> Iterator[Batch]:
        """See `PullSource`. A list that fails does not keep the others from being read; its
        error is raised at the end. A server that refuses ends the poll at once."""
        place = _load(self.name, cursor)
        place.lists = {key: place.lists.get(key, State()) for key in self._listings}
        rounds = Rounds(place.rounds)
        self._details.begin()
        trouble: SourceError | None = None
        for key, listing in self._listings.items():
            sweeper = Sweeper(
                listing,
                self._reach,
                place.lists[key],
                now,
                rounds=rounds,
                dump=lambda: _dump(place),
            )
            try:
                yield from sweeper.sweep()
            except TryLater:
                raise
            except SourceError as error:
                trouble = trouble or error
        trouble = trouble or self._details.trouble
        if self._details.trouble is None:
            first = next(iter(self._listings.values()))
            yield from rounds.go(
                recheck,
                self._reach.recheck_limit,
                lambda item: first.look(item, now),
                lambda found: Batch(found=tuple(found), cursor=_dump(place)),
            )
        if trouble is not None:
            raise trouble

    def rewound(self, to: datetime) -> str:
        """A cursor with which the next poll reads again everything since `to`."""
        mark = int((to + self._reach.overlap).timestamp())
        return _dump(_Place(lists={key: State(mark=mark) for key in self._listings}))

    def close(self) -> None:
        """Close the connections; a later poll opens new ones."""
        self._client.close()


class _Place(Struct, omit_defaults=True):
    """The cursor."""

    lists: dict[str, State]
    rounds: Memory = msgspec.field(default_factory=Memory)


def _dump(place: _Place) -> str:
    return msgspec.json.encode(place).decode()


def _load(name: str, cursor: str | None) -> _Place:
    if not cursor:
        return _Place(lists={})
    try:
        return msgspec.json.decode(cursor, type=_Place)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise SourceError(
            f"来源 {name}：保存的读取位置无法辨认（{error}）。请把该来源回退到某一日期后重试"
        ) from error

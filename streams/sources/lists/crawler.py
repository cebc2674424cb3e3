"""Reading a list that shows the newest first, page by page, so that nothing falls between.

A sweep starts at the top and goes down to a time that the last complete sweep has
covered, minus an overlap: lists are not sorted strictly, and a message is often published
days after it was written. The cursor remembers the page and every entry of the overlap
with its fingerprint, so an entry is handed on once, and again only when it changed.

The mark (the time that is covered) moves only when a sweep has come to its end. Whatever
stops a sweep, the next one starts at the top and goes down to the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec import Struct

from cases.record.item import Item
from streams.sources.lists.rechecks import Looked, Rounds
from streams.sources.seam.base import Batch, OpenItem, Rejected, SourceError

_FUTURE = 300
"""Seconds by which two clocks may differ before a time counts as in the future."""
_MOST_SEEN = 5_000
MOST_ROWS = 5_000
"""Lines of one page of a list; sites show a few hundred at most."""


class ListEntry(Struct, frozen=True, kw_only=True):
    """One line of a list."""

    key: str
    """The source's id of the item; for a rejected line, anything that names it again."""
    at: int | None
    """Newest time the line shows (written, published), Unix seconds; None without one."""
    print: str
    """Fingerprint of what the line says, without counters such as likes."""
    row: object = None
    """What `Listing.item` needs."""
    rejected: Rejected | None = None


class Page(Struct, frozen=True, kw_only=True):
    """One page of a list."""

    entries: tuple[ListEntry, ...]
    next: str | None
    """Token of the next page; None where this one is known to be the last."""


class Found(Struct, frozen=True):
    """What an entry became."""

    item: Item | Rejected
    complete: bool = True
    """False when a part (the full text) could not be had: the next poll tries again."""
    look: str = ""
    """Fingerprint of what another look at the item alone would say, "" when unknown."""


class Listing(Protocol):
    """A list and what stands behind its lines."""

    def first(self) -> str:
        """Token of the first page."""
        ...

    def before(self, token: str) -> str:
        """Where to go on after an interruption at `token`: the page before it where page
        numbers shift when a letter is deleted, else `token`."""
        ...

    def page(self, token: str) -> Page:
        """Raises `SourceError`."""
        ...

    def item(self, entry: ListEntry, first_seen: datetime, now: datetime) -> Found:
        """The item behind a line. `first_seen` stands in for a missing time."""
        ...

    def look(self, item: OpenItem, now: datetime) -> Looked | None:
        """Another look at one item; None when this source offers no way to look.
        Raises `SourceError`."""
        ...


class Reach(Struct, frozen=True, kw_only=True):
    """How far one poll goes."""

    lookback: timedelta
    """How far back the very first sweep goes."""
    overlap: timedelta
    """How far below the mark every sweep goes."""
    max_pages: int
    """Pages of one poll; the next poll goes on where it stopped."""
    recheck_limit: int = 60
    """Items looked at again in one poll; the next poll goes on with the others."""
    deep: timedelta = timedelta(0)
    """Now and then a sweep goes this far below the mark: for late replies in lists whose
    letters cannot be asked for one by one."""
    deep_every: timedelta = timedelta(days=1)
    repeat_is_end: bool = False
    """True for lists that show their last page again for every number beyond it."""


class _Seen(Struct, array_like=True):
    print: str
    at: int
    """Its time, 0 where the list shows none."""
    first: int
    """When we first saw it."""
    sweep: int
    """Number of the sweep that last met it."""


class _Running(Struct, omit_defaults=True):
    until: int
    page: str
    deep: bool = False
    top: int = 0
    pages: int = 0


class State(Struct, omit_defaults=True):
    """The cursor of one list."""

    mark: int = 0
    """Unix time down to which everything was read; 0 before the first complete sweep."""
    number: int = 0
    """Counts sweeps."""
    running: _Running | None = None
    seen: dict[str, _Seen] = msgspec.field(default_factory=dict)
    deep_at: int = 0
    """When the last deep sweep came to its end."""


class Sweeper:
    """One poll of one list."""

    def __init__(
        self,
        listing: Listing,
        reach: Reach,
        state: State,
        now: datetime,
        *,
        rounds: Rounds,
        dump: Callable[[], str],
    ) -> None:
        """`state` and `rounds` are moved along; `dump` gives the cursor that holds them."""
        self._listing = listing
        self._dump = dump
        self._reach = reach
        self._state = state
        self._now = now
        self._seconds = int(now.timestamp())
        self._pages = 0
        self._rounds = rounds

    def sweep(self) -> Iterator[Batch]:
        """Finish a sweep that was interrupted, then start a new one from the top."""
        if self._state.running is not None:
            self._state.running.page = self._listing.before(self._state.running.page)
            yield from self._run(self._state.running)
        if self._pages < self._reach.max_pages:
            yield from self._run(self._start())

    def _start(self) -> _Running:
        state = self._state
        deep = False
        if state.mark:
            every = self._reach.deep_every.total_seconds()
            deep = bool(self._reach.deep) and self._seconds - state.deep_at >= every
            below = max(self._reach.deep, self._reach.overlap) if deep else self._reach.overlap
            # A mark in the future (our own clock was wrong) must not hide what comes now.
            until = min(state.mark, self._seconds) - int(below.total_seconds())
        else:
            until = self._seconds - int(self._reach.lookback.total_seconds())
        if len(state.seen) > _MOST_SEEN:
            self._forget(0)  # sweeps that never come to their end forget nothing otherwise
        state.number += 1
        state.running = _Running(until=until, page=self._listing.first(), deep=deep)
        return state.running

    def _run(self, running: _Running) -> Iterator[Batch]:
        known: set[tuple[str, ...]] = set()
        while self._pages < self._reach.max_pages:
            try:
                page = self._page(running, known)
            except SourceError:
                # A page that cannot be read must not keep the next poll from the top.
                self._state.running = None
                yield self._batch([])
                raise
            known.add(tuple(entry.key for entry in page.entries))
            over = self._over(page, running)
            found = self._take(page, running)
            running.pages += 1
            # Never on the strength of the first page: it may be full of pinned letters.
            over = over and running.pages > 1
            if over or page.next is None or self._enough(running):
                self._finish(running)
                yield self._batch(found)
                return
            running.page = page.next
            yield self._batch(found)

    def _page(self, running: _Running, known: set[tuple[str, ...]]) -> Page:
        """The page at `running`. An empty page and one that was here already are asked for
        twice, because both are also what an overloaded server says."""
        page = Page(entries=(), next=None)
        for _ in range(2):
            self._pages += 1
            page = self._listing.page(running.page)
            if page.entries and tuple(entry.key for entry in page.entries) not in known:
                return page
        if not page.entries or self._reach.repeat_is_end:
            return Page(entries=(), next=None)
        raise SourceError(
            f"列表翻页无效：第 {running.pages + 1} 页（{running.page}）与前面的某一页完全相同。"
            "已停止翻页，前面各页已收下，较早的留言可能没有读到。请核对翻页参数；"
            "若该网站超出末页时总是显示末页，请设置 repeat_is_end = true"
        )

    def _over(self, page: Page, running: _Running) -> bool:
        """Whether the page lies wholly in what earlier sweeps have covered. One old line
        decides nothing: lists pin letters to the top and are sorted loosely."""
        old = 0
        for entry in page.entries:
            seen = self._state.seen.get(entry.key)
            if seen is not None and seen.sweep == self._state.number:
                continue  # a page read again after an interruption
            if entry.at is None:
                is_old = seen is not None and seen.print == entry.print
            else:
                is_old = entry.at < running.until
            if not is_old:
                return False
            old += 1
        return old > 0 or not page.entries

    def _enough(self, running: _Running) -> bool:
        # A list without times gives the first sweep no other place to stop.
        untimed = any(not seen.at for seen in self._state.seen.values())
        return not self._state.mark and untimed and running.pages >= self._reach.max_pages

    def _take(self, page: Page, running: _Running) -> list[Item | Rejected]:
        found: list[Item | Rejected] = []
        for entry in page.entries:
            at = entry.at
            if at is not None and at > self._seconds + _FUTURE:
                # A clock in the future must not carry the mark with it.
                at = self._seconds
            if at is not None:
                if at < running.until:
                    continue
                running.top = max(running.top, min(at, self._seconds))
            seen = self._state.seen.get(entry.key)
            first = seen.first if seen is not None else self._seconds
            if entry.rejected is not None:
                at = self._seconds  # remembered for as long as the list shows it
            record = _Seen(entry.print, at or 0, first, self._state.number)
            if seen is None or seen.print != entry.print:
                if entry.rejected is not None:
                    found.append(entry.rejected)
                else:
                    moment = datetime.fromtimestamp(first, self._now.tzinfo)
                    result = self._listing.item(entry, moment, self._now)
                    found.append(result.item)
                    self._rounds.handed_on(entry.key, result.look)
                    if not result.complete:
                        record.print = ""
            self._state.seen[entry.key] = record
        return found

    def _finish(self, running: _Running) -> None:
        state = self._state
        if not running.top and any(not seen.at for seen in state.seen.values()):
            running.top = self._seconds
        state.mark = max(min(state.mark, self._seconds), running.top)
        state.running = None
        if running.deep:
            state.deep_at = self._seconds
        # What a deep sweep will meet is remembered as well: it hands on changes only.
        below = max(self._reach.deep, self._reach.overlap)
        self._forget(state.mark - int(below.total_seconds()))

    def _forget(self, floor: int) -> None:
        """Drop what the next sweep will not meet, so that the cursor stays small."""
        seen = self._state.seen
        kept = {key: entry for key, entry in seen.items() if not entry.at or entry.at >= floor}
        if len(kept) > _MOST_SEEN:
            order = sorted(kept, key=lambda key: (kept[key].sweep, kept[key].at or kept[key].first))
            kept = {key: kept[key] for key in order[-_MOST_SEEN:]}
        self._state.seen = kept

    def _batch(self, found: list[Item | Rejected]) -> Batch:
        return Batch(found=tuple(found), cursor=self._dump(), done=self._pages)

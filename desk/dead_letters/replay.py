"""`huiyin replay-dead`: another try for what could not be taken in or processed.

Letters are gone through in the order they came, a group at a time: memory does not grow with
their number. A group is stored before its letters are marked, so one that is interrupted in
between is tried again, which changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.record.item import Item
from sinks.files import FileStore
from streams.dead_letters import DeadLetter, Stage
from streams.history import as_history, line_of
from streams.intake import NOT_STORABLE
from streams.letter_table import place_of
from streams.runtime import Runtime
from streams.sources.registry import Source
from streams.sources.seam.base import Batch, Rejected, Replayable, SourceError
from streams.stored_originals import NotHere, kept_item, whole_original

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 2_000
"""Letters of one page or request."""
_GROUP: Final = 200
_GROUP_BYTES: Final = 4 << 20


class Replayed(Struct, frozen=True, kw_only=True):
    """What became of the letters. `tried = accepted + still_bad + no_way + elsewhere`."""

    tried: int = 0
    accepted: int = 0
    """Now an item, or in the inbox again."""
    still_bad: int = 0
    no_way: int = 0
    """Letters whose source is not there to take them in; their originals are kept."""
    elsewhere: int = 0
    """Letters whose original was too large for the log and is not in the files of this
    machine."""
    left: int = 0
    """Not tried, because the replay was stopped before."""
    after: str = ""
    """Where to go on, when it was stopped; "" when every letter had its try."""


class _Tried(Struct, frozen=True):
    """What a source makes of a letter now."""

    letter: DeadLetter
    found: tuple[Item | Rejected, ...] = ()
    """What is to be taken in."""
    outcome: str = "accepted"
    """Name of the count in `Replayed`."""


def replay_dead(
    runner: Runtime,
    sources: dict[str, Source],
    files: FileStore,
    *,
    source: str = "",
    only: Collection[str] | None = None,
    after: str = "",
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] | None = None,
) -> Replayed:
    """Tries every waiting dead letter again, or those of one source, or `only` those with
    these ids. `files`: has the originals that were too large for the log.

    `stopped` is asked between groups; `Replayed.after` then says where to go on. `progress`
    is told how many of how many had their try."""
    begun = runner.clock()
    done = Replayed()
    with runner.store.letter_table() as letters:
        total = letters.count(source, after) if only is None else len(only)
        waiting = (
            stored.letter
            for stored in letters.each(waiting_only=True, source=source, after=after)
            # One that comes during this replay, or by it, waits for the next.
            if stored.letter.at <= begun and (only is None or stored.letter.letter_id in only)
        )
        for group in _groups(waiting):
            done = _add(done, _retry(runner, sources, group, files))
            if progress is not None:
                progress(done.tried, total)
            if stopped():
                place = place_of(group[-1])
                left = total - done.tried if only else letters.count(source, place)
                return replace(done, left=left, after=place if left else "")
    return done


def _groups(letters: Iterator[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """Groups bounded in number and in bytes."""
    group: list[DeadLetter] = []
    weight = 0
    for letter in letters:
        group.append(letter)
        weight += len(letter.original)
        if len(group) == _GROUP or weight >= _GROUP_BYTES:
            yield group
            group, weight = [], 0
    if group:
        yield group


def _add(done: Replayed, outcomes: Sequence[str]) -> Replayed:
    counts = {name: getattr(done, name) + outcomes.count(name) for name in set(outcomes)}
    return replace(done, tried=done.tried + len(outcomes), **counts)


def _retry(
    runner: Runtime, sources: dict[str, Source], group: list[DeadLetter], files: FileStore
) -> list[str]:
    """The outcome of each letter of the group."""
    messages = [letter for letter in group if letter.stage is Stage.PROCESS]
    if messages:
        with runner.store.transaction():
            runner.store.append_raw([letter.original for letter in messages])
            runner.store.mark_all_replayed(
                [letter.letter_id for letter in messages], runner.clock()
            )
    tried = [
        _read(runner, sources.get(letter.source), letter, files)
        for letter in group
        if letter.stage is not Stage.PROCESS
    ]
    outcomes = [each.outcome for each in tried if each.outcome != "accepted"]
    outcomes += _take(runner, [each for each in tried if each.outcome == "accepted"])
    runner.pump_all()
    back = runner.store.still_waiting([letter.letter_id for letter in messages]) if messages else ()
    outcomes += ["still_bad" if m.letter_id in back else "accepted" for m in messages]
    return outcomes


def _take(runner: Runtime, tried: list[_Tried]) -> list[str]:
    """Stores what was read, source by source, and marks the letters."""
    outcomes: list[str] = []
    for name in dict.fromkeys(each.letter.source for each in tried):
        mine = [each for each in tried if each.letter.source == name]
        if _taken(runner, name, mine):
            outcomes += ["accepted"] * len(mine)
            continue
        # Some are refused by the log itself: one by one it shows which.
        ones = [_taken(runner, name, [each]) for each in mine]
        outcomes += ["accepted" if one else "still_bad" for one in ones]
    return outcomes


def _taken(runner: Runtime, source: str, tried: list[_Tried]) -> bool:
    """Whether all was taken in; then the letters are marked."""
    found = tuple(one for each in tried for one in each.found)
    expected = sum(isinstance(one, Rejected) for one in found)
    if runner.take(source, Batch(found=found)).rejected > expected:
        return False
    with runner.store.transaction():
        letter_ids = [each.letter.letter_id for each in tried]
        runner.store.mark_all_replayed(letter_ids, runner.clock())
    return True


def _read(runner: Runtime, source: Source | None, letter: DeadLetter, files: FileStore) -> _Tried:
    try:
        found = _again(runner, source, letter, files)
    except NotHere:
        return _Tried(letter, outcome="elsewhere")
    except SourceError:
        return _Tried(letter, outcome="still_bad")
    except OSError:
        raise
    except Exception:
        log.exception("dead letter %s could not be read again", letter.letter_id)
        return _Tried(letter, outcome="still_bad")
    if found is None:
        return _Tried(letter, outcome="no_way")
    if any(isinstance(one, Rejected) and _is(one, letter, files) for one in found):
        return _Tried(letter, outcome="still_bad")
    return _Tried(letter, found)


def _is(rejected: Rejected, letter: DeadLetter, files: FileStore) -> bool:
    return rejected.original in (letter.original, whole_original(letter.original, files))


def _again(
    runner: Runtime, source: Source | None, letter: DeadLetter, files: FileStore
) -> tuple[Item | Rejected, ...] | None:
    """Raises `NotHere` and `SourceError`."""
    item = kept_item(letter.original, files) or _stored_item(letter)
    if item is not None:
        return (item,)
    if not isinstance(source, Replayable):
        return None
    found = source.replay(whole_original(letter.original, files), now=runner.clock())
    return as_history(Batch(found=found), line_of(letter.origin)).found


def _stored_item(letter: DeadLetter) -> Item | None:
    """The item itself, where it was the log that could not hold it."""
    if letter.reason != NOT_STORABLE:
        return None
    try:
        return msgspec.json.decode(letter.original, type=Item)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None

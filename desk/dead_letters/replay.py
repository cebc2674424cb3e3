"""`huiyin replay-dead`: another try for what could not be taken in or processed."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from cases.record.item import Item
from sinks.files import FileStore
from streams.dead_letters import DeadLetter, Stage
from streams.runtime import Runtime
from streams.sources.registry import Source
from streams.sources.seam.base import Batch, Rejected, SourceError
from streams.stored_originals import NotHere, kept_item, whole_original


class Replayed(Struct, frozen=True, kw_only=True):
    tried: int
    accepted: int
    """Now an item, or in the inbox again."""
    still_bad: int
    no_way: int
    """Letters whose source cannot take them in again; their originals are kept."""
    elsewhere: int = 0
    """Letters whose original was too large for the log and is not in the files of this
    machine."""


def replay_dead(
    runner: Runtime,
    sources: dict[str, Source],
    files: FileStore,
    *,
    source: str = "",
    only: Collection[str] | None = None,
) -> Replayed:
    """Tries every waiting dead letter again, or those of one source, or `only` those with
    these ids. `files`: has the originals that were too large for the log."""
    accepted = still_bad = no_way = elsewhere = 0
    letters = [
        stored.letter
        for stored in runner.store.dead_letters(waiting_only=True)
        if (not source or stored.letter.source == source)
        and (only is None or stored.letter.letter_id in only)
    ]
    for letter in letters:
        if letter.stage is Stage.PROCESS:
            with runner.store.transaction():
                runner.store.append_raw([letter.original])
                runner.store.mark_replayed(letter.letter_id, runner.clock())
            accepted += 1
            continue
        try:
            outcome = _retaken(runner, sources.get(letter.source), letter, files)
        except NotHere:
            elsewhere += 1
            continue
        accepted += outcome is True
        still_bad += outcome is False
        no_way += outcome is None
    runner.pump_all()
    still = {stored.letter.letter_id for stored in runner.store.dead_letters(waiting_only=True)}
    back = sum(
        1 for letter in letters if letter.stage is Stage.PROCESS and letter.letter_id in still
    )
    return Replayed(
        tried=len(letters),
        accepted=accepted - back,
        still_bad=still_bad + back,
        no_way=no_way,
        elsewhere=elsewhere,
    )


def _retaken(
    runner: Runtime, source: Source | None, letter: DeadLetter, files: FileStore
) -> bool | None:
    """Raises `NotHere`."""
    found: Item | Rejected | None = kept_item(letter.original, files)
    if found is None:
        again = getattr(source, "replay", None)
        if again is None:
            return None
        try:
            found = again(whole_original(letter.original, files), now=runner.clock())
        except SourceError:
            return False
    if isinstance(found, Rejected) or runner.take(letter.source, Batch(found=(found,))).rejected:
        return False
    with runner.store.transaction():
        runner.store.mark_replayed(letter.letter_id, runner.clock())
    return True

"""Erasing for good what was decided to be erased: keys, rows, ledger, search and what was derived.

That a case is erased is an event like others (`cases.life.erasure`); this carries it out in the
file. It does what is left to do, however often it is called: a process that died on the way, and a
message that came late, are made up for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import decode_alert, encode_alert
from cases.life.evolve import fold
from cases.privacy.erased import ERASED, erased_event, erased_message
from cases.record import events as ev
from cases.record.events import Recorded, decode_event, encode_event
from cases.record.messages import Message, decode_message, encode_message
from huiyin.store.chain import erased_by, tombstone
from huiyin.store.row_keys import fold as fold_log
from huiyin.store.sqlite import Connection
from sinks.ledger.base import Change
from sinks.ledger.stored_case import forget_shown
from streams.embedded.sealed_logs import case_of, is_erasure
from streams.embedded.store import WIPED, EmbeddedStore
from streams.intake import ERASED_VERSION
from streams.letter_table import key_name
from streams.linking import without_cases

_UNFOLDED: Final = "erasure_unfolded"
"""A fact: the log could not be emptied yet, because of a reader."""
_PEOPLE: Final = "people of erased cases"
"""For what they are sealed: the key of the case is gone by then."""
_DUE: Final = """
    SELECT case_id FROM erasures WHERE NOT done OR EXISTS (
        SELECT 1 FROM keys WHERE name = case_id AND wrapped IS NOT NULL
    ) ORDER BY case_id
"""


def finish_erasures(store: EmbeddedStore) -> tuple[str, ...]:
    """Carries out every erasure that was decided; gives the cases. Afterwards nothing of what
    people wrote is left in the file, nor in its log; as whom the person was known, sealed under the
    master key if there is one, until the copies are gone (`copies_done`). Raises `StoreError`."""
    db = store.connection
    if not db.execute(_DUE).fetchone():
        if store.fact(_UNFOLDED):
            _fold(store)
        return ()
    with store.transaction():
        due = [case_id for (case_id,) in db.execute(_DUE)]
        opened = _open_messages(store, set(due))
        for case_id in due:
            _erase(store, case_id, opened[case_id])
        rewrite_alerts(db, "position", set(due))
        _forget_letters(store, due)
        _forget_links(store, due)
        # Each term of a text that was taken out stands in the older segments until they are one.
        db.execute("INSERT INTO cases_text (cases_text) VALUES ('optimize')")
        db.executemany("UPDATE erasures SET done = 1 WHERE case_id = ?", [(each,) for each in due])
        store.set_fact(_UNFOLDED, "1")
    if store.fact(WIPED) is None:
        # What programs from before have deleted may stand in free pages.
        db.execute("VACUUM")
        store.set_fact(WIPED, "1")
    _fold(store)
    forget_shown()
    return tuple(due)


def erased_so_far(store: EmbeddedStore) -> int:
    """How many cases are erased: more than before where another process has erased some."""
    return int(store.connection.execute("SELECT count(*) FROM erasures WHERE done").fetchone()[0])


def lost_keys(store: EmbeddedStore) -> list[str]:
    """Cases whose key is gone though nobody had them erased: losses, in Chinese."""
    db = store.connection
    gone = [
        name
        for (name,) in db.execute(
            "SELECT DISTINCT name FROM keys WHERE wrapped IS NULL AND NOT EXISTS "
            "(SELECT 1 FROM erasures WHERE case_id = name) AND name NOT IN "
            "(SELECT 'letter:' || letter_id FROM dead_letters)"
        )
    ]
    return [f"{name} 的密钥不见了，又没有登记删除" for name in gone]


def _fold(store: EmbeddedStore) -> None:
    if fold_log(store.connection):
        store.connection.execute("DELETE FROM facts WHERE name = ?", (_UNFOLDED,))


def _erase(store: EmbeddedStore, case_id: str, opened: Sequence[_Open]) -> None:
    db = store.connection
    _leave_messages(store, store.keys.numbers(case_id), opened)
    _leave_events(store, case_id)
    store.keys.destroy([case_id])
    db.execute("UPDATE versions SET version = ? WHERE case_id = ?", (ERASED_VERSION, case_id))
    case = fold(store.logs.journal_of(case_id))
    if case is not None:
        store.ledger.store([Change(case, case.seq)])


def _leave_messages(store: EmbeddedStore, numbers: Sequence[int], opened: Sequence[_Open]) -> None:
    db = store.connection
    for number in numbers:
        for position, data in store.logs.sealed_messages(number):
            _leave(db, "inbox", position, encode_message(erased_message(decode_message(data))))
    by = max((position for position, _, message in opened if is_erasure(message)), default=0)
    for position, data, message in opened:
        if is_erasure(message):
            continue
        _leave(db, "inbox", position, encode_message(erased_message(message)))
        _entomb(db, "inbox", position, tombstone(data, by))


_Open = tuple[int, bytes, Message]
"""Position, stored bytes and message."""


def _open_messages(store: EmbeddedStore, case_ids: Collection[str]) -> dict[str, list[_Open]]:
    """Those of each case that lie open: of programs from before there were keys, and erasures."""
    found: dict[str, list[_Open]] = {case_id: [] for case_id in case_ids}
    for position, data in store.logs.open_messages():
        case_id = case_of(data)
        if case_id not in found:
            continue
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            found[case_id].append((position, data, decode_message(data)))
    return found


def _leave_events(store: EmbeddedStore, case_id: str) -> None:
    db = store.connection
    rows = store.logs.events_of(case_id)
    events = [(position, key, data, decode_event(body)) for position, key, data, body in rows]
    files: list[str] = []
    people: list[Person] = []
    by = max((at for at, _, _, event in events if isinstance(event.body, ev.Erased)), default=0)
    for position, key, data, event in events:
        if isinstance(event.body, ev.Erased) or erased_by(data) is not None:
            continue
        files += _files_of(event)
        people += _people_of(event)
        _leave(db, "journal", position, encode_event(erased_event(event)))
        if key is None:
            _entomb(db, "journal", position, tombstone(data, by))
    if files or people:
        # Known until the copies themselves are gone, whatever process sees to them.
        (before,) = db.execute(
            "SELECT people FROM erasures WHERE case_id = ?", (case_id,)
        ).fetchone()
        known = dict.fromkeys((*_people(store, before), *people))
        closed = store.master.closed(_PEOPLE, msgspec.json.encode(list(known)))
        db.execute(
            "UPDATE erasures SET files = trim(files || ' ' || ?), people = ?, copies = 0 "
            "WHERE case_id = ?",
            (" ".join(dict.fromkeys(files)), closed, case_id),
        )


class Person(Struct, frozen=True, array_like=True):
    """What one version of an item says of who wrote it, as it was given."""

    author: str
    phone: str
    email: str
    address: str
    number: str
    """The source's own of the item."""


def _people(store: EmbeddedStore, stored: str | bytes) -> list[Person]:
    """`stored`: a text where a program before this one wrote it, or nothing stands there."""
    data = stored.encode() if isinstance(stored, str) else store.master.opened(_PEOPLE, stored)
    return msgspec.json.decode(data, type=list[Person]) if data else []


def _people_of(event: Recorded) -> list[Person]:
    body = event.body
    if not isinstance(body, ev.CaseOpened | ev.VersionSeen):
        return []
    item = body.item
    told = (item.author, item.phone, item.email, item.address)
    return [Person(*told, item.source_item_id)] if any(told) else []


def _files_of(event: Recorded) -> list[str]:
    body = event.body
    if not isinstance(body, ev.CaseOpened | ev.VersionSeen):
        return []
    return [file.sha for file in body.item.attachments if file.sha]


class Copies(Struct, frozen=True):
    """A case that is erased from the data file, and not yet from what was copied of it."""

    case_id: str
    files: tuple[str, ...]
    """SHA-256 of what came with it."""
    people: tuple[Person, ...] = ()
    """As whom its versions gave the person: what is looked for in the copies."""


def copies_of(case_id: str, events: Sequence[Recorded]) -> Copies:
    """What is to be looked for in copies when the case of these events is erased."""
    files = dict.fromkeys(sha for event in events for sha in _files_of(event))
    people = dict.fromkeys(person for event in events for person in _people_of(event))
    return Copies(case_id, tuple(files), tuple(people))


def copies_due(store: EmbeddedStore) -> list[Copies]:
    rows = store.connection.execute(
        "SELECT case_id, files, people FROM erasures WHERE done AND NOT copies ORDER BY case_id"
    )
    return [
        Copies(case_id, tuple(files.split()), tuple(_people(store, people)))
        for case_id, files, people in rows
    ]


def copies_done(store: EmbeddedStore, case_ids: Sequence[str]) -> None:
    with store.transaction():
        store.connection.executemany(
            "UPDATE erasures SET copies = 1, files = '', people = '' WHERE case_id = ?",
            [(each,) for each in case_ids],
        )
        store.set_fact(_UNFOLDED, "1")
    _fold(store)


def _leave(db: Connection, log: str, position: int, data: bytes) -> None:
    """What was left before stays: a second erasure of a case has the first one's rows again."""
    db.execute("INSERT INTO remains VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (log, position, data))


def _entomb(db: Connection, log: str, position: int, stone: bytes) -> None:
    db.execute(f"UPDATE {log} SET data = ? WHERE position = ?", (stone, position))


def rewrite_alerts(db: Connection, key: str, case_ids: Collection[str]) -> None:
    """Within a transaction: alerts of these cases say nothing any more. `key`: the column that
    numbers the rows of this file's table `alerts`."""
    left = []
    for number, data in db.execute(f"SELECT {key}, data FROM alerts"):
        alert = decode_alert(data)
        if alert.case_id in case_ids and alert.text != ERASED:
            left.append((encode_alert(replace(alert, text=ERASED)), number))
    db.executemany(f"UPDATE alerts SET data = ? WHERE {key} = ?", left)


def _forget_letters(store: EmbeddedStore, case_ids: Sequence[str]) -> None:
    """Letters that came of messages of these cases. They stay, with the reason: figures and the
    proof count them."""
    for letter_id in store.letters.of_origins(set(case_ids)):
        forget_letter(store, letter_id)


def forget_letter(store: EmbeddedStore, letter_id: str) -> None:
    """Within a transaction."""
    store.connection.execute(
        "UPDATE dead_letters SET original = ?, detail = ?, "
        "replayed_at = coalesce(replayed_at, at) WHERE letter_id = ?",
        (ERASED.encode(), ERASED, letter_id),
    )
    store.keys.destroy([key_name(letter_id)])


def _forget_links(store: EmbeddedStore, case_ids: Sequence[str]) -> None:
    known = store.linked()
    if known is not None:
        store.link_state(replace(known, state=without_cases(known.state, case_ids)))

"""What waits to be sent, what is being sent, and what became of it.

Before anything leaves the house the message stands here as being sent, committed; after it,
what the other side said. A process that finds a message that has been "being sent" for longer than
`GRACE` knows that its sender died on the way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from cases.alerts import Alert, Level, decode_alert, encode_alert
from cases.words.ids import joined_digest
from huiyin.backoff import backoff
from sinks.alerts.base import RATE_LIMITED, Limit, Outcome, Sent, Unsent
from sinks.alerts.channel_state import ChannelState, read_channel, write_channel
from sinks.alerts.file import AlertFile, SendState, moment, put_fact
from sinks.alerts.receipts import Receipts
from sinks.alerts.routing import Plan

GRACE: Final = timedelta(minutes=2)
"""Longer than any channel may take."""
_FIRST_WAIT: Final = 15.0
_LONGEST_WAIT: Final = 900.0
_MARGIN: Final = timedelta(seconds=2)
"""A limit's margin: the other side counts when a message arrives, we when it leaves."""
_KEEP_POSTS: Final = timedelta(hours=1)
_RANK: Final = {Level.HIGH: 0, Level.MEDIUM: 1, Level.LOW: 2}
_POSITION: Final = "position"


class Waiting(Struct, frozen=True, kw_only=True):
    """An alert that is due on a channel."""

    alert: Alert
    held: bool
    """It waited for the morning."""


class Queued(Struct, frozen=True, kw_only=True):
    """A message that is to be sent once more."""

    message_id: str
    channel: str
    alerts: tuple[Alert, ...]
    created_at: datetime
    held: bool
    """One of them waited for the morning."""


class AlertOutbox:
    """Two kinds of time come in: `now` is the office's clock, `real` the machine's, by which
    limits, pauses and `GRACE` are counted."""

    def __init__(self, file: AlertFile) -> None:
        self._file = file
        self.receipts = Receipts(file)

    # -- taking in --------------------------------------------------------------

    @property
    def position(self) -> str:
        return self._file.fact(_POSITION)

    def take(
        self,
        alerts: Iterable[Alert],
        position: str,
        plan: Callable[[Alert], Plan],
        now: datetime,
    ) -> int:
        """Alerts and how far they were read, in one step; gives how many were new."""
        new = 0
        with self._file.writing() as db:
            for alert in alerts:
                taken = db.execute(
                    "INSERT INTO alerts (alert_id, data, unit, role, level, taken_at) "
                    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (
                        alert.alert_id,
                        encode_alert(alert),
                        alert.unit,
                        alert.role.value if alert.role else "",
                        _RANK[alert.level],
                        now.timestamp(),
                    ),
                ).rowcount
                if taken:
                    new += 1
                    _put_plan(db, alert.alert_id, plan(alert))
            put_fact(db, _POSITION, position)
        return new

    def escalate(self, next_plan: Callable[[Alert, str], Plan], now: datetime) -> int:
        """Alerts that nobody acknowledged in time go on to the next route; gives how many."""
        with self._file.writing() as db:
            rows = db.execute(
                "SELECT alert_id, route, data FROM steps JOIN alerts USING (alert_id) "
                "WHERE NOT done AND until < ? AND alert_id NOT IN "
                "(SELECT alert_id FROM acknowledgements)",
                (now.timestamp(),),
            ).fetchall()
            for alert_id, route, data in rows:
                db.execute(
                    "UPDATE steps SET done = 1 WHERE alert_id = ? AND route = ?", (alert_id, route)
                )
                _put_plan(db, alert_id, next_plan(decode_alert(data), route))
        return len(rows)

    # -- what is to be sent -----------------------------------------------------

    def waiting(
        self, channel: str, now: datetime, limit: int = 500, *, acknowledged: bool = False
    ) -> list[Waiting]:
        """The loudest first, then the oldest. What was acknowledged meanwhile is dropped, unless
        `acknowledged` things are told too: 知悉 of the desk says nothing of a unit."""
        with self._file.writing() as db:
            if not acknowledged:
                db.execute(
                    "UPDATE sendings SET state = 'dropped' WHERE channel = ? AND state = 'waiting' "
                    "AND alert_id IN (SELECT alert_id FROM acknowledgements)",
                    (channel,),
                )
            rows = db.execute(
                "SELECT data, held FROM sendings JOIN alerts USING (alert_id) "
                "WHERE channel = ? AND state = 'waiting' AND due <= ? "
                "ORDER BY level, number LIMIT ?",
                (channel, now.timestamp(), limit),
            ).fetchall()
        return [Waiting(alert=decode_alert(data), held=bool(held)) for data, held in rows]

    def withhold(self, channel: str, alerts: Sequence[Alert]) -> None:
        """These do not go out by `channel`, though they waited for it."""
        with self._file.writing() as db:
            db.executemany(
                "UPDATE sendings SET state = 'dropped' WHERE channel = ? AND alert_id = ? "
                "AND state = 'waiting'",
                [(channel, alert.alert_id) for alert in alerts],
            )

    def queued(self, channel: str, real: datetime) -> list[Queued]:
        """Messages that are to be sent once more, oldest first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT message_id, created_at FROM messages WHERE channel = ? "
                "AND state = 'queued' AND next_try <= ? ORDER BY created_at, message_id",
                (channel, real.timestamp()),
            ).fetchall()
            return [self._queued(db, channel, *row) for row in rows]

    @staticmethod
    def _queued(db: sqlite3.Connection, channel: str, message_id: str, created: float) -> Queued:
        rows = db.execute(
            "SELECT data, held FROM sendings JOIN alerts USING (alert_id) WHERE message_id = ? "
            "ORDER BY level, number",
            (message_id,),
        ).fetchall()
        return Queued(
            message_id=message_id,
            channel=channel,
            alerts=tuple(decode_alert(data) for data, _ in rows),
            created_at=moment(created),
            held=any(held for _, held in rows),
        )

    def room(self, channel: str, limits: Sequence[Limit], real: datetime) -> int:
        """How many messages the channel's limits allow now."""
        room = []
        with self._file.reading() as db:
            for limit in limits:
                (used,) = db.execute(
                    "SELECT count(*) FROM posts WHERE channel = ? AND at > ?",
                    (channel, (real - limit.window - _MARGIN).timestamp()),
                ).fetchone()
                room.append(limit.count - used)
        return max(0, min(room, default=0))

    # -- intent and outcome -----------------------------------------------------

    def begin(
        self, channel: str, alerts: Sequence[Alert], real: datetime, *, pace: str = ""
    ) -> str:
        """Writes down that these alerts are about to leave in one message; gives its id, ""
        where another process took one of them. `pace`: where it is counted for the limits, if
        not under the channel's own name."""
        ids = [alert.alert_id for alert in alerts]
        message_id = "m-" + joined_digest(channel, *ids, size=10)
        stamp = real.timestamp()
        with self._file.writing() as db:
            wanted = msgspec.json.encode(ids).decode()
            (free,) = db.execute(
                "SELECT count(*) FROM sendings WHERE channel = ? AND state = 'waiting' "
                "AND alert_id IN (SELECT value FROM json_each(?))",
                (channel, wanted),
            ).fetchone()
            if free != len(ids):
                return ""
            db.execute(
                "INSERT INTO messages VALUES (?, ?, 'sending', ?, 1, 0, ?, '')",
                (message_id, channel, stamp, stamp),
            )
            db.execute(
                "UPDATE sendings SET state = 'queued', message_id = ? WHERE channel = ? "
                "AND alert_id IN (SELECT value FROM json_each(?))",
                (message_id, channel, wanted),
            )
            _posted(db, pace or channel, real)
        return message_id

    def begin_again(self, message: Queued, real: datetime, *, pace: str = "") -> bool:
        """The same for a message that is queued; False where another process has begun."""
        with self._file.writing() as db:
            begun = db.execute(
                "UPDATE messages SET state = 'sending', tries = tries + 1, changed_at = ? "
                "WHERE message_id = ? AND state = 'queued'",
                (real.timestamp(), message.message_id),
            ).rowcount
            if begun:
                _posted(db, pace or message.channel, real)
        return bool(begun)

    def end(
        self, message_id: str, outcome: Outcome, real: datetime, *, idempotent: bool, by: str = ""
    ) -> SendState:
        """What became of a message that was being sent; gives the state of its alerts. Too
        late (it was taken for lost meanwhile) only a receipt still counts: it is a fact.

        `by`: the office's channel that carried it to an address of its own. Its failures are that
        channel's, but for an address that is refused for good."""
        with self._file.writing() as db:
            channel, before = db.execute(
                "SELECT channel, state FROM messages WHERE message_id = ?", (message_id,)
            ).fetchone()
            if before != "sending" and not isinstance(outcome, Sent):
                return SendState.QUEUED if before == "queued" else SendState(before)
            for_good = isinstance(outcome, Unsent) and not outcome.retry
            blamed = channel if for_good else by or channel
            known = read_channel(db, blamed)
            wait = backoff(known.failures + 1, first=_FIRST_WAIT, most=_LONGEST_WAIT)
            state = _state_after(outcome, idempotent=idempotent)
            if isinstance(outcome, Sent):
                for name in {channel, blamed}:
                    write_channel(db, name, last_sent=real)
                detail, next_try = outcome.receipt, real
            else:
                detail = outcome.detail
                if isinstance(outcome, Unsent):
                    wait = outcome.wait_seconds or wait
                limited = isinstance(outcome, Unsent) and outcome.reason == RATE_LIMITED
                next_try = real + timedelta(seconds=wait)
                write_channel(
                    db,
                    blamed,
                    failing_since=known.failing_since if limited else known.failing_since or real,
                    failures=known.failures + (not limited),
                    error=detail,
                    next_try=next_try,
                )
            message_state = "queued" if state is SendState.QUEUED else state.value
            db.execute(
                "UPDATE messages SET state = ?, next_try = ?, changed_at = ?, detail = ? "
                "WHERE message_id = ?",
                (message_state, next_try.timestamp(), real.timestamp(), detail, message_id),
            )
            db.execute(
                "UPDATE sendings SET state = ? WHERE message_id = ?", (state.value, message_id)
            )
        return state

    def lost(self, channel: str, real: datetime) -> list[str]:
        """Ids of messages whose sender died on the way."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT message_id FROM messages WHERE channel = ? AND state = 'sending' "
                "AND changed_at <= ? ORDER BY changed_at",
                (channel, (real - GRACE).timestamp()),
            ).fetchall()
        return [message_id for (message_id,) in rows]

    # -- what cannot go this way --------------------------------------------------

    def give_up(self, channel: str, before: datetime) -> list[str]:
        """Gives up the messages that were put together before then; gives their ids."""
        with self._file.writing() as db:
            rows = db.execute(
                "UPDATE messages SET state = 'failed' WHERE channel = ? AND state = 'queued' "
                "AND created_at < ? RETURNING message_id",
                (channel, before.timestamp()),
            ).fetchall()
            for (message_id,) in rows:
                db.execute(
                    "UPDATE sendings SET state = 'failed' WHERE message_id = ?", (message_id,)
                )
        return [message_id for (message_id,) in rows]

    def copy(self, message_id: str, channel: str, now: datetime) -> None:
        """The alerts of a message go out by `channel` as well, as far as they have not."""
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO sendings SELECT alert_id, ?, 'waiting', ?, 0, NULL, 0 FROM sendings "
                "WHERE message_id = ? ON CONFLICT DO NOTHING",
                (channel, now.timestamp(), message_id),
            )

    def move(self, channel: str, to: Sequence[str], now: datetime) -> int:
        """What is due on `channel` and not being sent goes out by all of `to`, and to nobody where
        that is empty; gives how many alerts."""
        with self._file.writing() as db:
            rows = db.execute(
                "SELECT alert_id, message_id, held FROM sendings LEFT JOIN messages "
                "USING (message_id) "
                "WHERE sendings.channel = ? AND ((sendings.state = 'waiting' AND due <= ?) "
                "OR (sendings.state = 'queued' AND messages.state = 'queued'))",
                (channel, now.timestamp()),
            ).fetchall()
            for alert_id, _, held in rows:
                db.execute(
                    "UPDATE sendings SET state = ? WHERE alert_id = ? AND channel = ?",
                    ("moved" if to else "dropped", alert_id, channel),
                )
                db.executemany(
                    "INSERT INTO sendings VALUES (?, ?, 'waiting', ?, ?, NULL, 0) "
                    "ON CONFLICT DO NOTHING",
                    [(alert_id, name, now.timestamp(), held) for name in to],
                )
            db.executemany(
                "UPDATE messages SET state = 'moved' WHERE message_id = ?",
                {(message_id,) for _, message_id, _ in rows if message_id},
            )
        return len(rows)

    def send_again(self, message_id: str, real: datetime) -> bool:
        """A person wants a message sent once more that was given up or is unclear."""
        with self._file.writing() as db:
            row = db.execute(
                "UPDATE messages SET state = 'queued', next_try = 0, created_at = ?, "
                "detail = '' WHERE message_id = ? AND state IN ('failed', 'unclear') "
                "RETURNING channel",
                (real.timestamp(), message_id),
            ).fetchone()
            if row is None:
                return False
            db.execute(
                "UPDATE sendings SET state = 'queued', noted = 0 WHERE message_id = ?",
                (message_id,),
            )
            db.execute("UPDATE channels SET next_try = 0 WHERE name = ?", row)
        return True

    def channel(self, name: str) -> ChannelState:
        with self._file.reading() as db:
            return read_channel(db, name)

    def busy(self) -> frozenset[str]:
        """Channels that have something to send, or are sending."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT channel FROM sendings WHERE state = 'waiting' UNION "
                "SELECT channel FROM messages WHERE state IN ('queued', 'sending')"
            ).fetchall()
        return frozenset(channel for (channel,) in rows)

    def failing(self) -> frozenset[str]:
        """Channels of which the last message did not arrive."""
        with self._file.reading() as db:
            rows = db.execute("SELECT name FROM channels WHERE failing_since IS NOT NULL")
            return frozenset(name for (name,) in rows.fetchall())

    def failing_untold(self, name: str) -> datetime | None:
        """Since when a channel has been failing, where nobody was told of it yet."""
        since = self.channel(name).failing_since
        if since is None or self._file.fact(f"told {name}") == since.isoformat():
            return None
        return since

    def told(self, name: str, since: datetime) -> None:
        self._file.set_fact(f"told {name}", since.isoformat())


def _put_plan(db: sqlite3.Connection, alert_id: str, plan: Plan) -> None:
    db.executemany(
        "INSERT INTO sendings VALUES (?, ?, 'waiting', ?, ?, NULL, 0) ON CONFLICT DO NOTHING",
        [(alert_id, way.channel, way.due_at.timestamp(), int(way.held)) for way in plan.ways],
    )
    db.executemany(
        "INSERT INTO steps VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
        [(alert_id, step.route, step.until.timestamp()) for step in plan.steps],
    )


def _posted(db: sqlite3.Connection, channel: str, real: datetime) -> None:
    db.execute("INSERT INTO posts VALUES (?, ?)", (channel, real.timestamp()))
    db.execute("DELETE FROM posts WHERE at < ?", ((real - _KEEP_POSTS).timestamp(),))


def _state_after(outcome: Outcome, *, idempotent: bool) -> SendState:
    if isinstance(outcome, Sent):
        return SendState.SENT
    if isinstance(outcome, Unsent):
        return SendState.QUEUED if outcome.retry else SendState.FAILED
    return SendState.QUEUED if idempotent else SendState.UNCLEAR

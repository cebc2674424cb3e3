"""How a channel is doing, as its row of alerts.db says."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from msgspec import Struct

from sinks.alerts.file import maybe


class ChannelState(Struct, frozen=True, kw_only=True):
    failing_since: datetime | None = None
    failures: int = 0
    next_try: datetime | None = None
    last_sent: datetime | None = None


def read_channel(db: sqlite3.Connection, name: str) -> ChannelState:
    row = db.execute(
        "SELECT failing_since, failures, next_try, last_sent FROM channels WHERE name = ?", (name,)
    ).fetchone()
    if row is None:
        return ChannelState()
    return ChannelState(
        failing_since=maybe(row[0]),
        failures=row[1],
        next_try=maybe(row[2] or None),
        last_sent=maybe(row[3]),
    )


def write_channel(
    db: sqlite3.Connection,
    name: str,
    *,
    last_sent: datetime | None = None,
    failing_since: datetime | None = None,
    failures: int = 0,
    error: str = "",
    next_try: datetime | None = None,
) -> None:
    db.execute(
        "INSERT INTO channels VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "last_sent = coalesce(excluded.last_sent, last_sent), "
        "failing_since = excluded.failing_since, failures = excluded.failures, "
        "error = excluded.error, next_try = excluded.next_try",
        (
            name,
            last_sent.timestamp() if last_sent else None,
            failing_since.timestamp() if failing_since else None,
            failures,
            error,
            next_try.timestamp() if next_try else 0.0,
        ),
    )

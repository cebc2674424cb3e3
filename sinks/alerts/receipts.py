"""What became of alerts and does not stand in the histories of their cases yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from cases.alerts import Alert, decode_alert
from sinks.alerts.file import AlertFile, SendState, moment


class Noted(Struct, frozen=True, kw_only=True):
    """What became of one alert on one channel, for the history of its case."""

    alert: Alert
    channel: str
    state: SendState
    at: datetime
    merged: int
    detail: str


class Receipts:
    """A case is told first and that it was told is remembered after: telling it twice is
    telling it once."""

    def __init__(self, file: AlertFile) -> None:
        self._file = file

    def to_note(self, limit: int = 200) -> list[Noted]:
        """What became of alerts about cases and does not stand in their histories yet."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT a.data, s.channel, s.state, m.changed_at, m.detail, (SELECT count(*) "
                "FROM sendings AS o WHERE o.message_id = s.message_id) FROM sendings AS s "
                "JOIN alerts AS a USING (alert_id) JOIN messages AS m USING (message_id) "
                "WHERE NOT s.noted AND s.state IN ('sent', 'unclear', 'failed') "
                "ORDER BY m.changed_at, a.number LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            Noted(
                alert=decode_alert(data),
                channel=channel,
                state=SendState(state),
                at=moment(at),
                merged=merged,
                detail=detail,
            )
            for data, channel, state, at, detail, merged in rows
        ]

    def noted(self, noted: Sequence[Noted]) -> None:
        """These stand in the histories, or need not."""
        with self._file.writing() as db:
            db.executemany(
                "UPDATE sendings SET noted = 1 WHERE alert_id = ? AND channel = ? AND state = ?",
                [(each.alert.alert_id, each.channel, each.state.value) for each in noted],
            )

"""The alert book: what pages show of alerts, and acknowledgement.

An acknowledged alert is sent to nobody who has not had it yet, and goes to no
further route.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from cases.alerts import Alert, decode_alert
from cases.notices import MARK
from cases.words.actors import Actor, Role
from sinks.alerts.file import AlertFile, SendState, maybe, moment

_ALL: Final = (Role.DESK, Role.ADMIN, Role.LEADER, Role.SYSTEM)


class Sending(Struct, frozen=True, kw_only=True):
    """What became of an alert on one channel."""

    channel: str
    state: SendState
    at: datetime
    """Since when, or, while it waits, until when at least."""
    message_id: str = ""
    merged: int = 1
    """Alerts in the message it went out with."""
    detail: str = ""
    """Receipt or reason, in plain Chinese."""


class Acknowledged(Struct, frozen=True, kw_only=True):
    by: str
    """Id of the account."""
    name: str
    at: datetime


class AlertState(Struct, frozen=True, kw_only=True):
    sendings: tuple[Sending, ...] = ()
    acknowledged: Acknowledged | None = None


class AlertEntry(Struct, frozen=True, kw_only=True):
    """One line of the book."""

    number: int
    """Grows; a page asks for what came after the last one it has."""
    alert: Alert
    state: AlertState


class ChannelHealth(Struct, frozen=True, kw_only=True):
    """How a channel is doing."""

    name: str
    waiting: int
    """Alerts that are due and not sent yet."""
    last_sent: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    """In a row."""
    error: str = ""
    """Plain Chinese; "" when all is well."""
    next_try: datetime | None = None
    """Not before; None for at once."""
    unclear: int = 0
    """Messages that may have arrived or not."""
    failed: int = 0
    """Messages that were given up."""


class Trouble(Struct, frozen=True, kw_only=True):
    """A message that was not, or perhaps not, delivered."""

    message_id: str
    channel: str
    unclear: bool
    at: datetime
    detail: str
    alerts: tuple[Alert, ...]


class UnknownAlert(Exception):
    """There is no such alert, or not for who asks."""


class AlertBook:
    """For pages and the command line; the notifier fills it. Safe for several threads."""

    def __init__(self, file: AlertFile) -> None:
        self._file = file

    def newest(
        self,
        limit: int,
        *,
        who: Actor,
        after: int | None = None,
        before: int | None = None,
    ) -> tuple[AlertEntry, ...]:
        """The newest first, as far as they are for `who`: of those for the people of a unit
        alone, only the own ones. `after`, `before`: only those with a higher or lower number."""
        everything, unit = _for(who)
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT number, data FROM alerts WHERE ((? AND NOT instr(data, ?)) "
                "OR (unit = ? AND role = '')) "
                "AND number > ? AND number < ? ORDER BY number DESC LIMIT ?",
                (
                    everything,
                    MARK,
                    unit,
                    after or 0,
                    before if before is not None else 2**62,
                    limit,
                ),
            ).fetchall()
        alerts = [(number, decode_alert(data)) for number, data in rows]
        states = self.states([alert.alert_id for _, alert in alerts])
        return tuple(
            AlertEntry(number=number, alert=alert, state=states[alert.alert_id])
            for number, alert in alerts
        )

    def get(self, alert_id: str, *, who: Actor) -> AlertEntry:
        """Raises `UnknownAlert`."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT number, data FROM alerts WHERE (? OR (unit = ? AND role = '')) "
                "AND alert_id = ?",
                (*_for(who), alert_id),
            ).fetchone()
        if row is None:
            raise UnknownAlert("没有这条告警。")
        state = self.states([alert_id])[alert_id]
        return AlertEntry(number=row[0], alert=decode_alert(row[1]), state=state)

    def acknowledge(self, alert_id: str, actor: Actor, at: datetime) -> Acknowledged:
        """知悉. The first counts, and is what comes back. Raises `UnknownAlert`."""
        self.get(alert_id, who=actor)
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO acknowledgements VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (alert_id, actor.id, actor.name or actor.id, at.timestamp()),
            )
            by, name, when = db.execute(
                "SELECT actor, name, at FROM acknowledgements WHERE alert_id = ?", (alert_id,)
            ).fetchone()
        return Acknowledged(by=by, name=name, at=moment(when))

    def states(self, alert_ids: Iterable[str]) -> dict[str, AlertState]:
        """Every id that is asked for; an empty state for one that is not known (yet)."""
        ids = list(dict.fromkeys(alert_ids))
        sendings: dict[str, list[Sending]] = {alert_id: [] for alert_id in ids}
        acknowledged: dict[str, Acknowledged] = {}
        self._states(ids, sendings, acknowledged)
        return {
            alert_id: AlertState(
                sendings=tuple(sendings[alert_id]), acknowledged=acknowledged.get(alert_id)
            )
            for alert_id in ids
        }

    def _states(
        self,
        ids: Sequence[str],
        sendings: dict[str, list[Sending]],
        acknowledged: dict[str, Acknowledged],
    ) -> None:
        wanted = (msgspec.json.encode(ids).decode(),)
        with self._file.reading() as db:
            sent = db.execute(
                "SELECT s.alert_id, s.channel, s.state, s.due, s.message_id, m.changed_at, "
                "m.detail, (SELECT count(*) FROM sendings AS o "
                "WHERE o.message_id = s.message_id) FROM sendings AS s "
                "LEFT JOIN messages AS m USING (message_id) "
                "WHERE s.alert_id IN (SELECT value FROM json_each(?)) "
                "ORDER BY s.alert_id, s.channel",
                wanted,
            ).fetchall()
            acks = db.execute(
                "SELECT alert_id, actor, name, at FROM acknowledgements "
                "WHERE alert_id IN (SELECT value FROM json_each(?))",
                wanted,
            ).fetchall()
        for alert_id, channel, state, due, message_id, changed_at, detail, merged in sent:
            sendings[alert_id].append(
                Sending(
                    channel=channel,
                    state=SendState(state),
                    at=moment(due if changed_at is None else changed_at),
                    message_id=message_id or "",
                    merged=merged or 1,
                    detail=detail or "",
                )
            )
        for alert_id, by, name, at in acks:
            acknowledged[alert_id] = Acknowledged(by=by, name=name, at=moment(at))

    def channel_health(
        self, names: Iterable[str] = (), now: datetime | None = None
    ) -> tuple[ChannelHealth, ...]:
        """Every channel that has been used, and those in `names`, by name. `now`: waiting
        are only those that are due by then."""
        due = now.timestamp() if now is not None else 2.0**40
        with self._file.reading() as db:
            waiting: dict[str, int] = dict(
                db.execute(
                    "SELECT channel, count(*) FROM sendings WHERE state = 'waiting' AND due <= ? "
                    "GROUP BY channel",
                    (due,),
                )
            )
            for channel, count in db.execute(
                "SELECT m.channel, count(*) FROM messages AS m JOIN sendings USING (message_id) "
                "WHERE m.state IN ('queued', 'sending') GROUP BY m.channel"
            ):
                waiting[channel] = waiting.get(channel, 0) + count
            bad = {
                (channel, state): count
                for channel, state, count in db.execute(
                    "SELECT channel, state, count(*) FROM messages "
                    "WHERE state IN ('failed', 'unclear') GROUP BY channel, state"
                )
            }
            known = {row[0]: row[1:] for row in db.execute("SELECT * FROM channels")}
        found = []
        for name in sorted({*known, *names, *waiting}):
            last_sent, since, failures, error, next_try = known.get(name, (None, None, 0, "", 0.0))
            found.append(
                ChannelHealth(
                    name=name,
                    waiting=waiting.get(name, 0),
                    last_sent=maybe(last_sent),
                    failing_since=maybe(since),
                    failures=failures,
                    error=error,
                    next_try=maybe(next_try or None) if error else None,
                    unclear=bad.get((name, "unclear"), 0),
                    failed=bad.get((name, "failed"), 0),
                )
            )
        return tuple(found)

    def troubles(self, limit: int = 100) -> tuple[Trouble, ...]:
        """Messages that were given up or are unclear, the newest first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT message_id, channel, state, changed_at, detail FROM messages "
                "WHERE state IN ('failed', 'unclear') ORDER BY changed_at DESC, message_id LIMIT ?",
                (limit,),
            ).fetchall()
            found = []
            for message_id, channel, state, changed_at, detail in rows:
                alerts = db.execute(
                    "SELECT data FROM sendings JOIN alerts USING (alert_id) "
                    "WHERE message_id = ? ORDER BY number",
                    (message_id,),
                ).fetchall()
                found.append(
                    Trouble(
                        message_id=message_id,
                        channel=channel,
                        unclear=state == "unclear",
                        at=moment(changed_at),
                        detail=detail,
                        alerts=tuple(decode_alert(data) for (data,) in alerts),
                    )
                )
        return tuple(found)


def _for(who: Actor) -> tuple[bool, str]:
    """Which alerts a person may see: the desk, the administrator and leaders all of them
    (their text is masked); a unit its own; a reviewer none. Whether all, and which unit's."""
    if who.role in _ALL:
        return True, ""
    # No alert has this unit.
    return False, who.unit if who.role is Role.RESPONDER and who.unit else "\x1f"

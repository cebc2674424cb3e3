"""The alerts of the data file as the notifier reads them."""

from __future__ import annotations

from streams.embedded.store import EmbeddedStore
from streams.notifier_ports import Found


class StoredAlerts:
    """Implements `streams.notify.AlertSource`."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store

    def alerts_after(self, position: str, limit: int) -> Found:
        rows = self._store.alerts_after(int(position or 0), limit)
        last = str(rows[-1][0]) if rows else position
        return Found(tuple(alert for _, alert in rows), last)

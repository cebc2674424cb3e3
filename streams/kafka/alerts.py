"""The alerts topic as the notifier reads it; how far it has read is kept in alerts.db."""

from __future__ import annotations

import msgspec

from cases.alerts import Alert, decode_alert
from streams.kafka.connection import KafkaAddress
from streams.kafka.reader import Reader
from streams.kafka.topics import Topics
from streams.notifier_ports import Found


class KafkaAlerts:
    """Implements `streams.notify.AlertSource`. For one thread; keeps its connection."""

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._topic = Topics(address.prefix).alerts
        self._reader: Reader | None = None

    def alerts_after(self, position: str, limit: int) -> Found:
        """`position` is the next offset of each partition, as JSON.

        Raises `LogError` and `LogDown`."""
        offsets = msgspec.json.decode(position, type=dict[str, int]) if position else {}
        self._reader = self._reader or Reader(self._address)
        try:
            alerts = self._read(self._reader, offsets, limit)
        except BaseException:
            self.close()
            raise
        return Found(alerts, msgspec.json.encode(offsets, order="sorted").decode())

    def _read(self, reader: Reader, offsets: dict[str, int], limit: int) -> tuple[Alert, ...]:
        """Moves `offsets` on."""
        alerts = []
        ends = reader.ends(self._topic)
        start = {each: offsets.get(str(each[1]), 0) for each in ends}
        for entry in reader.read(start, ends):
            if entry.value is not None:
                alerts.append(decode_alert(entry.value))
            offsets[str(entry.partition)] = entry.offset + 1
            if len(alerts) >= limit:
                return tuple(alerts)
        offsets |= {str(partition): end for (_, partition), end in ends.items()}
        return tuple(alerts)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

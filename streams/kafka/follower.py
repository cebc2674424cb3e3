"""What the desk shows of the log: followed in the background, read from memory.

Pages must not wait for a broker. What they show may be some seconds old; the cases
themselves come from the ledger.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from contextlib import suppress

from msgspec.structs import replace

from cases.alerts import Alert, decode_alert
from cases.notices import UNIT_ONLY
from cases.privacy.erased import ERASED
from sinks.ledger.base import Ledger
from sinks.ledger.stored_case import forget_shown
from streams.dead_letters import SET_ASIDE, StoredLetter
from streams.intake import IntakeCounts
from streams.kafka.connection import KafkaAddress
from streams.kafka.errors import LogDown, LogError
from streams.kafka.keyring import ring_of
from streams.kafka.liveness import Lag, lag
from streams.kafka.log import LetterBox
from streams.kafka.progress import Progress
from streams.kafka.reader import Reader
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer
from streams.sources.seam.health import SourceHealth

_EVERY_SECONDS = 2.0
_MOST_ALERTS = 500

log = logging.getLogger("huiyin.desk")


class LogFollower:
    """Has what the pages ask of a data file, from the topics and the ledger."""

    def __init__(self, address: KafkaAddress, writer: Writer, ledger: Ledger) -> None:
        """Raises `LogError` and `LogDown`: the first look is taken here."""
        self.ledger = ledger
        self._address = address
        self._topics = Topics(address.prefix)
        self._progress = Progress(address, writer)
        self._letters = LetterBox()
        self._alerts: deque[Alert] = deque(maxlen=_MOST_ALERTS)
        self._read_to: dict[tuple[str, int], int] = {}
        self._erased = 0
        """How many cases were erased at the last look."""
        self._lag = Lag(committed={}, ends={})
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._stop = threading.Event()
        self.catch_up()
        self._thread = threading.Thread(target=self._follow, name="huiyin-follow", daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            with suppress(LogDown):
                try:
                    self.catch_up()
                except LogError as problem:
                    log.warning("%s", problem)

    def catch_up(self) -> None:
        """Looks at once, for a person who has just written. Raises `LogError`, `LogDown`."""
        with self._looking:
            self._look()

    def _look(self) -> None:
        found = lag(self._address)
        self._progress.refresh()
        with Reader(self._address) as reader:
            ends = reader.ends(self._topics.dead_letters)
            letters = list(reader.read(self._read_to, ends))
            alert_ends = reader.ends(self._topics.alerts)
            alerts = [
                decode_alert(entry.value)
                for entry in reader.read(self._read_to, alert_ends)
                if entry.value is not None
            ]
        erased = ring_of(self._address).erased()
        if len(erased) != self._erased:
            # What this process remembers of cases that another one has erased.
            forget_shown()
        with self._lock:
            if len(erased) != self._erased:
                self._erased = len(erased)
                self._letters.forget(erased)
                kept = (replace(a, text=ERASED) if a.case_id in erased else a for a in self._alerts)
                self._alerts = deque(kept, maxlen=_MOST_ALERTS)
            self._lag = found
            self._letters.take(letters)
            known = {alert.alert_id for alert in self._alerts}
            self._alerts.extend(
                alert
                for alert in alerts
                if alert.alert_id not in known and alert.kind not in UNIT_ONLY
            )
            self._read_to |= ends | alert_ends

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    # -- as `EmbeddedStore` has them -------------------------------------------

    def fact(self, name: str) -> str | None:
        if name == "last_sweep":
            last = self._progress.last_sweep()
            return last.isoformat() if last else None
        return self._progress.note(name) or None

    def waiting(self) -> int:
        return self._lag.total

    @property
    def processed(self) -> int:
        """Grows with every message that was processed."""
        return sum(self._lag.committed.values())

    def letters_waiting(self) -> int:
        with self._lock:
            return len(self._letters.waiting())

    def newest_letters(self, limit: int, offset: int = 0) -> list[StoredLetter]:
        """A page of the dead letters that wait, the newest first."""
        with self._lock:
            waiting = self._letters.waiting()
        return _newest(waiting)[offset : offset + limit]

    def waiting_reasons(self) -> list[tuple[str, str]]:
        with self._lock:
            waiting = self._letters.waiting()
        return [(stored.letter.letter_id, stored.letter.reason) for stored in waiting]

    def letters_aside(self, limit: int, offset: int = 0) -> list[StoredLetter]:
        """The same of those with a reason of `SET_ASIDE`."""
        with self._lock:
            waiting = self._letters.waiting()
        aside = [stored for stored in waiting if stored.letter.reason in SET_ASIDE]
        return _newest(aside)[offset : offset + limit]

    def aside_counts(self) -> dict[str, int]:
        """How many of them wait, by source."""
        with self._lock:
            waiting = self._letters.waiting()
        aside = [stored for stored in waiting if stored.letter.reason in SET_ASIDE]
        return dict(Counter(stored.letter.source for stored in aside))

    def letter(self, letter_id: str) -> StoredLetter | None:
        with self._lock:
            return self._letters.get(letter_id)

    def alerts(self, limit: int) -> list[Alert]:
        """The newest first, without those for the people of a unit alone."""
        with self._lock:
            return list(self._alerts)[::-1][:limit]

    def health(self, source: str) -> SourceHealth | None:
        return self._progress.health(source)

    def intake_counts(self) -> dict[str, IntakeCounts]:
        return self._progress.all_counts()


def _newest(letters: list[StoredLetter]) -> list[StoredLetter]:
    """The newest first."""
    by_id = sorted(letters, key=lambda stored: stored.letter.letter_id)
    return sorted(by_id, key=lambda stored: stored.letter.at, reverse=True)

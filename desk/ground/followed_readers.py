"""What the desk reads with Kafka: one follower of the log and the ledger, for every request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from desk.ground.context import PageStore

if TYPE_CHECKING:
    from streams.kafka.follower import LogFollower


class FollowedReaders:
    """Stands for `desk.ground.context.Readers`. The follower begins when it is first asked for:
    most commands never do."""

    def __init__(self, open_follower: Callable[[], AbstractContextManager[LogFollower]]) -> None:
        self._open = open_follower
        self._lock = Lock()
        self._opened = ExitStack()
        self._follower: LogFollower | None = None

    def follower(self) -> LogFollower:
        """Raises `LogError` and `LogDown` where it cannot begin."""
        with self._lock:
            if self._follower is None:
                self._follower = self._opened.enter_context(self._open())
            return self._follower

    @contextmanager
    def reader(self) -> Iterator[PageStore]:
        """Raises as `follower`."""
        yield self.follower()

    def close(self) -> None:
        with self._lock:
            self._follower = None
            self._opened.close()

"""How much of bodies that are still coming in may lie in memory, over all senders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """For one thread. Bytes."""

    def __init__(self, total: int, share: int) -> None:
        """`share`: the most that one sender holds."""
        self.total = total
        self._share = share
        self._held: Counter[str] = Counter()
        self.peak = 0

    @property
    def held(self) -> int:
        return self._held.total()

    @contextmanager
    def holding(self, sender: str) -> Iterator[Part]:
        """What is taken goes back at the end."""
        part = Part(self, sender)
        try:
            yield part
        finally:
            self._held[sender] -= part.size
            if not self._held[sender]:
                del self._held[sender]

    def take(self, sender: str, size: int) -> bool:
        """Whether there was room; if not, nothing was taken."""
        if self._held[sender] + size > self._share or self.held + size > self.total:
            return False
        self._held[sender] += size
        self.peak = max(self.peak, self.held)
        return True


class Part:
    """What one body holds of a budget."""

    def __init__(self, budget: Budget, sender: str) -> None:
        self._budget = budget
        self._sender = sender
        self.size = 0

    def grow(self, size: int) -> bool:
        """Whether there was room for so many more."""
        if not self._budget.take(self._sender, size):
            return False
        self.size += size
        return True

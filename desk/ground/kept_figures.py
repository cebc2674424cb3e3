"""Figures that pages share: made once, kept a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import Final, Generic, TypeVar

_KEPT: Final = 16
_FRESH_SECONDS: Final = 30.0

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class KeptFigures(Generic[K, V]):
    """Figures once made are kept until something was processed, and half a minute more
    where much happens: a wall of screens costs no more than one. They are counted for one
    asker at a time, the others wait for the result."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[K, tuple[V, int, float]] = OrderedDict()

    def read(self, key: K, revision: int, make: Callable[[], V]) -> V:
        """`key`: all that the figures depend on besides the ledger; `revision`: how far the
        ledger is."""
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                figures, made_of, until = known
                if made_of == revision or monotonic() < until:
                    return figures
            figures = make()
            self._known[key] = figures, revision, monotonic() + _FRESH_SECONDS
            self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return figures

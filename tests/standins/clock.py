"""A clock that stands still until somebody sleeps."""

from __future__ import annotations

import random

from huiyin.net.pacing import HostPacing


class FakeClock:
    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pacing(self, seed: int = 7) -> HostPacing:
        return HostPacing(monotonic=self.time, sleep=self.sleep, rng=random.Random(seed))

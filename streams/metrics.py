"""What Prometheus sees. Numbers and names of sources only: no case, no text, no person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as _latest

from streams.batch_work import Outcome
from streams.intake import IntakeCounts
from streams.sources.seam.health import SourceHealth

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """One registry for one process; both runtimes fill it. Safe for several threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._messages = self._counter("messages", "Inbox messages processed", "outcome")
        self._dead = self._counter("dead_letters", "Messages that became dead letters", "stage")
        self._stages = self._counter("stage_seconds", "Time spent, by stage", "stage")
        self._waits = self._counter("waits", "Waits for a dependency that is down", "reason")
        self._items = self._counter("intake_items", "Items that sources gave", "source", "kind")
        self._receipts = self._counter("alert_receipts", "Alerts delivered", "outcome")
        self._ticks = self._counter("sweep_ticks", "Looks that the sweep asked for")
        self._batch = Histogram(
            "huiyin_batch_seconds",
            "Time from taking a batch to acknowledging it",
            buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
            registry=self.registry,
        )
        self._lag = self._gauge("lag_messages", "Messages not acknowledged", "partition")
        self._stalled = self._gauge("stalled_seconds", "How long waiting work has stood still")
        self._success = self._gauge(
            "source_last_success_timestamp_seconds", "Last good poll or push", "source"
        )
        self._item = self._gauge(
            "source_last_item_timestamp_seconds", "When the last item came in", "source"
        )
        self._failures = self._gauge("source_failures", "Failures in a row", "source")
        self._seen_stages: dict[str, float] = {}

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"huiyin_{name}", what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"huiyin_{name}", what, labels, registry=self.registry)

    def processed(self, outcome: Outcome, seconds: float, stages: Mapping[str, float]) -> None:
        """A batch is done. `stages`: seconds added up since the start of the process."""
        for name in ("opened", "changed", "replayed", "duplicates", "dead"):
            self._messages.labels(name).inc(getattr(outcome, name))
        self._dead.labels("process").inc(outcome.dead)
        self._batch.observe(seconds)
        for stage, total in stages.items():
            self._stages.labels(stage).inc(max(0.0, total - self._seen_stages.get(stage, 0.0)))
            self._seen_stages[stage] = total

    def waiting(self, reason: str) -> None:
        self._waits.labels(reason).inc()

    def taken(self, source: str, counts: IntakeCounts) -> None:
        for kind in ("new", "later", "unchanged", "rejected"):
            self._items.labels(source, kind).inc(getattr(counts, kind))
        self._dead.labels("intake").inc(counts.rejected)

    def source(self, health: SourceHealth) -> None:
        for gauge, at in ((self._success, health.last_success), (self._item, health.last_item)):
            if isinstance(at, datetime):
                gauge.labels(health.source).set(at.timestamp())
        self._failures.labels(health.source).set(health.failures)

    def swept(self, ticks: int) -> None:
        self._ticks.inc(ticks)

    def receipt(self, outcome: str) -> None:
        """An attempt to deliver an alert ended: "sent", "refused", "unclear" or "failed", as
        `streams.notify` counts them."""
        self._receipts.labels(outcome).inc()

    def lag(self, waiting: Mapping[int, int], stalled: float) -> None:
        for partition, messages in waiting.items():
            self._lag.labels(str(partition)).set(messages)
        self._stalled.set(stalled)

    def text(self) -> bytes:
        """The exposition format."""
        return _latest(self.registry)

"""What the tests of pulled sources share: the office's side of the seam."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cases.record.item import Item, content_hash
from cases.words.times import BEIJING
from streams.sources.seam.base import Batch, OpenItem, PullSource, Rejected, SourceError
from streams.sources.seam.http_options import HttpOptions
from tests.standins.server import StandIn

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=BEIJING)


def http(stand_in: StandIn, **more: object) -> HttpOptions:
    settings: dict[str, object] = {
        "hosts": [stand_in.host],
        "allow_private_addresses": True,
        "read_timeout": 5.0,
        **more,
    }
    return HttpOptions.model_validate(settings)


@dataclass
class Office:
    """Stores batches as the intake does: the cursor with the batch, an item that says
    nothing new is a known duplicate."""

    cursor: str | None = None
    current: dict[str, str] = field(default_factory=dict)
    versions: list[Item] = field(default_factory=list)
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    batches: int = 0
    keep: bool = False
    stages: list[Office] = field(default_factory=list)
    """With `keep`: what was stored before each batch and after the last."""

    def stage(self) -> None:
        if self.keep:
            copy = replace(
                self,
                keep=False,
                stages=[],
                current=dict(self.current),
                versions=list(self.versions),
                rejected=list(self.rejected),
            )
            self.stages.append(copy)

    def store(self, batch: Batch) -> None:
        if not self.batches:
            self.stage()
        self.batches += 1
        for one in batch.found:
            if isinstance(one, Rejected):
                self.rejected.append(one)
                continue
            known = content_hash(one)
            if self.current.get(one.source_item_id) == known:
                self.duplicates += 1
                continue
            self.current[one.source_item_id] = known
            self.versions.append(one)
        if batch.cursor is not None:
            self.cursor = batch.cursor
        self.stage()

    def poll(
        self,
        source: PullSource,
        now: datetime = NOW,
        recheck: Sequence[OpenItem] = (),
        stop_after: int | None = None,
    ) -> SourceError | None:
        """One poll, or its first batches; the error that ended it."""
        try:
            for number, batch in enumerate(source.poll(self.cursor, now=now, recheck=recheck)):
                if number == stop_after:
                    return None  # killed: this batch came and was never stored
                self.store(batch)
        except SourceError as error:
            return error
        return None

    def latest(self, key: str) -> Item:
        return [item for item in self.versions if item.source_item_id == key][-1]

    @property
    def ids(self) -> list[str]:
        return [item.source_item_id for item in self.versions]


def open_items(ids: Iterable[str]) -> list[OpenItem]:
    return [OpenItem(source_item_id=key, url="", truncated=False) for key in ids]

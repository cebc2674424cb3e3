"""The office of the stories on Kafka and Elasticsearch: a worker, and one desk over it."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from cases.record.case import Case
from desk.ground import production
from desk.ground.settings import read_settings
from sinks.ledger.base import Ledger
from tests.browser.town import NOW, Town
from tests.doors.office import until
from tests.installation import Installation
from tests.servers import Elasticsearch, Kafka

T = TypeVar("T")
CHANGED = re.compile(r"配置已由 \w+ 换成 (\w+)")


class KafkaTown(Town):
    """As `Town`; what is killed and started anew is the desk, the worker goes on."""

    serves = "desk"

    def __init__(
        self,
        folder: Path,
        checkout: Path,
        secrets: dict[str, str],
        servers: tuple[Kafka, Elasticsearch],
    ) -> None:
        super().__init__(folder, checkout, secrets)
        self._installed = Installation(
            folder,
            *servers,
            now=NOW.isoformat(),
            HUIYIN_CONFIG=str(self.config),
            HUIYIN_TEST_LINKS="1",
        )

    def environment(self) -> dict[str, str]:
        return self._installed.environment | super().environment()

    def start(self) -> None:
        if not self._installed.workers:
            _aside(self._installed.create)
            self._installed.start_worker(**self.environment())
        super().start()

    def huiyin(self, *arguments: str, status: int = 0) -> str:
        run = super().huiyin
        return _aside(lambda: run(*arguments, status=status))

    def takes_on_tables(self) -> None:
        """Workers hear of it through the log, some seconds later."""
        number = CHANGED.findall(self.log.read_text("utf-8"))[-1]
        (worker,) = self._installed.workers
        until(lambda: number in CHANGED.findall(worker.said()), f"the worker goes by {number}")

    def balances(self) -> None:
        # Alerts are still being told to their cases.
        until(lambda: _aside(self._installed.audit).problems == (), "the audit balances", 60)

    def end(self) -> None:
        super().end()
        self._installed.close()

    def case(self, case_id: str) -> Case | None:
        return self._ledger.load([case_id]).get(case_id)

    @cached_property
    def _ledger(self) -> Ledger:
        return production.ledger(read_settings(self.environment())).ledger


def _aside(work: Callable[[], T]) -> T:
    """In a thread of its own: what runs an event loop can't beside Playwright."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()

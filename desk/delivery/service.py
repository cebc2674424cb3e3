"""`huiyin deliver`: an approved reply on its way, and what to do when it is unclear."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from cases.record.case import Case
from cases.record.messages import Action
from cases.words.actors import SYSTEM
from desk.ground.settings import Settings
from huiyin.store.sqlite import connect
from sinks.delivery.base import Receipt, delivery_id
from sinks.delivery.config import Doors, read_doors
from sinks.delivery.log import SqliteDeliveryLog
from streams.deliver_reply import action_id, record_receipt
from streams.runtime import Runtime
from streams.sources.seam.secrets import Secrets

REMEMBERED = timedelta(days=30)
"""How long back receipts are held against their cases."""


class OutwardRunner:
    """A runtime as a delivery needs it (`streams.deliver_reply.OutwardStore`)."""

    def __init__(self, runner: Runtime) -> None:
        self._runner = runner

    def case(self, case_id: str) -> Case | None:
        self._runner.pump_all()
        return self._runner.store.ledger.load([case_id]).get(case_id)

    def act(self, action: Action) -> None:
        self._runner.act(action)
        self._runner.pump_all()


def doors(settings: Settings) -> Doors:
    """The doors outward. Raises `DeliveryError` and `SourceError`."""
    return read_doors(settings.table("delivery.toml"), Secrets.load(os.environ, settings.home))


def delivery_log(settings: Settings) -> SqliteDeliveryLog:
    """Beside the data, in a file of its own: an intent is committed before anything is
    sent, whatever transaction the rest of the program is in."""
    return SqliteDeliveryLog(connect(log_file(settings), "送达记录"))


def log_file(settings: Settings) -> Path:
    return settings.home / "deliveries.db"


def finish_at_start(settings: Settings, open_runner: Callable[[], Runtime]) -> int:
    """`finish_receipts` for a process that starts; nothing is opened where no reply was
    ever sent."""
    if not log_file(settings).exists():
        return 0
    runner = open_runner()
    log = delivery_log(settings)
    try:
        return finish_receipts(runner, log)
    finally:
        log.close()
        runner.store.close()


def finish_receipts(runner: Runtime, log: SqliteDeliveryLog) -> int:
    """Tells cases of receipts that they do not know yet, because the program died between
    the receipt and the telling; gives how many."""
    store = OutwardRunner(runner)
    told = 0
    for state in log.receipts(since=runner.clock() - REMEMBERED):
        case = store.case(state.case_id)
        if case is None or not isinstance(state.outcome, Receipt):
            continue
        if case.recorded_for(action_id(state.delivery_id)):
            continue
        for draft in case.round.drafts:
            if delivery_id(case.case_id, draft.seq) == state.delivery_id:
                record_receipt(
                    store, case.case_id, draft.number, SYSTEM, state.delivery_id, state.outcome
                )
                told += 1
    return told

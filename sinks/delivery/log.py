"""What is known of each delivery, kept so that no crash makes it happen twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.privacy.erased import ERASED
from cases.words.times import BEIJING
from huiyin.store.counting import Counted
from huiyin.store.migrations import ensure, has_table
from huiyin.store.sqlite import Connection
from sinks.delivery.base import NotTaken, Outcome, Receipt, Unclear


class Stage(StrEnum):
    """How far a delivery is."""

    INTENT = "intent"
    """Being sent, or the sender died: after `GRACE` that is unclear."""
    RECEIPT = "receipt"
    REFUSED = "refused"
    UNCLEAR = "unclear"


PAUSES: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240))
"""After each refusal that may pass; then a person decides."""
GRACE: Final = timedelta(minutes=10)
"""Longer than any door may take: an intent older than this has lost its sender."""


class DeliveryState(Struct, frozen=True, kw_only=True):
    """The last word on one delivery."""

    delivery_id: str
    case_id: str
    door: str
    stage: Stage
    since: datetime
    attempts: int
    by: str
    """Who settled it; "" for the program."""
    outcome: Receipt | NotTaken | Unclear | None


class SettleError(Exception):
    """This delivery can't be settled now; the text says why."""


class DeliveryLog(Protocol):
    """Survives a crash of the process and of the machine."""

    def record_intent(self, delivery_id: str, *, case_id: str, door: str, now: datetime) -> int:
        """Write down, durably, that this delivery is about to be tried.

        Returns the number of the attempt, from 1; 0 when it must not be tried: it was
        delivered, is under way, is unclear, or was refused for good. Exactly one of several
        callers gets a number."""
        ...

    def record_outcome(
        self, delivery_id: str, attempt: int, outcome: Outcome, *, now: datetime
    ) -> None:
        """Write down what became of an attempt. Too late (a person settled it, another
        attempt began) only a receipt still counts: it is a fact, whatever else is said."""
        ...

    def state(self, delivery_id: str) -> DeliveryState | None: ...

    def unclear(self, *, now: datetime) -> list[DeliveryState]:
        """Deliveries that a person must look at, oldest first: those with an unclear
        outcome, and intents older than `GRACE` that nothing followed."""
        ...

    def settle(
        self, delivery_id: str, *, delivered: bool, by: str, proof: str, now: datetime
    ) -> None:
        """A person found out. Delivered: there is a receipt. Not delivered: it may be tried
        again. Raises `SettleError` where there is nothing to settle."""
        ...


_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS delivery_log (
    delivery_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    door TEXT NOT NULL,
    stage TEXT NOT NULL,
    at REAL NOT NULL,
    actor TEXT NOT NULL,
    outcome BLOB,
    PRIMARY KEY (delivery_id, seq)
) WITHOUT ROWID
"""
_LAST: Final = """
SELECT delivery_id, case_id, door, stage, at, actor, outcome, seq,
       (SELECT COUNT(*) FROM delivery_log AS i
         WHERE i.delivery_id = l.delivery_id AND i.stage = 'intent')
  FROM delivery_log AS l
 WHERE seq = (SELECT MAX(seq) FROM delivery_log AS m WHERE m.delivery_id = l.delivery_id)
"""
_decoder = msgspec.json.Decoder(Receipt | NotTaken | Unclear)


def without_texts(outcome: bytes) -> bytes:
    """An outcome as it is stored, when the personal data of its case were erased: of what was
    said, and of what a person recorded, nothing is left."""
    found = _decoder.decode(outcome)
    if isinstance(found, Receipt):
        return msgspec.json.encode(replace(found, proof=ERASED if found.proof else ""))
    return msgspec.json.encode(replace(found, detail=ERASED if found.detail else ""))


class SqliteDeliveryLog:
    """`DeliveryLog` in one append-only table.

    It commits by itself, before anything is sent, so it needs a connection of its own: on a
    shared one it would commit another writer's half-done work.
    """

    def __init__(self, connection: Connection) -> None:
        """Raises `StoreError`."""
        self.connection = connection
        ensure(
            connection, "deliveries", (_SCHEMA,), written=lambda db: has_table(db, "delivery_log")
        )
        connection.acknowledging = self.counted = Counted(connection)

    def close(self) -> None:
        self.connection.close()

    def record_intent(self, delivery_id: str, *, case_id: str, door: str, now: datetime) -> int:
        with self._transaction():
            last = self._state(delivery_id)
            if last is not None and not _may_retry(last):
                return 0
            self._append(delivery_id, case_id, door, Stage.INTENT, now)
            return last.attempts + 1 if last else 1

    def record_outcome(
        self, delivery_id: str, attempt: int, outcome: Outcome, *, now: datetime
    ) -> None:
        with self._transaction():
            last = self._state(delivery_id)
            if last is None or not 1 <= attempt <= last.attempts:
                raise ValueError(f"attempt {attempt} of {delivery_id} was never recorded")
            current = last.stage is Stage.INTENT and last.attempts == attempt
            late_receipt = isinstance(outcome, Receipt) and last.stage is not Stage.RECEIPT
            if current or late_receipt:
                self._append(
                    delivery_id, last.case_id, last.door, _stage(outcome), now, outcome=outcome
                )

    def state(self, delivery_id: str) -> DeliveryState | None:
        return self._state(delivery_id)

    def unclear(self, *, now: datetime) -> list[DeliveryState]:
        rows = self.connection.execute(
            _LAST + " AND (stage = 'unclear' OR (stage = 'intent' AND at <= ?)) ORDER BY at",
            ((now - GRACE).timestamp(),),
        ).fetchall()
        return [_read(row) for row in rows]

    def receipts(self, *, since: datetime) -> list[DeliveryState]:
        """Deliveries that got a receipt since then, oldest first."""
        rows = self.connection.execute(
            _LAST + " AND stage = 'receipt' AND at >= ? ORDER BY at", (since.timestamp(),)
        ).fetchall()
        return [_read(row) for row in rows]

    def settle(
        self, delivery_id: str, *, delivered: bool, by: str, proof: str, now: datetime
    ) -> None:
        if not by.strip() or not proof.strip():
            raise SettleError("请写明由谁核实、依据是什么（截图编号、平台回执或通话记录）。")
        with self._transaction():
            last = self._state(delivery_id)
            if last is None:
                raise SettleError(f"没有编号为 {delivery_id} 的送达记录。")
            if last.stage is Stage.INTENT and now - last.since < GRACE:
                raise SettleError(f"正在送达中，{GRACE.seconds // 60} 分钟后仍无结果再核实。")
            if last.stage not in (Stage.INTENT, Stage.UNCLEAR):
                raise SettleError("这次送达已有明确结果，不需要核实。")
            outcome: Outcome = (
                Receipt(at=now, via=last.door, proof=proof)
                if delivered
                else NotTaken(reason="checked", detail=f"经核实未送达：{proof}", retry=True)
            )
            self._append(
                delivery_id,
                last.case_id,
                last.door,
                _stage(outcome),
                now,
                actor=by,
                outcome=outcome,
            )

    def _state(self, delivery_id: str) -> DeliveryState | None:
        row = self.connection.execute(_LAST + " AND delivery_id = ?", (delivery_id,)).fetchone()
        return _read(row) if row else None

    def _append(
        self,
        delivery_id: str,
        case_id: str,
        door: str,
        stage: Stage,
        now: datetime,
        *,
        actor: str = "",
        outcome: Outcome | None = None,
    ) -> None:
        self.connection.execute(
            "INSERT INTO delivery_log SELECT ?, COALESCE(MAX(seq), 0) + 1, ?, ?, ?, ?, ?, ?"
            " FROM delivery_log WHERE delivery_id = ?",
            (
                delivery_id,
                case_id,
                door,
                stage.value,
                now.timestamp(),
                actor,
                msgspec.json.encode(outcome) if outcome else None,
                delivery_id,
            ),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self.connection.in_transaction:
            raise RuntimeError("the delivery log needs a connection of its own")
        with self.connection.transaction():
            yield


def _may_retry(last: DeliveryState) -> bool:
    return isinstance(last.outcome, NotTaken) and last.outcome.retry


def _stage(outcome: Outcome) -> Stage:
    if isinstance(outcome, Receipt):
        return Stage.RECEIPT
    return Stage.REFUSED if isinstance(outcome, NotTaken) else Stage.UNCLEAR


def _read(row: tuple[str, str, str, str, float, str, bytes | None, int, int]) -> DeliveryState:
    delivery_id, case_id, door, stage, at, actor, outcome, _, attempts = row
    return DeliveryState(
        delivery_id=delivery_id,
        case_id=case_id,
        door=door,
        stage=Stage(stage),
        since=datetime.fromtimestamp(at, BEIJING),
        attempts=attempts,
        by=actor,
        outcome=_decoder.decode(outcome) if outcome else None,
    )

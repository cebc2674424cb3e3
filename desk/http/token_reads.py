"""What a program reads with a token that another person had made, in the trail.

Who made the token may have kept it, so both names belong beside what was read. A screen asks
every minute: each part of the interface is noted once a day for each token."""

from __future__ import annotations

import threading
from datetime import date
from typing import Final

from desk.accounts.tokens import Token
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext

_MOST_PARTS: Final = 40
"""Of one token on one day: made-up addresses fill no trail."""
_LONGEST: Final = 80


class TokenReads:
    """For several threads."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._lock = threading.Lock()
        self._day: date | None = None
        self._noted: dict[int, set[str]] = {}

    def note(self, token: Token, path: str, address: str) -> None:
        """Before the answer. Raises `StoreError`."""
        if not token.by_another:
            return
        part = "/".join(path.split("/")[:4])[:_LONGEST]
        if self._is_new(token.id, part):
            self._office.trail.record(
                self._office.clock(),
                token.account,
                AuditAction.READ,
                part,
                f"读取（{token.people}）",
                address,
            )

    def _is_new(self, number: int, part: str) -> bool:
        today = self._office.clock().date()
        with self._lock:
            if self._day != today:
                self._day, self._noted = today, {}
            parts = self._noted.setdefault(number, set())
            if part in parts or len(parts) >= _MOST_PARTS:
                return False
            parts.add(part)
            return True

"""What the group robots of the chat programs share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sinks.alerts import wording
from sinks.alerts.base import Limit, Line, Post


class Robot:
    """One robot of a group. None of the programs knows a message that is repeated."""

    idempotent: ClassVar[bool] = False
    most_bytes: ClassVar[int]
    """Of the text of a message."""

    def __init__(
        self, name: str, address: str, post: Post, *, secret: str = "", limits: tuple[Limit, ...]
    ) -> None:
        """`address`: the whole Webhook address as the program shows it. `secret`: for those
        that sign."""
        self.name = name
        self.limits = limits
        self._address = address
        self._secret = secret
        self._post = post

    def fits(self, lines: Sequence[Line]) -> int:
        return wording.fitting(lines, self.most_bytes)

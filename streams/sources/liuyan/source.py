"""领导留言板: the messages to one or several leaders, or those that a search finds."""

from __future__ import annotations

from datetime import datetime

from cases.record.item import Item
from huiyin.net.pacing import HostPacing
from streams.sources.lists.list_source import SweptSource
from streams.sources.liuyan.board import Board
from streams.sources.liuyan.options import LiuyanOptions
from streams.sources.liuyan.threads import listing
from streams.sources.seam.base import Rejected
from streams.sources.seam.http import PoliteClient
from streams.sources.seam.secrets import Secrets


class LiuyanSource(SweptSource):
    """The `PullSource` of 领导留言板."""

    def __init__(
        self,
        name: str,
        channel: str,
        options: LiuyanOptions,
        client: PoliteClient,
        secrets: Secrets,
    ) -> None:
        board = self._board = Board(name, channel, options, client, secrets)
        names = options.keywords if options.mode == "search" else options.fids
        super().__init__(
            name,
            {key: listing(board, key) for key in names},
            options.reach(),
            client,
            board.details,
        )

    @classmethod
    def from_options(
        cls,
        name: str,
        channel: str,
        options: LiuyanOptions,
        *,
        secrets: Secrets,
        pacing: HostPacing,
    ) -> LiuyanSource:
        client = PoliteClient(name, options.http, pacing=pacing, secrets=secrets)
        return cls(name, channel, options, client, secrets)

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """See `Replayable`. The original is a line of a list; the full text comes with the
        next look at the open case."""
        return (self._board.line(original, now),)

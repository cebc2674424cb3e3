"""An answer that is made while it is sent, and lets go of what it holds however it ends.

Starlette drops the generator when the reader goes away: its `finally` runs whenever Python
collects it, and until then an export keeps its place and its database connection.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Final

import anyio
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

FILE_SECONDS: Final = 1800.0
"""A file takes no longer; a reader who takes a little at a time would hold it for days."""


class ClosingStream(StreamingResponse):
    def __init__(
        self,
        parts: Generator[bytes, None, None] | AsyncGenerator[bytes, None],
        *,
        media_type: str,
        headers: Mapping[str, str],
        most_seconds: float | None = FILE_SECONDS,
    ) -> None:
        """`parts` is closed when the answer ends: sent, reader gone, or `most_seconds` over
        (None: no limit)."""
        super().__init__(parts, media_type=media_type, headers=headers)
        self._parts = parts
        self._most_seconds = most_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with anyio.move_on_after(self._most_seconds):
                await super().__call__(scope, receive, send)
        finally:
            # Also while this task is being cancelled.
            with anyio.CancelScope(shield=True):
                if isinstance(self._parts, AsyncGenerator):
                    await self._parts.aclose()
                else:
                    await anyio.to_thread.run_sync(self._parts.close)

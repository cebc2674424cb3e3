"""The event loop that clients of Kafka run in: what they leave open ends with it.

aiokafka forgets connections: the first one, where the broker lets us in and then says nothing until
our patience ends; those that a task still opens while its client is being stopped; and over TLS
each one whose farewell takes longer than the loop. An open connection keeps its broker busy and is
found by the garbage collector at some later time, in the middle of something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar
from weakref import WeakSet

T = TypeVar("T")

_FAREWELL = 5.0
"""Seconds for tasks that were told to end."""
_ROUNDS = 5
"""Of the loop, until a connection that was cut is closed: over TLS it takes four."""


class ClientLoop(asyncio.SelectorEventLoop):
    """Knows the connections that were made in it."""

    def __init__(self) -> None:
        super().__init__()
        self._made: WeakSet[asyncio.WriteTransport] = WeakSet()

    async def create_connection(self, *given: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(*given, **options)
        self._made.add(transport)
        return transport, protocol

    async def within(self, seconds: float, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives. Raises `TimeoutError`, and then nothing of this loop runs or is
        connected any more: aiokafka drops a connection whose user is cancelled as it is."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            await self.clear()
            raise TimeoutError(f"{seconds:.0f} 秒没有回应")
        return task.result()

    async def clear(self) -> None:
        """Ends every other task of this loop, and cuts what is still connected."""
        await self._cut()
        left = asyncio.all_tasks(self) - {asyncio.current_task(self)}
        for task in left:
            task.cancel()
        if left:
            ended, _ = await asyncio.wait(left, timeout=_FAREWELL)
            for task in ended:
                # Looked at, or the loop would report it as an error that was overlooked.
                if not task.cancelled():
                    task.exception()
        await self._cut()

    async def _cut(self) -> None:
        # Before the tasks end too: aiokafka's readers hear of it, and close their side.
        made = list(self._made)
        for transport in made:
            transport.abort()
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
        self._made.difference_update(made)

    def close(self) -> None:
        """Where something is left, in a thread that runs no other loop."""
        if not self.is_closed() and (self._made or asyncio.all_tasks(self)):
            self.run_until_complete(self.clear())
        super().close()

"""Where platforms push to: `/push/NAME`, one address for each pushed source.

The source checks who sends and reads the items; what it read is stored before the
answer goes out, so a platform that was answered need never send again, and one
that got no answer may.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

import anyio
from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from msgspec import structs

from desk.ground.limits import UNPROVEN_SECONDS
from desk.http.authentication import address_of
from desk.http.body_budget import Budget, Part
from desk.http.connections import group_of
from huiyin.store.errors import StoreError
from sinks.ledger.base import LedgerUnavailable
from streams.kafka.errors import LogDown
from streams.polling import note, times_of
from streams.runtime import Runtime
from streams.sources.seam.base import ChecksHead, PushAnswer, PushRequest, PushSource, SourceError

_log = logging.getLogger(__name__)

MOST_BYTES: Final = 16 << 20
"""The most that any source takes; a larger body is refused while it comes in,
whatever it says of its length."""


_SHARES: Final = 4
"""One sender holds at most this part of the memory for bodies: a quarter."""
_AT_ONCE: Final = 2
"""They are stored one after the other; waiting must not take the threads of the pages."""


class Pushes:
    """Takes pushes in, one after the other, through a runner of its own."""

    def __init__(
        self,
        sources: Mapping[str, PushSource],
        open_runner: Callable[[], Runtime],
        taken: Callable[[], None] = lambda: None,
    ) -> None:
        """`taken` is called after something new was stored."""
        self._sources = sources
        self._open_runner = open_runner
        self._runner: Runtime | None = None
        self._lock = Lock()
        self._taken = taken
        self.largest = max(map(self.most_bytes, sources), default=0)
        """Bytes that the largest body may have."""

    def __contains__(self, name: str) -> bool:
        return name in self._sources

    def most_bytes(self, name: str) -> int:
        return min(MOST_BYTES, getattr(self._sources[name], "max_body", MOST_BYTES))

    def proven_by_head(self, name: str) -> bool:
        """Whether a request that `refuse_head` lets pass has proved who sends it."""
        source = self._sources[name]
        return isinstance(source, ChecksHead) and source.proof_in_head

    def refuse_head(self, name: str, head: PushRequest) -> PushAnswer | None:
        """The answer to what would be refused whatever its body holds; None to read on."""
        source = self._sources[name]
        if not isinstance(source, ChecksHead):
            return None
        try:
            return source.refuse_head(head, now=self._opened().clock())
        except SourceError:
            return self.receive(name, head)  # which notes it

    def receive(self, name: str, request: PushRequest) -> PushAnswer:
        """The answer, after everything in the push is safe."""
        source = self._sources[name]
        runner = self._opened()
        with self._lock:
            try:
                answer = source.receive(request, now=runner.clock())
                if answer.batch is not None:
                    counts = runner.take(name, answer.batch)
                    received = times_of(answer.batch) if counts.new else ()
                    note(runner, name, runner.clock(), received)
            except SourceError as error:
                note(runner, name, runner.clock(), (), str(error))
                return _later("来源配置有误，管理员已能看到原因；请稍后重发。")
            except (StoreError, LogDown, LedgerUnavailable) as error:
                _log.error("push to %s could not be stored: %s", name, error)
                return _later("暂时不能入库，请稍后重发。")
        if answer.batch is not None:
            self._taken()
        return answer

    def _opened(self) -> Runtime:
        # Without the lock, so that a look at a head waits for nobody's body.
        runner = self._runner
        if runner is None:
            with self._lock:
                runner = self._runner = self._runner or self._open_runner()
        return runner

    def close(self) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner.store.close()
                self._runner = None


def _later(text: str) -> PushAnswer:
    body = JSONResponse({"error": {"code": "not_stored", "message": text}}).body
    return PushAnswer(status=503, body=bytes(body))


def add_pushes(app: FastAPI, pushes: Pushes, most_in_memory: int) -> None:
    """`most_in_memory`: bytes of all bodies that are coming in or waiting to be stored, once
    for those whose sender has proved who it is and once for the others."""
    total = max(most_in_memory, 2 * pushes.largest)
    share = max(total // _SHARES, pushes.largest)
    budgets = {proven: Budget(total, share) for proven in (True, False)}
    at_once = anyio.CapacityLimiter(_AT_ONCE)

    @app.api_route("/push/{name}", methods=["GET", "POST"], include_in_schema=False)
    async def push(name: str, request: Request) -> Response:
        if name not in pushes:
            return _problem(404, "no_such_source", "没有这个推送地址。")
        most = pushes.most_bytes(name)
        length = request.headers.get("content-length", "0")
        if not (length.isdigit() and len(length) < 16 and int(length) <= most):
            return _too_large(most)
        head = PushRequest(
            method=request.method,
            query=dict(request.query_params),
            headers={key.lower(): value for key, value in request.headers.items()},
            body=b"",
        )
        refusal = await run_sync(pushes.refuse_head, name, head, limiter=at_once)
        if refusal is not None:
            return _sent(refusal)
        proven = pushes.proven_by_head(name)
        with budgets[proven].holding(group_of(address_of(request))) as part:
            try:
                with anyio.fail_after(None if proven else UNPROVEN_SECONDS):
                    body = await _body(request, part, most)
            except TimeoutError:
                return _problem(408, "too_slow", f"正文没有在 {UNPROVEN_SECONDS} 秒内发完。")
            if isinstance(body, Response):
                return body
            whole = structs.replace(head, body=body)
            return _sent(await run_sync(pushes.receive, name, whole, limiter=at_once))


async def _body(request: Request, part: Part, most: int) -> bytes | Response:
    """The whole body, or the answer to one that cannot be taken."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > most:
            return _too_large(most)
        if not part.grow(len(chunk)):
            answer = _problem(503, "busy", "同时推送的内容太多，没有收下，请稍后重发。")
            answer.headers["retry-after"] = "30"
            return answer
        body += chunk
    return bytes(body)


def _sent(answer: PushAnswer) -> Response:
    headers = {"retry-after": "30"} if answer.status == 503 else None
    return Response(answer.body, answer.status, media_type=answer.media_type, headers=headers)


def _too_large(most: int) -> JSONResponse:
    return _problem(413, "too_large", f"内容超过 {most:,} 字节，没有收下。")


def _problem(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)

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

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from huiyin.store.errors import StoreError
from sinks.ledger.base import LedgerUnavailable
from streams.kafka.errors import LogDown
from streams.polling import note, times_of
from streams.runtime import Runtime
from streams.sources.seam.base import PushAnswer, PushRequest, PushSource, SourceError

_log = logging.getLogger(__name__)

MOST_BYTES: Final = 16 << 20
"""The most that any source takes; a larger body is refused while it comes in,
whatever it says of its length."""


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

    def __contains__(self, name: str) -> bool:
        return name in self._sources

    def most_bytes(self, name: str) -> int:
        return min(MOST_BYTES, getattr(self._sources[name], "max_body", MOST_BYTES))

    def receive(self, name: str, request: PushRequest) -> PushAnswer:
        """The answer, after everything in the push is safe."""
        source = self._sources[name]
        with self._lock:
            self._runner = self._runner or self._open_runner()
            runner = self._runner
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

    def close(self) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner.store.close()
                self._runner = None


def _later(text: str) -> PushAnswer:
    body = JSONResponse({"error": {"code": "not_stored", "message": text}}).body
    return PushAnswer(status=503, body=bytes(body))


def add_pushes(app: FastAPI, pushes: Pushes) -> None:
    @app.api_route("/push/{name}", methods=["GET", "POST"], include_in_schema=False)
    async def push(name: str, request: Request) -> Response:
        if name not in pushes:
            return _problem(404, "no_such_source", "没有这个推送地址。")
        most = pushes.most_bytes(name)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                return _problem(413, "too_large", f"内容超过 {most:,} 字节，没有收下。")
        answer = await run_in_threadpool(
            pushes.receive,
            name,
            PushRequest(
                method=request.method,
                query=dict(request.query_params),
                headers={key.lower(): value for key, value in request.headers.items()},
                body=bytes(body),
            ),
        )
        headers = {"retry-after": "30"} if answer.status == 503 else None
        return Response(answer.body, answer.status, media_type=answer.media_type, headers=headers)


def _problem(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)

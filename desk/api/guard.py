"""What stands before every operation: how often, how much, and from where."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Annotated, Final, TypeVar

import msgspec
from fastapi import Depends, Request
from msgspec import Struct

from cases.words.actors import Role
from desk.api.errors import ApiError, body_error, too_deep
from desk.http.authentication import Person, check_token, person_of

MOST_BYTES: Final = 1 << 20
_SAFE: Final = frozenset(("GET", "HEAD"))

T = TypeVar("T")


class Pace:
    """A bucket of requests for each asker that fills up evenly."""

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        most_askers: int = 10_000,
    ) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._most = most_askers
        self._lock = Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, asker: str) -> float:
        """Counts a request; gives 0, or after how many seconds the next one is answered."""
        now = self._clock()
        with self._lock:
            left, at = self._left.pop(asker, (float(self.per_minute), now))
            left = min(self.per_minute, left + (now - at) * self.per_minute / 60)
            allowed = left >= 1
            self._left[asker] = (left - 1 if allowed else left, now)
            while len(self._left) > self._most:
                self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) * 60 / self.per_minute


def guard(pace: Pace) -> Callable[[Request], None]:
    """The dependency of all operations."""

    def check(request: Request) -> None:
        person = person_of(request)
        seconds = pace.wait(person.account.id)
        if seconds:
            raise ApiError(
                429,
                f"请求太频繁：每分钟最多 {pace.per_minute} 次，请 {seconds:.0f} 秒后再试。",
                headers={"retry-after": str(max(1, round(seconds)))},
            )
        if request.method not in _SAFE:
            check_token(request, "")

    return check


async def raw_body(request: Request) -> bytes:
    """The JSON of a request. Raises `ApiError` 413 and 415."""
    sort = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sort != "application/json":
        raise ApiError(415, f"内容应为 application/json，实际是“{sort[:40] or '没有写'}”。")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ApiError(413, f"内容最多 {MOST_BYTES:,} 字节。")
    return bytes(body)


RawBody = Annotated[bytes, Depends(raw_body)]


def read_body(data: bytes, kind: type[T]) -> T:
    """Raises `ApiError` 400."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise body_error(error) from None
    except RecursionError:
        raise too_deep() from None


def allowed(request: Request, *roles: Role) -> Person:
    """Who asks, with one of these roles. Raises `ApiError` 403."""
    person = person_of(request)
    if person.role not in roles:
        words = "、".join(roles)
        raise ApiError(403, f"这个接口只对角色 {words} 开放，您的角色是 {person.role}。")
    return person


class Done(Struct, frozen=True):
    """For operations that have nothing more to say."""

    done: bool = True

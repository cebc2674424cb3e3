"""What happens is shown without reload: one look for all open pages, told by
server-sent events.

One thread looks at the data once a second, however many pages are open, and makes the
new picture of the first page once for all who may see the same. A page that is slow to
read gets the newest picture and none of those between.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from msgspec.structs import asdict
from starlette.exceptions import HTTPException

from cases.words.actors import Actor, Role
from desk.accounts.accounts import Accounts
from desk.accounts.sessions import Sessions
from desk.ground.context import DeskContext, PageStore
from desk.ground.loops import Loop
from desk.home.newest_calls import newest_calls
from desk.home.queue import waiting_counts
from desk.http.authentication import Person, cookie_name, person_of
from desk.http.closing_stream import ClosingStream
from desk.http.cookies import cookie_of
from desk.http.stream_state import stream_state
from desk.http.waiting import WaitingCounts

LOOK_SECONDS: Final = 1.0
CHECK_SECONDS: Final = 5.0
"""How soon after a sign-out the stream ends."""
HEARTBEAT_SECONDS: Final = 15.0
"""Shorter than the patience of usual proxies."""
_GATHER_SECONDS: Final = 0.1
MOST_LISTENERS: Final = 200
MOST_OF_ACCOUNT: Final = 8
_log = logging.getLogger(__name__)

Picture = Callable[[PageStore, Actor], Mapping[str, object]]
"""What the first page shows now to who has this role and unit."""


class TooManyPages(Exception):
    """The text is for who opened one more."""


class Listener:
    """One open page. Filled by the thread that looks, emptied by the page's own task."""

    def __init__(self, person: Person, word: str, *, today: bool) -> None:
        self.person = person
        self.word = word
        self.today = today
        """Whether it is the first page, which is told what it shows."""
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._pending: dict[str, str] = {}
        self._over = False

    def tell(self, event: str, data: str) -> None:
        """From any thread. What was not sent yet of the same event is out of date."""
        self._call(lambda: self._pending.__setitem__(event, data))

    def end(self, event: str = "") -> None:
        """`event`: a last word, for instance that the session is over."""

        def over() -> None:
            if event:
                self._pending[event] = "{}"
            self._over = True

        self._call(over)

    def _call(self, change: Callable[[], None]) -> None:
        def run() -> None:
            change()
            self._wake.set()

        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(run)

    async def events(self, heartbeat: float = HEARTBEAT_SECONDS) -> AsyncIterator[bytes]:
        yield b"retry: 5000\n\n"
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), heartbeat)
            except TimeoutError:
                # A proxy that hears nothing for long cuts the line.
                yield b": \n\n"
                continue
            self._wake.clear()
            pending, self._pending = self._pending, {}
            for event, data in pending.items():
                yield f"event: {event}\ndata: {data}\n\n".encode()
            if self._over:
                return


class Live:
    """The open pages, and the thread that looks for them while there are any."""

    def __init__(
        self, office: DeskContext, picture: Picture, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._office = office
        self._picture = picture
        self._seconds = look_seconds
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._changed = threading.Event()
        self._loop = Loop(
            "网页更新",
            self._step,
            look_seconds,
            wake=self._changed,
            wait_after=lambda _failures: CHECK_SECONDS,
        )
        self._looked = 0
        self._acknowledged = 0
        self._last: object = None
        self._queues: dict[tuple[Role, str], tuple[int, ...]] = {}
        self._calls: dict[tuple[Role, str], list[dict[str, str]]] = {}

    def join(self, listener: Listener) -> None:
        """Raises `TooManyPages`."""
        with self._lock:
            account = listener.person.account.id
            own = sum(one.person.account.id == account for one in self._listeners)
            if len(self._listeners) >= MOST_LISTENERS or own >= MOST_OF_ACCOUNT:
                raise TooManyPages("同时打开的页面太多，这个页面不会自动更新。请关掉不用的页面。")
            self._listeners.append(listener)
            self._last = None
        self._loop.begin()
        self._changed.set()

    def leave(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def acknowledged(self) -> None:
        """An alert was taken note of: every open page shows it at once."""
        self._acknowledged += 1
        self._office.get(WaitingCounts).forget()
        self._changed.set()

    def close(self) -> None:
        """Ends every stream. Safe to call again."""
        self._loop.stop.set()
        with self._lock:
            listeners, self._listeners = self._listeners, []
        for one in listeners:
            one.end()
        self._loop.close()

    def _step(self) -> bool:
        # Many pages that open at once, or many acknowledgements, are one look.
        self._loop.stop.wait(_GATHER_SECONDS)
        self._changed.clear()
        self.look()
        return False

    def look(self) -> None:
        """One look: ends streams whose session is over, and tells what is new."""
        self._looked += 1
        with self._lock:
            listeners = list(self._listeners)
        if not listeners:
            return
        if self._looked % max(1, round(CHECK_SECONDS / self._seconds)) == 0:
            self._check(listeners)
        now = self._office.clock()
        with self._office.readers.reader() as store:
            stream = stream_state(store, self._office, now)
            # What watches raises alerts about no case, and the ledger does not change with them.
            newest = tuple(one.alert_id for one in store.alerts(1))
            # Once a minute the words for the time left are others.
            state = (stream.revision, stream.word, stream.detail, stream.letters, newest)
            seen = (*state, self._acknowledged, now.replace(second=0, microsecond=0))
            with self._lock:
                if seen == self._last:
                    return
            said = {
                "revision": stream.revision,
                "word": stream.word,
                "detail": stream.detail,
                "tone": stream.tone,
            }
            self._queues.clear()
            self._calls.clear()
            self._tell_today(store, [one for one in listeners if one.today])
            counts = self._office.get(WaitingCounts)
            for one in listeners:
                mine = {} if one.today else {"mine": self._mine(store, one.person)}
                called = self._called(store, one.person)
                own = {"waiting": counts.shown(store, one.person.actor), "calls": called} | mine
                one.tell("state", json.dumps(said | own, ensure_ascii=False))
            # Only now: where the ledger did not answer, the next look tells it.
            with self._lock:
                if set(self._listeners) <= set(listeners):  # who came meanwhile waits for a look
                    self._last = seen

    def _tell_today(self, store: PageStore, listeners: list[Listener]) -> None:
        told: dict[tuple[Role, str], str] = {}
        for one in listeners:
            key = (one.person.role, one.person.unit)
            if key not in told:
                told[key] = json.dumps(self._picture(store, one.person.actor), ensure_ascii=False)
            one.tell("today", told[key])

    def _mine(self, store: PageStore, person: Person) -> str:
        """Changes when what waits for this person does."""
        key = (person.role, person.unit)
        if person.role not in (Role.RESPONDER, Role.REVIEWER):
            return ""
        if key not in self._queues:
            self._queues[key] = waiting_counts(store, self._office, person.actor)
        return "-".join(map(str, self._queues[key]))

    def _called(self, store: PageStore, person: Person) -> list[dict[str, str]]:
        key = (person.role, person.unit)
        if key not in self._calls:
            found = newest_calls(store, self._office, person.actor)
            self._calls[key] = [asdict(call) for call in found]
        return self._calls[key]

    def _check(self, listeners: list[Listener]) -> None:
        for one in listeners:
            account = self._office.get(Accounts).usable(one.person.account.id)
            same = account is not None and account.actor == one.person.actor
            if same and self._office.get(Sessions).lives(one.word):
                continue
            one.end("over")
            self.leave(one)


def add_live(app: FastAPI, office: DeskContext, live: Live) -> None:
    @app.get("/live")
    async def stream(request: Request, today: Annotated[int, Query()] = 0) -> Response:
        person = person_of(request)
        word = cookie_of(request, cookie_name(office))
        if person.machine or not word:
            raise HTTPException(403, "这个地址供网页使用。")
        may_today = person.role in (Role.DESK, Role.LEADER, Role.ADMIN)
        listener = Listener(person, word, today=bool(today) and may_today)
        try:
            live.join(listener)
        except TooManyPages as refusal:
            raise HTTPException(429, str(refusal)) from None

        async def events() -> AsyncGenerator[bytes, None]:
            try:
                async for part in listener.events():
                    yield part
            finally:
                live.leave(listener)

        return ClosingStream(
            events(),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no", "cache-control": "no-store"},
            most_seconds=None,
        )

"""Server-sent events: what is told, to whom, how much, and when it ends."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from cases.alerts import Alert, AlertKind, Level
from cases.record import commands as do
from cases.words.actors import Actor, Role
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions
from desk.ground.context import PageStore
from desk.home.live import MOST_OF_ACCOUNT, Listener, Live, TooManyPages
from desk.http.authentication import Person
from desk.http.waiting import WaitingCounts
from tests.desk.app.test_web import Desk, item
from tests.desk.clients import signed_in


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


class Pages:
    """Live pages without the thread: the test says when to look."""

    def __init__(self, desk: Desk) -> None:
        self.pictures = 0
        self.desk = desk
        self.live = Live(desk.office, self._picture, look_seconds=1.0)
        self.live._loop._thread = object()  # type: ignore[assignment]

    def _picture(self, store: PageStore, actor: Actor) -> dict[str, object]:
        self.pictures += 1
        return {
            "role": actor.role.value,
            "total": store.ledger.counts(self.desk.office.clock(), ()).total,
        }

    def open(self, role: Role = Role.DESK, unit: str = "", *, today: bool = True) -> Listener:
        name = f"{role.value}-{unit}" if unit else role.value
        office = self.desk.office
        if office.get(Accounts).get(name) is None:
            account = Account(id=name, name="林某", role=role, unit=unit, created=office.clock())
            office.get(Accounts).add(account, "")
        found = office.get(Accounts).get(name)
        assert found is not None
        word = office.get(Sessions).begin(name, "127.0.0.1")
        listener = Listener(Person(account=found), word, today=today)
        self.live.join(listener)
        return listener


async def _told(listener: Listener, seconds: float) -> list[tuple[str, dict[str, object]]]:
    found = []
    events = listener.events(heartbeat=seconds)
    async for part in events:
        text = part.decode()
        if text.startswith(": "):
            break
        if text.startswith("event: "):
            head, _, data = text.partition("\ndata: ")
            found.append((head.removeprefix("event: "), json.loads(data)))
    await events.aclose()  # type: ignore[attr-defined]
    return found


def run(desk: Desk, story: Callable[[Pages], AsyncIterator[None]]) -> None:
    async def whole() -> None:
        async for _ in story(Pages(desk)):
            pass

    asyncio.run(whole())


def test_who_opens_the_first_page_is_told_what_it_shows(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        desk.put(item())
        listener = pages.open()
        pages.live.look()
        events = dict(await _told(listener, 0.02))
        assert events["today"] == {"role": "desk", "total": 1}
        assert events["state"]["word"] == "实时"
        yield

    run(desk, story)


def test_what_a_look_that_failed_did_not_tell_is_told_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger may be away for a moment; pages must not wait for the next change."""

    async def story(pages: Pages) -> AsyncIterator[None]:
        listener = pages.open(Role.RESPONDER, "housing", today=False)
        pages.live.look()
        await _told(listener, 0.02)
        desk.put(item())
        with monkeypatch.context() as patch:
            patch.setattr(WaitingCounts, "shown", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                pages.live.look()
        assert await _told(listener, 0.02) == []
        desk.put(item("2"))
        pages.live.look()
        state = dict(await _told(listener, 0.02))["state"]
        assert isinstance(state["calls"], list)
        assert len(state["calls"]) == 2  # nothing is left over of the look that failed
        yield

    run(desk, story)


def test_a_failed_look_is_made_up_without_another_change(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        listener = pages.open(today=False)
        with monkeypatch.context() as patch:
            patch.setattr(WaitingCounts, "shown", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                pages.live.look()
        pages.live.look()
        assert "state" in dict(await _told(listener, 0.02))
        pages.live.look()
        assert await _told(listener, 0.02) == []  # and once
        yield

    run(desk, story)


def test_a_call_is_told_to_the_unit_it_is_for_and_to_no_other(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        own = pages.open(Role.RESPONDER, "housing", today=False)
        other = pages.open(Role.RESPONDER, "police", today=False)
        reviewer = pages.open(Role.REVIEWER, today=False)
        pages.live.look()
        assert dict(await _told(own, 0.02))["state"]["calls"] == []
        await _told(other, 0.02)
        await _told(reviewer, 0.02)
        desk.put(item())
        pages.live.look()
        found = dict(await _told(own, 0.02))["state"]["calls"]
        assert isinstance(found, list)
        (call,) = found
        assert (call["text"], call["href"]) == ("上级催办和交办：新派单", "/queue#calls")
        assert "board-export" not in str(call)
        for listener in (other, reviewer):
            assert dict(await _told(listener, 0.02))["state"]["calls"] == []
        yield

    run(desk, story)


def test_the_desk_is_told_of_the_newest_grave_alert(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        listener = pages.open(today=False)
        desk.put(item())
        pages.live.look()
        assert dict(await _told(listener, 0.02))["state"]["calls"] == []
        desk.put(item("2", title="商场起火", body="商场三楼起火，浓烟很大，请速来。"))
        pages.live.look()
        found = dict(await _told(listener, 0.02))["state"]["calls"]
        assert isinstance(found, list)
        (call,) = found
        assert (call["text"], call["href"]) == ("新告警：危急", "/")
        yield

    run(desk, story)


def test_an_alert_about_no_case_is_told_at_once(desk: Desk) -> None:
    """What watches events and the stream changes nothing in the ledger."""

    async def story(pages: Pages) -> AsyncIterator[None]:
        listener = pages.open()
        pages.live.look()
        await _told(listener, 0.02)
        desk.runner.raise_alerts(
            [
                Alert(
                    alert_id="YQ2026-0001:publish:overdue",
                    kind=AlertKind.EVENT_OVERDUE,
                    level=Level.HIGH,
                    at=desk.office.clock(),
                    text="事件档案 YQ2026-0001 首次信息发布已逾期",
                )
            ]
        )
        pages.live.look()
        assert {event for event, _ in await _told(listener, 0.02)} == {"state", "today"}
        yield

    run(desk, story)


def test_a_new_case_is_told_and_nothing_new_is_not(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        listener = pages.open()
        pages.live.look()
        before = dict(await _told(listener, 0.02))["state"]["revision"]
        pages.live.look()
        assert await _told(listener, 0.02) == []
        desk.put(item())
        pages.live.look()
        events = dict(await _told(listener, 0.02))
        assert events["today"]["total"] == 1
        assert int(str(events["state"]["revision"])) > int(str(before))
        yield

    run(desk, story)


def test_many_pages_cost_one_picture(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        opened = [pages.open() for _ in range(5)]
        pages.live.look()
        assert pages.pictures == 1
        assert all([len(await _told(one, 0.02)) == 2 for one in opened])
        yield

    run(desk, story)


def test_a_slow_page_gets_the_newest_only(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        listener = pages.open()
        for number in range(4):
            desk.put(item(f"{number}"))
            pages.live.look()
        events = await _told(listener, 0.02)
        assert [name for name, _ in events] == ["today", "state"]
        assert events[0][1]["total"] == 4
        yield

    run(desk, story)


def test_a_unit_hears_of_its_own_work_only(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        housing = pages.open(Role.RESPONDER, "housing", today=False)
        education = pages.open(Role.RESPONDER, "education", today=False)
        pages.live.look()
        before = [dict(await _told(one, 0.02))["state"] for one in (housing, education)]
        desk.put(item())
        pages.live.look()
        after = [dict(await _told(one, 0.02)) for one in (housing, education)]
        assert before[0]["mine"] != after[0]["state"]["mine"]
        assert before[1]["mine"] == after[1]["state"]["mine"]
        assert "today" not in after[0]
        yield

    run(desk, story)


def test_the_stream_ends_with_the_session_and_with_the_account(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        office = desk.office
        out, disabled, moved, stays = (
            pages.open(role, unit, today=False)
            for role, unit in (
                (Role.DESK, ""),
                (Role.LEADER, ""),
                (Role.RESPONDER, "housing"),
                (Role.REVIEWER, ""),
            )
        )
        office.get(Sessions).end(out.word)
        leader = office.get(Accounts).get("leader")
        assert leader is not None
        office.get(Accounts).change(
            Account(id="leader", name="x", role=Role.LEADER, disabled=True, created=leader.created)
        )
        office.get(Accounts).change(
            Account(
                id="responder-housing",
                name="x",
                role=Role.RESPONDER,
                unit="education",
                created=leader.created,
            )
        )
        for _ in range(5):
            pages.live.look()
        for listener in (out, disabled, moved):
            assert (await _told(listener, 0.02))[-1][0] == "over"
        assert [name for name, _ in await _told(stays, 0.02)] == ["state"]
        yield

    run(desk, story)


def test_looking_is_no_sign_of_life(desk: Desk) -> None:
    sessions = desk.office.get(Sessions)
    word = sessions.begin("desk", "127.0.0.1")
    (session, *_) = sessions.of("desk")
    assert sessions.lives(word)
    assert sessions.of("desk")[0].seen == session.seen
    sessions.end(word)
    assert not sessions.lives(word)


def test_one_account_does_not_take_all_places(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        opened = [pages.open() for _ in range(MOST_OF_ACCOUNT)]
        with pytest.raises(TooManyPages):
            pages.open()
        pages.live.leave(opened[0])
        pages.open()
        yield

    run(desk, story)


def test_an_acknowledgement_is_told_at_once(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        listener = pages.open()
        pages.live.look()
        await _told(listener, 0.02)
        pages.live.acknowledged()
        pages.live.look()
        assert "today" in dict(await _told(listener, 0.02))
        yield

    run(desk, story)


def test_a_quiet_stream_says_that_it_is_there(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        events = pages.open().events(heartbeat=0.01)
        assert await anext(events) == b"retry: 5000\n\n"
        assert await anext(events) == b": \n\n"
        await events.aclose()  # type: ignore[attr-defined]
        yield

    run(desk, story)


def test_closing_ends_every_stream(desk: Desk) -> None:
    async def story(pages: Pages) -> AsyncIterator[None]:
        pages.live._loop._thread = None
        listener = pages.open()
        pages.live.close()
        parts = [part async for part in listener.events(heartbeat=5.0)]
        assert parts[0] == b"retry: 5000\n\n"
        yield

    run(desk, story)


def test_nobody_and_no_machine_is_told_anything(desk: Desk) -> None:
    client = signed_in(desk.office, Role.DESK)
    client.cookies.clear()
    answer = client.get("/live", follow_redirects=False)
    assert answer.status_code == 303


def test_the_first_pages_lists_are_what_is_told(desk: Desk) -> None:
    """Through the real picture: the same lines as the page has."""
    desk.put(item(title="燃气泄漏，居民被困", body="楼道里燃气泄漏，有人被困，随时可能爆炸。"))
    desk.act("board-export:1", do.AskReturn(reason="不属本局"), Role.RESPONDER, "housing")
    page = desk.page("/")
    live: Live = desk.client.app.state.live  # type: ignore[attr-defined]
    with desk.office.readers.reader() as store:
        told_ = live._picture(store, Actor(id="d", role=Role.DESK))
    # What a script posts carries the token in a header.
    page = re.sub(r'name="csrf" value="[^"]*"', 'name="csrf" value=""', page)
    line = page.partition('<tbody id="hand">')[2].partition("</tbody>")[0]
    assert str(told_["hand"]).strip() == line.strip()
    assert "燃气泄漏" in str(told_["alerts"])
    leader = signed_in(desk.office, Role.LEADER).get("/").text
    with desk.office.readers.reader() as store:
        told_ = live._picture(store, Actor(id="l", role=Role.LEADER))
    assert 'class="assign"' not in str(told_["hand"])
    assert str(told_["hand"]).strip() in leader

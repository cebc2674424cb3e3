"""500 notifications by each channel under its real limits, and an hour in which it is down."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cases.alerts import AlertKind
from sinks.alerts import mail, sms
from sinks.alerts.base import Answer, NotPosted
from sinks.alerts.config import AlertSetup, Outlet
from sinks.alerts.file import SendState
from sinks.alerts.receivers import Carried, by_robot, to_address, with_receivers
from sinks.delivery.base import NotTaken
from sinks.delivery.mail_server import SmtpOptions, Taken
from tests.alerts.helpers import NOON
from tests.alerts.test_receivers import Office, notice, receiver
from tests.standins.robots import DingTalkRobot, FeishuRobot, Robot, WeComRobot
from tests.standins.server import Hit

PEOPLE = 10
NOTICES = 500
MINUTES = 50
ROBOTS = {"dingtalk": DingTalkRobot, "wecom": WeComRobot, "feishu": FeishuRobot}


class Outside:
    """What stands behind a channel: it takes no more than it publishes, and can be down."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.now: datetime = NOON
        self.down = False
        self.refused = 0
        self.got: dict[str, list[tuple[datetime, str]]] = {}
        self.robots: dict[str, Robot] = {}

    def _seconds(self) -> float:
        return self.now.timestamp()

    def take(self, whom: str, text: str) -> None:
        self.got.setdefault(whom, []).append((self.now, text))

    def within(self, limits: Sequence[tuple[int, timedelta]], whom: str = "") -> bool:
        """Whether one more is within the limits; of `whom` alone where that is given."""
        times = [at for one, got in self.got.items() for at, _ in got if whom in ("", one)]
        return all(sum(self.now - at < span for at in times) < most for most, span in limits)

    def robot(self, name: str) -> Robot:
        if name not in self.robots:
            self.robots[name] = ROBOTS[self.kind](self._seconds)
        return self.robots[name]

    def post_to_robot(self, name: str, body: bytes) -> Answer:
        if self.down:
            raise NotPosted("连不上", retry=True)
        robot = self.robot(name)
        known = re.search(r"(?:access_token|key)=(\w+)", robot.address)
        query = {known[0].partition("=")[0]: known[1]} if known else {}
        path = robot.path.partition("?")[0]
        hit = Hit(self._seconds(), "POST", path, query, {}, body)
        robot.log.append(hit)
        answer = robot.answer(hit)
        self.refused += len(robot.shown) == len(self.got.get(name, ()))
        self.take(name, robot.shown[-1])
        return Answer(answer.status, answer.body)

    def post_to_gateway(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Gateways take from one number's messages one a minute, and ten an hour."""
        if self.down:
            raise NotPosted("连不上", retry=True)
        said = json.loads(body)
        limits = ((1, timedelta(minutes=1)), (10, timedelta(hours=1)))
        if not self.within(limits, said["to"]):
            self.refused += 1
            return Answer(429, b"")
        self.take(said["to"], said["say"])
        return Answer(200, b"")

    def send(self, message: bytes, recipients: Sequence[str]) -> Taken | NotTaken:
        """A mail server."""
        if self.down or not self.within(((60, timedelta(minutes=1)),)):
            self.refused += not self.down
            return NotTaken(reason="unreachable", detail="连不上", retry=True)
        (whom,) = recipients
        text = base64.b64decode(message.partition(b"\r\n\r\n")[2]).decode()
        subject = base64.b64decode(re.findall(rb"=\?utf-8\?b\?([^?]+)\?=", message)[-1]).decode()
        self.take(whom, subject + text)
        return Taken(said="250")

    def close(self) -> None:
        for robot in self.robots.values():
            robot._server.server_close()


class Town(Office):
    """A unit with ten people who are reached by one kind of channel."""

    def __init__(self, folder: Path, outside: Outside) -> None:
        super().__init__(folder)
        self.outside = outside
        self.receivers = [receiver(f"{n}", address=f"{n}", quiet=None) for n in range(PEOPLE)]
        self.carried = {
            one.name: self._carried(one.name, n) for n, one in enumerate(self.receivers)
        }

    def _carried(self, name: str, number: int) -> Carried:
        outside = self.outside
        if outside.kind in ROBOTS:

            def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
                return outside.post_to_robot(name, body)

            return by_robot(name, outside.kind, outside.robot(name).address, post)
        outlet = Outlet(
            channel=self._sms() if outside.kind == "sms" else self._mail(),
            fallback="",
            fallback_after=timedelta(0),
            singles=5,
            call_on_duty=False,
            adapter=outside.kind,
        )
        to = f"1380000000{number}" if outside.kind == "sms" else f"p{number}@gov.example"
        found = to_address(name, "gateway", outlet, to)
        assert found is not None
        return found

    def _sms(self) -> sms.Sms:
        return sms.Sms(
            "gateway",
            "http://10.0.0.8/sms",
            self.outside.post_to_gateway,
            secret="k",
            body={"to": "{mobiles}", "say": "{text}"},
            mobiles=("13999999999",),
            ok=("", ""),
            limits=sms.LIMITS,
        )

    def _mail(self) -> mail.AlertMail:
        options = SmtpOptions(host="127.0.0.1", security="none", sender="box@gov.example")
        return mail.AlertMail(
            "gateway",
            options,
            self.outside,  # type: ignore[arg-type]
            recipients=("duty@gov.example",),
            limits=mail.LIMITS,
        )

    def _people(self, setup: AlertSetup) -> AlertSetup:
        return with_receivers(setup, self.receivers, self.carried, {})

    def minute(self, first: int = 0, last: int = 0) -> None:
        """A minute passes in which these notices are raised."""
        self.outside.now = self.real
        self.steps(*(notice(n, at=self.now) for n in range(first, last)))
        self.later(minutes=1)

    def told_once(self) -> bool:
        states = self.book.states(notice(n).alert_id for n in range(NOTICES))
        return all(
            [each.state for each in state.sendings] == [SendState.SENT] * PEOPLE
            for state in states.values()
        )

    @property
    def complaints(self) -> list[str]:
        return [each.text for each in self.raised if each.kind is AlertKind.CHANNEL_FAILING]


@pytest.fixture(params=["dingtalk", "wecom", "feishu", "mail", "sms"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    outside = Outside(request.param)
    made = Town(tmp_path, outside)
    yield made
    made.close()
    outside.close()


def counted(texts: Sequence[tuple[datetime, str]]) -> int:
    """How many matters these messages speak of."""
    return sum(int(found[1]) for _, text in texts if (found := re.search(r"有 (\d+) 件事", text)))


@pytest.mark.slow
def test_500_notifications_reach_everybody_once_and_as_digests(town: Town) -> None:
    step = NOTICES // MINUTES
    for minute in range(MINUTES):
        town.minute(minute * step, (minute + 1) * step)
    for _ in range(15):
        town.minute()
    outside = town.outside
    assert outside.refused == 0, "never faster than the other side allows"
    assert len(outside.got) == PEOPLE
    assert town.told_once()
    for got in outside.got.values():
        assert counted(got) == NOTICES
        assert len(got) <= (MINUTES + 10) // 10 + 1
        assert not any("封信" in text for _, text in got)
    assert town.complaints == []


@pytest.mark.slow
def test_500_notifications_at_once_are_one_message_for_each(town: Town) -> None:
    town.minute(0, NOTICES)
    town.minute()
    assert {len(got) for got in town.outside.got.values()} == {1}
    assert {counted(got) for got in town.outside.got.values()} == {NOTICES}
    assert town.outside.refused == 0


@pytest.mark.slow
def test_a_channel_that_is_down_for_an_hour_loses_nothing_and_is_said_at_once(town: Town) -> None:
    outside = town.outside
    outside.down = True
    step = NOTICES // MINUTES
    for minute in range(60):
        town.minute(min(NOTICES, minute * step), min(NOTICES, (minute + 1) * step))
        if minute == 0:
            expected = PEOPLE if outside.kind in ROBOTS else 1
            assert len(town.complaints) == expected, "said in the first minute, and once"
    assert outside.got == {}
    outside.down = False
    for _ in range(40):
        town.minute()
    assert len(town.complaints) == (PEOPLE if outside.kind in ROBOTS else 1)
    assert town.told_once()
    assert outside.refused == 0
    for got in outside.got.values():
        assert counted(got) == NOTICES
        assert len(got) <= 3
        if outside.kind != "sms":
            assert f"最早 {NOON:%m-%d %H:%M}" in got[0][1], "late, and it says since when"

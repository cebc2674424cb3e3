"""config/alerts.toml: what is shipped, what is refused, and who gets what."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from msgspec.structs import fields

from cases.alerts import AlertKind, Level
from cases.life.handling import Warnings
from cases.notices import UNIT_ONLY
from cases.words.actors import Role
from cases.words.times import BEIJING
from huiyin.configuration.table import Table
from sinks.alerts import building, config
from sinks.alerts.base import AlertConfigError, Post
from sinks.alerts.building import HttpOptions
from sinks.alerts.config import AlertSetup, read_setup
from sinks.alerts.dingtalk import DingTalk
from sinks.alerts.routing import Quiet, Route
from streams.sources.seam.secrets import SecretError, Secrets
from tests.alerts.helpers import NOON, alert, low
from tests.cases.helpers import CONFIG

ROBOT = "https://robot.example/send?access_token=abc"
SECRETS = Secrets({"ROBOT": ROBOT, "SIGN": "key", "PLAIN": "http://robot.example/x"})


def no_network(_: HttpOptions) -> Post:
    def post(*_: object) -> object:
        raise AssertionError

    return post  # type: ignore[return-value]


def load(folder: Path, text: str, secrets: Secrets = SECRETS) -> AlertSetup:
    path = folder / "alerts.toml"
    path.write_text(text, "utf-8")
    return read_setup(Table.read(path), secrets, no_network)


def robot(name: str = "duty", more: str = "") -> str:
    return (
        f'[channel.{name}]\nadapter = "dingtalk"\n{more}\n'
        f'options = {{ address = "ROBOT", secret = "SIGN" }}\n'
    )


def webhook(url: str) -> str:
    return f"[channel.a]\nadapter = 'webhook'\noptions = {{ url = '{url}', secret = 'SIGN' }}"


MAIL = """
[channel.a]
adapter = 'mail'
options = { host = 'h', sender = 'a@gov.example', recipients = ['nobody'] }
"""


# -- what is shipped --------------------------------------------------------------


def test_as_shipped_nothing_is_sent_and_nothing_is_missing() -> None:
    setup = read_setup(Table.read(CONFIG / "alerts.toml"), Secrets({}), no_network)
    assert setup.outlets == {}
    assert setup.routing.plan(alert(), NOON).ways == ()


def test_every_kind_of_alert_has_a_route_as_shipped() -> None:
    routing = read_setup(Table.read(CONFIG / "alerts.toml"), Secrets({}), no_network).routing
    homeless = [
        kind.value
        for kind in set(AlertKind) - UNIT_ONLY
        if not any(
            route.takes(alert(kind=kind, role=Role.LEADER)) for route in routing.routes.values()
        )
    ]
    assert homeless == []


def test_every_channel_of_the_shipped_file_works_once_it_is_enabled(tmp_path: Path) -> None:
    text = (CONFIG / "alerts.toml").read_text("utf-8").replace("enabled = false", "enabled = true")
    found = re.findall(r'"([A-Z][A-Z_]+)"', text)
    names = {name: ROBOT if name.endswith("ROBOT") else "key" for name in found}
    setup = load(tmp_path, text, Secrets(names))
    assert set(setup.outlets) == {
        "duty-robot",
        "leader-robot",
        "duty-mail",
        "duty-sms",
        "platform",
    }
    plan = setup.routing.plan(alert(), NOON)
    assert [way.channel for way in plan.ways] == ["duty-robot", "platform"]
    after = setup.routing.next_plan(alert(), plan.steps[0].route, NOON)
    assert [way.channel for way in after.ways] == ["leader-robot"]
    danger = alert(kind=AlertKind.URGENT)
    plan = setup.routing.plan(danger, NOON)
    assert [way.channel for way in plan.ways] == ["duty-robot", "duty-sms", "platform"]
    assert plan.steps[0].until == NOON + timedelta(minutes=5)
    deputy = setup.routing.next_plan(danger, "urgent", NOON)
    assert [way.channel for way in deputy.ways] == ["leader-robot", "duty-sms"]
    assert deputy.steps[0].until == NOON + timedelta(minutes=10)
    assert setup.routing.next_plan(danger, "urgent-deputy", NOON).ways


def test_without_the_file_nothing_is_sent(tmp_path: Path) -> None:
    assert load(tmp_path, "").outlets == {}


# -- what is refused ---------------------------------------------------------------


AT_NIGHT = "[quiet]\nbegin = '22:00'\nend = '07:00'\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[channel.a]\nadapter = 'telex'", "telex"),
        ("[channel.a]\nadapter = 'wecom'\noptions = { adress = 'ROBOT' }", "adress"),
        ("colour = 1", "colour"),
        ("[route.a]\nchannels = ['b']", "没有渠道"),
        ("[route.a]\nkinds = ['weather']", "kinds"),
        ("[route.a]\nthen = 'b'\nacknowledge_minutes = 5", "不存在"),
        ("[route.a]\nthen = 'a'\nacknowledge_minutes = 5", "一圈"),
        ("[route.a]\nacknowledge_minutes = 5", "同时"),
        (robot("a", "fallback = 'b'"), "不存在"),
        (robot("a", "fallback = 'b'") + robot("b", "fallback = 'a'"), "一圈"),
        ("[quiet]\nbegin = '25:00'\nend = '07:00'", "[quiet] 键 begin"),
        (f"{AT_NIGHT}kinds = ['high_risk']", "high_risk（高风险）从不等到早上"),
        (f"{AT_NIGHT}kinds = ['unit_instructed']", "unit_instructed（批示）从不等到早上"),
        ("[route.a]\nkinds = ['unit_assigned']", "unit_assigned（新派单）只通知承办单位"),
        ("[watch]\ndead_letters = 0", "dead_letters"),
        ("[channel.a]\nadapter = 'wecom'\noptions = { address = 'PLAIN' }", "https"),
        ("[channel.a]\nadapter = 'wecom'\noptions = { address = 'SIGN' }", "https"),
        (webhook("https://me:pw@host.example/"), "用户名"),
        (webhook("file:///etc/passwd"), "https"),
        (webhook("http://host.example/"), "https"),
        (MAIL, "nobody"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(AlertConfigError) as caught:
        load(tmp_path, text)
    assert words in str(caught.value)
    assert "alerts.toml" in str(caught.value)
    assert "abc" not in str(caught.value)


def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="ROBOT"):
        load(tmp_path, robot(), Secrets({}))


def test_a_limit_may_be_lowered_and_not_raised(tmp_path: Path) -> None:
    for wanted, expected in ((5, 5), (500, 20)):
        channel = load(tmp_path, robot(more=f"per_minute = {wanted}")).outlets["duty"].channel
        assert isinstance(channel, DingTalk)
        assert [limit.count for limit in channel.limits] == [expected]


def test_a_fallback_that_is_not_enabled_is_none(tmp_path: Path) -> None:
    text = robot("a", "fallback = 'b'") + robot("b", "enabled = false")
    assert load(tmp_path, text).outlets["a"].fallback == ""


# -- who gets what ------------------------------------------------------------------


def test_conditions_of_a_route() -> None:
    def takes(**conditions: object) -> bool:
        return Route(name="r", channels=(), **conditions).takes(alert(level=Level.HIGH))  # type: ignore[arg-type]

    assert takes()
    assert takes(levels=frozenset((Level.HIGH,)), units=frozenset(("housing",)))
    assert not takes(levels=frozenset((Level.LOW,)))
    assert not takes(kinds=frozenset((AlertKind.OVERDUE,)))
    assert not takes(units=frozenset(("police",)))
    assert not takes(roles=frozenset((Role.LEADER,)))
    assert not takes(escalation_only=True)


def night(begin: int = 22, end: int = 7) -> Quiet:
    return Quiet(
        begin=time(begin), end=time(end), levels=frozenset((Level.LOW,)), kinds=frozenset()
    )


@pytest.mark.parametrize(
    ("when", "until"),
    [
        ("2026-03-04T21:59:59", None),
        ("2026-03-04T22:00:00", "2026-03-05T07:00"),
        ("2026-03-05T00:00:00", "2026-03-05T07:00"),
        ("2026-03-05T06:59:59", "2026-03-05T07:00"),
        ("2026-03-05T07:00:00", None),
    ],
)
def test_the_night_ends_to_the_second(when: str, until: str | None) -> None:
    at = datetime.fromisoformat(when).replace(tzinfo=BEIJING)
    expected = datetime.fromisoformat(until).replace(tzinfo=BEIJING) if until else None
    assert night().until(low(1), at) == expected
    assert night().until(alert(1), at) is None, "what is grave never waits"


def test_a_rest_at_noon_is_within_one_day() -> None:
    noon = night(12, 14)
    assert noon.until(low(1), NOON) == NOON + timedelta(hours=2)
    assert noon.until(low(1), NOON - timedelta(seconds=1)) is None
    assert noon.until(low(1), NOON + timedelta(hours=2)) is None
    assert night(7, 7).until(low(1), NOON) is None, "never"


# -- the page ------------------------------------------------------------------------


def test_every_kind_key_and_threshold_stands_on_the_page(root: Path) -> None:
    page = (root / "docs" / "alerts.md").read_text("utf-8")
    words = set(re.findall(r"[A-Za-z_0-9]+", " ".join(re.findall(r"`([^`]+)`", page))))
    keys = {
        name
        for table in (
            config._File,
            config._Quiet,
            building.ChannelEntry,
            config._Route,
            config.Watch,
            config.Units,
            building.SignedRobotOptions,
            building.WebhookOptions,
            building.MailOptions,
        )
        for name in table.model_fields
    }
    keys |= {field.name for field in fields(Warnings)} | {kind.value for kind in AlertKind}
    assert keys - words - {"quiet", "watch", "units", "channel", "route", "options"} == set()

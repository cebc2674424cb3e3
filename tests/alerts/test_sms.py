"""Short messages on the wire: signed, by the office's template, and without a word of a case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from cases.words.times import BEIJING
from sinks.alerts.base import RATE_LIMITED, AlertConfigError, Sent, Unclear, Unsent
from sinks.alerts.building import HttpOptions
from sinks.alerts.signed import sign
from sinks.alerts.sms import LIMITS, Sms, checked
from streams.guarded_post import open_post
from streams.sources.seam.secrets import Secrets
from tests.alerts.helpers import alert, low, message, secret_message
from tests.alerts.test_alert_config import load
from tests.standins.server import Change, Hit, Reply, StandIn, redirect, status

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=BEIJING)
KEY = "key-of-the-gateway"
BODY = {"phones": "{mobiles}", "template": "T01", "content": "{text}", "serial": "{id}"}
OFFICE = ("13800000000", "13800000001")


class Gateway(StandIn):
    """Takes what is signed."""

    says: bytes = b'{"code": 0, "msg": "ok"}'

    def answer(self, hit: Hit) -> Reply:
        known = sign(KEY, hit.headers["x-timestamp"], hit.body) == hit.headers["x-signature"]
        return Reply(body=self.says) if known else Reply(status=401)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as standing:
        yield standing


def sms(gateway: Gateway, key: str = KEY, ok: tuple[str, str] = ("code", "0")) -> Sms:
    post = open_post(HttpOptions(allow_private_addresses=True, timeout_seconds=5))
    url = f"{gateway.url}/sms"
    return Sms("sms", url, post, secret=key, body=BODY, mobiles=OFFICE, ok=ok, limits=LIMITS)


def test_it_is_signed_and_says_how_many_and_how_soon(gateway: Gateway) -> None:
    sent = message(alert(1), low(2), mobiles=("13912345678", "not a number"))
    assert sms(gateway).send(sent, now=NOW) == Sent(receipt="code 0")
    (hit,) = gateway.log
    assert json.loads(hit.body) == {
        "phones": "13912345678",
        "template": "T01",
        "content": "回音：有 2 件事需要马上处理，请登录查看。",
        "serial": "m-1",
    }


def test_without_anybody_on_duty_the_office_is_told(gateway: Gateway) -> None:
    assert isinstance(sms(gateway).send(message(low(1)), now=NOW), Sent)
    told = json.loads(gateway.log[0].body)
    assert told["phones"] == "13800000000,13800000001"
    assert "马上" not in told["content"]


def test_nothing_of_a_case_leaves_confidential_or_not(gateway: Gateway) -> None:
    for each in (message(alert(7)), secret_message(alert(8))):
        sms(gateway).send(each, now=NOW)
    for hit in gateway.log:
        said = hit.body.decode()
        for word in ("letters", "封信", "住建", "群体", "housing", "high_risk"):
            assert word not in said


def test_many_alerts_are_one_message(gateway: Gateway) -> None:
    lines = message(*(low(number) for number in range(40))).lines
    assert sms(gateway).fits(lines) == 40


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        (b'{"code": "0"}', Sent),
        (b'{"code": 17, "msg": "no money"}', Unsent),
        (b'{"result": 0}', Unclear),
        (b"<html>", Unclear),
    ],
)
def test_the_field_that_the_office_names_decides(gateway: Gateway, says: bytes, kind: type) -> None:
    gateway.says = says
    assert isinstance(sms(gateway).send(message(), now=NOW), kind)


def test_without_a_field_the_status_decides(gateway: Gateway) -> None:
    gateway.says = b""
    assert sms(gateway, ok=("", "")).send(message(), now=NOW) == Sent(receipt="HTTP 200")


@pytest.mark.parametrize(
    ("reply", "reason", "retry"),
    [
        (status(429), RATE_LIMITED, True),
        (status(503), "busy", True),
        (status(403), "rejected", False),
        (redirect("/elsewhere"), "redirected", False),
    ],
)
def test_what_was_certainly_not_sent_says_why(
    gateway: Gateway, reply: Change, reason: str, *, retry: bool
) -> None:
    gateway.fault(reply)
    outcome = sms(gateway).send(message(), now=NOW)
    assert isinstance(outcome, Unsent)
    assert (outcome.reason, outcome.retry) == (reason, retry)


def test_a_server_that_fails_is_unclear_and_a_wrong_key_is_refused(gateway: Gateway) -> None:
    assert isinstance(sms(gateway, key="other").send(message(), now=NOW), Unsent)
    gateway.fault(status(500))
    channel = sms(gateway)
    assert isinstance(channel.send(message(), now=NOW), Unclear)
    assert not channel.idempotent, "so it is not sent a second time"


def test_a_template_that_cannot_be_filled_in_is_refused_in_words() -> None:
    with pytest.raises(AlertConfigError, match=r"\{title\} 不认识，可用的有 \{mobiles\}"):
        checked({**BODY, "more": "{title}"}, "第 3 行")
    with pytest.raises(AlertConfigError, match=r"没有 \{text\}"):
        checked({"phones": "{mobiles}"}, "第 3 行")


def test_the_channel_of_the_docs_is_built_from_its_table(root: Path, tmp_path: Path) -> None:
    page = (root / "docs" / "alerts.md").read_text("utf-8")
    example = page.partition("    [channel.duty-sms]\n")[2].partition("\n\n")[0]
    table = "    [channel.duty-sms]\n" + example
    text = "\n".join(line.removeprefix("    ") for line in table.splitlines())
    secrets = Secrets({"SMS_SIGN": KEY})
    outlet = load(tmp_path, text, secrets).outlets["duty-sms"]
    assert (outlet.channel.name, outlet.channel.limits) == ("duty-sms", LIMITS)
    with pytest.raises(AlertConfigError, match="'110' 不是 11 位手机号"):
        load(tmp_path, text.replace('"13800000000"', '"110"'), secrets)
    with pytest.raises(AlertConfigError, match="应同时填写"):
        load(tmp_path, text.replace('ok_value = "0"', ""), secrets)

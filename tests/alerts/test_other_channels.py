"""Webhooks and mail on the wire: both can be told twice, for both carry an id."""

from __future__ import annotations

import email
import email.message
import email.policy
import json
from collections.abc import Iterator
from datetime import datetime

import pytest

from cases.words.times import BEIJING
from sinks.alerts.base import RATE_LIMITED, Message, Sent, Unclear, Unsent
from sinks.alerts.building import HttpOptions
from sinks.alerts.mail import AlertMail
from sinks.alerts.webhook import LIMITS, Webhook
from sinks.delivery.mail_server import MailServer, SmtpOptions
from streams.guarded_post import open_post
from streams.sources.mail.text import read_mail
from streams.sources.seam.base import PushRequest
from streams.sources.seam.push_auth import HmacAuth, authenticated
from streams.sources.seam.secrets import Secrets
from tests.alerts.helpers import TELLING, alert, low, message, secret_message
from tests.servers import Smtp
from tests.standins.server import Hit, Reply, StandIn, redirect, status

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=BEIJING)
KEY = "key-of-the-platform"


class Platform(StandIn):
    """Checks the signature as our own push receiver does."""

    def answer(self, hit: Hit) -> Reply:
        auth = HmacAuth(kind="hmac", secrets=("PLATFORM",))
        request = PushRequest(method="POST", query={}, headers=hit.headers, body=hit.body)
        known = authenticated(auth, Secrets({"PLATFORM": KEY}), request, now=NOW)
        return Reply(status=202 if known else 401)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as standing:
        yield standing


def webhook(platform: Platform, key: str = KEY) -> Webhook:
    post = open_post(HttpOptions(allow_private_addresses=True, timeout_seconds=5))
    return Webhook("platform", f"{platform.url}/alerts", post, secret=key, limits=LIMITS)


def test_a_webhook_is_signed_and_named(platform: Platform) -> None:
    sent = message(alert(1), alert(2), names=("赵某",))
    assert isinstance(webhook(platform).send(sent, now=NOW), Sent)
    (hit,) = platform.log
    assert hit.headers["x-huiyin-id"] == "m-1"
    told = json.loads(hit.body)
    assert (told["id"], told["on_duty"]) == ("m-1", ["赵某"])
    assert [each["id"] for each in told["alerts"]] == [alert(1).alert_id, alert(2).alert_id]
    assert told["alerts"][0]["unit_name"] == "县住建局"
    assert told["alerts"][0]["level"] == "high"


def test_a_webhook_about_a_confidential_case_tells_nothing_about_it(platform: Platform) -> None:
    webhook(platform).send(secret_message(alert(1), low(2)), now=NOW)
    told = platform.log[0].body.decode()
    assert [word for word in (*TELLING, "one_day_left", "将到期") if word in told] == []
    first, second = json.loads(told)["alerts"]
    assert (first["kind"], first["id"], first["case_id"]) == (
        "confidential",
        "letters:1#1",
        "letters:1",
    )
    assert (first["text"], first["level"]) == ("有来件需要马上处理，请到值班台查看", "high")
    assert second["text"] == "有来件需要处理，请到值班台查看"


def test_a_wrong_key_is_refused(platform: Platform) -> None:
    outcome = webhook(platform, "another").send(message(), now=NOW)
    assert isinstance(outcome, Unsent)
    assert not outcome.retry
    assert "签名密钥" in outcome.detail


@pytest.mark.parametrize(
    ("code", "kind", "retry"),
    [(400, Unsent, False), (404, Unsent, False), (429, Unsent, True), (503, Unsent, True)],
)
def test_what_a_status_means(platform: Platform, code: int, kind: type, retry: bool) -> None:
    platform.fault(status(code, retry_after="9"))
    outcome = webhook(platform).send(message(), now=NOW)
    assert isinstance(outcome, Unsent)
    assert outcome.retry is retry
    assert (outcome.reason == RATE_LIMITED) is (code == 429)


def test_what_broke_off_is_unclear_and_a_redirect_is_not_followed(platform: Platform) -> None:
    platform.fault(status(500))
    assert isinstance(webhook(platform).send(message(), now=NOW), Unclear)
    platform.fault(lambda hit, reply: Reply(body=b"half", headers={"Content-Length": "400"}))
    assert isinstance(webhook(platform).send(message(), now=NOW), Unclear)
    platform.fault(redirect("http://127.0.0.1:9/"))
    outcome = webhook(platform).send(message(), now=NOW)
    assert isinstance(outcome, Unsent)
    assert outcome.reason == "redirected"


# -- mail ------------------------------------------------------------------------


def mail(smtp: Smtp, *recipients: str) -> AlertMail:
    options = SmtpOptions(
        host=smtp.host,
        port=smtp.port,
        security="none",
        sender="box@gov.example",
        sender_name="回音值班台",
        footer="请勿回复",
        timeout_seconds=2,
    )
    return AlertMail(
        "mail",
        options,
        MailServer(options, Secrets({})),
        recipients=recipients or ("duty@gov.example",),
        limits=(),
    )


def parsed(smtp: Smtp) -> email.message.EmailMessage:
    found = email.message_from_bytes(smtp.mails[-1].content, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def test_a_mail_arrives_and_is_known_again_by_its_id(smtp: Smtp) -> None:
    outcome = mail(smtp).send(message(), now=NOW)
    assert isinstance(outcome, Sent)
    mail(smtp).send(message(), now=NOW)
    first, second = (email.message_from_bytes(each.content) for each in smtp.mails)
    assert first["Message-ID"] == second["Message-ID"] == "<huiyin.alert.m-1@gov.example>"
    found = parsed(smtp)
    assert "高风险" in found["Subject"]
    assert "第 1 封信" in found["Subject"]
    assert "请勿回复" in found.get_content()
    assert read_mail(smtp.mails[-1].content).automatic, "our own mailbox takes it for no letter"


def test_a_list_by_mail(smtp: Smtp) -> None:
    mail(smtp).send(message(*[alert(number) for number in range(1, 51)]), now=NOW)
    found = parsed(smtp)
    assert found["Subject"] == "回音：50 条告警"
    assert len(found.get_content().split("【高风险】")) == 51


def test_who_is_on_duty_gets_it_instead_of_the_usual_box(smtp: Smtp) -> None:
    channel = mail(smtp, "duty@gov.example", "chief@gov.example")
    channel.send(message(), now=NOW)
    usual = smtp.mails[0]
    assert usual.recipients == ("duty@gov.example", "chief@gov.example")
    sent: Message = message(emails=("zhao@gov.example", "no address\r\nBcc: x@gov.example"))
    channel.send(sent, now=NOW)
    assert smtp.mails[-1].recipients == ("zhao@gov.example",)
    assert "Bcc" not in parsed(smtp)


def test_a_server_that_takes_no_mail(smtp: Smtp) -> None:
    smtp.refuse = "451 try again later"
    outcome = mail(smtp).send(message(), now=NOW)
    assert isinstance(outcome, Unsent)
    assert outcome.retry
    smtp.refuse = "550 no such user"
    outcome = mail(smtp).send(message(), now=NOW)
    assert isinstance(outcome, Unsent)
    assert not outcome.retry


def test_no_header_can_be_slipped_in(smtp: Smtp) -> None:
    mail(smtp).send(message(alert(text="高风险：\r\nBcc: x@gov.example\r\n\r\n正文")), now=NOW)
    found = parsed(smtp)
    assert "Bcc" not in found
    assert smtp.mails[-1].recipients == ("duty@gov.example",)

"""An approved reply on its way to the citizen: from the command line through the case and
the door back, with everything that can go wrong in between."""

from __future__ import annotations

import email
import email.policy
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cases.record.case import Case
from cases.words.times import BEIJING
from desk.delivery.service import delivery_log
from desk.ground import wiring
from desk.ground.settings import read_settings
from desk.sources.open_sources import open_doors
from desk.sources.push import Pushes
from huiyin.net.pacing import HostPacing
from sinks.delivery import once
from sinks.delivery.base import delivery_id
from streams.sources.registry import SourceContext
from streams.sources.seam.base import PushRequest
from streams.sources.seam.config import load_sources
from streams.sources.seam.secrets import Secrets
from tests.doors.office import Office, as_body, bearer, until
from tests.servers import Dovecot, Smtp
from tests.standins.hotline_platform import Platform, order
from tests.streams.sources.mail.test_imap import letter

SECRETS = {"HOTLINE_TOKEN": "in-token", "BACK_TOKEN": "back-token", "MAILBOX": "letter-box"}
NUMBER = "260305101108115409"
CASE = f"hotline:{NUMBER}"
TEXT = "您好，您反映的停水问题已处理，现已恢复供水。感谢您的监督。"


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform


@pytest.fixture
def office(tmp_path: Path, root: Path, platform: Platform) -> Iterator[Office]:
    office = Office(tmp_path, root, SECRETS)
    office.configure(
        """
[source.hotline]
adapter = "hotline-push"
channel = "12345热线"
[source.hotline.options]
auth = { kind = "bearer", secrets = ["HOTLINE_TOKEN"] }

[source.counter]
adapter = "webhook"
channel = "问政赣州"
[source.counter.options]
auth = { kind = "bearer", secrets = ["HOTLINE_TOKEN"] }
fields = { id = "id", body = "content" }
""",
        f"""
[delivery.hotline-back]
adapter = "http"
sources = ["hotline"]
[delivery.hotline-back.options]
url = "{platform.url}"
allow_private_addresses = true
secret_headers = {{ Authorization = "BACK_TOKEN" }}
success = {{ path = "code", values = ["0000"], message_path = "message", reference_path = "data.id" }}
timeout_seconds = 1
[delivery.hotline-back.options.payload]
record_number = "{{source_item_id}}"
state = "{{state}}"
note6 = "{{field:是否解决}}"
note10 = "{{text}}"
""",
    )
    yield office
    office.kill()


def received(office: Office) -> None:
    """An order comes in by the door, and a message by another one."""
    settings = read_settings(office.environment())
    around = SourceContext(secrets=Secrets(SECRETS), pacing=HostPacing())
    doors = open_doors(list(load_sources(office.config / "sources.toml").values()), around)
    pushes = Pushes(doors.pushes, lambda: wiring.open_runner(settings))
    for name, body in (("hotline", order(NUMBER)), ("counter", {"id": 7, "content": "盼复"})):
        request = PushRequest(
            method="POST", query={}, headers=bearer("in-token"), body=as_body(body)
        )
        assert pushes.receive(name, request).status == 200
    pushes.close()
    runner = wiring.open_runner(settings)
    runner.pump_all()
    runner.store.close()


def approved(office: Office, case_id: str) -> None:
    """From receipt to an approved draft, by the command line."""

    def act(command: str, role: str, by: str, **arguments: object) -> None:
        office.huiyin(
            "act", case_id, command, json.dumps(arguments, ensure_ascii=False),
            "--role", role, "--by", by, "--unit", "water",
        )  # fmt: skip

    if case_of(office, case_id).unit != "water":
        act("assign", "desk", "zhang", lead="water", reason="归口办理")
    act("acknowledge", "desk", "zhang")
    act("draft_reply", "desk", "zhang", text=TEXT)
    act("approve_reply", "reviewer", "li", draft=1)


def case_of(office: Office, case_id: str = CASE) -> Case:
    case = office.case(case_id)
    assert case is not None
    return case


def deliveries_of(office: Office, case_id: str = CASE) -> list[tuple[str, str]]:
    return [(one.via, one.text) for one in case_of(office, case_id).round.deliveries]


@pytest.mark.slow
def test_the_platform_gets_the_reply_once_and_the_case_knows(
    office: Office, platform: Platform
) -> None:
    received(office)
    office.huiyin("deliver", CASE, "--draft", "1", status=1)  # nothing was approved
    assert platform.taken == []
    approved(office, CASE)
    text = office.huiyin("deliver", CASE, "--draft", "1", "--field", "是否解决=是")
    assert "已送达（hotline-back）R-77" in text
    (taken,) = platform.taken
    assert taken.json == {
        "record_number": NUMBER, "state": "办理中", "note6": "是", "note10": TEXT,
    }  # fmt: skip
    assert taken.headers["authorization"] == "Bearer back-token"
    assert deliveries_of(office) == [("hotline-back", TEXT)]
    assert "R-77" in case_of(office).round.deliveries[0].proof
    assert "已经答复" in office.huiyin("deliver", CASE, "--draft", "1", status=1)
    assert len(platform.taken) == 1
    assert "没有结果不明的送达" in office.huiyin("deliveries")
    assert "核对一致" in office.huiyin("audit")
    assert "back-token" not in "\n".join(office.said)


@pytest.mark.parametrize("form", ["是否解决", "=是"])
def test_a_field_without_name_or_value_is_wrong_usage(office: Office, form: str) -> None:
    assert "名称=内容" in office.huiyin("deliver", CASE, "--draft", "1", "--field", form, status=2)


@pytest.mark.slow
def test_a_death_between_receipt_and_record_is_made_good_at_the_next_start(
    office: Office, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    received(office)
    approved(office, CASE)

    def die_after_the_receipt() -> None:
        deliver = once.deliver_once

        def deliver_and_die(*arguments: object, **more: object) -> object:
            deliver(*arguments, **more)  # type: ignore[arg-type]
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

        monkeypatch.setattr("streams.deliver_reply.deliver_once", deliver_and_die)
        office.huiyin("deliver", CASE, "--draft", "1")

    child = multiprocessing.get_context("fork").Process(target=die_after_the_receipt)
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    assert len(platform.taken) == 1
    assert deliveries_of(office) == []

    office.start()
    until(lambda: deliveries_of(office), "the start of `huiyin run` tells the case")
    assert deliveries_of(office) == [("hotline-back", TEXT)]
    history = case_of(office).seq
    assert office.stop() == 0
    office.start()
    office.stop()
    office.huiyin("deliver", CASE, "--draft", "1", status=1)
    assert case_of(office).seq == history
    assert len(platform.taken) == 1
    assert "核对一致" in office.huiyin("audit")


def test_an_unclear_delivery_is_shown_never_repeated_and_settled_by_a_person(
    office: Office, platform: Platform
) -> None:
    received(office)
    approved(office, CASE)
    platform.behave = "drop-after-reading"
    assert "请到平台核实" in office.huiyin("deliver", CASE, "--draft", "1", status=1)
    platform.behave = "ok"
    office.huiyin("deliver", CASE, "--draft", "1", status=1)
    assert len(platform.taken) == 1
    (unclear,) = json.loads(office.huiyin("deliveries", "--json"))
    assert unclear["case_id"] == CASE
    number = unclear["delivery_id"]
    assert "请写明" in office.huiyin("settle-delivery", number, "--proof", "平台截图", status=1)
    office.huiyin("settle-delivery", number, "--by", "王五", "--proof", "平台截图 12")
    assert deliveries_of(office) == [("hotline-back", TEXT)]
    assert "平台截图 12" in case_of(office).round.deliveries[0].proof
    assert "没有结果不明的送达" in office.huiyin("deliveries")
    assert len(platform.taken) == 1


def test_settled_as_not_delivered_it_may_be_sent_again(office: Office, platform: Platform) -> None:
    received(office)
    approved(office, CASE)
    platform.behave = "drop-after-reading"
    office.huiyin("deliver", CASE, "--draft", "1", status=1)
    platform.behave = "ok"
    (unclear,) = json.loads(office.huiyin("deliveries", "--json"))
    office.huiyin(
        "settle-delivery", unclear["delivery_id"], "--by", "王五", "--proof", "平台查无此件",
        "--not-delivered",
    )  # fmt: skip
    assert deliveries_of(office) == []
    assert "已送达" in office.huiyin("deliver", CASE, "--draft", "1")
    assert deliveries_of(office) == [("hotline-back", TEXT)]


def test_a_sender_that_died_while_sending_leaves_something_to_settle(
    office: Office, platform: Platform
) -> None:
    received(office)
    approved(office, CASE)
    log = delivery_log(read_settings({"HUIYIN_HOME": str(office.home)}))
    number = delivery_id(CASE, case_of(office).round.drafts[0].seq)
    then = datetime.now(BEIJING) - timedelta(minutes=11)
    assert log.record_intent(number, case_id=CASE, door="hotline-back", now=then) == 1
    log.close()
    office.huiyin("deliver", CASE, "--draft", "1", status=1)
    assert platform.taken == []
    assert number in office.huiyin("deliveries")


def test_a_reply_given_by_hand_is_recorded_with_its_proof(office: Office) -> None:
    received(office)
    approved(office, "counter:7")
    told = office.huiyin("deliver", "counter:7", "--draft", "1", status=1)
    assert "没有接口" in told
    assert "登记凭证" in told
    long_ago = office.huiyin(
        "deliver", "counter:7", "--draft", "1", "--proof", "截图 31", "--at", "2020-01-01",
        status=1,
    )  # fmt: skip
    assert "不能早于" in long_ago
    office.huiyin("deliver", "counter:7", "--draft", "1", "--proof", "截图 31", "--by", "zhang")
    (given,) = case_of(office, "counter:7").round.deliveries
    assert given.proof == "截图 31（zhang登记）"
    assert "已经答复" in office.huiyin(
        "deliver", "counter:7", "--draft", "1", "--proof", "截图 32", status=1
    )
    office.huiyin("deliver", CASE, "--draft", "1", "--at", "2026-01-01", status=2)


def test_a_mail_is_answered_in_its_thread(office: Office, smtp: Smtp, dovecot: Dovecot) -> None:
    office.configure(
        f"""
[source.leader-mailbox]
adapter = "imap"
channel = "领导信箱"
poll_minutes = 0.05
[source.leader-mailbox.options]
host = "127.0.0.1"
port = {dovecot.port}
security = "none"
user = "{dovecot.user}"
password = "MAILBOX"
""",
        f"""
[delivery.mail]
adapter = "smtp"
sources = ["leader-mailbox"]
[delivery.mail.options]
host = "127.0.0.1"
port = {smtp.port}
security = "none"
sender = "box@gov.example"
""",
    )
    dovecot.deliver(letter(5))
    office.start()
    until(lambda: office.ids("leader-mailbox"), "the letter")
    (case_id,) = office.ids("leader-mailbox")
    approved(office, case_id)
    smtp.refuse = "451 try again later"
    office.huiyin("deliver", case_id, "--draft", "1", status=1)
    smtp.refuse = None
    assert "已送达（mail）" in office.huiyin("deliver", case_id, "--draft", "1")
    (mail,) = smtp.mails
    assert mail.recipients == ("w5@m.example",)
    found = email.message_from_bytes(mail.content, policy=email.policy.default)
    assert found["In-Reply-To"] == "<n5@m.example>"
    assert found["Subject"] == "Re: letter 5"
    assert deliveries_of(office, case_id) == [("mail", TEXT)]
    # Our own reply, should it come back to the mailbox, is no letter of a citizen.
    dovecot.deliver(mail.content.replace(b"From: box@", b"From: other@"))
    until(lambda: office.counts("leader-mailbox").rejected == 1, "the copy is a dead letter")
    assert office.ids("leader-mailbox") == {case_id}

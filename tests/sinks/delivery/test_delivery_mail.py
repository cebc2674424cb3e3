"""Replies by mail, against a real server and against one that dies at each stage."""

from __future__ import annotations

import email
import email.header
import email.policy
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.record.item import Item
from cases.words.times import BEIJING
from sinks.delivery.base import NotTaken, Outcome, Outgoing, Receipt, Unclear
from sinks.delivery.mail_message import own_message_id, reply_bytes, usable_address
from sinks.delivery.smtp import SmtpDelivery, SmtpOptions
from streams.sources.mail.text import read_mail
from streams.sources.seam.secrets import SecretError, Secrets
from tests.servers import Smtp

NOW = datetime(2026, 3, 6, 9, 0, tzinfo=BEIJING)
PASSWORD = "smtp-password-1"
SECRETS = Secrets({"SMTP": PASSWORD})


def reply(text: str = "您好，已恢复供水。", **changed: object) -> Outgoing:
    fields: dict[str, object] = {
        "source": "box",
        "source_item_id": "m00112233445566778899",
        "channel": "领导信箱",
        "received_at": NOW,
        "title": "关于柳林小区停水的投诉",
        "body": "停水",
        "email": "wang@m.example",
        "extra": {"Message-ID": "<two@m.example>", "References": "<one@m.example>"},
        **changed,
    }
    return Outgoing(delivery_id="d-1", item=Item(**fields), text=text, at=NOW)  # type: ignore[arg-type]


def door(host: str, port: int, **options: object) -> SmtpDelivery:
    settings = {
        "host": host, "port": port, "security": "none", "sender": "box@gov.example",
        "sender_name": "某县领导信箱", "timeout_seconds": 2, **options,
    }  # fmt: skip
    return SmtpDelivery("mail", SmtpOptions.model_validate(settings), SECRETS)


def message(outgoing: Outgoing, footer: str = "") -> bytes:
    return reply_bytes(
        outgoing,
        sender="box@gov.example",
        sender_name="某县领导信箱",
        recipient="wang@m.example",
        now=NOW,
        footer=footer,
    )


def parsed(data: bytes) -> email.message.EmailMessage:
    found = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def test_a_reply_arrives_in_the_thread_of_the_letter(smtp: Smtp) -> None:
    outcome = door(smtp.host, smtp.port, footer="某县信访局").deliver(reply(), now=NOW)
    assert isinstance(outcome, Receipt)
    (mail,) = smtp.mails
    assert (mail.sender, mail.recipients) == ("box@gov.example", ("wang@m.example",))
    found = parsed(mail.content)
    assert found["Subject"] == "Re: 关于柳林小区停水的投诉"
    assert found["In-Reply-To"] == "<two@m.example>"
    assert found["References"] == "<one@m.example> <two@m.example>"
    assert found["From"] == "某县领导信箱 <box@gov.example>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Message-ID"] == outcome.reference
    assert found.get_content().split() == ["您好，已恢复供水。", "某县信访局"]


def test_our_own_reply_is_never_taken_for_a_letter() -> None:
    assert read_mail(message(reply())).automatic


def test_the_id_of_a_reply_stays_the_same_and_names_the_letter() -> None:
    assert own_message_id(reply(), "gov.example") == own_message_id(
        reply("另一文本"), "gov.example"
    )
    assert "m00112233445566778899" in own_message_id(reply(), "gov.example")


def spelled(raw: bytes) -> str:
    """A header with its encoded words decoded and nothing smoothed over."""
    return str(
        email.header.make_header(email.header.decode_header(raw.decode().replace("\r\n", "")))
    )


INJECTION = "x\r\nBcc: thief@m.example\r\n\r\nforged"


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00"]
)
def test_no_header_can_be_slipped_in(end: str) -> None:
    evil = INJECTION.replace("\r\n", end)
    extra = {"Message-ID": f"<a@b{end}Bcc: x@y>", "References": f"<c@d> <e@f{end}Bcc:g>"}
    data = message(reply(title=evil, author=evil, extra=extra))
    found = parsed(data)
    assert sorted(set(found.keys())) == sorted(
        {"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
         "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    )  # fmt: skip
    assert "forged" not in found.get_content()
    for name in ("Subject", "From"):
        raw = b"".join(re.findall(rb"(?m)^%s: (.*(?:\r\n .*)*)" % name.encode(), data))
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", spelled(raw))


@given(title=st.text(max_size=300), text=st.text(max_size=300), reference=st.text(max_size=80))
def test_any_text_gives_a_sound_message(title: str, text: str, reference: str) -> None:
    data = message(
        reply(text, title=title, extra={"Message-ID": reference, "References": reference})
    )
    assert data.isascii()
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert not re.search(rb"(?m)^\.", data)
    found = parsed(data)
    assert found["To"] == "wang@m.example"
    sound = text.encode("utf-8", "replace").decode().strip()
    assert found.get_content().split() == sound.split()


def test_a_long_thread_keeps_its_ids_whole() -> None:
    ids = [f"<{'x' * 150}{number}@{'y' * 60}.example>" for number in range(40)]
    data = message(reply(extra={"Message-ID": "<last@m.example>", "References": " ".join(ids)}))
    references = read_mail(data).references
    assert references[0] == ids[0]
    assert references[-1] == "<last@m.example>"
    assert len(references) <= 20
    assert b"=?" not in data.split(b"References: ")[1].split(b"Auto-Submitted")[0]


@pytest.mark.parametrize(
    "address",
    ["", "no-at", "a@b", "a b@c.example", "a@b.example,c@d.example", "<a@b.example>", "a@b.example\n",
     "a@b..example", "王@m.example", "a@b.example> RCPT", "a\r\n@b.example"],
)  # fmt: skip
def test_no_mail_goes_to_what_is_no_address(address: str, smtp: Smtp) -> None:
    outcome = door(smtp.host, smtp.port).deliver(reply(email=address), now=NOW)
    if usable_address(address):
        assert address.strip() == "a@b.example"
    else:
        assert isinstance(outcome, NotTaken)
        assert not outcome.retry
        assert smtp.mails == []


@pytest.mark.parametrize(
    "address", ["MAILER-DAEMON@m.example", "noreply@m.example", "BOX@gov.example"]
)
def test_no_mail_goes_to_programs_or_ourselves(address: str, smtp: Smtp) -> None:
    assert isinstance(door(smtp.host, smtp.port).deliver(reply(email=address), now=NOW), NotTaken)
    assert smtp.mails == []


def test_a_passing_refusal_may_be_tried_again(smtp: Smtp) -> None:
    smtp.refuse = "451 try again later"
    outcome = door(smtp.host, smtp.port).deliver(reply(), now=NOW)
    assert isinstance(outcome, NotTaken)
    assert outcome.retry
    smtp.refuse = "550 no such mailbox"
    outcome = door(smtp.host, smtp.port).deliver(reply(), now=NOW)
    assert isinstance(outcome, NotTaken)
    assert not outcome.retry
    smtp.refuse = None
    assert isinstance(door(smtp.host, smtp.port).deliver(reply(), now=NOW), Receipt)


@contextmanager
def dying(stage: str, answer: bytes | None, hello: bytes = b"250 hi") -> Iterator[int]:
    """A server that at `stage` gives `answer`, or hangs up without one."""
    normal = {
        "EHLO": hello,
        "MAIL": b"250 ok",
        "RCPT": b"250 ok",
        "DATA": b"354 go",
        ".": b"250 ok",
    }

    def say(connection: socket.socket, line: bytes) -> None:
        connection.sendall(line + b"\r\n")

    def talk(connection: socket.socket) -> None:
        if stage == "greeting":
            if answer is not None:
                say(connection, answer)
            return
        say(connection, b"220 ready")
        file = connection.makefile("rb")
        within = False
        while line := file.readline():
            if stage == "text" and within:
                return
            if within and line != b".\r\n":
                continue
            word = "." if within else line[:4].decode("ascii", "replace").upper()
            if word == "QUIT":
                say(connection, b"221 bye")
                return
            if word == stage and answer is None:
                return
            said = answer if word == stage and answer is not None else normal.get(word, b"500 what")
            say(connection, said)
            within = word == "DATA" and said.startswith(b"354")

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    talk(connection)
            except OSError:
                pass  # the client hung up

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def attempt(stage: str, answer: bytes | None) -> Outcome:
    with dying(stage, answer) as port:
        return door("127.0.0.1", port).deliver(reply(), now=NOW)


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_dies_before_it_takes_the_mail(stage: str) -> None:
    outcome = attempt(stage, None)
    assert isinstance(outcome, NotTaken)
    assert outcome.retry


@pytest.mark.parametrize("stage", ["text", "."])
def test_a_server_that_dies_after_the_mail_was_handed_over(stage: str) -> None:
    assert isinstance(attempt(stage, None), Unclear)


@pytest.mark.parametrize("stage", ["greeting", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(("answer", "retry"), [(b"421 closing", True), (b"554 no", False)])
def test_a_server_that_refuses_at_each_stage(stage: str, answer: bytes, retry: bool) -> None:
    outcome = attempt(stage, answer)
    assert isinstance(outcome, NotTaken)
    assert outcome.retry is retry


@pytest.mark.parametrize("answer", [b"hello", b"999 strange", b"354 more?", b""])
def test_an_answer_that_nobody_understands_is_unclear(answer: bytes) -> None:
    assert isinstance(attempt(".", answer), Unclear)


def test_a_server_that_never_confirms_is_unclear_within_the_timeout() -> None:
    release = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for line in (b"220 x", b"250 x", b"250 x", b"250 x", b"354 x"):
                    connection.sendall(line + b"\r\n")
                    connection.recv(65536)
                release.wait(20)

        thread = threading.Thread(target=serve)
        thread.start()
        outcome = door("127.0.0.1", listener.getsockname()[1], timeout_seconds=1).deliver(
            reply(), now=NOW
        )
        release.set()
        thread.join(10)
    assert isinstance(outcome, Unclear)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = door("127.0.0.1", port).deliver(reply(), now=NOW)
    assert isinstance(outcome, NotTaken)
    assert outcome.retry


def test_a_refused_login_does_not_show_the_password() -> None:
    with dying("AUTH", b"535 wrong", hello=b"250-hi\r\n250 AUTH PLAIN") as port:
        outcome = door("127.0.0.1", port, user="box", password="SMTP").deliver(reply(), now=NOW)
    assert isinstance(outcome, NotTaken)
    assert outcome.reason == "login"
    assert PASSWORD not in repr(outcome)


def test_a_missing_password_is_named_at_the_start() -> None:
    with pytest.raises(SecretError, match="NOWHERE"):
        door("127.0.0.1", 25, user="box", password="NOWHERE")


@pytest.mark.parametrize(
    "options",
    [
        {"host": "mail.gov.example"},
        {"sender": "box"},
        {"user": "box"},
        {"password": "SMTP"},
        {"colour": 1},
    ],
)
def test_options_that_do_not_fit(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        door(**{"host": "127.0.0.1", "port": 25, **options})  # type: ignore[arg-type]

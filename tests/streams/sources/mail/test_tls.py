"""Mail over TLS, both ways in: a certificate that nobody vouches for ends the conversation."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sinks.delivery.base import NotTaken, Outcome, Receipt
from sinks.delivery.smtp import SmtpDelivery, SmtpOptions
from streams.sources.mail.imap import ImapMailbox
from streams.sources.seam.base import SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.standins.certificate import Certificate, make
from tests.standins.replies import NOW, outgoing

SECRETS = Secrets({"BOX": "mail-password-1"})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make(tmp_path_factory.mktemp("certificate"))


class Talk:
    """The server's side: answers by first word, and switches to TLS where it is asked to."""

    def __init__(self, context: ssl.SSLContext, answers: dict[str, str], greeting: str) -> None:
        self.context = context
        self.answers = answers
        self.greeting = greeting
        self.plain: list[str] = []
        """What was said before TLS."""
        self.heard: list[str] = []

    def serve(self, connection: socket.socket, *, implicit: bool) -> None:
        secure = implicit
        if implicit:
            connection = self.context.wrap_socket(connection, server_side=True)
        connection.sendall(self.greeting.encode())
        file = connection.makefile("rb")
        text = False
        while line := file.readline().decode():
            (self.heard if secure else self.plain).append(line.strip())
            if text and line != ".\r\n":
                continue
            words = line.split()
            tag, word = (words[0], words[1]) if self.greeting.startswith("*") else ("", words[0])
            said = self.answers.get(word.upper(), "{tag} OK done\r\n")
            connection.sendall(said.replace("{tag}", tag).encode())
            text = word.upper() == "DATA"
            if word.upper() == "STARTTLS":
                connection = self.context.wrap_socket(connection, server_side=True)
                file = connection.makefile("rb")
                secure = True
        connection.close()


@contextmanager
def talking(talk: Talk, *, implicit: bool) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError, IndexError):  # the client hangs up, as it should
                talk.serve(connection, implicit=implicit)

        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


IMAP = {
    "CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n",
    "EXAMINE": "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n{tag} OK done\r\n",
    "LOGOUT": "* BYE\r\n{tag} OK done\r\n",
}
SMTP = {
    "EHLO": "250-hi\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n", "STARTTLS": "220 go\r\n", "AUTH": "235 in\r\n",
    "MAIL": "250 ok\r\n", "RCPT": "250 ok\r\n", "DATA": "354 go\r\n", ".": "250 taken\r\n", "QUIT": "221 bye\r\n",
}  # fmt: skip


def poll(port: int, security: str, ca_file: Path | None) -> None:
    options: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": security,
        "user": "box",
        "password": "BOX",
        "timeout_seconds": 5,
        "ca_file": str(ca_file or ""),
    }
    entry = SourceEntry(
        name="box", adapter="imap", channel="领导信箱", options=options, file="s.toml"
    )
    list(ImapMailbox.from_options(entry, SECRETS).poll(None, now=NOW))


def send(port: int, security: str, ca_file: Path | None) -> Outcome:
    options = {
        "host": "127.0.0.1", "port": port, "security": security, "user": "box", "password": "BOX",
        "sender": "box@gov.example", "timeout_seconds": 5, "ca_file": str(ca_file or ""),
    }  # fmt: skip
    door = SmtpDelivery("mail", SmtpOptions.model_validate(options), SECRETS)
    return door.deliver(outgoing(email="wang@m.example"), now=NOW)


def imap(certificate: Certificate) -> Talk:
    return Talk(certificate.context, IMAP, "* OK ready\r\n")


def smtp(certificate: Certificate) -> Talk:
    return Talk(certificate.context, SMTP, "220 ready\r\n")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_password_goes_over_tls_only(certificate: Certificate, security: str) -> None:
    for make_talk, go in _both(certificate):
        talk = make_talk()
        with talking(talk, implicit=security == "tls") as port:
            go(port, security, certificate.ca_file)
        assert any("LOGIN" in line or "AUTH" in line for line in talk.heard)
        assert not any("LOGIN" in line or "AUTH" in line for line in talk.plain)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_unknown_certificate_ends_the_conversation(
    certificate: Certificate, security: str
) -> None:
    talk = imap(certificate)
    with (
        talking(talk, implicit=security == "tls") as port,
        pytest.raises(SourceError, match="加密"),
    ):
        poll(port, security, None)
    assert talk.heard == []
    talk = smtp(certificate)
    with talking(talk, implicit=security == "tls") as port:
        outcome = send(port, security, None)
    assert isinstance(outcome, NotTaken)
    assert outcome.reason == "tls"
    assert talk.heard == []


def test_a_server_that_lost_its_starttls_gets_no_password(certificate: Certificate) -> None:
    talk = Talk(
        certificate.context,
        {**IMAP, "CAPABILITY": "* CAPABILITY IMAP4rev1\r\n{tag} OK x\r\n"},
        "* OK x\r\n",
    )
    with talking(talk, implicit=False) as port, pytest.raises(SourceError):
        poll(port, "starttls", certificate.ca_file)
    assert not any("LOGIN" in line for line in talk.plain)
    talk = Talk(certificate.context, {**SMTP, "EHLO": "250-hi\r\n250 AUTH PLAIN\r\n"}, "220 x\r\n")
    with talking(talk, implicit=False) as port:
        assert isinstance(send(port, "starttls", certificate.ca_file), NotTaken)
    assert not any("AUTH" in line for line in talk.plain)


def test_a_reply_is_taken_over_tls(certificate: Certificate) -> None:
    with talking(smtp(certificate), implicit=True) as port:
        assert isinstance(send(port, "tls", certificate.ca_file), Receipt)


def _both(
    certificate: Certificate,
) -> list[tuple[Callable[[], Talk], Callable[[int, str, Path | None], object]]]:
    return [(lambda: imap(certificate), poll), (lambda: smtp(certificate), send)]

"""Mailboxes: against a real Dovecot, and against a server that misbehaves in ways it does not."""

from __future__ import annotations

import base64
import imaplib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from cases.record.item import Item
from cases.words.times import BEIJING
from sinks.files import FileStore
from streams.sources.mail.imap import ImapMailbox
from streams.sources.seam.base import Batch, Rejected, SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.servers import Dovecot

NOW = datetime(2026, 3, 6, 9, 0, tzinfo=BEIJING)


SECRETS = {"MAILBOX": "letter-box", "WRONG": "not-the-password"}


def source(host: str, port: int, **options: object) -> ImapMailbox:
    files = options.pop("files", None)
    assert files is None or isinstance(files, FileStore)
    entry = SourceEntry(
        name="box",
        adapter="imap",
        channel="领导信箱",
        options={
            "host": host,
            "port": port,
            "security": "none",
            "user": "leader",
            "password": "MAILBOX",
            "timeout_seconds": 5,
            **options,
        },
        file="sources.toml",
    )
    return ImapMailbox.from_options(entry, Secrets(SECRETS), files)


def letter(number: int, text: str = "停水", size: int = 0) -> bytes:
    body = f"{text} 第 {number} 封\r\n".encode("gbk") + b"x" * size
    return (
        f"From: w{number}@m.example\r\nMessage-ID: <n{number}@m.example>\r\n"
        f"Subject: letter {number}\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n"
    ).encode() + body


def items(batches: list[Batch]) -> list[Item]:
    return [found for batch in batches for found in batch.found if isinstance(found, Item)]


def cursor_after(batches: list[Batch], cursor: str | None = None) -> str | None:
    for batch in batches:
        cursor = batch.cursor or cursor
    return cursor


def flags(server: Dovecot) -> list[bytes]:
    with imaplib.IMAP4(server.host, server.port) as client:
        client.login(server.user, server.password)
        client.select("INBOX", readonly=True)
        _, data = client.fetch("1:*", "(FLAGS)")
        return [line for line in data if isinstance(line, bytes)]


def command(server: Dovecot, *lines: tuple[str, ...]) -> None:
    with imaplib.IMAP4(server.host, server.port) as client:
        client.login(server.user, server.password)
        client.select("INBOX")
        for name, *arguments in lines:
            status, data = getattr(client, name)(*arguments)
            assert status == "OK", data


def test_reads_new_mail_once_and_leaves_it_unread(dovecot: Dovecot) -> None:
    for number in range(3):
        dovecot.deliver(letter(number))
    mailbox = source(dovecot.host, dovecot.port)
    first = list(mailbox.poll(None, now=NOW))
    assert [item.body for item in items(first)] == [f"停水 第 {n} 封" for n in range(3)]
    assert all(b"\\Seen" not in line for line in flags(dovecot))
    cursor = cursor_after(first)
    assert list(mailbox.poll(cursor, now=NOW)) == []
    dovecot.deliver(letter(3))
    again = list(mailbox.poll(cursor, now=NOW))
    assert [item.title for item in items(again)] == ["letter 3"]


def test_attachments_are_kept_and_a_mailbox_that_is_read_again_brings_nothing_new(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    photo = b"\xff\xd8\xff" + bytes(range(256)) * 40
    dovecot.deliver(
        b"From: w@m.example\r\nMessage-ID: <p@m.example>\r\nSubject: lamp\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee the photo\r\n"
        b"--b\r\nContent-Type: image/jpeg; name=lamp.jpg\r\nContent-Transfer-Encoding: base64"
        b"\r\n\r\n" + base64.encodebytes(photo).replace(b"\n", b"\r\n") + b"--b--\r\n"
    )
    files = FileStore(tmp_path, 1 << 20)
    first, again = (
        items(list(source(dovecot.host, dovecot.port, files=files).poll(None, now=NOW)))
        for _ in "12"
    )
    assert first == again
    (file,) = first[0].attachments
    assert (file.name, file.size) == ("lamp.jpg", len(photo))
    assert files.path(file.sha).read_bytes() == photo


def test_a_restart_between_any_two_batches_goes_on_behind_the_last_stored_one(
    dovecot: Dovecot,
) -> None:
    for number in range(7):
        dovecot.deliver(letter(number))
    stored: list[Item] = []
    cursor: str | None = None
    for _ in range(20):
        poll = source(dovecot.host, dovecot.port, batch_size=2).poll(cursor, now=NOW)
        batch = next(poll, None)
        del poll  # the process dies here
        if batch is None:
            break
        stored += items([batch])
        cursor = batch.cursor
    assert [item.title for item in stored] == [f"letter {number}" for number in range(7)]


def test_a_renumbered_folder_is_read_again_without_new_items(dovecot: Dovecot) -> None:
    dovecot.deliver(letter(1))
    mailbox = source(dovecot.host, dovecot.port)
    first = list(mailbox.poll(None, now=NOW))
    known = json.loads(cursor_after(first) or "")
    stale = json.dumps({"INBOX": [known["INBOX"][0] - 1, known["INBOX"][1] + 500]})
    again = list(mailbox.poll(stale, now=NOW))
    assert items(again) == items(first)
    assert cursor_after(again) == cursor_after(first)


def test_more_mails_than_one_listing_window(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.sources.mail.imap_session._WINDOW", 4)
    for number in range(11):
        dovecot.deliver(letter(number))
    found = items(list(source(dovecot.host, dovecot.port).poll(None, now=NOW)))
    assert [item.title for item in found] == [f"letter {number}" for number in range(11)]


def test_deleted_mails_leave_gaps_and_no_harm(dovecot: Dovecot) -> None:
    for number in range(4):
        dovecot.deliver(letter(number))
    command(dovecot, ("store", "2", "+FLAGS", "(\\Deleted)"), ("expunge",))
    found = items(list(source(dovecot.host, dovecot.port).poll(None, now=NOW)))
    assert [item.title for item in found] == ["letter 0", "letter 2", "letter 3"]


def test_a_mail_deleted_between_listing_and_reading(dovecot: Dovecot) -> None:
    for number in range(3):
        dovecot.deliver(letter(number))
    poll = source(dovecot.host, dovecot.port, batch_size=1).poll(None, now=NOW)
    batches = [next(poll)]
    command(dovecot, ("store", "2", "+FLAGS", "(\\Deleted)"), ("expunge",))
    batches += list(poll)
    assert [item.title for item in items(batches)] == ["letter 0", "letter 2"]


def test_marks_as_read_only_when_told_and_only_after_the_batch_was_taken(dovecot: Dovecot) -> None:
    for number in range(2):
        dovecot.deliver(letter(number))
    poll = source(dovecot.host, dovecot.port, mark_seen=True).poll(None, now=NOW)
    next(poll)
    assert all(b"\\Seen" not in line for line in flags(dovecot))
    assert list(poll) == []
    assert all(b"\\Seen" in line for line in flags(dovecot))


def test_of_a_large_mail_only_the_beginning_is_read(dovecot: Dovecot) -> None:
    dovecot.deliver(letter(1, size=200_000))
    dovecot.deliver(letter(2))
    large, small = items(
        list(source(dovecot.host, dovecot.port, max_bytes=10_000).poll(None, now=NOW))
    )
    assert large.truncated
    assert len(large.body) < 11_000
    assert not small.truncated


def test_folders_with_chinese_names(dovecot: Dovecot) -> None:
    command(dovecot, ("create", '"&T+GLvw-"'))  # 信访 in the form of IMAP
    with imaplib.IMAP4(dovecot.host, dovecot.port) as client:
        client.login(dovecot.user, dovecot.password)
        client.append('"&T+GLvw-"', "", "", letter(9))
    mailbox = source(dovecot.host, dovecot.port, folders=["INBOX", "信访"])
    batches = list(mailbox.poll(None, now=NOW))
    assert [item.title for item in items(batches)] == ["letter 9"]
    assert set(json.loads(cursor_after(batches) or "")) == {"INBOX", "信访"}


def test_mails_from_before_a_day_are_left_alone(dovecot: Dovecot) -> None:
    with imaplib.IMAP4(dovecot.host, dovecot.port) as client:
        client.login(dovecot.user, dovecot.password)
        client.append("INBOX", "", '"01-Feb-2025 10:00:00 +0800"', letter(1))
        client.append("INBOX", "", '"01-Feb-2026 10:00:00 +0800"', letter(2))
    mailbox = source(dovecot.host, dovecot.port, since=datetime(2026, 1, 1, tzinfo=BEIJING).date())
    batches = list(mailbox.poll(None, now=NOW))
    (found,) = items(batches)
    assert found.title == "letter 2"
    assert found.received_at == datetime(2026, 2, 1, 10, 0, tzinfo=BEIJING)


def test_rewound_to_a_day_it_reads_again_from_there_and_then_goes_on(dovecot: Dovecot) -> None:
    with imaplib.IMAP4(dovecot.host, dovecot.port) as client:
        client.login(dovecot.user, dovecot.password)
        client.create("Other")
        for folder, day, number in (
            ("INBOX", 1, 1),
            ("INBOX", 20, 2),
            ("Other", 2, 3),
            ("Other", 21, 4),
        ):
            client.append(folder, "", f'"{day:02d}-Feb-2026 10:00:00 +0800"', letter(number))
    mailbox = source(dovecot.host, dovecot.port, folders=["INBOX", "Other"])
    first = list(mailbox.poll(None, now=NOW))
    assert len(items(first)) == 4
    cursor = mailbox.rewound(datetime(2026, 2, 10, tzinfo=BEIJING))
    again = list(mailbox.poll(cursor, now=NOW))
    assert items(again) == [item for item in items(first) if item.received_at.day > 10]
    assert cursor_after(again) == cursor_after(first)
    # Killed after the first folder: the second is still read from the day on.
    rest = list(mailbox.poll(again[0].cursor, now=NOW))
    assert [item.title for item in items(rest)] == ["letter 4"]
    with imaplib.IMAP4(dovecot.host, dovecot.port) as client:
        client.login(dovecot.user, dovecot.password)
        client.append("INBOX", "", '"03-Feb-2026 10:00:00 +0800"', letter(5))
    moved_in = list(mailbox.poll(cursor_after(again), now=NOW))
    assert [item.title for item in items(moved_in)] == ["letter 5"]


def test_a_bounce_is_a_dead_letter_and_moves_the_cursor(dovecot: Dovecot) -> None:
    dovecot.deliver(b"From: MAILER-DAEMON@m.example\r\nSubject: failed\r\n\r\nreturned")
    mailbox = source(dovecot.host, dovecot.port)
    batches = list(mailbox.poll(None, now=NOW))
    (found,) = (one for batch in batches for one in batch.found)
    assert isinstance(found, Rejected)
    assert found.original.startswith(b"From: MAILER-DAEMON")
    assert list(mailbox.poll(cursor_after(batches), now=NOW)) == []


def test_an_empty_folder_gets_a_cursor(dovecot: Dovecot) -> None:
    mailbox = source(dovecot.host, dovecot.port)
    (batch,) = mailbox.poll(None, now=NOW)
    assert batch.found == ()
    assert batch.cursor is not None


def test_a_server_killed_in_the_middle_of_a_poll(dovecot: Dovecot) -> None:
    for number in range(6):
        dovecot.deliver(letter(number))
    mailbox = source(dovecot.host, dovecot.port, batch_size=2)
    poll = mailbox.poll(None, now=NOW)
    batches = [next(poll)]
    dovecot.kill()
    with pytest.raises(SourceError, match="邮箱服务器"):
        list(poll)
    with pytest.raises(SourceError, match="连不上"):
        list(mailbox.poll(cursor_after(batches), now=NOW))
    dovecot.start()
    batches += list(mailbox.poll(cursor_after(batches), now=NOW))
    assert [item.title for item in items(batches)] == [f"letter {number}" for number in range(6)]


def test_a_server_that_freezes_is_given_up_and_asked_again(dovecot: Dovecot) -> None:
    dovecot.deliver(letter(1))
    mailbox = source(dovecot.host, dovecot.port, timeout_seconds=1)
    dovecot.freeze()
    with pytest.raises(SourceError, match="没有回应"):
        list(mailbox.poll(None, now=NOW))
    dovecot.thaw()
    assert [item.title for item in items(list(mailbox.poll(None, now=NOW)))] == ["letter 1"]


def test_a_wrong_password_is_named_without_being_shown(dovecot: Dovecot) -> None:
    with pytest.raises(SourceError) as caught:
        list(source(dovecot.host, dovecot.port, password="WRONG").poll(None, now=NOW))
    assert "授权码" in str(caught.value)
    assert "not-the-password" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_folder_is_named(dovecot: Dovecot) -> None:
    with pytest.raises(SourceError, match="信件"):
        list(source(dovecot.host, dovecot.port, folders=["信件"]).poll(None, now=NOW))


class Script:
    """An IMAP server that answers by a table: command word to lines after which OK is said."""

    def __init__(self) -> None:
        self.greeting = b"* OK ready\r\n"
        self.capability = b"IMAP4rev1 ID"
        self.answers: dict[str, bytes] = {}
        self.refuse: dict[str, str] = {}
        self.drop_at = ""
        self.commands: list[str] = []

    def talk(self, connection: socket.socket) -> None:
        file = connection.makefile("rwb")
        file.write(self.greeting)
        file.flush()
        while line := file.readline():
            tag, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            words = rest.upper().split(" ")
            word = " ".join(words[:2]) if words[0] == "UID" else words[0]
            self.commands.append(rest)
            if word == self.drop_at:
                return
            if word == "CAPABILITY":
                file.write(b"* CAPABILITY " + self.capability + b"\r\n")
            file.write(self.answers.get(word, b""))
            file.write(f"{tag} {self.refuse.get(word, 'OK done')}\r\n".encode())
            file.flush()
            if word == "LOGOUT":
                return


@contextmanager
def scripted(script: Script) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    script.talk(connection)
            except OSError:
                pass  # the client hung up, which is what some tests are about

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.close()
        thread.join(10)


def selected(count: int) -> dict[str, bytes]:
    answer = f"* {count} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 99] x\r\n".encode()
    return {"SELECT": answer, "EXAMINE": answer}


def failure(script: Script, **options: object) -> str:
    with scripted(script) as port, pytest.raises(SourceError) as caught:
        list(source("127.0.0.1", port, **options).poll(None, now=NOW))
    assert "letter-box" not in str(caught.value)
    return str(caught.value)


def test_names_itself_after_login_and_before_opening_a_folder() -> None:
    script = Script()
    script.answers = selected(0)
    with scripted(script) as port:
        list(source("127.0.0.1", port).poll(None, now=NOW))
    words = [line.split(" ")[0] for line in script.commands]
    assert words.index("LOGIN") < words.index("ID") < words.index("EXAMINE")


def test_names_itself_on_demand_where_the_server_does_not_offer_it() -> None:
    for send_id, expected in ((True, True), (False, False), (None, False)):
        script = Script()
        script.capability = b"IMAP4rev1"
        script.answers = selected(0)
        options: dict[str, object] = {} if send_id is None else {"send_id": send_id}
        with scripted(script) as port:
            list(source("127.0.0.1", port, **options).poll(None, now=NOW))
        assert any(line.startswith("ID ") for line in script.commands) is expected


def test_unsafe_login_says_what_to_do() -> None:
    script = Script()
    script.refuse = {"EXAMINE": "NO EXAMINE Unsafe Login. Please contact kefu@188.com for help"}
    assert "send_id = true" in failure(script)


def test_attributes_in_another_order_and_unasked_answers_in_between() -> None:
    script = Script()
    mail = letter(5)
    script.answers = selected(1)
    script.answers["FETCH"] = (
        b'* 1 FETCH (INTERNALDATE "05-Mar-2026 10:00:00 +0800" RFC822.SIZE 90 UID 12)\r\n'
    )
    script.answers["UID FETCH"] = (
        b"* 1 FETCH (FLAGS (\\Recent))\r\n* 1 FETCH (BODY[] {%d}\r\n" % len(mail)
        + mail
        + b" UID 12)\r\n* 2 EXISTS\r\n"
    )
    with scripted(script) as port:
        found = items(list(source("127.0.0.1", port).poll(None, now=NOW)))
    assert [item.title for item in found] == ["letter 5"]


def test_a_literal_of_two_gigabytes_is_not_read() -> None:
    script = Script()
    script.answers = selected(1)
    script.answers["FETCH"] = b"* 1 FETCH (UID 1 RFC822.SIZE 10 BODY[] {2000000000}\r\nxxxx"
    assert "中断" in failure(script)


@pytest.mark.parametrize("stage", ["CAPABILITY", "LOGIN", "ID", "EXAMINE", "FETCH"])
def test_a_connection_that_breaks_at_any_stage(stage: str) -> None:
    script = Script()
    script.answers = selected(1)
    script.drop_at = stage
    assert "127.0.0.1" in failure(script)


def test_a_server_that_speaks_something_else() -> None:
    script = Script()
    script.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert "127.0.0.1" in failure(script)


def test_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        mailbox = source("127.0.0.1", listener.getsockname()[1], timeout_seconds=1)
        with pytest.raises(SourceError, match="没有回应"):
            list(mailbox.poll(None, now=NOW))


def test_a_folder_without_uidvalidity_is_refused() -> None:
    script = Script()
    script.answers = {"EXAMINE": b"* 1 EXISTS\r\n"}
    assert "UIDVALIDITY" in failure(script)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SourceError, match="连不上"):
        list(source("127.0.0.1", port).poll(None, now=NOW))


def test_a_password_in_the_clear_never_leaves_this_machine() -> None:
    with pytest.raises(SourceError, match="只允许连接本机"):
        source("mail.gov.example", 143)


def test_a_broken_cursor_is_named() -> None:
    with pytest.raises(SourceError, match="读取位置"):
        list(source("127.0.0.1", 1).poll("{oops", now=NOW))

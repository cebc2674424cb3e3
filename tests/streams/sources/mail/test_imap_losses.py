"""A server that does not give a mail: nothing is lost, and no other mail waits for it.

A real Dovecot holds the mails; a proxy in front of it spoils what it says about some of them.
"""

from __future__ import annotations

import imaplib
import json
from collections.abc import Iterator

import pytest

from cases.record.item import Item
from streams.sources.mail.imap import ImapMailbox
from streams.sources.mail.imap_cursor import Place, read_cursor, write_cursor
from streams.sources.seam.base import Batch, Rejected, SourceError
from tests.servers import Dovecot
from tests.servers.imap_proxy import (
    ImapProxy,
    Spoil,
    as_string,
    bad,
    blank,
    broken,
    empty,
    halved,
    nil,
    refused,
    silent,
)
from tests.streams.sources.mail.test_imap import (
    NOW,
    Script,
    command,
    cursor_after,
    items,
    letter,
    scripted,
    selected,
    source,
)


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[ImapProxy]:
    made = ImapProxy(dovecot.host, dovecot.port)
    yield made
    made.close()


def titles(batches: list[Batch]) -> list[str]:
    return sorted(item.title for item in items(batches))


def dead(batches: list[Batch]) -> list[Rejected]:
    return [one for batch in batches for one in batch.found if isinstance(one, Rejected)]


class Reader:
    """Polls as the product does: each batch is stored with its cursor before the next."""

    def __init__(self, mailbox: ImapMailbox) -> None:
        self.mailbox = mailbox
        self.cursor: str | None = None
        self.stored: list[Item] = []
        self.letters: list[Rejected] = []

    def poll(self) -> str:
        """What went wrong, in the source's words."""
        try:
            for batch in self.mailbox.poll(self.cursor, now=NOW):
                self.stored += items([batch])
                self.letters += dead([batch])
                self.cursor = batch.cursor or self.cursor
        except SourceError as error:
            return str(error)
        return ""

    @property
    def titles(self) -> list[str]:
        return sorted(item.title for item in self.stored)


SPOILT = [nil, empty, blank, silent, refused, bad, broken]


def name(spoil: Spoil) -> str:
    return spoil.__name__


@pytest.mark.parametrize("spoil", SPOILT, ids=name)
def test_a_mail_that_is_not_given_at_first_is_asked_for_again(
    dovecot: Dovecot, proxy: ImapProxy, spoil: Spoil
) -> None:
    for number in range(5):
        dovecot.deliver(letter(number))
    proxy.spoiled = dict.fromkeys((2, 3, 5), spoil)
    proxy.times = dict.fromkeys((2, 3, 5), 1)
    reader = Reader(source("127.0.0.1", proxy.port))
    assert reader.poll() == ""
    assert reader.titles == [f"letter {number}" for number in range(5)]
    assert reader.letters == []


@pytest.mark.parametrize("spoil", SPOILT, ids=name)
def test_a_mail_that_is_given_at_a_later_poll_is_taken_then(
    dovecot: Dovecot, proxy: ImapProxy, spoil: Spoil
) -> None:
    for number in range(3):
        dovecot.deliver(letter(number))
    proxy.spoiled = {1: spoil}
    proxy.times = {1: 2}
    reader = Reader(source("127.0.0.1", proxy.port))
    reader.poll()
    assert reader.titles == ["letter 1", "letter 2"]
    assert reader.poll() == ""
    assert reader.titles == ["letter 0", "letter 1", "letter 2"]
    assert json.loads(reader.cursor or "")["INBOX"][2:] == []
    assert list(reader.mailbox.poll(reader.cursor, now=NOW)) == []


@pytest.mark.parametrize("spoil", SPOILT, ids=name)
def test_a_mail_that_is_never_given_keeps_no_other_out_and_becomes_a_dead_letter_once(
    dovecot: Dovecot, proxy: ImapProxy, spoil: Spoil
) -> None:
    for number in range(3):
        dovecot.deliver(letter(number))
    proxy.spoiled = {1: spoil, 3: spoil}
    reader = Reader(source("127.0.0.1", proxy.port))
    for _ in range(2):
        assert reader.poll() == ""
    assert reader.titles == ["letter 1"]
    assert reader.letters == []
    for _ in range(3):
        reader.poll()
    assert [one.reason for one in reader.letters] == ["mail_not_given"] * 2
    assert len({one.original for one in reader.letters}) == 2
    assert "还会再试" in reader.letters[0].detail
    dovecot.deliver(letter(7))
    proxy.spoiled = {}
    reader.poll()
    assert reader.titles == [f"letter {number}" for number in (0, 1, 2, 7)]


def test_a_mail_that_the_folder_no_longer_lists_is_passed(
    dovecot: Dovecot, proxy: ImapProxy
) -> None:
    for number in range(3):
        dovecot.deliver(letter(number))
    proxy.spoiled = {2: nil}
    reader = Reader(source("127.0.0.1", proxy.port))
    reader.poll()
    assert json.loads(reader.cursor or "")["INBOX"][2] == {"2": 1}
    command(dovecot, ("store", "2", "+FLAGS", "(\\Deleted)"), ("expunge",))
    reader.poll()
    assert json.loads(reader.cursor or "")["INBOX"][2:] == []
    assert reader.letters == []


def test_an_owed_mail_is_not_asked_for_for_ever(dovecot: Dovecot, proxy: ImapProxy) -> None:
    dovecot.deliver(letter(1))
    proxy.spoiled = {1: nil}
    reader = Reader(source("127.0.0.1", proxy.port))
    for _ in range(25):
        reader.poll()
    assert len(proxy.asked) == 2 * 20
    assert len(reader.letters) == 1


def test_a_server_that_gives_nothing_at_all_ends_the_poll_and_says_so(
    dovecot: Dovecot, proxy: ImapProxy
) -> None:
    for number in range(13):
        dovecot.deliver(letter(number))
    proxy.spoiled = dict.fromkeys(range(1, 14), refused)
    reader = Reader(source("127.0.0.1", proxy.port))
    assert "连续 10 封" in reader.poll()
    proxy.spoiled = {}
    assert reader.poll() == ""
    assert len(reader.stored) == 13


def test_a_short_mail_as_a_quoted_string_is_a_mail(dovecot: Dovecot, proxy: ImapProxy) -> None:
    dovecot.deliver(b'From: w@m.example\r\nSubject: s\r\n\r\nlamp "north" \\ out ' + b"x" * 200)
    proxy.spoiled = {1: as_string}
    reader = Reader(source("127.0.0.1", proxy.port))
    reader.poll()
    assert len(reader.stored) == 1


def test_much_less_than_was_listed_is_asked_for_again_and_at_last_taken_with_a_note(
    dovecot: Dovecot, proxy: ImapProxy
) -> None:
    dovecot.deliver(letter(1, size=3000))
    proxy.spoiled = {1: halved}
    reader = Reader(source("127.0.0.1", proxy.port))
    reader.poll()
    reader.poll()
    assert reader.stored == []
    reader.poll()
    (item,) = reader.stored
    assert item.truncated
    assert "mail_too_large" in {note.code for note in item.notes}


def test_a_server_that_dies_at_one_mail_keeps_what_was_read_before_it(
    dovecot: Dovecot, proxy: ImapProxy
) -> None:
    for number in range(4):
        dovecot.deliver(letter(number))

    def dies(_tag: bytes, _answer: bytes) -> None:
        proxy.close()

    proxy.spoiled = {3: dies}
    reader = Reader(source("127.0.0.1", proxy.port))
    assert "127.0.0.1" in reader.poll()
    assert reader.titles == ["letter 0", "letter 1"]
    reader.mailbox = source(dovecot.host, dovecot.port)
    assert reader.poll() == ""
    assert reader.titles == [f"letter {number}" for number in range(4)]


def test_a_server_that_refuses_to_mark_mails_as_read_keeps_no_letter_out() -> None:
    script = Script()
    mail = letter(5)
    script.answers = selected(1)
    script.answers["FETCH"] = b"* 1 FETCH (UID 12 RFC822.SIZE 90)\r\n"
    script.answers["UID FETCH"] = b"* 1 FETCH (UID 12 BODY[] {%d}\r\n" % len(mail) + mail + b")\r\n"
    script.refuse = {"UID STORE": "NO read only"}
    with scripted(script) as port:
        found = items(list(source("127.0.0.1", port, mark_seen=True).poll(None, now=NOW)))
    assert [item.title for item in found] == ["letter 5"]


@pytest.mark.parametrize("said", ["NO cannot list", "OK done"])
def test_a_mail_that_the_server_cannot_describe_is_still_read(said: str) -> None:
    script = Script()
    mail = letter(5)
    script.answers = selected(2)
    script.answers["UID SEARCH"] = b"* SEARCH 12\r\n"
    script.answers["UID FETCH"] = (
        b"* 1 FETCH (UID 12 BODY[]<0> {%d}\r\n" % len(mail) + mail + b")\r\n"
    )
    script.refuse = {"FETCH": said}
    with scripted(script) as port:
        batches = list(source("127.0.0.1", port).poll(None, now=NOW))
    assert titles(batches) == ["letter 5"]


def test_a_folder_that_was_renumbered_owes_nothing() -> None:
    script = Script()
    script.answers = selected(0)
    with scripted(script) as port:
        cursor = '{"INBOX": [6, 40, {"9": 1}]}'
        batches = list(source("127.0.0.1", port).poll(cursor, now=NOW))
    assert cursor_after(batches) == '{"INBOX": [7, 0]}'


def test_cursors_of_before_are_read() -> None:
    assert read_cursor('{"INBOX": [7, 40]}') == {"INBOX": Place(7, 40, {})}
    places = {"信访": Place(7, 40, {9: 2, 12: 1})}
    assert read_cursor(write_cursor(places)) == places


def test_the_proxy_spoils_what_it_is_told_to(dovecot: Dovecot, proxy: ImapProxy) -> None:
    """Without it the tests above would prove nothing."""
    dovecot.deliver(letter(1))
    for spoil, expected in ((nil, b"NIL"), (empty, b"{0}")):
        proxy.spoiled = {1: spoil}
        with imaplib.IMAP4("127.0.0.1", proxy.port) as client:
            client.login(dovecot.user, dovecot.password)
            client.select("INBOX", readonly=True)
            _, data = client.uid("FETCH", "1", "(UID BODY.PEEK[])")
            assert expected in repr(data).encode()
            assert b"From:" not in repr(data).encode()

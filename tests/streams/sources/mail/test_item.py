"""Numbers that survive a moved mailbox, clocks that can be defended, mails that are no letters."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from pathlib import Path

from cases.record.item import Item, content_hash
from cases.words.times import BEIJING
from sinks.files import FileStore
from streams.sources.mail.item import Letter, MailRules, mail_item
from streams.sources.seam.base import Rejected

NOW = datetime(2026, 3, 6, 9, 0, tzinfo=BEIJING)
STORED = datetime(2026, 3, 5, 10, 0, tzinfo=BEIJING)
RULES = MailRules(own_addresses=frozenset({"box@gov.example"}))


def letter(
    headers: str, body: str = "小区停水两天。", *, stored: datetime | None = STORED
) -> Letter:
    head = f"{headers.strip()}\nContent-Type: text/plain; charset=utf-8\n".replace("\n", "\r\n")
    data = head.encode() + b"\r\n" + body.encode()
    return Letter(data=data, size=len(data), stored_at=stored, origin="INBOX/1/1")


def read(mail: Letter, rules: MailRules = RULES) -> Item | Rejected:
    return mail_item(mail, source="box", channel="领导信箱", rules=rules, now=NOW)


def item(mail: Letter) -> Item:
    found = read(mail)
    assert isinstance(found, Item), found
    return found


FIRST = "From: Wang <w@m.example>\nSubject: 停水\nMessage-ID: <one@m.example>"


def test_the_same_mail_in_a_rebuilt_mailbox_is_the_same_item() -> None:
    received = "Received: from a by b; Thu, 5 Mar 2026 01:59:00 +0000\n"
    before = letter(received + FIRST)
    after = letter(received + FIRST, stored=NOW)
    assert content_hash(item(before)) == content_hash(item(after))
    nameless = received + "From: w@m.example"
    assert content_hash(item(letter(nameless))) == content_hash(item(letter(nameless, stored=NOW)))


def test_mails_without_a_message_id_are_told_apart_by_their_bytes() -> None:
    one, two = letter("From: w@m.example"), letter("From: w@m.example", "又停水了。")
    assert item(one).source_item_id != item(two).source_item_id


def test_nobody_replaces_anothers_letter_by_its_message_id() -> None:
    other = FIRST.replace("w@m.example", "thief@m.example")
    assert item(letter(FIRST)).source_item_id != item(letter(other)).source_item_id


def test_a_further_letter_names_the_first_one_of_its_thread() -> None:
    first = item(letter(FIRST))
    headers = "From: w@m.example\nMessage-ID: <two@m.example>\nReferences: <one@m.example> <r@gov.example>"
    assert item(letter(headers)).parent_id == first.source_item_id
    assert first.parent_id == ""


def test_an_answer_to_our_reply_finds_its_letter_from_our_id_alone() -> None:
    number = item(letter(FIRST)).source_item_id
    headers = (
        "From: other@m.example\nMessage-ID: <three@m.example>\n"
        f"In-Reply-To: <huiyin.{number}.0011223344556677@gov.example>"
    )
    assert item(letter(headers)).parent_id == number


def test_received_is_what_our_server_says_and_not_what_the_sender_claims() -> None:
    headers = (
        "Received: from a by b; Thu, 5 Mar 2026 01:58:00 +0000\n"
        "Date: Mon, 01 Jan 2024 00:00:00 +0800\nFrom: w@m.example"
    )
    found = item(letter(headers))
    assert found.received_at == STORED - timedelta(minutes=2)
    assert "date_differs" in {note.code for note in found.notes}


def test_received_in_the_future_is_not_believed() -> None:
    headers = "Received: from a by b; Thu, 5 Mar 2099 01:58:00 +0000\nFrom: w@m.example"
    assert item(letter(headers)).received_at == STORED


def test_without_any_server_clock_the_senders_date_counts_and_says_so() -> None:
    found = item(letter("Date: Thu, 5 Mar 2026 08:00:00 +0800\nFrom: w@m.example", stored=None))
    assert found.received_at.hour == 8
    assert "received_from_date" in {note.code for note in found.notes}


def test_a_mail_without_date_subject_sender_and_text_is_still_an_item() -> None:
    found = item(letter("X-Nothing: 1", "", stored=None))
    assert found.title == "（无主题）"
    assert {note.code for note in found.notes} == {
        "received_missing", "empty_text", "no_address", "date_missing"
    }  # fmt: skip


def test_automatic_mail_goes_to_the_dead_letters() -> None:
    found = read(letter("From: w@m.example\nAuto-Submitted: auto-replied"))
    assert isinstance(found, Rejected)
    assert found.reason == "auto_reply"
    assert "Auto-Submitted" in found.detail


def test_a_form_that_passes_letters_on_may_be_trusted() -> None:
    mail = letter("From: form@gov.example\nAuto-Submitted: auto-generated")
    rules = MailRules(trusted_senders=frozenset({"form@gov.example"}))
    assert isinstance(read(mail, rules), Item)


def test_our_own_mail_is_no_letter() -> None:
    found = read(letter("From: Box <BOX@gov.example>"))
    assert isinstance(found, Rejected)
    assert found.reason == "own_mail"


def test_an_answer_goes_to_reply_to() -> None:
    found = item(letter("From: w@m.example\nReply-To: home@m.example"))
    assert found.email == "home@m.example"
    assert found.extra["发件地址"] == "w@m.example"


def test_only_a_text_that_was_cut_is_truncated() -> None:
    part = "From: w@m.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nabc\n"
    picture = (
        "--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\nxxxx"
    )
    whole = part + picture
    for text, truncated in ((whole, False), (part, True)):
        data = text.replace("\n", "\r\n").encode()
        found = item(Letter(data=data, size=10_000_000, stored_at=STORED, origin=""))
        assert found.truncated is truncated
        assert "mail_too_large" in {note.code for note in found.notes}


# -- attachments -------------------------------------------------------------------


def enclosing(*parts: tuple[str, bytes], cut: int = 0) -> Letter:
    """A letter with files, all of it or without its last `cut` bytes."""
    head = (
        b"From: w@m.example\r\nMessage-ID: <files@m.example>\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nsee the pictures\r\n"
    )
    for name, data in parts:
        head += (
            f"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
            f"Content-Disposition: attachment; filename={name}\r\n\r\n"
        ).encode() + base64.encodebytes(data).replace(b"\n", b"\r\n")
    whole = head + b"--b--\r\n"
    return Letter(
        data=whole[: len(whole) - cut], size=len(whole), stored_at=STORED, origin="INBOX/1/1"
    )


def keeping(mail: Letter, files: FileStore | None) -> Item:
    found = mail_item(mail, source="box", channel="领导信箱", rules=RULES, now=NOW, files=files)
    assert isinstance(found, Item), found
    return found


def test_attachments_are_kept_as_they_are_and_once(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files", 1 << 20)
    mail = enclosing(("a.jpg", b"\xff\xd8\xff photo"), ("b.html", b"<script>alert(1)</script>"))
    item = keeping(mail, files)
    kept = [files.path(one.sha) for one in item.attachments]
    assert [path.read_bytes() for path in kept] == [
        b"\xff\xd8\xff photo",
        b"<script>alert(1)</script>",
    ]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    written = [path.stat().st_mtime_ns for path in kept]
    assert content_hash(keeping(mail, files)) == content_hash(item)
    assert [path.stat().st_mtime_ns for path in kept] == written
    assert sorted(path for path in files.folder.rglob("*") if path.is_file()) == sorted(kept)


def test_without_a_place_to_keep_them_attachments_are_names() -> None:
    (file,) = keeping(enclosing(("a.jpg", b"photo")), None).attachments
    assert (file.name, file.size, file.sha) == ("a.jpg", 5, "")


def test_too_large_an_attachment_is_left_out_and_said(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files", 1 << 20)
    item = keeping(enclosing(("a.mp4", b"x" * ((1 << 20) + 1)), ("b.jpg", b"photo")), files)
    assert [bool(one.sha) for one in item.attachments] == [False, True]
    (note,) = [note for note in item.notes if note.code == "file_too_large"]
    assert "第 1 个附件有 1.0 MB，超过 1 MB，没有留存" in note.text


def test_an_attachment_that_was_cut_off_is_not_kept_as_if_whole(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files", 1 << 20)
    parts = (("a.jpg", b"photo"), ("b.jpg", b"y" * 4000))
    item = keeping(enclosing(*parts, cut=2000), files)
    assert [bool(one.sha) for one in item.attachments] == [True, False]
    assert "file_not_whole" in {note.code for note in item.notes}


def test_a_forwarded_mail_is_kept_as_a_mail(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files", 1 << 20)
    inner = b"From: neighbour@m.example\r\nSubject: noise\r\n\r\nevery night\r\n"
    head = (
        b"From: w@m.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    data = head + inner + b"--b--\r\n"
    item = keeping(Letter(data=data, size=len(data), stored_at=STORED, origin=""), files)
    (file,) = item.attachments
    assert file.name == "noise.eml"
    assert b"every night" in files.path(file.sha).read_bytes()

"""The parts of a mail, as the standard library cuts them but in flat memory."""

from __future__ import annotations

import base64
import email
import email.policy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.mail.headers import RAW
from streams.sources.mail.mime_parser import (
    ATTACHED_DEPTH,
    MAX_PARTS,
    MailPart,
    Room,
    TooManyPartsDefect,
    parse_mail,
)
from streams.sources.mail.text import read_mail
from tests.streams.sources.mail.field_letters import file_part, multi, part, whole

PIECES = [
    b"a\r\n",
    b"\n",
    b"--x\r\n",
    b"--x--\n",
    b"--x \r\n",
    b"--xy\n",
    b"--",
    b"b",
    b"\r",
    b"\xff",
]


def parsed(data: bytes) -> MailPart:
    return parse_mail(data, Room())


def leaves(message: email.message.Message) -> list[bytes]:
    return [
        one.get_payload(decode=True) or b""  # type: ignore[misc]
        for one in message.walk()
        if not one.is_multipart()
    ]


def written(message: email.message.Message) -> bytes:
    """All that was written, before and behind the parts too."""
    before, behind = (
        (one or "").encode("ascii", "surrogateescape")
        for one in (message.preamble, message.epilogue)
    )
    return re.sub(rb"[^ab\xff]", b"", b"".join((before, *leaves(message), behind)))


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_parts_are_cut_where_the_library_cuts_them(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    data = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + body
    library = email.message_from_bytes(data, policy=RAW)
    ours = parsed(data)
    # Where it finds no part, the library drops what stands behind a closing boundary.
    if library.is_multipart():
        assert written(ours) == written(library)
    elif not ours.is_multipart():
        assert ours.get_payload(decode=True) == body


def test_preamble_and_epilogue_are_kept() -> None:
    data = b"Content-Type: multipart/mixed; boundary=x\n\nup\n--x\n\nin\n--x--\ndown\n"
    message = parsed(data)
    assert (message.preamble, leaves(message), message.epilogue) == ("up", [b"in"], "down\n")


def test_an_attached_mail_is_parsed_and_kept_as_it_came() -> None:
    inner = b"Subject: old\r\n\r\nfirst\r\nsecond  \r\n"
    head = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
    read = read_mail(head + b"Content-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--x--\r\n")
    assert read.contents == (inner,)


@pytest.mark.parametrize("within", [MAX_PARTS - 1, MAX_PARTS])
def test_one_room_for_the_whole_mail_and_the_mails_in_its_files(within: int) -> None:
    inner = whole(multi("mixed", *(part(f"n{n}") for n in range(within)), boundary="c"))
    read = read_mail(whole(multi("mixed", file_part("a.eml", inner))))
    assert read.too_many_parts is (within == MAX_PARTS)
    assert f"n{MAX_PARTS - 2}" in read.text


def test_what_is_too_deep_is_said() -> None:
    body = part("x")
    for depth in range(60):
        body = multi("mixed", body, boundary=f"b{depth}x")
    assert read_mail(whole(body)).too_many_parts


def test_mails_within_mails_are_read_to_a_depth_and_kept_below_it() -> None:
    mail = whole(part("innermost"))
    for _ in range(ATTACHED_DEPTH + 3):
        mail = whole("Content-Type: message/rfc822\n\n" + mail.decode().replace("\r", ""))
    read = read_mail(mail)
    assert len(read.attachments) == ATTACHED_DEPTH + 1
    assert base64.b64encode(b"innermost") in (read.contents[-1] or b"")


def test_another_boundary_than_is_named_is_found_within_a_part_too() -> None:
    inner = multi("alternative", part("一"), boundary="c").replace('"c"', '"d"')
    assert read_mail(whole(multi("mixed", inner, part("二")))).text == "一\n二"


@pytest.mark.parametrize("boundary", ["a+b(c)", "=_x' y", "b" * 190])
def test_any_boundary(boundary: str) -> None:
    assert (
        read_mail(whole(multi("mixed", part("一"), part("二"), boundary=boundary))).text == "一\n二"
    )


def test_a_defect_is_named_where_it_is() -> None:
    data = b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * (MAX_PARTS + 1)
    message = parsed(data)
    assert len(message.get_payload()) == MAX_PARTS
    assert [type(one) for one in message.defects] == [TooManyPartsDefect]


@pytest.mark.parametrize("coding", ["base64", "8bit"])
def test_pictures_within_html_keep_no_letter_out(coding: str) -> None:
    picture = base64.b64encode(bytes(5 << 20)).decode()
    html = f'<p>前</p><img src="data:image/png;base64,{picture}"><p>后</p>'.encode()
    body = base64.encodebytes(html) if coding == "base64" else html
    head = f"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: {coding}\n\n"
    read = read_mail(head.encode() + body)
    assert (read.text.split(), read.too_long) == (["前", "后"], False)


def test_base64_in_lines_of_any_length() -> None:
    coded = "\r\n".join(base64.b64encode("路灯坏了".encode()).decode())
    head = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
    assert read_mail((head + coded).encode()).text == "路灯坏了"

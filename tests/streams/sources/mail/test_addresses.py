"""Where an answer goes, however From was written."""

from __future__ import annotations

import pytest

from streams.sources.mail.addresses import split_address
from streams.sources.mail.text import read_mail
from tests.streams.sources.mail.field_letters import field, word


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (word("李四 <li@m.example>"), ("李四", "li@m.example")),
        (f"{word('李四')} {word('<li@m.example>')}", ("李四", "li@m.example")),
        (word("li@m.example"), ("", "li@m.example")),
        ("市民: 张三 <z@m.example>, b@c.example;", ("张三", "z@m.example")),
        (f"{word('来信人')}: z@m.example;", ("", "z@m.example")),
        ("a@b.example, 张三 <c@d.example>", ("", "a@b.example")),
        ("张三 <z@m.example>, 李四 <l@m.example>", ("张三", "z@m.example")),
        ("张三 <>, z@m.example", ("", "z@m.example")),
        ('"z@m.example" <c@d.example>', ("z@m.example", "c@d.example")),
        ("z@m.example (张三)", ("张三", "z@m.example")),
        ('"张, 三" <z@m.example>', ("张, 三", "z@m.example")),
        ("undisclosed-recipients:;", ("undisclosed-recipients:;", "")),
        ("<bounce+a=b.example@m.example>", ("", "bounce+a=b.example@m.example")),
    ],
)
def test_mailboxes(value: str, expected: tuple[str, str]) -> None:
    assert split_address(value) == expected


def test_from_as_one_encoded_word_of_the_field() -> None:
    read = read_mail(field("18-mail-odds-28-from-encoded-address"))
    assert (read.author, read.reply_to) == ("李四", "lisi@mail.example")


def test_sender_stands_in_for_a_from_without_an_address() -> None:
    read = read_mail("From: 张三\nSender: z@m.example\n\nx".encode())
    assert read.address == "z@m.example"


def test_hostile_values_are_read_in_bounded_time() -> None:
    for value in ('"' * 50_000, "<" * 50_000, "=?" * 50_000, "(" * 50_000, "a@" * 50_000):
        split_address(value)


@pytest.mark.parametrize(
    "value",
    [
        '"\\"<other@x.example>\\" 邱某" <qiu@m.example>',
        '"other <other@x.example>" <qiu@m.example>',
        "邱某＜qiu@m.example＞",
        "邱某〈qiu@m.example〉",
        '"qiu@m.example"',
    ],
)
def test_the_address_is_that_outside_a_quoted_name(value: str) -> None:
    assert split_address(value)[1] == "qiu@m.example"

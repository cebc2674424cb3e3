"""Names of files, in all the ways in which programs break RFC 2231."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from streams.sources.mail.parameters import parameter
from streams.sources.mail.text import read_mail
from tests.streams.sources.mail.field_letters import field

NAME = "关于东门路灯的情况说明（第2次）.docx"


@pytest.mark.parametrize("number", [f"0{n}" for n in range(1, 9)])
def test_names_of_the_field(number: str) -> None:
    (file,) = read_mail(field(f"07-attachment-names-{number}")).attachments
    assert file.name == NAME


@pytest.mark.parametrize("number", ["21", "22"])
def test_forwarded_mails_of_the_field(number: str) -> None:
    read = read_mail(field(f"07-attachment-names-{number}"))
    assert [file.name for file in read.attachments] == ["水管爆了.eml"]
    assert "老人没水喝" in read.text


@pytest.mark.parametrize("charset", ["utf-8", "GBK", "gb18030"])
@pytest.mark.parametrize("size", [1, 2, 5, 7, 40])
def test_sections_cut_anywhere(charset: str, size: int) -> None:
    coded = quote(NAME.encode(charset), safe="")
    pieces = [coded[at : at + size] for at in range(0, len(coded), size)]
    sections = [f"filename*0*={charset}''{pieces[0]}"]
    sections += [f"filename*{n}*={piece}" for n, piece in enumerate(pieces[1:], 1)]
    assert parameter("attachment;\r\n " + ";\r\n ".join(sections), "filename") == NAME
    shuffled = sections[::-1]
    assert parameter("attachment; " + "; ".join(shuffled), "filename") == NAME


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("filename*=utf-8''%E5%85%B3.doc; filename=\"a.doc\"", "关.doc"),
        ("filename=\"a.doc\"; filename*=utf-8''%E5%85%B3.doc", "关.doc"),
        ("filename=\"??.doc\"; filename*=GBK''%B9%D8.doc", "关.doc"),
        ("filename=\"关.doc\"; filename*=utf-8''%E5%85%B3%FF.doc", "关.doc"),
        ('filename="%E5%85%B3%E4%BA%8E.docx"', "关于.docx"),
        ("filename=%B9%D8%D3%DA.docx", "关于.docx"),
        ('filename="50%20off.txt"', "50%20off.txt"),
        ('filename="100%.txt"', "100%.txt"),
        ("filename*0=a; filename*1=b.txt", "ab.txt"),
        ("filename*0*=''%E5%85; filename*1*=%B3.doc", "关.doc"),
        ("filename*0*=utf-8''%E5%85%B3; filename*1=\"%20.doc\"", "关 .doc"),
        ('FileName = "a;b.txt"', "a;b.txt"),
        ('filename="a\\"b.txt"', 'a"b.txt'),
        ('filename="a.txt', "a.txt"),
        ("filename=", ""),
        ("size=3", ""),
    ],
)
def test_values(value: str, expected: str) -> None:
    assert parameter(f"attachment; {value}", "filename") == expected


@pytest.mark.parametrize(
    "value",
    [
        "attachment; filename='河堤 照片.jpg'",
        'attachment filename="河堤 照片.jpg"',
        "inline filename*=UTF-8''%E6%B2%B3%E5%A0%A4%20%E7%85%A7%E7%89%87.jpg",
    ],
)
def test_names_as_scripts_write_them(value: str) -> None:
    assert parameter(value, "filename") == "河堤 照片.jpg"


def test_words_of_a_name_are_no_parameters() -> None:
    assert parameter('attachment; filename="see attachment filename=x.txt"', "filename") == (
        "see attachment filename=x.txt"
    )

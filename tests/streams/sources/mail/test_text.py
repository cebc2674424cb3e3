"""What a mail becomes for the desk: the citizen's words whole, everything else beside them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.mail.addresses import split_address
from streams.sources.mail.quotes import cut_quoted, cut_signature
from streams.sources.mail.text import read_mail


def mail(headers: str, body: bytes | str = "路灯坏了三天。", *, kind: str = "text/plain") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    top = f"{headers.strip()}\nContent-Type: {kind}\n" if kind else headers.strip() + "\n"
    return top.replace("\n", "\r\n").encode() + b"\r\n" + data


def multipart(*parts: tuple[str, bytes], closed: bool = True, kind: str = "mixed") -> bytes:
    joined = b"".join(
        b"--b\r\n" + headers.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body + b"\r\n"
        for headers, body in parts
    )
    head = f"From: a@b.example\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n".encode()
    return head + joined + (b"--b--\r\n" if closed else b"")


def test_a_gb2312_body_with_characters_beyond_gb2312() -> None:
    data = mail(
        "From: a@b.example", "城西喆园小区停水㎡".encode("gbk"), kind="text/plain; charset=gb2312"
    )
    assert read_mail(data).text == "城西喆园小区停水㎡"


def test_a_body_without_any_label() -> None:
    assert (
        read_mail(mail("From: a@b.example", "停水两天".encode("gbk"), kind="")).text == "停水两天"
    )


def test_a_hz_body() -> None:
    data = mail("From: a@b.example", "关于停水".encode("hz"), kind="text/plain; charset=hz-gb-2312")
    assert read_mail(data).text == "关于停水"


def test_raw_gbk_in_from_and_subject() -> None:
    data = "From: 李晓明 <li@mail.example>\r\nSubject: 村道路灯\r\n\r\n".encode("gbk") + b"x"
    read = read_mail(data)
    assert (read.author, read.address, read.subject) == ("李晓明", "li@mail.example", "村道路灯")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"Wang, Fang" <W.F@Mail.Example>', ("Wang, Fang", "w.f@mail.example")),
        ("=?gb2312?B?zfW3vA==?= <w@m.example>", ("王芳", "w@m.example")),
        ('"=?gb2312?B?zfW3vA==?="<w@m.example>', ("王芳", "w@m.example")),
        ("w@m.example", ("", "w@m.example")),
        ("王芳", ("王芳", "")),
        ("a@b.example, c@d.example", ("", "a@b.example")),
        ("", ("", "")),
    ],
)
def test_senders(value: str, expected: tuple[str, str]) -> None:
    assert split_address(value) == expected


def test_an_encoded_name_cannot_bring_an_address() -> None:
    name = base64.b64encode(b"Leader <boss@gov.example>").decode()
    assert split_address(f"=?utf-8?B?{name}?= <w@m.example>")[1] == "w@m.example"


def test_html_alone_becomes_text_without_scripts() -> None:
    html = "<html><style>p{}</style><p>路面&nbsp;塌陷</p><script>x()</script><div>请<br>处理</div></html>"
    read = read_mail(mail("From: a@b.example", html, kind="text/html; charset=utf-8"))
    assert read.text == "路面 塌陷\n请\n处理"


def test_html_charset_from_its_own_meta() -> None:
    html = '<meta charset="gbk"><p>水管爆裂</p>'.encode("gbk")
    assert read_mail(mail("From: a@b.example", html, kind="text/html")).text == "水管爆裂"


def test_the_fuller_alternative_wins() -> None:
    long = "我家门前的道路" * 60
    plain = ("Content-Type: text/plain; charset=utf-8", "请用网页方式查看".encode())
    html = ("Content-Type: text/html; charset=utf-8", f"<p>{long}</p>".encode())
    assert read_mail(multipart(plain, html, kind="alternative")).text == long


def test_text_on_both_sides_of_a_picture_is_kept() -> None:
    text = "Content-Type: text/plain; charset=utf-8"
    picture = "Content-Type: image/png\nContent-Transfer-Encoding: base64"
    read = read_mail(
        multipart((text, "前面".encode()), (picture, b"QUJD"), (text, "后面".encode()))
    )
    assert read.text == "前面\n后面"
    assert [(file.name, file.media_type, file.size) for file in read.attachments] == [
        ("未命名（image/png）", "image/png", 3)
    ]


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename*=gb18030''%CF%D6%B3%A1%D5%D5%C6%AC.jpg",
        "attachment; filename*0*=utf-8''%E7%8E%B0%E5%9C%BA; filename*1*=%E7%85%A7%E7%89%87.jpg",
        'attachment; filename="=?gb2312?B?z9azodXVxqw=?=.jpg"',
        'attachment; filename="现场照片.jpg"',
    ],
)
def test_attachment_names(disposition: str) -> None:
    part = (f"Content-Type: image/jpeg\nContent-Disposition: {disposition}", b"x" * 10)
    (file,) = read_mail(multipart(part)).attachments
    assert (file.name, file.size) == ("现场照片.jpg", 10)


def test_an_attachment_name_in_raw_gbk() -> None:
    head = b'--b\r\nContent-Disposition: attachment; filename="' + "申请表.doc".encode("gbk")
    data = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + head + b'"\r\n\r\nx\r\n--b--\r\n'
    assert read_mail(data).attachments[0].name == "申请表.doc"


def test_an_attachment_name_is_no_path() -> None:
    part = ('Content-Disposition: attachment; filename="../../etc/passwd"', b"x")
    assert "/" not in read_mail(multipart(part)).attachments[0].name


def test_a_forwarded_mail_is_one_file() -> None:
    inner = b"Subject: old\r\nContent-Type: text/plain\r\n\r\nold text"
    read = read_mail(
        multipart(
            ("Content-Type: text/plain", "见附件".encode()), ("Content-Type: message/rfc822", inner)
        )
    )
    assert read.text == "见附件"
    assert [file.name for file in read.attachments] == ["old.eml"]


REPLY = "From: a@b.example\nSubject: Re: 停水\nIn-Reply-To: <one@gov.example>"


@pytest.mark.parametrize(
    "mark",
    [
        "------------------ 原始邮件 ------------------",
        "-----Original Message-----",
        "在 2026-03-05 10:11:12，“信箱”<box@gov.example> 写道：",
        "At 2026-03-05 10:11:12, box@gov.example wrote:",
        "On Thu, Mar 5, 2026 at 10:11 AM Box <box@gov.example> wrote:",
    ],
)
def test_marked_history_is_set_apart_and_kept(mark: str) -> None:
    read = read_mail(
        mail(REPLY, f"问题还没有解决\n\n{mark}\n您好，已转办。", kind="text/plain; charset=utf-8")
    )
    assert read.text == "问题还没有解决"
    assert "您好，已转办。" in read.quoted


def test_history_is_cut_only_from_an_answer() -> None:
    text = "请看下面的邮件\n-----Original Message-----\n物业不作为"
    read = read_mail(
        mail("From: a@b.example\nSubject: 转发", text, kind="text/plain; charset=utf-8")
    )
    assert read.text == text


def test_a_letter_that_is_all_quotation_is_kept() -> None:
    assert cut_quoted("-----Original Message-----\n物业不作为") == (
        "-----Original Message-----\n物业不作为",
        "",
    )


def test_answers_between_quoted_lines_are_kept() -> None:
    text = "> 何时停水？\n每天早上\n> 哪几栋？\n全部\n> 谢谢"
    assert cut_quoted(text) == (text, "")


def test_quoted_lines_at_the_end_are_set_apart() -> None:
    assert cut_quoted("还没修好\n\n> 已派人\n> 维修") == ("还没修好", "> 已派人\n> 维修")


def test_the_line_of_a_telephone_is_set_apart() -> None:
    assert cut_signature("没水了\n\n发自我的iPhone") == ("没水了", "发自我的iPhone")


def test_a_signed_name_and_number_stay_in_the_letter() -> None:
    text = "请回电。\n张某 138-0000-0000\n城西小区 3 栋"
    assert cut_signature(text) == (text, "")


def test_a_marked_signature_is_set_apart() -> None:
    assert cut_signature("请处理\n-- \n某公司 王某") == ("请处理", "某公司 王某")


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; type=x",
        "X-Autoreply: yes",
        "X-Auto-Response: 1",
        "Precedence: auto_reply",
        "Return-Path: <>",
        "From: MAILER-DAEMON@mx.example",
        "From: postmaster@mx.example\nSubject: 退信通知",
        "Content-Type: multipart/report; boundary=b",
        "Subject: 自动回复：来信收到",
        "Subject: Auto-Reply: away",
    ],
)
def test_programs_are_told_from_people(headers: str) -> None:
    assert read_mail(mail(headers, kind="")).automatic


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: All",
        "Precedence: bulk",
        "Subject: 自动回复太慢了",
        "Subject: Re: 自动回复：来信收到",
        "Return-Path: <a@b.example>",
    ],
)
def test_people_are_told_from_programs(headers: str) -> None:
    assert not read_mail(mail(f"From: a@b.example\n{headers}", kind="")).automatic


def test_clocks() -> None:
    headers = (
        "Received: from mx by box.gov.example; Thu, 5 Mar 2026 02:00:00 +0000\n"
        "Received: from home by mx; Thu, 5 Mar 2026 01:00:00 +0000\n"
        "Date: Thu, 01 Jan 1970 00:00:00 +0000\nFrom: a@b.example"
    )
    read = read_mail(mail(headers))
    assert read.arrived is not None
    assert read.arrived.isoformat() == "2026-03-05T10:00:00+08:00"
    assert read.dated is not None
    assert read.dated.year == 1970


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Xyz 2026 99:00:00 +0000"])
def test_an_unusable_date_is_missing(date: str) -> None:
    assert read_mail(mail(f"From: a@b.example\nDate: {date}")).dated is None


def test_the_thread_oldest_first() -> None:
    headers = "References: <a@x>\n <b@x> <c@x>\nIn-Reply-To: <c@x>\nMessage-ID: <d@x>"
    read = read_mail(mail(headers))
    assert read.references == ("<a@x>", "<b@x>", "<c@x>")
    assert read.message_id == "<d@x>"


@pytest.mark.parametrize("value", ["", "<>", "garbage", "<no-at-sign>", "<两@x>"])
def test_an_unusable_message_id_is_missing(value: str) -> None:
    assert read_mail(mail(f"Message-ID: {value}")).message_id == ""


def test_whether_a_fetched_beginning_holds_the_whole_text() -> None:
    text = ("Content-Type: text/plain; charset=utf-8", "全文".encode())
    file = ("Content-Type: image/png\nContent-Disposition: attachment; filename=a.png", b"x")
    assert read_mail(multipart(text, file, closed=False)).text_ended
    assert not read_mail(multipart(text, closed=False)).text_ended
    assert not read_mail(mail("From: a@b.example")).text_ended


def test_control_characters_and_lone_surrogates_never_reach_the_stores() -> None:
    body = "第一行\x00\x0b第二\ud800行".encode("utf-8", "surrogatepass")
    read = read_mail(mail("From: a@b.example", body, kind="text/plain; charset=utf-8"))
    read.text.encode("utf-8")
    assert "\x00" not in read.text


@given(st.binary(max_size=600))
def test_no_bytes_raise(data: bytes) -> None:
    read_mail(data)


_TOKENS = [
    b"From: ", b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n", b"--b--", b"\r\n",
    b"Content-Disposition: attachment; filename*0*=x''%ZZ; filename*1=\xd6\xd0\r\n", b"Date: \xff\r\n",
    b'Content-Type: text/html; charset="\xd6"\r\n', b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Type: message/rfc822\r\n", b"=?gbk?B?\xff?=", b"<p>", b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Type: message/delivery-status\r\n", b"Content-Type: text/plain; charset*=x'y'z\r\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(_TOKENS), max_size=25).map(b"".join))
def test_no_broken_structure_raises(data: bytes) -> None:
    read_mail(data)


def test_deeply_nested_parts_are_read_within_bounds() -> None:
    data = b"".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n".encode()
        for n in range(300)
    )
    assert read_mail(b"From: a@b.example\r\n" + data).text == ""


@pytest.mark.parametrize("zone", ["+0800", "+0800 (CST)", "CST", "GMT+08:00", "(CST)"])
def test_cst_is_the_time_of_china(zone: str) -> None:
    headers = (
        f"Received: from home by mx; Mon, 2 Mar 2026 09:15:00 {zone}\n"
        f"Date: Mon, 2 Mar 2026 09:15:00 {zone}\nFrom: a@b.example"
    )
    read = read_mail(mail(headers))
    for moment in (read.dated, read.arrived):
        assert moment is not None
        assert moment.isoformat() == "2026-03-02T09:15:00+08:00"


@pytest.mark.parametrize("coding", ["base64", '"base64"', "BASE64;"])
@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_text_that_only_says_it_is_base64_is_read_as_it_stands(coding: str, codec: str) -> None:
    text = "桥洞下积水半米深，电动车开进去就熄火。"
    head = f"From: a@b.example\nContent-Type: text/plain; charset={codec}\n"
    plain = f"{head}Content-Transfer-Encoding: {coding}\n\n".encode() + text.encode(codec)
    assert read_mail(plain).text == text
    coded = base64.encodebytes(text.encode(codec)).decode()
    assert read_mail(f"{head}Content-Transfer-Encoding: {coding}\n\n{coded}".encode()).text == text


@pytest.mark.parametrize("footer", ["本邮件来自某某社区邮件组", "sent through the list", "-----"])
def test_a_footer_below_base64_is_kept_and_the_letter_too(footer: str) -> None:
    text = "桥洞下积水半米深，电动车开进去就熄火，接孩子的家长都绕路走了两个礼拜。"
    head = "From: a@b.example\nContent-Type: text/plain; charset=utf-8\n"
    coded = base64.encodebytes(text.encode()).decode()
    read = read_mail(f"{head}Content-Transfer-Encoding: base64\n\n{coded}{footer}\n".encode())
    assert read.text.startswith(text)
    assert read.text.endswith(footer)


@pytest.mark.parametrize("label", ["", "us-ascii", "unknown-8bit"])
def test_big5_without_a_label(label: str) -> None:
    text = "社區門口的變壓器整夜冒火花，請盡快派人處理。"
    kind = f"Content-Type: text/plain; charset={label}\n" if label else ""
    assert read_mail(f"From: a@b.example\n{kind}\n".encode() + text.encode("big5")).text == text


def test_what_a_form_field_of_the_letter_holds_is_text() -> None:
    html = "<p>诉求：</p><textarea readonly>桥洞积水</textarea><p>谢谢</p>"
    assert (
        read_mail(mail("From: a@b.example", html, kind="text/html; charset=utf-8")).text
        == "诉求：\n桥洞积水\n谢谢"
    )


@pytest.mark.parametrize("first", ["7bit", "8bit"])
def test_a_second_transfer_encoding_that_a_gateway_added(first: str) -> None:
    text = "桥洞下积水半米深，电动车开进去就熄火。"
    head = f"From: a@b.example\nContent-Transfer-Encoding: {first}\n"
    head += "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    assert read_mail((head + base64.encodebytes(text.encode()).decode()).encode()).text == text
    assert read_mail(head.encode() + text.encode()).text == text

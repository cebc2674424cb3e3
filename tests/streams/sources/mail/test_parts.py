"""The whole text of a letter, whatever parts it came in."""

from __future__ import annotations

import base64

import pytest

from streams.sources.mail.text import read_mail
from tests.streams.sources.mail.field_letters import field, file_part, mail, multi, part, whole

LAMP = "东门桥头路灯坏了半个月，夜里有老人摔倒，请尽快修复。"
SPARKS = "周塘村口的变压器夜里冒火花"
NURSERY = "旁边就是幼儿园，请马上派人处理"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("02-mixed-parts-1-html-then-plain-footer", (SPARKS, NURSERY, "本邮件已经过病毒网关扫描")),
        ("02-mixed-parts-5-plain-img-html", (SPARKS, NURSERY)),
        ("18-mail-odds-01-body-part-with-name", (LAMP,)),
        ("18-mail-odds-12-type-enriched", (LAMP,)),
        ("18-mail-odds-15-boundary-wrong", (LAMP,)),
    ],
)
def test_letters_of_the_field(name: str, said: tuple[str, ...]) -> None:
    text = read_mail(field(name)).text
    assert all(one in text for one in said)
    assert [text.index(one) for one in said] == sorted(text.index(one) for one in said)


@pytest.mark.parametrize(
    "body",
    [
        multi("mixed", part("一"), part("<p>二</p>", "text/html"), part("三")),
        multi(
            "mixed",
            part("<p>一</p>", "text/html"),
            file_part("a.jpg", b"x"),
            part("二"),
            part("三"),
        ),
        multi("related", part("<p>一</p>", "text/html"), file_part("a.gif", b"x"), part("二\n三")),
        multi(
            "mixed",
            multi("alternative", part("一"), part("<b>一</b>", "text/html"), boundary="c"),
            part("二"),
            multi("mixed", part("三"), boundary="d"),
        ),
        multi(
            "signed", part("一\n二\n三"), file_part("s.p7s", b"x", "application/pkcs7-signature")
        ),
        multi("mixed", part("一", "text/markdown"), part("二", "text/x-web-markdown"), part("三")),
        multi("x-unknown", part("一"), part("二"), part("三")),
    ],
)
def test_pieces_are_joined_in_reading_order(body: str) -> None:
    assert read_mail(whole(body)).text == "一\n二\n三"


NAMED = [
    'Content-Disposition: inline; filename="letter.txt"',
    'Content-Disposition: attachment; filename="letter.txt"',
    "Content-Disposition: attachment",
    "Content-Type-Note: x\nContent-Disposition: inline; filename*=utf-8''%E4%BF%A1.txt",
]


@pytest.mark.parametrize("disposition", NAMED)
@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_a_body_that_is_marked_as_a_file_is_the_letter(disposition: str, kind: str) -> None:
    alone = mail(LAMP, *disposition.split("\n"), kind=kind)
    assert read_mail(alone).text == LAMP
    footer = whole(multi("mixed", part(LAMP, kind, *disposition.split("\n")), part("公益广告")))
    assert read_mail(footer).text == f"{LAMP}\n公益广告"


def test_pieces_that_exchange_names_are_pieces_and_a_note_of_the_citizens_is_a_file() -> None:
    piece = part("后一半", "text/plain", 'Content-Disposition: attachment; filename="ATT00001.txt"')
    note = part("我的清单", "text/plain", 'Content-Disposition: attachment; filename="清单.txt"')
    read = read_mail(whole(multi("mixed", part("前一半"), file_part("a.jpg", b"x"), piece, note)))
    assert read.text == "前一半\n后一半"
    assert [file.name for file in read.attachments] == ["a.jpg", "ATT00001.txt", "清单.txt"]


def test_text_files_below_an_empty_cover_are_the_letter_and_files_too() -> None:
    note = part(LAMP, "text/plain", 'Content-Disposition: attachment; filename="反映.txt"')
    read = read_mail(whole(multi("mixed", part(" "), file_part("a.jpg", b"x"), note)))
    assert read.text == LAMP
    assert [file.name for file in read.attachments] == ["a.jpg", "反映.txt"]


STUBS = [
    "请用支持HTML的软件查看",
    "您的邮件客户端不支持HTML，无法显示此邮件。",
    "This message is in HTML format. Please use an HTML capable mail reader to view it, thanks.",
    "This is a multi-part message in MIME format.",
]


@pytest.mark.parametrize("stub", STUBS)
def test_a_stub_never_beats_the_letter(stub: str) -> None:
    short = "<p>井盖没了。</p>"
    one = whole(multi("alternative", part(stub), part(short, "text/html")))
    assert read_mail(one).text == "井盖没了。"
    other = whole(multi("alternative", part("井盖没了。"), part(f"<p>{stub}</p>", "text/html")))
    assert read_mail(other).text == "井盖没了。"


def test_the_form_that_says_more_is_the_letter_and_what_only_the_other_says_is_kept() -> None:
    html = "<p>井盖没了。有人掉下去了。</p>"
    read = read_mail(whole(multi("alternative", part("井盖没了。"), part(html, "text/html"))))
    assert (read.text, read.quoted) == ("井盖没了。有人掉下去了。", "")
    read = read_mail(
        whole(multi("alternative", part("井盖没了。请快来，我是张某。"), part(html, "text/html")))
    )
    assert {"井盖没了", "有人掉下去了", "请快来"} <= {
        one for one in ("井盖没了", "有人掉下去了", "请快来") if one in read.text + read.quoted
    }


def test_both_forms_side_by_side_are_said_once() -> None:
    body = multi("mixed", part("井盖没了。"), part("<p>井盖没了。</p>", "text/html"))
    assert read_mail(whole(body)).text == "井盖没了。"


def test_files_of_every_form_are_kept() -> None:
    rich = multi("mixed", part("<p>见图</p>", "text/html"), file_part("a.jpg", b"x"), boundary="c")
    read = read_mail(whole(multi("alternative", part("见图"), rich)))
    assert (read.text, [file.name for file in read.attachments]) == ("见图", ["a.jpg"])


BROKEN = [
    "Content-Type: multipart/mixed\n\n--x\nContent-Type: text/plain; charset=utf-8\n\nLAMP\n--x--\n",
    'Content-Type: multipart/mixed; boundary="y"\n\n--x\n\nLAMP\n--x--\n',
    'Content-Type: multipart/alternative; boundary=""\n\nLAMP\n',
    'Content-Type: multipart/mixed; boundary="x"\n\nLAMP\n',
    'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain; charset=utf-8\n\nLAMP',
    'Content-Type: multipart/mixed; boundary="x"\n\n--x--\nLAMP\n',
    'Content-Type: multipart/mixed; boundary="x"\n\nLAMP\n--x\nContent-Type: image/png\n\nx\n--x--\n',
    "Content-Type: text\n\nLAMP\n",
    "Content-Type: application/octet-stream\n\nLAMP\n",
    "Content-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: 8-bits\n\nLAMP\n",
    "Content-Type: text/plain; charset\n\nLAMP\n",
]


@pytest.mark.parametrize("body", BROKEN)
def test_broken_structures_keep_the_letter(body: str) -> None:
    assert LAMP in read_mail(whole(body.replace("LAMP", LAMP))).text


def test_a_multipart_that_was_coded_as_a_whole() -> None:
    inner = f"--x\nContent-Type: text/plain; charset=utf-8\n\n{LAMP}\n--x--\n"
    coded = base64.encodebytes(inner.encode()).decode()
    head = 'Content-Type: multipart/mixed; boundary="x"\nContent-Transfer-Encoding: base64\n\n'
    assert read_mail(whole(head + coded)).text == LAMP


def test_the_preamble_that_programs_write_is_no_text() -> None:
    body = multi("mixed", part(LAMP)).replace(
        "\n\n", "\n\nThis is a multi-part message in MIME format.\n", 1
    )
    assert read_mail(whole(body)).text == LAMP


INNER = (
    whole(part("老人没水喝。"), subject="水管爆了", sender="zeng@m.example")
    .decode()
    .replace("\r", "")
)


@pytest.mark.parametrize(
    "attached",
    [
        f"Content-Type: message/rfc822\n\n{INNER}",
        f"Content-Type: message/rfc822\nContent-Disposition: attachment\n\n{INNER}",
        file_part("转来.eml", INNER.encode()),
        file_part("转来.eml", INNER.encode(), "message/rfc822"),
    ],
)
class TestAttachedMail:
    def test_below_an_empty_cover_it_is_the_letter(self, attached: str) -> None:
        read = read_mail(whole(multi("mixed", part(" "), attached)))
        assert "老人没水喝。" in read.text
        assert len(read.attachments) == 1

    def test_in_a_forward_it_is_part_of_the_letter(self, attached: str) -> None:
        read = read_mail(whole(multi("mixed", part("请处理"), attached), subject="转发：水管爆了"))
        assert read.text.startswith("请处理\n发件人：zeng@m.example\n")
        assert "老人没水喝。" in read.text

    def test_else_it_is_kept_beside_the_letter(self, attached: str) -> None:
        read = read_mail(whole(multi("mixed", part("见附件"), attached)))
        assert read.text == "见附件"
        assert "老人没水喝。" in read.quoted


def test_a_mail_that_is_nothing_but_another_mail() -> None:
    read = read_mail(whole(f"Content-Type: message/rfc822\n\n{INNER}"))
    assert "老人没水喝。" in read.text


FLOWED = "text/plain; format=flowed"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (f"{FLOWED}; delsp=yes", "我打算跳 \r\n楼。", "我打算跳楼。"),
        (FLOWED, "我打算跳 \r\n楼。", "我打算跳楼。"),
        (FLOWED, "no water \r\ntoday\r\n\r\nbye", "no water today\n\nbye"),
        (FLOWED, " >一行\r\n  缩进", ">一行\n 缩进"),
        (f"{FLOWED}; DelSp=Yes", "> 旧 \r\n> 话\r\n新话", "> 旧话\n新话"),
        (FLOWED, "正文\r\n-- \r\n张某", "正文"),
        ("text/enriched", "<bold>东门</bold>路灯<<坏", "东门路灯<坏"),
        ("text/enriched", "一\n\n二<param>red</param>", "一\n二"),
        ("text/richtext", "一<nl>二", "一\n二"),
    ],
)
def test_formats_of_text(kind: str, text: str, expected: str) -> None:
    assert read_mail(mail(text, kind=kind)).text == expected


def test_the_flowed_letters_of_the_field() -> None:
    for number in ("01-control", "02-flowed-delsp"):
        assert read_mail(field(f"21-wrapped-lines-{number}")).text == "没人管，我打算跳楼。"
    # What the citizen may have typed stays; the engines join it.
    assert read_mail(field("21-wrapped-lines-04-hard-wrap")).text == "没人管，我打算跳\n楼。"


def test_more_parts_than_are_read_are_said() -> None:
    read = read_mail(whole(multi("mixed", *(part(str(n)) for n in range(1_010)))))
    assert read.too_many_parts
    assert "\n999" in read.text


def test_a_long_letter_is_read_in_bounded_time() -> None:
    long = "\n".join(f"第{n}句话" for n in range(60_000))
    body = multi("alternative", part(long), part(f"<p>{long}。</p>", "text/html"))
    assert read_mail(whole(body)).text.startswith("第0句话\n第1句话")


@pytest.mark.slow
@pytest.mark.parametrize("line", ["x\r\n", "路灯\r\n", "\r\n\r\n灯"])
def test_a_text_that_was_cut_says_so(line: str) -> None:
    read = read_mail(mail(line * 600_000))
    assert read.too_long


@pytest.mark.parametrize(
    "stub",
    [
        "If you can't see this email, click here.",
        "如果您不能正常阅读这封邮件，请点击此处",
        "Having trouble viewing this message?",
        "您的客户端无法浏览此邮件",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_stub_in_other_words_never_beats_the_letter(stub: str, first: bool) -> None:
    text = "河堤塌了一截。"
    parts = (part(stub), part(f"<p>{text}</p>", "text/html"))
    if not first:
        parts = (part(text), part(f"<p>{stub}</p>", "text/html"))
    assert read_mail(whole(multi("alternative", *parts))).text == text


def test_a_letter_with_the_words_of_a_stub_is_not_lost() -> None:
    letter = "政务服务网上一直无法查看我的办理进度，打电话也没有人接，请帮我查一查。"
    read = read_mail(whole(multi("alternative", part(letter), part("<p>谢谢</p>", "text/html"))))
    assert letter in read.text + read.quoted

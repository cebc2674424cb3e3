"""Forwarded mails are the letter; the old text of an answer stands beside it."""

from __future__ import annotations

import html

import pytest

from streams.sources.mail.quotes import cut_quoted, subject_prefixes
from streams.sources.mail.text import read_mail
from tests.streams.sources.mail.field_letters import field, mail

OURS = "<huiyin.m0123456789abcdef0123.1@example.gov.cn>"
OWN = "还是没人来修，昨晚又有人摔倒。"
OLD = "您好！您反映的问题已转城管局，将于三日内修复。"
CITIZEN = "村里小学门口的斑马线磨没了，昨天有孩子被撞倒骨折，请装减速带。"


def block(sender: str = "发件人", colon: str = ": ", time: str = "发送时间") -> str:
    return (
        f"{sender}{colon}信箱 <box@example.gov.cn>\n{time}{colon}2026年3月4日 20:11\n"
        f"收件人{colon}周某 <zhou@m.example>\n主题{colon}答复"
    )


HEADS = {
    "qq": f"------------------ 原始邮件 ------------------\n{block()}",
    "qq, hard blanks": "------------------\xa0原始邮件\xa0------------------\n",
    "qq, new": f"原始邮件\n{block(colon='：', time='发件时间')}",
    "163, old": 'At 2026-03-04 20:11:12, "信箱" <box@example.gov.cn> wrote:',
    "163": '在 2026-03-04 20:11:12，"信箱" <box@example.gov.cn> 写道：',
    "163, new": "---- 回复的原邮件 ----\n| 发件人 | 信箱<box@example.gov.cn> |\n| 日期 | 2026年03月04日 20:11 |\n"
    "| 收件人 | 周某 |\n| 主题 | 答复 |",
    "163, telephone": "---- Replied Message ----\n| From | box<box@example.gov.cn> |\n| Date | 03/04/2026 |",
    "outlook": block(),
    "outlook, ruled": f"________________________________\n{block()}",
    "outlook, english": "From: Box <box@example.gov.cn>\nSent: Wednesday, March 4, 2026 8:11 PM\n"
    "To: Zhou\nSubject: RE: lamp",
    "outlook, starred": "*发件人:* 信箱\n*发送时间:* 2026年3月4日 20:11\n*收件人:* 周某\n*主题:* 答复",
    "outlook express": "----- Original Message -----\nFrom: Box\nSent: Wednesday\nTo: Zhou",
    "foxmail": f"\nzhou@m.example\n \n{block(colon='： ')}",
    "aliyun": f"{'-' * 66}\n{block(colon='：').replace('主题', '主　题')}",
    "coremail": f"-----原始邮件-----\n{block(colon=':')}",
    "gmail": "信箱 <box@example.gov.cn> 于2026年3月4日周三 20:11写道：",
    "gmail, wrapped": "信箱 <box@example.gov.cn> 于2026年3月4日周三\n20:11写道：",
    "gmail, english": "On Wed, Mar 4, 2026 at 8:11 PM Box <box@example.gov.cn>\nwrote:",
    "apple": "> 2026年3月4日 20:11，信箱 <box@example.gov.cn> 写道：\n> ",
    "apple, telephone": "在 2026年3月4日，20:11，信箱 <box@example.gov.cn> 写道：",
    "thunderbird": "在 2026/3/4 20:11, 信箱 写道:",
    "wecom": f"---原始邮件---\n{block(colon='：')}",
    "huawei": "-------- 原始邮件 --------\n发件人： 信箱 <box@example.gov.cn>\n日期： 2026年3月4日\n",
    "samsung": "-------- 原始信息 --------\n发件人： 信箱\n日期： 26-3-4",
    "xiaomi": "在 信箱 <box@example.gov.cn>，2026年3月4日 20:11写道：",
    "traditional": "信箱 <box@example.gov.cn> 於 2026年3月4日 20:11 寫道：",
    "thunderbird, name first": "信箱 wrote on 2026/3/4 20:11:",
    "foxmail, old": "======= 2026-03-04 20:11:12 您在来信中写道：=======",
    "labels and values apart": "发件人：\n信箱\n发送时间：\n2026年3月4日\n收件人：\n周某\n主题：\n答复",
}
# Apple Mail marks every line.
HEADS_AND_MARKS = [(head, mark) for head in HEADS for mark in ("", "> ") if mark or head != "apple"]


def answer(text: str, kind: str = "text/plain", subject: str = "回复：路灯") -> bytes:
    return mail(text, f"In-Reply-To: {OURS}", f"References: {OURS}", kind=kind, subject=subject)


def as_html(text: str) -> str:
    return "".join(f"<div>{html.escape(line)}<br></div>" for line in text.split("\n"))


@pytest.mark.parametrize(("head", "mark"), HEADS_AND_MARKS)
@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_the_old_text_of_an_answer_stands_beside_it(head: str, kind: str, mark: str) -> None:
    text = f"{OWN}\n\n{HEADS[head]}\n{mark}\n{mark}{OLD}\n{mark}第二行\n"
    read = read_mail(answer(as_html(text) if kind == "text/html" else text, kind))
    assert read.text == OWN
    assert OLD in read.quoted
    assert "第二行" in read.quoted


@pytest.mark.parametrize(
    "number", ["02-qq-new-html", "06-outlook-zh", "09-foxmail", "11-gmail-zh-html", "16-aliyun"]
)
def test_answers_of_the_field(number: str) -> None:
    read = read_mail(field(f"17-reply-quotes-{number}"))
    assert read.text == OWN
    assert "将于三日内修复" in read.quoted


CITED = {
    "gmail": '<div class="gmail_quote"><div>HEAD<br></div><blockquote class="gmail_quote">OLD</blockquote></div>',
    "apple": '<blockquote type="cite"><div>HEAD</div><br><div>OLD</div></blockquote>',
    "163": '<div>HEAD</div><blockquote id="isReplyContent">OLD</blockquote>',
    "coremail": '<blockquote name="replyContent" class="ReferenceQuote">OLD</blockquote>',
    "thunderbird": '<div class="moz-cite-prefix">HEAD</div><blockquote type="cite" cite="mid:x">OLD</blockquote>',
}


@pytest.mark.parametrize("name", CITED)
def test_what_html_cites_is_quoted_and_what_follows_it_is_the_letter(name: str) -> None:
    head = html.escape("信箱 <box@example.gov.cn> 于2026年3月4日周三 20:11写道：")
    old = CITED[name].replace("HEAD", head).replace("OLD", f"<p>{OLD}</p>")
    above = read_mail(answer(f"<div>{OWN}</div>{old}", "text/html"))
    assert (above.text, OLD in above.quoted) == (OWN, True)
    below = read_mail(answer(f"{old}<div>{OWN}</div>", "text/html"))
    assert (below.text, OLD in below.quoted) == (OWN, True)


def test_answers_between_quoted_lines_stay_whole() -> None:
    head = HEADS["gmail, english"]
    text = f"{head}\n> 何时停水？\n每天早上\n> 哪几栋？\n全部"
    assert cut_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "2026年3月4日市长在答复中写道：\n我们会修。\n可是没修。",
        "时间：昨天\n地点：北巷\n主题：路灯不亮",
        "收件人：县长\n主题：路灯\n我来信反映路灯。",
        "原始邮件\n找不到了，我再说一遍。",
        "他写道：\n没水。",
    ],
)
def test_what_only_looks_like_a_mark_is_the_letter(text: str) -> None:
    assert read_mail(answer(text)).text == text


FORWARDS = {
    **{name: head for name, head in HEADS.items() if "原始" in head or "Original" in head},
    "outlook": HEADS["outlook"],
    "foxmail": HEADS["foxmail"],
    "aliyun": HEADS["aliyun"],
    "gmail": "---------- Forwarded message ---------\n发件人： 曾某 <z@m.example>\nDate: 2026年3月4日\nSubject: 斑马线",
    "163": "-------- 转发邮件信息 --------\n发件人：曾某 <z@m.example>\n发送日期：2026-03-04 20:11:12\n收件人：x\n主题：斑马线",
    "163, new": "---- 转发的邮件 ----\n| 发件人 | 曾某 |\n| 日期 | 2026年3月4日 |",
    "apple": "以下是转发的邮件：\n\n> 发件人: 曾某 <z@m.example>\n> 主题: 斑马线\n> 日期: 2026年3月4日\n> ",
    "apple, english": "Begin forwarded message:\n\n> From: Zeng\n> Subject: x\n> Date: 4 March 2026\n> ",
}
SUBJECTS = [
    "转发：斑马线",
    "转发: 斑马线",
    "Fw: 斑马线",
    "FW：斑马线",
    "Fwd: 斑马线",
    "Re: 转发: 斑马线",
    "回复：转发：斑马线",
]
SUBJECTS += ["[转发] 斑马线", "【转发】斑马线", "轉寄: 斑馬線", "Fwd: Re: 斑马线", "斑马线 (fwd)"]


@pytest.mark.parametrize("head", FORWARDS)
@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
@pytest.mark.parametrize(
    "thread", [(), ("References: <o@m.example>", "In-Reply-To: <o@m.example>")]
)
def test_a_forward_keeps_its_text_as_the_letter(
    head: str, kind: str, thread: tuple[str, ...]
) -> None:
    mark = "> " if head.startswith("apple") else ""
    text = f"请登记办理。\n\n{FORWARDS[head]}\n{mark}{CITIZEN}\n{mark}谢谢。"
    made = as_html(text) if kind == "text/html" else text
    read = read_mail(mail(made, *thread, kind=kind, subject="转发：斑马线"))
    assert f"\n{CITIZEN}\n谢谢。" in read.text
    assert read.text.startswith("请登记办理。")
    assert read.quoted == ""


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_of_forwards(subject: str) -> None:
    text = f"请办。\n\n-----原始邮件-----\n{block()}\n{CITIZEN}"
    read = read_mail(mail(text, "References: <o@m.example>", subject=subject))
    assert CITIZEN in read.text


@pytest.mark.parametrize("head", ["gmail", "163", "163, new", "apple", "apple, english"])
def test_a_forward_by_its_mark_alone(head: str) -> None:
    mark = "> " if head.startswith("apple") else ""
    text = f"请办。\n\n{FORWARDS[head]}\n{mark}{CITIZEN}"
    assert CITIZEN in read_mail(mail(text, "References: <o@m.example>", subject="斑马线")).text


@pytest.mark.parametrize("number", "123")
def test_forwards_of_the_field(number: str) -> None:
    read = read_mail(field(f"03-forwarded-{number}"))
    assert "昨天有孩子被电动车撞倒骨折，请在门口装减速带。" in read.text
    assert "曾某" in read.text


def test_an_answer_to_our_reply_is_no_forward_whatever_the_first_subject_was() -> None:
    read = read_mail(answer(f"{OWN}\n\n{HEADS['coremail']}\n{OLD}", subject="Re: 转发：斑马线"))
    assert (read.text, OLD in read.quoted) == (OWN, True)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("路灯", ()),
        ("转发微博太多", ()),
        ("答复太慢了", ()),
        ("RE[2]: 路灯", ("re",)),
        ("回复：Fw: 路灯", ("re", "fw")),
    ],
)
def test_prefixes(subject: str, expected: tuple[str, ...]) -> None:
    assert subject_prefixes(subject) == expected

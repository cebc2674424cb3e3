"""对上交换: words, forms and sentences of what goes between the desk and the platform above."""

from __future__ import annotations

from datetime import timedelta

from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import SOURCE_CLOCK
from cases.record.platform import SENT_WORDS, PlatformWord, Says, Sent, Upward
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext, area, numbers
from desk.actions.registry import form, plain, sentence, word_only
from desk.phrasing.phrases import Phrases, Said, joined
from desk.phrasing.times import day

plain(
    do.ReturnToPlatform,
    area("reason", "退单的理由", "写明不属于本地的依据、应由哪里办理"),
    word="向平台退单",
    place=42,
    warning="理由发给上级平台，由平台决定；平台同意以前，此件继续办理，期限照算。",
)


@form(do.AskPlatformExtension, word="向平台申请延期", place=122)
def ask_platform_extension(context: FormContext) -> Form:
    clock = context.case.round.clock(SOURCE_CLOCK)
    due = clock.due_at if clock else context.now
    return Form(
        told=f"平台现在的期限是 {due:%Y-%m-%d %H:%M}。平台同意以后，来源期限才改变。",
        fields=(
            Field(
                name="until",
                label="申请延至",
                sort="date",
                low=f"{max(due, context.now).date() + timedelta(days=1)}",
                required=True,
            ),
            area("reason", "延期的理由"),
        ),
    )


@form(do.SendUpAgain, word="重发对上消息", place=44)
def send_up_again(context: FormContext) -> Form:
    failed = [
        (one.number, f"{one.what}，{one.at:%m-%d %H:%M}")
        for one in context.case.upward
        if one.sent is Sent.FAILED
    ]
    return Form(fields=(numbers(failed, "哪一条"),))


word_only(do.NotePlatform, "登记对上回执")


@sentence(ev.ToPlatform)
def to_platform(body: ev.ToPlatform, phrases: Phrases) -> Said:
    if body.what is Upward.EXTEND and body.until is not None:
        return Said(f"向上级平台申请延期至 {day(body.until.date(), phrases.now)}", body.text)
    said = {Upward.SIGN: "向上级平台签收", Upward.RETURN: "向上级平台退单"}
    return Said(said.get(body.what, f"向上级平台报送{body.what}"), body.text)


@sentence(ev.PlatformTook)
def platform_took(body: ev.PlatformTook, phrases: Phrases) -> Said:
    tone = "done" if body.sent is Sent.TAKEN else "late"
    return Said(f"第 {body.number} 号对上消息：{SENT_WORDS[body.sent]}", body.detail, tone)


@sentence(ev.PlatformSaid)
def platform_said(body: ev.PlatformSaid, phrases: Phrases) -> Said:
    word = body.word
    found = [_found(word)] if word.says is Says.CALL_BACK else []
    stray = "没有等待答复的申请，请向平台核实" if _stray(body) else ""
    return Said(said_words(word, phrases), joined(*found, word.text, stray))


def said_words(word: PlatformWord, phrases: Phrases) -> str:
    """In one line, without what the platform wrote."""
    due = f"，限 {phrases.moment(word.due_at)}" if word.due_at else ""
    if word.says in (Says.RETURN, Says.EXTENSION):
        what = {Says.RETURN: "退单", Says.EXTENSION: "延期"}[word.says]
        verdict = {True: f"同意{what}", False: f"不同意{what}", None: f"对{what}没有明确答复"}
        return f"上级平台{verdict[word.granted]}{due}"
    return f"上级平台{word.says}{due}"


def _stray(body: ev.PlatformSaid) -> bool:
    decides = body.word.says in (Says.RETURN, Says.EXTENSION)
    return decides and body.word.granted is not None and not body.answers


def _found(word: PlatformWord) -> str:
    yes = {True: "已", False: "未"}
    parts = [
        f"{yes[word.contacted]}联系" if word.contacted is not None else "",
        f"{yes[word.resolved]}解决" if word.resolved is not None else "",
        word.grade.value if word.grade else "",
    ]
    return "，".join(part for part in parts if part)

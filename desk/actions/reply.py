"""The reply and its publication: words, forms and sentences."""

from __future__ import annotations

from cases.privacy.public_text import proposed
from cases.record import commands as do
from cases.record import events as ev
from cases.words.doors import door_word
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext, area
from desk.actions.instant import basis_words
from desk.actions.registry import form, in_reply, plain, sentence
from desk.phrasing.phrases import Phrases, Said, joined

in_reply(do.DraftReply, "拟写答复")
in_reply(do.ApproveReply, "审核通过")
in_reply(do.RejectReply, "退改")
in_reply(do.Deliver, "答复")


@form(do.Publish, word="公开", place=310, explained=True)
def publish(context: FormContext) -> Form:
    """The words that everyone will read, as the stricter masking leaves them, to be looked
    through and changed by a person."""
    text = proposed(context.case)
    seen = context.case.publication
    masked = "、".join(f"{kind} {count} 处" for kind, count in text.masked.items())
    told = f"下面就是将要公开的文字，已遮盖：{masked}。" if masked else "下面就是将要公开的文字。"
    told += "请逐句核对，可以修改；机构电话、金额等误遮的可以改回。"
    if seen is not None and seen.where and not seen.text:
        told += "此件以前登记过公开，但没有审定公开文本，Open311 不显示；审定后才显示。"
    elif seen is not None and seen.text:
        told += "上次审定以后来信或答复有了新的内容；重新公开以前，公众看到的仍是上次的文字。"
    return Form(
        title="公开答复",
        button="审定并公开",
        told=told,
        fields=(
            Field(
                name="where",
                label="公开的位置",
                sort="text",
                value=(seen.where,) if seen is not None and seen.where else (),
                required=True,
            ),
            Field(
                name="text",
                label="公开的来信",
                value=(text.text,),
                hint="各栏留空则只登记公开的位置，不在 Open311 公开",
            ),
            Field(name="place", label="公开的地点", sort="text", value=(text.place,)),
            Field(name="reply", label="公开的答复", value=(text.reply,)),
        ),
        warning="公开后任何人都能看到以上文字；保密件不得公开。",
    )


plain(
    do.WithdrawPublication,
    area("reason", "理由", required=False),
    word="撤回公开",
    place=320,
    warning="撤回后，没有登录的人立即看不到此件；要再公开须重新审定公开文本。",
)
plain(
    do.DeclinePublication,
    area("reason", "不公开的理由"),
    word="不公开",
    place=330,
    title="登记不公开",
)


@sentence(ev.ReplyDrafted)
def reply_drafted(body: ev.ReplyDrafted, phrases: Phrases) -> Said:
    if body.rests_on is None:
        return Said(f"拟写第 {body.number} 号答复稿", body.text)
    basis = f"依据：{basis_words(body.rests_on)}"
    return Said(f"即时答复，第 {body.number} 号答复稿", joined(basis, body.text))


@sentence(ev.ReplyApproved)
def reply_approved(body: ev.ReplyApproved, phrases: Phrases) -> Said:
    how = "审核通过" if body.final else f"通过第 {body.level} 级审核"
    if body.name:
        how = f"{body.name}通过" + ("，可以答复" if body.final else "")
    checked = f"已核：{'、'.join(body.checklist)}" if body.checklist else ""
    return Said(f"第 {body.number} 号答复稿{how}", joined(checked, body.note))


@sentence(ev.ReplyRejected)
def reply_rejected(body: ev.ReplyRejected, phrases: Phrases) -> Said:
    return Said(f"第 {body.number} 号答复稿退改", body.reason)


@sentence(ev.ReplyDelivered)
def reply_delivered(body: ev.ReplyDelivered, phrases: Phrases) -> Said:
    proof = f"凭证：{body.proof}" if body.proof else ""
    return Said(f"答复群众（{door_word(body.via)}），{phrases.moment(body.at)}", proof, "done")


@sentence(ev.Published)
def published(body: ev.Published, phrases: Phrases) -> Said:
    if not body.text:
        return Said("公开答复", body.where)
    words = [f"公开文本：{body.text}", f"公开的答复：{body.reply}"]
    if body.place:
        words.insert(1, f"公开的地点：{body.place}")
    return Said(f"公开答复（{body.where}），审定公开文本", "\n".join(words))


@sentence(ev.PublicationWithdrawn)
def publication_withdrawn(body: ev.PublicationWithdrawn, phrases: Phrases) -> Said:
    return Said("撤回公开", body.reason)


@sentence(ev.PublicationDeclined)
def publication_declined(body: ev.PublicationDeclined, phrases: Phrases) -> Said:
    return Said("不公开答复", body.reason)

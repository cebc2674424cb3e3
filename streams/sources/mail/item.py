"""A mail as an item: its number, its clock, and what is no message."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.record.item import QUOTED, SIGNATURE, Attachment, Item, Note
from sinks.files import FileStore
from streams.sources.mail.text import OWN_ID, Mail, read_mail
from streams.sources.seam.base import Rejected
from streams.sources.values.secrecy import sensitivity, wishes_in_text

_TITLE: Final = 30
_AHEAD: Final = timedelta(minutes=10)
_CLOCKS_APART: Final = timedelta(days=1)


class Letter(Struct, frozen=True, kw_only=True):
    """A mail as the mailbox holds it."""

    data: bytes
    size: int
    """Bytes at the server; more than `data` when only the beginning was fetched."""
    stored_at: datetime | None
    """INTERNALDATE: when the mailbox took it in."""
    origin: str
    """Folder, UIDVALIDITY and UID, for people who look for it."""

    @property
    def cut(self) -> bool:
        return self.size > len(self.data)


class MailRules(Struct, frozen=True, kw_only=True):
    """Which senders are not citizens."""

    own_addresses: frozenset[str] = frozenset()
    """Our own: what we sent comes back as copies and loops."""
    trusted_senders: frozenset[str] = frozenset()
    """Programs that pass on citizens' letters, such as the form of a site."""


def mail_number(message_id: str, address: str) -> str:
    """The number of a mail: from Message-ID and sender.

    It survives a mailbox that was rebuilt or moved (new UIDVALIDITY, new UIDs). The sender
    belongs to it: nobody can replace another person's letter by reusing its Message-ID.
    """
    return "m" + _digest(f"{message_id}\x1f{address}".encode("utf-8", "surrogatepass"))


def bytes_number(letter: Letter) -> str:
    """The number of a mail without a usable Message-ID: from its bytes, which also survive."""
    return "b" + _digest(letter.size.to_bytes(8, "big") + letter.data)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=10).hexdigest()


def mail_item(
    letter: Letter,
    *,
    source: str,
    channel: str,
    rules: MailRules,
    now: datetime,
    files: FileStore | None = None,
    admitted: bool = False,
) -> Item | Rejected:
    """The item, its attachments kept in `files`, or why this mail is no message. With `admitted`
    a person has decided that it is one. Never raises on a broken mail; raises `OSError` when a
    file cannot be kept."""
    try:
        mail = read_mail(letter.data, cut=letter.cut)
    except Exception as error:  # noqa: BLE001  one broken mail must not stop the mailbox
        detail = f"邮件无法解析（{type(error).__name__}），原文已留存，请在邮箱中查看"
        return _rejected(letter, source, "unreadable_mail", detail)
    if not admitted and (no_letter := _no_letter(mail, rules)):
        return _rejected(letter, source, *no_letter)
    number = mail_number(mail.message_id, mail.address) if mail.message_id else bytes_number(letter)
    received_at, notes = _received(mail, letter, now)
    attachments, left_out = _kept(mail, files)
    notes += _notes(mail, letter, _answer_to(mail, rules)) + left_out
    text = mail.text
    asked = wishes_in_text(text)
    marked = sensitivity(letter.data.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    if marked:
        notes += (Note("mail_sensitivity", f"邮件的敏感度为“{marked}”，按要求保密处理"),)
    return Item(
        source=source,
        source_item_id=number,
        channel=channel,
        received_at=received_at,
        title=mail.subject or text.split("\n")[0][:_TITLE] or "（无主题）",
        body=text,
        truncated=mail.too_long or (letter.cut and not mail.text_ended),
        author=mail.author,
        email=_answer_to(mail, rules),
        parent_id=_parent(mail, number),
        attachments=attachments,
        confidential=asked.confidential or bool(marked),
        not_public=asked.not_public,
        notes=notes + asked.notes,
        extra=_extra(mail),
    )


def _kept(mail: Mail, files: FileStore | None) -> tuple[tuple[Attachment, ...], tuple[Note, ...]]:
    """The attachments with what names their bytes, and what is said of those left out."""
    if files is None:
        return mail.attachments, ()
    attachments, notes = [], []
    for number, (file, content) in enumerate(zip(mail.attachments, mail.contents, strict=True), 1):
        if content and len(content) <= files.most_bytes:
            attachments.append(replace(file, sha=files.keep(content)))
            continue
        attachments.append(file)
        if content:
            most = files.most_bytes >> 20
            said = f"第 {number} 个附件有 {len(content) / (1 << 20):.1f} MB，超过 {most} MB"
            notes.append(Note("file_too_large", f"{said}，没有留存，请打开原邮件查看"))
        elif content is None:
            notes.append(
                Note("file_not_whole", f"第 {number} 个附件不完整，没有留存，请打开原邮件查看")
            )
    return tuple(attachments), tuple(notes)


def _received(mail: Mail, letter: Letter, now: datetime) -> tuple[datetime, tuple[Note, ...]]:
    """When the letter reached the office.

    The topmost Received line comes first: it is the receiving server's own clock and stays
    the same when the mailbox is moved. The sender's Date is a last resort.
    """
    latest = (letter.stored_at or now) + _AHEAD
    for moment in (mail.arrived, letter.stored_at):
        if moment is not None and moment <= latest:
            return moment, ()
    if mail.dated is not None and mail.dated <= latest:
        return mail.dated, (Note("received_from_date", "没有服务器收信时间，按发信时间计"),)
    return now, (Note("received_missing", "邮件没有可用的时间，按读取时间计"),)


def _no_letter(mail: Mail, rules: MailRules) -> tuple[str, str] | None:
    """Reason and plain words for a mail that nobody answers; None for a letter."""
    own = mail.address in rules.own_addresses
    if own and OWN_ID.fullmatch(mail.message_id):
        return "own_mail", "这是本系统发出的答复的副本"
    # The form of the site may send from the mailbox's own address.
    if mail.address in rules.trusted_senders:
        return None
    if own:
        detail = (
            f"发件人 {mail.address} 是本单位自己的邮箱。若是网站表单转来的来信，"
            "请把这个地址写进该来源的 trusted_senders，再收下这封信"
        )
        return "own_mail", detail
    if mail.automatic:
        return "auto_reply", f"不是群众来信：{mail.automatic}。不予回复"
    return None


def _answer_to(mail: Mail, rules: MailRules) -> str:
    """Where an answer goes: never to ourselves."""
    for address in (mail.reply_to, mail.address):
        if address and address not in rules.own_addresses:
            return address
    return ""


def _notes(mail: Mail, letter: Letter, answer_to: str) -> tuple[Note, ...]:
    notes = []
    if letter.cut:
        notes.append(
            Note(
                "mail_too_large",
                f"邮件 {letter.size} 字节，只读取了前 {len(letter.data)} 字节，其后的附件未列出",
            )
        )
    if mail.too_long:
        notes.append(Note("text_too_long", "正文过长，已截取，请打开原邮件查看"))
    if not mail.text:
        notes.append(Note("empty_text", "没有可读的正文，请打开原邮件查看"))
    if mail.too_many_parts:
        text = "邮件分成的部分过多或嵌套过深，有的没有读取，请打开原邮件查看"
        notes.append(Note("too_many_parts", text))
    if not answer_to:
        notes.append(Note("no_address", "没有可用的发件地址，无法用邮件答复"))
    if mail.dated is None:
        notes.append(Note("date_missing", "邮件没有可用的发信时间"))
    elif mail.arrived and abs(mail.dated - mail.arrived) > _CLOCKS_APART:
        notes.append(
            Note("date_differs", f"发信人的时钟为 {mail.dated:%Y-%m-%d %H:%M}，与收信时间相差较大")
        )
    return tuple(notes)


def _parent(mail: Mail, number: str) -> str:
    """The letter this one continues: named by our own reply's id, or the first of its thread."""
    for reference in reversed(mail.references):
        if own := OWN_ID.fullmatch(reference):
            return own[1] if own[1] != number else ""
    if mail.references:
        parent = mail_number(mail.references[0], mail.address)
        return parent if parent != number else ""
    return ""


def _extra(mail: Mail) -> dict[str, str]:
    extra = {
        "Message-ID": mail.message_id,
        "References": " ".join(mail.references),
        "发信时间": mail.dated.isoformat(sep=" ", timespec="seconds") if mail.dated else "",
        "发件地址": mail.address if mail.address != mail.reply_to else "",
        QUOTED: mail.quoted,
        SIGNATURE: mail.signature,
    }
    return {key: value for key, value in extra.items() if value}


def _rejected(letter: Letter, source: str, reason: str, detail: str) -> Rejected:
    return Rejected(
        source=source, reason=reason, detail=detail, original=letter.data, origin=letter.origin
    )

"""Mail that programs wrote: vacation notes, bounces, receipts, codes. None is answered.

Two errors are possible, and neither is silent: a program's mail as a case costs a look, a
person's letter set aside stands in the list of set-aside mail. So a header that only programs
write decides alone (RFC 3834, RFC 3462, RFC 3798); words decide only in the form in which
programs write them, and never because of where the mail came from alone: people write from
`postmaster@`, and about automatic answers.
"""

from __future__ import annotations

import re
from email.message import Message
from typing import Final

from streams.sources.mail.headers import all_headers, header
from streams.sources.mail.parameters import parameter

_X_AUTO: Final = re.compile(
    r"x-(?:[a-z0-9-]*-)?auto-?(?:reply|replied|respon[ds][a-z]*|generated|matic-reply)(?:-from|-to)?"
    r"|x-autoreply-from|x-vacation(?:-[a-z]+)?|x-mail-autoreply|x-fc-machinegenerated"
)
_NOT_SO: Final = frozenset({"", "no", "false", "0", "none", "off"})
_BULK: Final = frozenset({"junk", "bulk", "list"})
_REPORTS: Final = {
    "delivery-status": "投递状态报告",
    "disposition-notification": "已读回执",
    "feedback-report": "投诉反馈报告",
}
_DAEMONS: Final = re.compile(r"(?:mailer|mail)[-_.]?daemon")
_SYSTEM: Final = re.compile(
    r"postmaster|(?:mailer|mail)[-_.]?daemon|no[-_.]?reply|do[-_.]?not[-_.]?reply|system|sysadmin"
    r"|admin(?:istrator)?|notif(?:y|ication)s?|notice|service|security|account|verify|auto"
    r"|mail(?:system|admin|delivery)?|newmail|10000"
)
"""Local parts behind which no person writes; such a sender alone says nothing."""

_REPLY_WORDS: Final = (
    r"(?:系统|邮箱|假期|休假|外出|离线|度假)?自[动動][回答][复覆復]|(?:假期|休假|外出|度假)[回答]复"
    r"|auto(?:matic|mated)?[- ]?(?:reply|response|answer)|out[- ]of[- ](?:the[- ])?office"
    r"|vacation (?:reply|response|notice|message)|away from (?:my|the) (?:mail|office)|abwesend"
    r"|réponse automatique|ooo|(?:i am|i'm) out of (?:the )?office"
)
# "自动回复：…", "【自动回复】…", "自动回复" alone; "自动回复太慢了" is a person's.
_REPLY_SUBJECT: Final = re.compile(
    rf"\s*(?:(?:{_REPLY_WORDS})\s*(?:[:：]|[-—]\s|re:|$)"
    rf"|[\[【(（<《]\s*(?:{_REPLY_WORDS})\s*[\]】)）>》])",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT: Final = re.compile(
    r"\s*(?:系统退信|退信|来自.{1,80}的退信|(?:您的)?邮件(?:投递|发送)失败|邮件被?退[回信]|投递失败|发送失败"
    r"|无法(?:投递|送达)|未(?:能)?送达|未传递|邮件(?:未|无法)(?:能)?(?:送达|投递)|拒收通知"
    r"|延迟投递|邮件传递(?:失败|延迟)"
    r"|undeliver(?:ed|able)|mail delivery (?:failed|failure|system)|delivery (?:status|has|failure)"
    r"|failure notice|returned mail|message (?:undeliverable|delayed)|non[- ]?delivery)",
    re.IGNORECASE,
)
_BOUNCE_TEXT: Final = re.compile(
    r"您的(?:邮件|信件).{0,12}被?退回|以下收件人.{0,20}(?:失败|未送达)"
    r"|(?:could not|cannot) be delivered|delivery to the following|undeliverable",
    re.IGNORECASE,
)
_RECEIPT_SUBJECT: Final = re.compile(
    r"\s*(?:已读回执|阅读回执|已读|未读|送达回执|已送达|送达|回执|read receipt|return receipt"
    r"|disposition notification|not read|read|delivered|relayed)\s*(?:[:：]|[(（]|$)",
    re.IGNORECASE,
)
_RECEIPT_TEXT: Final = re.compile(
    r"已(?:被.{0,6})?(?:阅读|打开|显示|读取|查看|送达|删除)"
    r"|(?:was|has been) (?:read|displayed|delivered|deleted)|回执|receipt|并不保证",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"(?:验证码|校验码|动态码|(?:verification|security|access) code|one[- ]time (?:pass)?code"
    r"|passcode|one[- ]time password).{0,20}?"
    r"(?<!\d)\d{4,8}(?!\d)|(?<!\d)\d{4,8}(?!\d).{0,12}(?:验证码|校验码|verification code)",
    re.IGNORECASE | re.DOTALL,
)
_CODE_SUBJECT: Final = re.compile(
    r"验证码|校验码|动态码|verif|security code|one[- ]time", re.IGNORECASE
)
_SAYS_SO: Final = re.compile(
    r"[\s\W]{0,4}(?:您好|你好|尊敬的.{0,12}|hello|hi|dear .{0,30})?[\s,，:：!！。]*"
    r"(?:(?:这|此|本)(?:是|封)?(?:一封|封)?(?:邮件|来信|信件)?(?:是|为|由)?(?:来自)?.{0,14}"
    r"(?:自[动動](?:回[复覆]|答复|发[送出]|生成))"
    r"|(?:系统)?自动(?:回复|答复)\s*[:：\n]|[\[【(（](?:系统)?自动(?:回复|答复)[\]】)）]"
    r"|this is an? auto(?:matic|mated|matically)?[- ](?:generated )?"
    r"(?:reply|response|message|e-?mail))",
    re.IGNORECASE,
)
_SAYS_SO_BELOW: Final = re.compile(
    r"(?:^|\n)\s*(?:这是|此为|本邮件(?:是|为))(?:来自)?.{0,14}自动(?:回复|答复)(?:邮件)?[。.]?\s*(?:\n|$)"
    r"|[(（\[【](?:系统|邮箱)?自动(?:回复|答复)[)）\]】]\s*$"
)
_AWAY: Final = re.compile(
    r"(?:休假|度假|出差|外出|不在办公室|假期|年假|产假).{0,40}(?:无法|不能|暂时|尽快|稍后).{0,12}"
    r"(?:回复|处理|答复|查看|联系)|out of (?:the )?office.{0,80}(?:return|back|reply)",
    re.IGNORECASE | re.DOTALL,
)
_SHORT: Final = 400
"""Characters of a note; a person who complains about one writes about something else too."""


def why_automatic(message: Message, subject: str, address: str, text: str) -> str:
    """Why this mail was written by a program, in plain Chinese; "" for a person's letter.

    `text`: its own text, without what it quotes."""
    return _by_headers(message) or _by_words(message, subject, address, text)


def _by_headers(message: Message) -> str:
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    # What a rule handed on was written by a person.
    if submitted not in ("", "no", "auto-forwarded"):
        return f"邮件标明 Auto-Submitted: {submitted}"
    for name, value in all_headers(message):
        if _X_AUTO.fullmatch(name) and value.strip().lower() not in _NOT_SO:
            return f"邮件带有 {_shown(name)} 标记"
        if name == "x-failed-recipients":
            return "邮件带有 X-Failed-Recipients 标记，是退信"
    if header(message, "Precedence").strip().lower() in ("auto_reply", "auto-reply", "autoreply"):
        return "邮件标明 Precedence: auto_reply"
    kind = message.get_content_type()
    if kind == "multipart/report":
        report = parameter(header(message, "Content-Type", encoded=True), "report-type").lower()
        return f"邮件是退信或投递报告（{_REPORTS.get(report, report or '未注明种类')}）"
    if kind in ("message/delivery-status", "message/disposition-notification"):
        return "邮件是退信或投递报告"
    if re.fullmatch(r"\s*<\s*>\s*", header(message, "Return-Path")):
        return "退信地址为空（Return-Path: <>）"
    return ""


def _by_words(message: Message, subject: str, address: str, text: str) -> str:
    local = address.partition("@")[0]
    if _DAEMONS.fullmatch(local):
        return f"发件人 {local} 是邮件系统"
    if _REPLY_SUBJECT.match(subject):
        return "主题标明是自动回复"
    by_system = _SYSTEM.fullmatch(local) is not None
    if by_system and (_BOUNCE_SUBJECT.match(subject) or _BOUNCE_TEXT.search(text[:_SHORT])):
        return f"发件人 {local} 是邮件系统，这是退信"
    return _short_note(message, subject, text, local) if len(text) <= _SHORT else ""


def _short_note(message: Message, subject: str, text: str, local: str) -> str:
    by_system = _SYSTEM.fullmatch(local) is not None
    if _RECEIPT_SUBJECT.match(subject) and _RECEIPT_TEXT.search(text):
        return "主题和正文是已读或送达回执"
    if by_system and _CODE.search(f"{subject}\n{text}") and _CODE_SUBJECT.search(subject + text):
        return f"发件人 {local} 发来的是验证码"
    if _SAYS_SO.match(text):
        return "正文开头写明是自动发出的邮件"
    if _SAYS_SO_BELOW.search(text):
        return "正文写明是自动发出的邮件"
    precedence = header(message, "Precedence").strip().lower()
    if precedence in _BULK and _AWAY.search(text):
        return f"邮件标明 Precedence: {precedence}，正文是不在岗的通知"
    return ""


def _shown(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))

"""What each role may see of a dead letter.

A letter is no case, so nobody has said yet whether it is confidential. Where the payload
says so, or does not say that it is not, it is treated as if it were: an administrator, who
sees nothing of a confidential case, is told the reason and no words of the sender. The desk
sees it masked, a confidential one only after saying why.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Final, TypeAlias

import msgspec

from cases.privacy.masking import mask, mask_name, mask_number
from cases.privacy.visibility import WITHHELD
from cases.record.item import Item
from cases.record.messages import Observation, decode_message
from cases.words.actors import Role
from sinks.files import FileStore
from sinks.ledger.base import Ledger
from streams.dead_letters import SET_ASIDE, DeadLetter, Stage
from streams.sources.mail.text import read_mail
from streams.sources.values.secrecy import sensitivity, wishes_in_text
from streams.stored_originals import NotHere, kept_item, whole_original

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


class Secrecy(Enum):
    """What the payload says of secrecy."""

    PLAIN = "plain"
    SECRET = "secret"  # noqa: S105  (a word, not a password)
    UNKNOWN = "unknown"


_SECRECY_KEY: Final = re.compile("保密|confidential|secret|secrecy", re.IGNORECASE)
_NO: Final = frozenset(("否", "不", "不保密", "不要求", "公开", "无", "0", "n", "no", "false"))
_NAME_KEY: Final = re.compile(
    "姓名|称呼|昵称|[来致]电人|联系人|[投诉反映举报申请信访留言发件当事经办受害]+人|author|sender|"
    "contact|nickname|openid|(^|_)(real|full|user|citizen|caller)?_?name$|^from$|(^|_)xm$",
    re.IGNORECASE,
)
_NUMBER_KEY: Final = re.compile(
    "电话|手机|座机|号码|身份证|证件|微信|QQ|卡号|phone|mobile|(^|_)tel|id_?card|id_?no|dh$",
    re.IGNORECASE,
)
_HIDDEN_KEY: Final = re.compile("住址|住所|门牌|邮箱|e-?mail|addr|(^|_)ip$", re.IGNORECASE)
_LABELLED: Final = re.compile(
    "(姓名|联系人|来电人|投诉人|举报人|申请人|反映人|称呼|author|name)([\"'”]?\\s*[:：=]\\s*[\"'“]?)"
    "([^\\s,，;；。、\"'”<>]{1,20})",
    re.IGNORECASE,
)
_MAILBOX: Final = re.compile(
    r"(?im)^([> \t]*(?:from|sender|reply-to|to|cc|发件人|收件人|抄送)[ \t]*[:：][ \t]*[\"“]?)"
    r"([^<>\"”\r\n]{1,60}?)([\"”]?[ \t]*<)"
)
"""The name in a line of a mail's head."""
_DEEPEST: Final = 40
_LONGEST: Final = 1 << 20
"""Characters of JSON that are read to mask it; more is masked as text."""


def secrecy_of(letter: DeadLetter, files: FileStore, ledger: Ledger) -> Secrecy:
    """From the payload, and from the case that it is about."""
    if letter.stage is Stage.PROCESS:
        return _of_message(letter.original, ledger)
    try:
        item = kept_item(letter.original, files)
        data = letter.original if item is None else b""
        if item is None:
            data = whole_original(letter.original, files)
    except NotHere:
        return Secrecy.UNKNOWN
    if item is not None:
        return _of_item(item, ledger)
    if letter.reason in SET_ASIDE:
        return _of_mail(data)
    return _of_payload(data)


def _of_message(original: bytes, ledger: Ledger) -> Secrecy:
    try:
        message = decode_message(original)
    except (msgspec.DecodeError, ValueError):
        return Secrecy.UNKNOWN
    if isinstance(message, Observation):
        return _of_item(message.item, ledger)
    return _of_case(message.case_id, ledger, unknown=Secrecy.UNKNOWN)


def _of_item(item: Item, ledger: Ledger) -> Secrecy:
    if item.confidential:
        return Secrecy.SECRET
    return _of_case(item.case_id, ledger, unknown=Secrecy.PLAIN)


def _of_case(case_id: str, ledger: Ledger, *, unknown: Secrecy) -> Secrecy:
    case = ledger.load([case_id]).get(case_id)
    if case is None:
        return unknown
    return Secrecy.SECRET if case.confidential else Secrecy.PLAIN


def _of_payload(data: bytes) -> Secrecy:
    said = [value for key, value in _leaves(_json(data)) if _SECRECY_KEY.search(key)]
    if not said:
        return Secrecy.UNKNOWN
    plain = all(str(value).strip().lower() in _NO for value in said)
    return Secrecy.PLAIN if plain else Secrecy.SECRET


MAIL_BEGINNING: Final = 20_000
"""Bytes of a mail that lists are made from, and that are looked through for a wish."""


def _of_mail(data: bytes) -> Secrecy:
    """A mail hardly ever says that it is not secret."""
    head = data.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    mail = read_mail(data[:MAIL_BEGINNING], cut=True)
    secret = sensitivity(head) or wishes_in_text(f"{mail.text}\n{mail.quoted}").confidential
    return Secrecy.SECRET if secret else Secrecy.UNKNOWN


def _json(data: bytes) -> Json:
    """None where it is none, or too deep or too long to be walked through."""
    if len(data) > _LONGEST:
        return None
    try:
        found: Json = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) and _depth_fits(found) else None


def _depth_fits(value: Json, deep: int = 0) -> bool:
    if deep > _DEEPEST:
        return False
    inner: list[Json] = []
    if isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, list):
        inner = value
    return all(_depth_fits(each, deep + 1) for each in inner)


def _leaves(value: Json, key: str = "") -> list[tuple[str, Json]]:
    if isinstance(value, dict):
        return [pair for name, each in value.items() for pair in _leaves(each, name)]
    if isinstance(value, list):
        return [pair for each in value for pair in _leaves(each, key)]
    return [(key, value)]


def masked_text(text: str) -> str:
    """An original with personal data hidden: by what its fields are called where it is JSON
    or says so (姓名：…), by the usual rules everywhere."""
    found = _json(text.encode("utf-8", "surrogatepass"))
    if found is not None:
        return json.dumps(_masked(found, ""), ensure_ascii=False, indent=1)
    text = _MAILBOX.sub(lambda one: one[1] + _name(one[2]) + one[3], text)
    return mask(_LABELLED.sub(lambda one: one[1] + one[2] + _name(one[3]), text))


def _masked(value: Json, key: str) -> Json:
    if isinstance(value, dict):
        # A key may be a sentence of a citizen's as well.
        return {mask(name): _masked(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, key) for each in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    if _NUMBER_KEY.search(key):
        return mask_number(text)
    if _NAME_KEY.search(key):
        return _name(text)
    if _HIDDEN_KEY.search(key):
        return "*" * len(text)
    shown = mask(text)
    return value if shown == text else shown


def _name(text: str) -> str:
    """Whatever it is, it is a name here."""
    shown = mask_name(text)
    return shown if shown != text or len(text) < 2 else text[0] + "*" * (len(text) - 1)


class LetterSight:
    """How one letter is shown to one role."""

    def __init__(self, role: Role, secrecy: Secrecy, *, unmasked: bool = False) -> None:
        """`unmasked`: the desk has said why it wants to see it."""
        self.desk = role is Role.DESK
        self._plain = self.desk and unmasked
        if self.desk:
            self.withheld = secrecy is Secrecy.SECRET and not unmasked
        else:
            self.withheld = secrecy is not Secrecy.PLAIN

    def text(self, text: str) -> str:
        """The original."""
        if self._plain:
            return text
        return WITHHELD if self.withheld else masked_text(text)

    def detail(self, detail: str) -> str:
        """What is wrong with it, without the traceback: it quotes what was found."""
        head = detail.partition("\nTraceback")[0]
        if self.withheld:
            head = _QUOTED.sub("“…”", head)
        return mask(_LABELLED.sub(lambda one: one[1] + one[2] + _name(one[3]), head))

    def name(self, name: str) -> str:
        """Of the sender, or the address."""
        return WITHHELD if self.withheld and name else _name(name)

    def words(self, text: str) -> str:
        """Of the sender: a subject, the beginning of a text."""
        return WITHHELD if self.withheld and text else masked_text(text)

    def origin(self, origin: str) -> str:
        """Where it stood; the name of a file may say who wrote it."""
        return WITHHELD if self.withheld and origin else mask(origin)


_QUOTED: Final = re.compile("“[^”]*(”|$)|「[^」]*(」|$)|'[^']*('|$)|\"[^\"]*(\"|$)|`[^`]*(`|$)")

"""The item: one message exactly as a source gives it now.

An item says what the *source* knows. Everything the office adds (unit, clock,
reply, closing) belongs to the case. A field the source does not carry is left
at its default, which means "not said", never "said to be empty": an export
without a reply column does not take a reply back.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.record.platform import PlatformWord


class Note(Struct, frozen=True, omit_defaults=True):
    """A named warning about an item: something was missing or odd, and what was done."""

    code: str
    """Stable name, e.g. "reply_time_missing"."""
    text: str
    """Plain Chinese for the desk."""


class SourceReply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reply that the source already shows to the citizen."""

    text: str
    at: datetime | None = None
    """When it was given; None when the source shows no usable time."""
    unit: str = ""


class Attachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that came with the message."""

    name: str
    media_type: str = ""
    url: str = ""
    size: int | None = None
    """Bytes, where the source says."""
    sha: str = ""
    """SHA-256 of the bytes in the office's own store; "" where only the source has them."""


class Item(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message from one source. All times are aware, in Beijing time."""

    source: str
    """Name of the entry in config/sources.toml."""
    source_item_id: str
    """The source's own number, always a string."""
    channel: str
    """The office's name of the door, e.g. "12345热线"."""
    received_at: datetime
    title: str
    body: str
    truncated: bool = False
    """True when the source cut the text; a cut text never overwrites a full one."""
    author: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    """The citizen's own address, where the source asks for it."""
    place: str = ""
    """Where it happened."""
    named_unit: str = ""
    """The unit that the source itself names as responsible."""
    category: str = ""
    """The source's own classification, levels joined by " / "."""
    kind: str = ""
    """The source's own 诉求类型 as worded there; mapped to `Kind` where it is one."""
    urgency: str = ""
    due_at: datetime | None = None
    """处理期限 that the source set."""
    state: str = ""
    """办理状态 as the source words it."""
    replies: tuple[SourceReply, ...] = ()
    closed_at: datetime | None = None
    resolved: bool | None = None
    """是否解决, as the source's own call-back says."""
    satisfied: bool | None = None
    """是否满意, likewise."""
    parent_id: str = ""
    """For a child work order: the number of its parent at the same source."""
    url: str = ""
    attachments: tuple[Attachment, ...] = ()
    likes: int | None = None
    dislikes: int | None = None
    confidential: bool = False
    """The citizen asked the source for secrecy (要求保密)."""
    not_public: bool = False
    """The citizen does not want it published (不公开); units may know it."""
    disclosure: bool = False
    """依申请公开: a request for government information, with clocks of its own."""
    withdrawn: bool = False
    """The source no longer shows it (deleted or withdrawn there)."""
    archived: bool = False
    """Taken in as history: the office had done with it before this desk was there."""
    said: tuple[PlatformWord, ...] = ()
    """What the platform says of its own order: decisions, 催办, 督办, 回访."""
    notes: tuple[Note, ...] = ()
    extra: dict[str, str] = {}
    """Other columns worth keeping, by the source's own names."""

    @property
    def case_id(self) -> str:
        """`source:source_item_id`: one item, one case."""
        return f"{self.source}:{self.source_item_id}"


QUOTED: Final = "引用内容"
SIGNATURE: Final = "签名"
"""Names in `Item.extra`."""


def quoted_text(item: Item) -> str:
    """What stood below a mail's own text: the mails that it quotes, and a marked signature."""
    parts = (item.extra.get(QUOTED, ""), item.extra.get(SIGNATURE, ""))
    return "\n".join(part for part in parts if part)


_OF_THE_OFFICE: Final = re.compile(
    "流程|办理|处理|回复|答复|意见|结果|审核|审批|承诺|登记|签收|派单|单位|部门|附件|时间"
)
"""Names of columns that an office or a platform fills in."""
_NO_WISH: Final = re.compile(
    "[不无未没](?:需要?|必|有|用|想|曾)?(?:要求|请求|希望|需要)?(?:身份)?保密"
)
_SHORTEST_TEXT: Final = 6
"""Characters; what is shorter is a choice from a list."""


def written_text(item: Item) -> str:
    """All that the writer may have said: the body, what it quotes, and the texts of columns
    that no map knows (备注, 补充说明), without those that an office fills in. For rules that
    would rather look once too often."""
    columns = [
        _NO_WISH.sub("", value)
        for name, value in item.extra.items()
        if name not in (QUOTED, SIGNATURE)
        and len(value) >= _SHORTEST_TEXT
        and not _OF_THE_OFFICE.search(name)
    ]
    return "\n".join(part for part in (item.body, quoted_text(item), *columns) if part)


_ENCODER = msgspec.json.Encoder(order="deterministic")


_TIME_IS_OURS: Final = frozenset(
    {"received_missing", "received_time_missing", "received_in_future", "withdrawn"}
    | {"year_assumed"}
)
"""Notes which say that `received_at` comes from the time of reading, for want of a usable one."""
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def content_hash(item: Item) -> str:
    """32 hex digits over everything the source said: equal hashes, same version.

    A time of receipt that is our own is nothing the source said: the same message told
    again a minute later is the same version. Nor is it what the source said, whether we
    took it in as history."""
    if item.archived:
        item = replace(item, archived=False)
    if any(note.code in _TIME_IS_OURS for note in item.notes):
        item = replace(item, received_at=_NO_TIME)
    return hashlib.blake2b(_ENCODER.encode(item), digest_size=16).hexdigest()


def observation_id(item: Item, version: str, replaces: str) -> str:
    """The id of the message "source shows this version now, in place of `replaces`".

    `version` is the item's content hash; `replaces` names the version known before by
    content hash and number, "" for the first, so that an item edited to and fro
    (A, B, A, B) is four versions with four ids.
    """
    key = f"{item.source}\x1f{item.source_item_id}\x1f{version}\x1f{replaces}"
    return "o-" + hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

"""微信公众号: messages that followers send to an official account. Adapter "wechat".

The platform signs token, timestamp and nonce with SHA-1, not the body, so the address must
be reached over HTTPS. It sends a message again when it has no answer after five seconds,
three times in all; `MsgId` makes those one item, and `receive` does nothing slow.

"安全模式" encrypts messages with AES, for which no library is installed: such a message is
kept among the dead letters and the log says to choose 明文模式 or 兼容模式.
"""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import datetime, timedelta
from typing import Annotated, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from msgspec import Struct
from pydantic import Field

from cases.record.item import Attachment, Item, Note
from cases.words.times import BEIJING
from huiyin.net.json_values import clean
from huiyin.net.pacing import HostPacing
from huiyin.net.visible import visible
from streams.sources.push.auth import same
from streams.sources.seam.base import Batch, PushAnswer, PushRequest, Rejected
from streams.sources.seam.config import Settings, SourceEntry, read_options
from streams.sources.seam.http import PoliteClient
from streams.sources.seam.isolation import read_alone
from streams.sources.seam.secrets import Secrets
from streams.sources.values.cells import BadCell, read_id
from streams.sources.wechat.media import MediaOptions, WechatMedia

log = logging.getLogger(__name__)

MEDIA_ID: Final = "MediaId"
"""In `extra`: what the platform knows the file of a message by."""
MAX_BODY: Final = 256 * 1024
_ECHO: Final = re.compile(r"[A-Za-z0-9_=+/.-]{1,256}")
_TITLE: Final = 30
_TEXT: Final = "text/plain; charset=utf-8"
_MEDIA: Final = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "shortvideo": "小视频",
    "file": "文件",
}


class WechatOptions(Settings):
    """`[source.NAME.options]` of a WeChat official account."""

    token: str = "WECHAT_TOKEN"  # noqa: S105  the secret's name
    """Name of the secret that holds the Token set in the account's 服务器配置."""
    auto_answer: str = ""
    """Text shown to the citizen at once; "" answers nothing (`success`)."""
    events: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Events that are messages here, e.g. "CLICK"; others are answered and not kept."""
    window_seconds: Annotated[int, Field(ge=30, le=3600)] = 600
    media: MediaOptions | None = None
    """How files are fetched; without it they are known by name only."""


class _Message(Struct, frozen=True):
    """A message as read."""

    found: Item | Rejected
    fields: dict[str, str] = {}


class Wechat:
    """The push source of one official account."""

    def __init__(self, name: str, channel: str, options: WechatOptions, secrets: Secrets) -> None:
        self.name = name
        self._channel = channel
        self._options = options
        self._secrets = secrets

    @classmethod
    def from_options(cls, entry: SourceEntry, secrets: Secrets) -> Wechat:
        """Raises `SourceError` when the options don't fit."""
        return cls(entry.name, entry.channel, read_options(entry, WechatOptions), secrets)

    def media(self, pacing: HostPacing, most_bytes: int) -> WechatMedia | None:
        """What fetches the files of messages, up to `most_bytes` each; None where it is not
        configured."""
        options = self._options.media
        if options is None:
            return None
        limited = options.http.model_copy(update={"max_bytes": most_bytes})
        client = PoliteClient(self.name, limited, pacing=pacing, secrets=self._secrets)
        return WechatMedia(self.name, options, client, self._secrets)

    @property
    def max_body(self) -> int:
        """Bytes after which the web server may stop reading."""
        return MAX_BODY

    def receive(self, request: PushRequest, *, now: datetime) -> PushAnswer:
        """GET proves to the platform that the address is ours, POST brings a message.

        Raises `SecretError` when the token is missing (answer 503 then)."""
        if request.method.upper() not in ("GET", "POST"):
            return _plain(405, "只接受 GET 和 POST")
        if len(request.body) > MAX_BODY:
            return _plain(413, f"正文超过 {MAX_BODY} 字节")
        if not self._signed(request, now):
            return _plain(401, "签名不符")
        if request.method.upper() == "GET":
            echo = request.query.get("echostr", "")
            return _plain(200, echo) if _ECHO.fullmatch(echo) else _plain(400, "缺少 echostr")
        message = self._read(request.body, now)
        if message is None:
            return _plain(200, "success")
        batch = Batch(found=(message.found,), done=1)
        if isinstance(message.found, Rejected):
            # `success`: it is kept, and sending it again would not make it readable.
            log.warning("来源 %s：%s", self.name, visible(message.found.detail))
            return _plain(200, "success", batch)
        return self._answer(message.fields, message.found.received_at, batch)

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """See `Replayable`. An encrypted message stays: no library here opens it."""
        message = self._read(original, now)
        if message is not None:
            return (message.found,)
        detail = "这是一个不收的事件（见来源配置 events），不成为来件。可以放弃这条死信"
        return (self._rejected(original, "event_not_wanted", detail),)

    def _read(self, body: bytes, now: datetime) -> _Message | None:
        """What a message says; None for an event that is none here."""
        try:
            root = fromstring(body, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError):
            detail = "不是有效的 XML，或含有不允许的 DTD、实体"
            return _Message(self._rejected(body, "bad_xml", detail))
        fields = {child.tag: clean(child.text or "") for child in root}
        if "MsgType" not in fields:
            return _Message(self._rejected(body, *_why_no_message(fields)))
        if fields["MsgType"] == "event" and fields.get("Event", "") not in self._options.events:
            return None
        found = read_alone(
            lambda: self._item(body, root, fields, now),
            source=self.name,
            origin="推送",
            original=lambda: body,
        )
        return _Message(found, fields)

    def _rejected(self, body: bytes, reason: str, detail: str) -> Rejected:
        return Rejected(
            source=self.name, reason=reason, detail=detail, original=body, origin="推送"
        )

    def _signed(self, request: PushRequest, now: datetime) -> bool:
        timestamp, nonce = request.query.get("timestamp", ""), request.query.get("nonce", "")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) == 10):
            return False
        token = self._secrets.require(self._options.token)
        joined = "".join(sorted((token, timestamp, nonce)))
        # SHA-1 is the platform's choice.
        expected = hashlib.sha1(joined.encode("utf-8", "replace")).hexdigest()  # noqa: S324
        fresh = abs(now.timestamp() - int(timestamp)) <= self._options.window_seconds
        return same(request.query.get("signature", ""), expected) and fresh

    def _item(
        self, body: bytes, root: Element, fields: dict[str, str], now: datetime
    ) -> Item | Rejected:
        sender, created = fields.get("FromUserName", ""), fields.get("CreateTime", "")
        number = (root.findtext("MsgId") or "").strip()
        if fields["MsgType"] == "event":
            # Events carry no MsgId; the platform names sender and second instead.
            number = f"{sender}-{created}-{fields.get('Event', '')}" if sender and created else ""
        if not number or not sender:
            return self._rejected(body, "missing_id", "消息没有 MsgId 或 FromUserName")
        try:
            number = read_id(number)
        except BadCell as problem:
            return self._rejected(body, problem.code, str(problem))
        text, files = _content(root, fields)
        received_at, notes = _received(created, now)
        return Item(
            source=self.name,
            source_item_id=number,
            channel=self._channel,
            received_at=received_at,
            title=text.split("\n")[0][:_TITLE],
            body=text,
            place=fields.get("Label", ""),
            url=fields.get("Url", ""),
            attachments=files,
            notes=notes,
            extra={
                "公众号": fields.get("ToUserName", ""),
                "openid": sender,
                "消息类型": fields["MsgType"],
                **({MEDIA_ID: fields["MediaId"]} if files and fields.get("MediaId") else {}),
            },
        )

    def _answer(self, fields: dict[str, str], at: datetime, batch: Batch) -> PushAnswer:
        if not self._options.auto_answer:
            return _plain(200, "success", batch)
        body = (
            f"<xml><ToUserName>{_cdata(fields['FromUserName'])}</ToUserName>"
            f"<FromUserName>{_cdata(fields.get('ToUserName', ''))}</FromUserName>"
            f"<CreateTime>{int(at.timestamp())}</CreateTime>"
            f"<MsgType>{_cdata('text')}</MsgType>"
            f"<Content>{_cdata(self._options.auto_answer)}</Content></xml>"
        )
        return PushAnswer(status=200, body=body.encode(), media_type="text/xml", batch=batch)


def _why_no_message(fields: dict[str, str]) -> tuple[str, str]:
    if "Encrypt" in fields:
        return (
            "encrypted",
            "收到安全模式（AES）加密的消息，本系统不解密。请在公众号后台“服务器配置”改用明文模式或兼容模式",
        )
    return "missing_type", "XML 中没有 MsgType，不是公众号消息"


def _received(created: str, now: datetime) -> tuple[datetime, tuple[Note, ...]]:
    if created.isascii() and created.isdecimal() and len(created) == 10:
        at = datetime.fromtimestamp(int(created), BEIJING)
        if at <= now + timedelta(minutes=10):
            return at, ()
        return now, (Note("received_in_future", "消息的时间晚于收到的时间，按收到时间计"),)
    return now, (Note("received_missing", "消息没有可用的时间，按收到时间计"),)


def _content(root: Element, fields: dict[str, str]) -> tuple[str, tuple[Attachment, ...]]:
    kind = fields["MsgType"]
    if kind == "text":
        return fields.get("Content", ""), ()
    if kind in _MEDIA:
        name = fields.get("Title") or f"{_MEDIA[kind]}-{fields.get('MediaId', '')[:16]}"
        spoken = fields.get("Recognition", "")
        said = fields.get("Description", "") or spoken
        return said or f"〔{_MEDIA[kind]}〕", (
            Attachment(
                name=name, media_type=fields.get("Format", kind), url=fields.get("PicUrl", "")
            ),
        )
    if kind == "link":
        parts = (fields.get("Title", ""), fields.get("Description", ""), fields.get("Url", ""))
        return "\n".join(part for part in parts if part), ()
    if kind == "location":
        spot = f"{fields.get('Location_X', '')},{fields.get('Location_Y', '')}"
        return f"〔位置〕{fields.get('Label', '')}（{spot}）", ()
    if kind == "event":
        return f"〔{fields.get('Event', '')}〕{fields.get('EventKey', '')}", ()
    words = [text for node in root.iter() if (text := clean(node.text or ""))]
    return f"〔{kind}〕" + " ".join(words), ()


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _plain(status: int, text: str, batch: Batch | None = None) -> PushAnswer:
    return PushAnswer(status=status, body=text.encode(), media_type=_TEXT, batch=batch)

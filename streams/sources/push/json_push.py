"""What every JSON push has in common: check the sender, read the records, prepare the answer."""

from __future__ import annotations

import codecs
import json
from datetime import datetime
from typing import Annotated, Final

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field, model_validator

from cases.record.item import Item
from huiyin.net.json_values import BadJson
from huiyin.net.visible import visible
from streams.sources.push.payload import read_payload
from streams.sources.push.payload_map import PayloadMap
from streams.sources.push.platform_words import WordMap
from streams.sources.seam.base import Batch, PushAnswer, PushRequest, Rejected
from streams.sources.seam.config import Settings
from streams.sources.seam.isolation import read_alone
from streams.sources.seam.push_auth import Auth, BearerAuth, authenticated, may_be_authentic
from streams.sources.seam.secrets import Secrets
from streams.sources.values.json_records import Record, read_records

MAX_BODY: Final = 4 * 1024 * 1024


class AnswerWords(Settings):
    """The words in which the platform wants to be answered. Texts only, no secrets."""

    code_key: str = "code"
    message_key: str = "message"
    ok: str = "0000"
    failed: str = "0001"


class PushOptions(PayloadMap):
    """`[source.NAME.options]` of a JSON push."""

    auth: Auth
    list_path: str = ""
    """Where the list of records stands, e.g. "data.orders"; "" when the body is a list, or
    one record."""
    max_body: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)] = MAX_BODY
    """Bytes; a larger body is refused with 413."""
    max_records: Annotated[int, Field(ge=1, le=5000)] = 500
    charset: str = "utf-8"
    answer: AnswerWords = AnswerWords()
    words: tuple[WordMap, ...] = ()
    """What the platform says of its own orders: decisions, 催办, 督办, 回访."""

    @model_validator(mode="after")
    def _known_charset(self) -> PushOptions:
        try:
            codecs.lookup(self.charset)
        except LookupError:
            raise ValueError(
                f"charset {self.charset!r} 不是已知的编码，例如 utf-8、gb18030"
            ) from None
        return self


class _Refusal(Struct, frozen=True):
    status: int
    text: str


_STRANGER: Final = _Refusal(401, "未通过身份验证")


def _wrong_method(request: PushRequest) -> _Refusal | None:
    return None if request.method.upper() == "POST" else _Refusal(405, "只接受 POST")


def _packed(request: PushRequest) -> _Refusal | None:
    if request.headers.get("content-encoding", "identity").lower() == "identity":
        return None
    return _Refusal(415, "不接受压缩的正文")


class JsonPush:
    """A push source that takes one JSON record or a list of them.

    Records that can't be read go to the dead letters and are named in the answer; the
    others are taken. The same record again is the same item, which the intake knows.
    """

    def __init__(self, name: str, channel: str, options: PushOptions, secrets: Secrets) -> None:
        self.name = name
        self._channel = channel
        self._options = options
        self._secrets = secrets

    @property
    def max_body(self) -> int:
        """Bytes after which the web server may stop reading: `receive` would refuse them."""
        return self._options.max_body

    @property
    def proof_in_head(self) -> bool:
        return isinstance(self._options.auth, BearerAuth)

    def refuse_head(self, head: PushRequest, *, now: datetime) -> PushAnswer | None:  # noqa: ARG002
        """As `ChecksHead`. Raises `SecretError` when the configured secret is missing."""
        refusal = _wrong_method(head)
        if refusal is None and not may_be_authentic(self._options.auth, self._secrets, head):
            refusal = _STRANGER
        refusal = refusal or _packed(head)
        return self._answer(refusal.status, ok=False, text=refusal.text) if refusal else None

    def receive(self, request: PushRequest, *, now: datetime) -> PushAnswer:
        """Raises `SecretError` when the configured secret is missing (answer 503 then)."""
        if refusal := self._refuse(request, now):
            return self._answer(refusal.status, ok=False, text=refusal.text)
        try:
            records = self._records(request.body)
        except BadJson as problem:
            rejected = self._rejected(request.body, "bad_json", str(problem), "推送")
            batch = Batch(found=(rejected,), done=1)
            return self._answer(400, ok=False, text=str(problem), batch=batch)
        return self._taken(self._found(records, now, "推送第 {} 件"))

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """See `Replayable`. The original is one record, or a whole push that was no list."""
        try:
            records = self._records(original)
        except BadJson as problem:
            try:
                # One record of a list, without the frame that `list_path` names.
                records = read_records(original, self._options.charset, "", 1)
            except BadJson:
                return (self._rejected(original, "bad_json", str(problem), "死信重试"),)
        found = self._found(records, now, "死信重试第 {} 件")
        if len(found) == 1 and isinstance(found[0], Rejected):
            return (replace(found[0], original=original),)
        return found

    def _found(
        self, records: list[Record], now: datetime, origin: str
    ) -> tuple[Item | Rejected, ...]:
        """Every record by itself; `origin` has a place for its number."""
        return tuple(
            self._one(record, now, origin.format(number))
            for number, record in enumerate(records, 1)
        )

    def _one(self, record: Record, now: datetime, origin: str) -> Item | Rejected:
        if record.reason:
            return self._rejected(record.raw, record.reason, record.problem, origin)
        return read_alone(
            lambda: read_payload(
                self._options,
                record.value,
                source=self.name,
                channel=self._channel,
                now=now,
                origin=origin,
                original=record.raw,
                words=self._options.words,
            ),
            source=self.name,
            origin=origin,
            original=lambda: record.raw,
        )

    def _rejected(self, original: bytes, reason: str, detail: str, origin: str) -> Rejected:
        return Rejected(
            source=self.name, reason=reason, detail=detail, original=original, origin=origin
        )

    def _refuse(self, request: PushRequest, now: datetime) -> _Refusal | None:
        if wrong := _wrong_method(request):
            return wrong
        # Size before signature: hashing a huge body for a stranger is work for nothing.
        if len(request.body) > self._options.max_body:
            return _Refusal(413, f"正文超过 {self._options.max_body} 字节")
        if not authenticated(self._options.auth, self._secrets, request, now=now):
            return _STRANGER
        return _packed(request)

    def _records(self, body: bytes) -> list[Record]:
        """Raises `BadJson`."""
        options = self._options
        return read_records(body, options.charset, options.list_path, options.max_records)

    def _taken(self, found: tuple[Item | Rejected, ...]) -> PushAnswer:
        refused = [entry for entry in found if isinstance(entry, Rejected)]
        text = f"已收到 {len(found) - len(refused)} 件"
        if refused:
            text += f"，{len(refused)} 件无法识别，已留存待人工处理"
        return self._answer(
            200,
            ok=True,
            text=text,
            batch=Batch(found=found, done=len(found)),
            refused=[
                {"origin": entry.origin, "reason": visible(entry.detail)} for entry in refused
            ],
        )

    def _answer(
        self,
        status: int,
        *,
        ok: bool,
        text: str,
        batch: Batch | None = None,
        refused: list[dict[str, str]] | None = None,
    ) -> PushAnswer:
        words = self._options.answer
        body: dict[str, object] = {
            words.code_key: words.ok if ok else words.failed,
            words.message_key: visible(text),
        }
        if refused:
            body["refused"] = refused
        return PushAnswer(
            status=status, body=json.dumps(body, ensure_ascii=False).encode(), batch=batch
        )

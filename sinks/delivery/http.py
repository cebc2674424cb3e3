"""The door back to a platform with an interface: 12345 work orders, site mailboxes.

One POST, no repetition and no redirect: what a polite reader may do again, a sender must
not. The address comes from the configuration alone, never from a message.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlencode, urlsplit

import httpx2
from pydantic import BaseModel, ConfigDict, Field, model_validator

from huiyin.net.guarded import AddressRefused, Deadline, GuardedTransport
from sinks.beginning import beginning
from sinks.delivery.base import (
    DeliveryError,
    NotTaken,
    Outcome,
    Outgoing,
    Receipt,
    SecretReader,
    Unclear,
)
from sinks.delivery.template import Value, check, fill, fill_address, fill_text

_MOST_ANSWER: Final = 256 * 1024
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_NOT_TAKEN: Final = frozenset({307, 308, 413, 415, 429, 503})
"""Answers that a server gives before it does anything."""
_TRY_LATER: Final = frozenset({429, 503})


class Success(BaseModel):
    """How the platform says in its answer that it took the reply."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = "code"
    values: Annotated[tuple[str, ...], Field(min_length=1)] = ("0000", "200", "0")
    message_path: str = "message"
    reference_path: str = ""
    number_path: str = ""
    """Where the answer repeats the number of the order; another number there is no receipt."""


class Signing(BaseModel):
    """HMAC-SHA256 over timestamp, separator and body, as our own push receiver checks it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: str
    signature_header: str = "x-signature"
    timestamp_header: str = "x-timestamp"
    separator: str = "."


class HttpWay(BaseModel):
    """How a platform is posted to and how it answers, whatever the form holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["json", "form"] = "json"
    headers: dict[str, str] = {}
    """May hold places, e.g. Idempotency-Key = "{delivery_id}"."""
    secret_headers: dict[str, str] = {}
    """Header = name of the secret that is its whole value, after `secret_prefix`."""
    secret_prefix: str = "Bearer "  # noqa: S105  the word before the secret
    sign: Signing | None = None
    success: Success = Success()
    timeout_seconds: Annotated[int, Field(ge=1, le=120)] = 30
    """For the whole exchange."""
    ca_file: str = ""
    allow_private_addresses: bool = False
    """A platform in the government's own network has a private address."""


class HttpDeliveryOptions(HttpWay):
    """`[delivery.NAME.options]` of adapter "http"."""

    url: str
    """May hold places: "https://host/letters/{source_item_id}/reply"; not in the host."""
    payload: Annotated[dict[str, Value], Field(min_length=1)]

    @model_validator(mode="after")
    def _sound(self) -> HttpDeliveryOptions:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "{" in parts.netloc:
            raise ValueError(f"url 应为完整的 https 地址，主机名不能是占位符：{self.url!r}")
        if parts.username or parts.password:
            raise ValueError("url 中不能写用户名和密码，请用 secret_headers")
        if parts.scheme == "http" and parts.hostname not in _LOCAL and self.secret_headers:
            raise ValueError("带密钥的请求须用 https 地址（本机除外）；内网平台可用 sign 签名")
        try:
            check({"url": self.url, **self.headers}, "options")
            check(self.payload, "options.payload")
        except DeliveryError as problem:
            raise ValueError(str(problem)) from None
        return self


class HttpDelivery:
    """Posts one reply to one platform."""

    def __init__(self, name: str, options: HttpDeliveryOptions, secrets: SecretReader) -> None:
        """`secrets` raises at once when a named secret is missing."""
        self.name = name
        self._options = options
        self._secret_headers = {
            header: options.secret_prefix + secrets.require(secret)
            for header, secret in options.secret_headers.items()
        }
        self._key = secrets.require(options.sign.secret) if options.sign else ""

    @property
    def payload(self) -> dict[str, Value]:
        """The platform's form with its places."""
        return self._options.payload

    def deliver(self, outgoing: Outgoing, *, now: datetime) -> Outcome:
        options = self._options
        body, headers = self._request(outgoing, now)
        url, deadline = fill_address(options.url, outgoing), Deadline()
        deadline.start(options.timeout_seconds)
        try:
            with (
                httpx2.Client(
                    transport=GuardedTransport(
                        deadline,
                        allow_private=options.allow_private_addresses,
                        ca_file=options.ca_file,
                    ),
                    timeout=options.timeout_seconds,
                    follow_redirects=False,
                    trust_env=False,
                ) as client,
                client.stream("POST", url, content=body, headers=headers) as response,
            ):
                answer = beginning(response, _MOST_ANSWER)
                return self._outcome(response.status_code, answer, outgoing, now)
        except AddressRefused as refused:
            return NotTaken(
                reason="address_refused",
                detail=f"平台的地址解析到内部网络（{refused}），已拒绝，没有发出。平台确在内网的，"
                "请设置 allow_private_addresses = true",
                retry=True,
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return NotTaken(
                reason="unreachable",
                detail=f"连不上平台（{type(error).__name__}），答复未发出",
                retry=True,
            )
        except httpx2.HTTPError as error:
            return Unclear(
                detail=f"答复已发往平台，但没有得到完整的回答（{type(error).__name__}）。请到平台核实"
            )

    def _request(self, outgoing: Outgoing, now: datetime) -> tuple[bytes, dict[str, str]]:
        payload = {key: fill(value, outgoing) for key, value in self._options.payload.items()}
        if self._options.format == "json":
            body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
            kind = "application/json; charset=utf-8"
        else:
            body = urlencode(_flat(payload)).encode("ascii")
            kind = "application/x-www-form-urlencoded"
        headers = {"content-type": kind, "accept": "application/json"}
        for name, value in self._options.headers.items():
            filled = fill_text(value, outgoing)
            headers[name] = "".join(char for char in filled if " " <= char <= "~")
        headers.update(self._secret_headers)
        if signing := self._options.sign:
            stamp = str(int(now.timestamp()))
            message = f"{stamp}{signing.separator}".encode() + body
            digest = hmac.new(self._key.encode(), message, hashlib.sha256).hexdigest()
            headers |= {signing.timestamp_header: stamp, signing.signature_header: digest}
        return body, headers

    def _outcome(self, status: int, answer: bytes, outgoing: Outgoing, now: datetime) -> Outcome:
        if 200 <= status < 300:
            return self._judge(answer, outgoing, now)
        if status in _NOT_TAKEN or (400 <= status < 500 and status != 408):
            return NotTaken(
                reason="rejected",
                detail=f"平台拒绝接收（HTTP {status}）：{self._message(answer)}",
                retry=status in _TRY_LATER or status in (401, 403),
            )
        # 302 may lead to a login page or to "thank you"; 500 and 502 come before or after.
        return _unknown(f"平台返回 HTTP {status}")

    def _judge(self, answer: bytes, outgoing: Outgoing, now: datetime) -> Outcome:
        success = self._options.success
        try:
            body: object = json.loads(answer)
        except (ValueError, RecursionError):
            return _unknown("平台的回答不是 JSON（可能是登录页）")
        code = _find(body, success.path)
        if code is None:
            return _unknown(f"平台的回答里没有 {success.path}")
        if code in success.values:
            named = _find(body, success.number_path) if success.number_path else None
            if named is not None and named.strip() != outgoing.item.source_item_id:
                number = outgoing.item.source_item_id
                return _unknown(f"平台的回答说的是工单 {named[:60]}，发的是 {number}")
            reference = _find(body, success.reference_path) if success.reference_path else None
            return Receipt(
                at=now, via=self.name, reference=reference or "", proof=_short(answer.decode())
            )
        return NotTaken(
            reason="rejected",
            detail=f"平台没有收下（{success.path} = {code}）：{self._message(answer)}",
            retry=False,
        )

    def _message(self, answer: bytes) -> str:
        try:
            return _short(_find(json.loads(answer), self._options.success.message_path) or "")
        except (ValueError, RecursionError):
            return ""


def _unknown(found: str) -> Unclear:
    return Unclear(detail=f"{found}，不能确定是否已收下。请到平台核实")


def _find(value: object, path: str) -> str | None:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if value is None or isinstance(value, dict | list):
        return None
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _flat(payload: dict[str, Value]) -> list[tuple[str, str]]:
    """Form fields; a list becomes `name[]` once for each element, as such forms have it."""
    fields: list[tuple[str, str]] = []
    for key, value in payload.items():
        if isinstance(value, list):
            fields += [(f"{key}[]", str(part)) for part in value]
        else:
            fields.append((key, str(value)))
    return fields


def _short(text: str) -> str:
    return " ".join(text.split())[:300]

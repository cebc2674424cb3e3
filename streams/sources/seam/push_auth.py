"""Who sends: the checks a push must pass before its body is looked at.

Every comparison takes the same time whatever the input, and a refusal never says
which part was wrong: the sender's operator reads our log, a stranger learns nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from streams.sources.seam.base import PushRequest
from streams.sources.seam.secrets import Secrets

log = logging.getLogger(__name__)

_Header = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
_Names = Annotated[tuple[str, ...], Field(min_length=1)]
_TIMESTAMP = re.compile(rb"[0-9]{10}(?:[0-9]{3})?")


class BearerAuth(BaseModel):
    """A fixed token in a header: `auth = {kind = "bearer", secrets = ["HOTLINE_TOKEN"]}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["bearer"]
    secrets: _Names
    """Names of tokens that are valid now; two while a token is being changed."""
    header: _Header = "authorization"
    scheme: str = "Bearer"
    """Word before the token; "" where the header holds the token alone."""


class HmacAuth(BaseModel):
    """HMAC-SHA256 over timestamp, separator and body, valid within a window."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["hmac"]
    secrets: _Names
    signature_header: _Header = "x-signature"
    timestamp_header: _Header = "x-timestamp"
    """Unix time, seconds or milliseconds; it is signed with the body."""
    separator: str = "."
    prefix: str = ""
    """What stands before the signature, e.g. "sha256="."""
    encoding: Literal["hex", "base64"] = "hex"
    window_seconds: Annotated[int, Field(ge=10, le=3600)] = 300


Auth = Annotated[BearerAuth | HmacAuth, Field(discriminator="kind")]


def sign(key: str, timestamp: str, body: bytes, separator: str = ".") -> bytes:
    """The HMAC-SHA256 digest a sender computes: over `timestamp` + `separator` + `body`."""
    message = timestamp.encode() + separator.encode() + body
    return hmac.new(key.encode(), message, hashlib.sha256).digest()


def authenticated(
    auth: BearerAuth | HmacAuth, secrets: Secrets, request: PushRequest, *, now: datetime
) -> bool:
    """Whether `request` was sent by someone who knows one of the secrets.

    Raises `SecretError` when a configured secret is missing: that is our fault, not the sender's.
    """
    keys = [secrets.require(name) for name in auth.secrets]
    if isinstance(auth, BearerAuth):
        return _token_matches(auth, keys, request)
    return _signature_matches(auth, keys, request, now)


def may_be_authentic(auth: BearerAuth | HmacAuth, secrets: Secrets, head: PushRequest) -> bool:
    """What can be said before the body is there: whether the token is right, or a time and a
    signature are given that could be. Raises as `authenticated`."""
    keys = [secrets.require(name) for name in auth.secrets]
    if isinstance(auth, BearerAuth):
        return _token_matches(auth, keys, head)
    timestamp = head.headers.get(auth.timestamp_header, "").strip()
    given = _decode(auth, head.headers.get(auth.signature_header, "").strip())
    known = _TIMESTAMP.fullmatch(timestamp.encode("utf-8", "replace")) is not None
    return known and len(given) == hashlib.sha256().digest_size


def _token_matches(auth: BearerAuth, keys: Sequence[str], request: PushRequest) -> bool:
    value = request.headers.get(auth.header, "").strip()
    if auth.scheme:
        scheme, _, value = value.partition(" ")
        if scheme.lower() != auth.scheme.lower():
            return False
    # All keys are compared, so that the time does not tell which one came close.
    matches = [same(value.strip(), key) for key in keys]
    return any(matches)


def _signature_matches(
    auth: HmacAuth, keys: Sequence[str], request: PushRequest, now: datetime
) -> bool:
    timestamp = request.headers.get(auth.timestamp_header, "").strip()
    if not _TIMESTAMP.fullmatch(timestamp.encode("utf-8", "replace")):
        return False
    seconds = int(timestamp) / (1000 if len(timestamp) == 13 else 1)
    skew = abs(now.timestamp() - seconds)
    given = _decode(auth, request.headers.get(auth.signature_header, "").strip())
    matches = [
        hmac.compare_digest(given, sign(key, timestamp, request.body, auth.separator))
        for key in keys
    ]
    if any(matches) and skew > auth.window_seconds:
        log.warning(
            "签名正确，但时间与本机相差 %.0f 秒，超过 %d 秒：请核对双方时钟。",
            skew,
            auth.window_seconds,
        )
        return False
    return any(matches)


def _decode(auth: HmacAuth, value: str) -> bytes:
    if not value.startswith(auth.prefix):
        return b""
    value = value.removeprefix(auth.prefix)
    try:
        if auth.encoding == "hex":
            return bytes.fromhex(value)
        return base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return b""


def same(given: str, expected: str) -> bool:
    """Equality in constant time; text outside ASCII is compared too instead of refused."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
    )

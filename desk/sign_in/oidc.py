"""统一身份认证: signing in at the office's own identity provider (OpenID Connect).

Authorization code with PKCE (RFC 7636), `state` and `nonce`. What has to be known
again when the browser comes back lies in a cookie that only this browser has, for ten
minutes; what is believed stands in an ID token that the provider has signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx2
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from desk.ground.machine_clock import MachineClock

CALLBACK: Final = "/login/callback"
LASTS: Final = timedelta(minutes=10)
SECRET: Final = "oidc_client_secret"  # noqa: S105  (the name of a secret)
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
"""Signatures only the provider can make; never `none`, nor one made with our own secret."""
_TIMEOUT_SECONDS: Final = 10.0
_MOST_BYTES: Final = 1 << 20
_LEEWAY_SECONDS: Final = 60
_KEPT: Final = timedelta(hours=1)
_FRESH: Final = timedelta(seconds=30)
"""Keys just fetched are not fetched again because a token comes with a key id of
its own making."""


class OidcError(Exception):
    """Signing in did not work; the text says what to do, and is fit for who tried."""


class Provider(Struct, frozen=True):
    """What the provider says of itself, as far as we need it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Started(Struct, frozen=True):
    """What has to be known again at the end; travels in the browser's cookie."""

    state: str
    nonce: str
    verifier: str
    wanted: str
    began: float


class Recognised(Struct, frozen=True):
    names: tuple[str, ...]
    """By which the account may be known, best first."""
    called: str


class _Tokens(Struct):
    id_token: str


class Oidc:
    """One provider. For several threads."""

    def __init__(
        self, issuer: str, client_id: str, secret: str, public_url: str, clock: MachineClock
    ) -> None:
        """`secret`: "" for a client that has none."""
        self._issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._callback = public_url + CALLBACK
        self._clock = clock
        self._lock = threading.Lock()
        self._provider: Provider | None = None
        self._keys: KeySet | None = None
        self._fetched = clock()

    def start(self, wanted: str) -> tuple[str, str]:
        """Where to send the browser, and what its cookie keeps. Raises `OidcError`."""
        provider = self._known()[0]
        started = Started(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            wanted=wanted,
            began=self._clock().timestamp(),
        )
        digest = hashlib.sha256(started.verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": self._callback,
                "scope": "openid profile",
                "state": started.state,
                "nonce": started.nonce,
                "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
                "code_challenge_method": "S256",
            }
        )
        there = provider.authorization_endpoint
        mark = "&" if "?" in there else "?"
        cookie = base64.urlsafe_b64encode(msgspec.json.encode(started)).decode()
        return f"{there}{mark}{query}", cookie

    def finish(self, query: Mapping[str, str], cookie: str) -> tuple[Recognised, str]:
        """Who came back, and to which page. Raises `OidcError`."""
        started = self._started(cookie)
        if not hmac.compare_digest(started.state.encode(), query.get("state", "").encode()):
            raise OidcError("登录请求与您的浏览器不符，请从登录页重新开始。")
        if query.get("error"):
            raise OidcError("统一身份认证没有通过，或已取消。请重新登录。")
        provider, _ = self._known()
        # RFC 9207: a provider that says who it is has to be the one that was asked.
        if query.get("iss", provider.issuer) != provider.issuer or not query.get("code"):
            raise OidcError("统一身份认证的回答不完整，请从登录页重新开始。")
        token = self._exchange(provider, query["code"], started.verifier)
        claims = self._claims(token)
        nonce = claims.get("nonce")
        if not (isinstance(nonce, str) and hmac.compare_digest(nonce, started.nonce)):
            raise OidcError("统一身份认证的凭证不是为这次登录签发的，请从登录页重新开始。")
        found = [claims.get("preferred_username"), claims.get("sub")]
        names = tuple(name for name in found if isinstance(name, str) and name)
        called = claims.get("name")
        return Recognised(names, called if isinstance(called, str) else ""), started.wanted

    def _started(self, cookie: str) -> Started:
        try:
            started = msgspec.json.decode(base64.urlsafe_b64decode(cookie.encode()), type=Started)
        except (ValueError, RecursionError):
            started = None
        age = self._clock().timestamp() - started.began if started else -1.0
        if started is None or not 0 <= age <= LASTS.total_seconds():
            raise OidcError("登录超时或浏览器没有保留登录信息，请从登录页重新开始。")
        return started

    # -- what the provider says ----------------------------------------------------

    def _exchange(self, provider: Provider, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        if self._secret:
            form["client_secret"] = self._secret
        answer = self._ask("POST", provider.token_endpoint, form)
        try:
            return msgspec.json.decode(answer, type=_Tokens).id_token
        except msgspec.DecodeError:
            raise OidcError("统一身份认证没有给出身份凭证，请联系管理员。") from None

    def _claims(self, token: str) -> Mapping[str, object]:
        """What the signed token says, after every check of OpenID Connect Core 3.1.3.7."""
        try:
            try:
                claims = jwt.decode(token, self._known()[1], algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):
                # The provider may have new keys.
                claims = jwt.decode(token, self._known(anew=True)[1], algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                now=int(self._clock().timestamp()),
                leeway=_LEEWAY_SECONDS,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError):
            raise OidcError("统一身份认证的凭证没有通过校验，请重新登录或联系管理员。") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._client_id:
            raise OidcError("统一身份认证的凭证是发给别的应用的，请联系管理员。")
        return claims

    def _known(self, *, anew: bool = False) -> tuple[Provider, KeySet]:
        with self._lock:
            age = self._clock() - self._fetched
            if (
                self._provider is not None
                and self._keys is not None
                and timedelta() <= age < (_FRESH if anew else _KEPT)
            ):
                return self._provider, self._keys
            self._provider, self._keys = self._discover()
            self._fetched = self._clock()
            return self._provider, self._keys

    def _discover(self) -> tuple[Provider, KeySet]:
        where = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            provider = msgspec.json.decode(self._ask("GET", where), type=Provider)
        except msgspec.DecodeError:
            raise OidcError(_UNFIT) from None
        scheme = urlsplit(self._issuer).scheme
        addresses = (
            provider.authorization_endpoint,
            provider.token_endpoint,
            provider.jwks_uri,
        )
        if provider.issuer != self._issuer or any(
            urlsplit(each).scheme not in ("https", scheme) for each in addresses
        ):
            raise OidcError(_UNFIT)
        try:
            keys = KeySet.import_key_set(json.loads(self._ask("GET", provider.jwks_uri)))
        except (JoseError, ValueError, KeyError, TypeError):
            raise OidcError(_UNFIT) from None
        return provider, keys

    def _ask(self, method: str, url: str, form: Mapping[str, str] | None = None) -> bytes:
        try:
            with (
                httpx2.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as client,
                client.stream(
                    method, url, data=form, headers={"accept": "application/json"}
                ) as answer,
            ):
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        break
                if answer.status_code != 200 or len(body) > _MOST_BYTES:
                    raise OidcError(_DOWN)
                return bytes(body)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise OidcError(_DOWN) from None


_DOWN: Final = "统一身份认证暂时没有回答，请稍后再试；也可以用登录名和密码登录。"
_UNFIT: Final = (
    "统一身份认证的配置说明不可用或与 HUIYIN_OIDC_ISSUER 不符，请联系管理员；"
    "也可以用登录名和密码登录。"
)

"""An identity provider (OpenID Connect) as offices have them, with real signed tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.standins.server import Hit, Reply, StandIn


class IdentityProvider(StandIn):
    """Signs in whoever `person` is: `authorize` does what the browser and the person
    would do there."""

    def __init__(self, client_id: str, secret: str, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self.client_id = client_id
        self.secret = secret
        self.person: dict[str, object] = {"sub": "u-1001", "name": "林某"}
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
        self.changes: dict[str, object] = {}
        """What the next tokens say otherwise; None leaves a claim out."""
        self.sign: Callable[[dict[str, object]], str] | None = None
        self.said_issuer = ""
        self._asked: dict[str, dict[str, str]] = {}

    def authorize(self, address: str) -> dict[str, str]:
        """The person agrees; what the browser then brings back, as a query."""
        parts = urlsplit(address)
        assert parts.path == "/authorize"
        asked = dict(parse_qsl(parts.query))
        assert asked["client_id"] == self.client_id
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def answer(self, hit: Hit) -> Reply:
        if hit.path == "/.well-known/openid-configuration":
            return _json(
                {
                    "issuer": self.said_issuer or self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                }
            )
        if hit.path == "/keys":
            return _json(KeySet([self.key]).as_dict(private=False))
        if hit.path == "/token" and hit.method == "POST":
            return self._token(hit.form)
        return Reply(status=404)

    def _token(self, form: dict[str, str]) -> Reply:
        # A code is good once.
        asked = self._asked.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _coded(digest).decode()
        if (
            asked is None
            or form["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
            or form.get("client_secret") != self.secret
        ):
            return Reply(status=400, body=b'{"error": "invalid_grant"}')
        now = int(self._clock())
        claims = {
            "iss": self.url,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return _json(
            {"access_token": "x", "token_type": "Bearer", "id_token": self._signed(claims)}
        )

    def _signed(self, claims: dict[str, object]) -> str:
        if self.sign is not None:
            return self.sign(claims)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: dict[str, object]) -> str:
        """`alg: none`: the oldest trick."""
        parts = ({"alg": "none"}, claims)
        coded = [_coded(json.dumps(part).encode()) for part in parts]
        return b".".join([*coded, b""]).decode()

    def by_public_key(self, claims: dict[str, object]) -> str:
        """Signed with HS256 and the public key as the secret, which everybody has."""
        head = {"alg": "HS256", "kid": self.key.kid}
        body = b".".join(_coded(json.dumps(part).encode()) for part in (head, claims))
        key = self.key.as_pem(private=False)
        return b".".join((body, _coded(hmac.digest(key, body, "sha256")))).decode()

    def by_a_stranger(self, claims: dict[str, object]) -> str:
        stranger = RSAKey.generate_key(2048, {"kid": str(self.key.kid)})
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, stranger)


def _coded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _json(value: object) -> Reply:
    return Reply(json.dumps(value).encode(), headers={"Content-Type": "application/json"})

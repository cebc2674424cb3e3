"""Settings of what stands in front of the desk: reverse proxies and single sign-on."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from cases.words.actors import Role

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_TAKEN: Final = frozenset(
    ("authorization", "cookie", "host", "origin", "forwarded", "x-forwarded-for", "x-csrf-token")
)
CREATABLE: Final = (Role.DESK, Role.REVIEWER, Role.LEADER)
"""Not admin, and not a responder, whose unit nobody would know."""


class SignOnError(ValueError):
    """A setting that cannot be used; the text is plain Chinese."""


class SignOn(Struct, frozen=True, kw_only=True):
    proxies: tuple[str, ...] = ()
    """Networks of the reverse proxies; only what they say of the client is believed."""
    user_header: str = ""
    """In lower case: in which header a proxy names who signed in; "" for none."""
    issuer: str = ""
    """OpenID Connect; "" for none."""
    client_id: str = ""
    create_role: Role | None = None
    """The role of a person who signs in without an account; None: nothing."""


def read_sign_on(values: Mapping[str, str], public_url: str) -> SignOn:
    """From the settings' values by name. Raises `SignOnError`."""
    proxies = tuple(
        _network(part.strip())
        for part in values["HUIYIN_PROXY_ADDRESSES"].split(",")
        if part.strip()
    )
    return SignOn(
        proxies=proxies,
        user_header=_header(values["HUIYIN_PROXY_USER_HEADER"], proxies),
        issuer=_issuer(values["HUIYIN_OIDC_ISSUER"], values["HUIYIN_OIDC_CLIENT_ID"], public_url),
        client_id=values["HUIYIN_OIDC_CLIENT_ID"],
        create_role=_role(values["HUIYIN_SSO_CREATE_ROLE"]),
    )


def _network(text: str) -> str:
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        found = None
    # A network of everybody would let anybody claim any name.
    if found is None or found.prefixlen == 0:
        raise SignOnError(
            "HUIYIN_PROXY_ADDRESSES 应为反向代理的 IP 地址或网段（如 10.0.0.5,10.0.1.0/24），"
            f"实际是 {text!r}。"
        )
    return str(found)


def _header(text: str, proxies: tuple[str, ...]) -> str:
    if not text:
        return ""
    if not _HEADER.fullmatch(text) or text.lower() in _TAKEN:
        raise SignOnError(
            "HUIYIN_PROXY_USER_HEADER 应为认证网关写入登录名的请求头（如 X-Remote-User），"
            f"实际是 {text!r}。"
        )
    if not proxies:
        raise SignOnError(
            "设了 HUIYIN_PROXY_USER_HEADER 就要同时设 HUIYIN_PROXY_ADDRESSES："
            "只有从这些地址来的请求头才可信。"
        )
    return text.lower()


def _issuer(text: str, client_id: str, public_url: str) -> str:
    if not text:
        return ""
    parts = urlsplit(text)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise SignOnError(f"HUIYIN_OIDC_ISSUER 应为 https:// 开头的签发者网址，实际是 {text!r}。")
    if not client_id or not public_url:
        raise SignOnError(
            "设了 HUIYIN_OIDC_ISSUER 就要同时设 HUIYIN_OIDC_CLIENT_ID 和 HUIYIN_PUBLIC_URL"
            "（回调地址是它加上 /login/callback）。"
        )
    return text


def _role(text: str) -> Role | None:
    if not text:
        return None
    if text not in CREATABLE:
        raise SignOnError(
            f"HUIYIN_SSO_CREATE_ROLE 应为 {'、'.join(CREATABLE)} 之一，或不设；实际是 {text!r}。"
        )
    return Role(text)

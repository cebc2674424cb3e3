"""What a reverse proxy says of a request, believed from its own addresses only.

Anybody can write `X-Forwarded-For` or the header in which an authenticating gateway
names its user. What comes from elsewhere is taken out before anything reads it.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from desk.ground.sign_on_settings import SignOn

_FORWARDED: Final = b"x-forwarded-for"


class Proxies:
    def __init__(self, sign_on: SignOn) -> None:
        self._networks = tuple(ipaddress.ip_network(each) for each in sign_on.proxies)
        self._user_header = sign_on.user_header.encode()

    def read(self, scope: Scope) -> tuple[Scope, str, str | None]:
        """The request without what proxies say, the address it comes from, and the login
        name that a gateway vouches for, or None."""
        peer = scope["client"][0] if scope.get("client") else ""
        headers = Headers(scope=scope)
        address, user = peer, None
        if self.trusts(peer):
            address = self._client(headers.getlist("x-forwarded-for"), peer)
            if self._user_header:
                said = [value.strip() for value in headers.getlist(self._user_header.decode())]
                # Two of them: one was not written by the gateway.
                user = said[0] if len(said) == 1 and said[0] else None
        dropped = {_FORWARDED, self._user_header}
        kept = [(name, value) for name, value in scope["headers"] if name.lower() not in dropped]
        return {**scope, "headers": kept}, address, user

    def _client(self, forwarded: list[str], peer: str) -> str:
        """The nearest address that is not a proxy of ours; what stands before it is only
        what that client says of itself."""
        for part in reversed([part.strip() for each in forwarded for part in each.split(",")]):
            if not self.trusts(part):
                return part if _is_address(part) else peer
        return peer

    def trusts(self, address: str) -> bool:
        """Whether it is one of ours: many people come through it."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in each for each in self._networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True

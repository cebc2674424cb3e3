"""Which addresses a request may go to: the special-purpose registries as one table.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates),
IANA multicast registries, RFC 3879 (site-local), RFC 4291 2.5.5.1 (IPv4-compatible), and the
manuals of cloud platforms for their metadata services. Blocks that the registries call
globally reachable but that lie inside a refused block (192.0.0.9, 2001:20::/28 and the like)
are refused as well: no mailbox lives there.
"""

from __future__ import annotations

import ipaddress
from enum import Enum
from typing import Final

from msgspec import Struct

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Reach(Enum):
    PUBLIC = "public"
    """Belongs to the open internet."""
    PRIVATE = "private"
    """This machine or the office's own network: only where the configuration allows it."""
    NEVER = "never"
    """No mailbox can be there, whatever the configuration says."""


class Block(Struct, frozen=True):
    """One row of a registry."""

    network: Network
    reach: Reach
    source: str


def _block(network: str, reach: Reach, source: str) -> Block:
    return Block(ipaddress.ip_network(network), reach, source)


_N, _P = Reach.NEVER, Reach.PRIVATE

BLOCKS: Final = (
    # Metadata services of cloud platforms, first: some lie inside a private block.
    _block("100.100.100.200/32", _N, "Alibaba Cloud instance metadata"),
    _block("168.63.129.16/32", _N, "Azure platform address"),
    _block("192.0.0.192/32", _N, "Oracle Cloud instance metadata"),
    _block("fd00:ec2::/32", _N, "AWS instance metadata over IPv6"),
    _block("fd20:ce::/32", _N, "Google Cloud instance metadata over IPv6"),
    # IPv4
    _block("0.0.0.0/8", _N, "This network, RFC 791 3.2"),
    _block("10.0.0.0/8", _P, "Private use, RFC 1918"),
    _block("100.64.0.0/10", _P, "Shared address space, RFC 6598"),
    _block("127.0.0.0/8", _P, "Loopback, RFC 1122 3.2.1.3"),
    _block("169.254.0.0/16", _N, "Link local, RFC 3927"),
    _block("172.16.0.0/12", _P, "Private use, RFC 1918"),
    _block("192.0.0.0/24", _N, "IETF protocol assignments, RFC 6890 2.1"),
    _block("192.0.2.0/24", _N, "Documentation TEST-NET-1, RFC 5737"),
    _block("192.31.196.0/24", _N, "AS112-v4, RFC 7535"),
    _block("192.52.193.0/24", _N, "AMT, RFC 7450"),
    _block("192.88.99.0/24", _N, "Deprecated 6to4 relay anycast, RFC 7526"),
    _block("192.168.0.0/16", _P, "Private use, RFC 1918"),
    _block("192.175.48.0/24", _N, "Direct delegation AS112 service, RFC 7534"),
    _block("198.18.0.0/15", _N, "Benchmarking, RFC 2544"),
    _block("198.51.100.0/24", _N, "Documentation TEST-NET-2, RFC 5737"),
    _block("203.0.113.0/24", _N, "Documentation TEST-NET-3, RFC 5737"),
    _block("224.0.0.0/4", _N, "Multicast, RFC 5771"),
    _block("240.0.0.0/4", _N, "Reserved and limited broadcast, RFC 1112 4, RFC 8190"),
    # IPv6
    _block("::1/128", _P, "Loopback, RFC 4291"),
    _block("::/96", _N, "Unspecified and deprecated IPv4-compatible, RFC 4291 2.5.5.1"),
    _block("64:ff9b:1::/48", _N, "Local-use IPv4/IPv6 translation, RFC 8215"),
    _block("100::/64", _N, "Discard only, RFC 6666"),
    _block("100:0:0:1::/64", _N, "Dummy prefix, RFC 9780"),
    _block("2001::/23", _N, "IETF protocol assignments with Teredo and ORCHID, RFC 2928"),
    _block("2001:db8::/32", _N, "Documentation, RFC 3849"),
    _block("2002::/16", _N, "6to4, RFC 3056"),
    _block("2620:4f:8000::/48", _N, "Direct delegation AS112 service, RFC 7534"),
    _block("3fff::/20", _N, "Documentation, RFC 9637"),
    _block("5f00::/16", _N, "Segment routing identifiers, RFC 9602"),
    _block("fc00::/7", _P, "Unique local, RFC 4193"),
    _block("fe80::/10", _N, "Link local, RFC 4291"),
    _block("fec0::/10", _N, "Deprecated site local, RFC 3879"),
    _block("ff00::/8", _N, "Multicast, RFC 4291 2.7"),
)
"""Everything that is not the open internet. The first block that holds an address decides."""

_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out for the open internet; the rest is reserved by the IETF."""


def reach(address: Address) -> Reach:
    """Where an address leads. One that wraps an IPv4 address and is delivered to it
    (IPv4-mapped, NAT64 of RFC 6052) leads where that one does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _MAPPED or address in _NAT64:
            return reach(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        address = ipaddress.IPv6Address(int(address))  # without a zone
    for block in BLOCKS:
        if address.version == block.network.version and address in block.network:
            return block.reach
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return Reach.NEVER
    return Reach.PUBLIC

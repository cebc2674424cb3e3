"""Where a request may go: every block of the registries, its borders, and every disguise."""

from __future__ import annotations

import ipaddress
import socket

import httpcore2
import pytest

from huiyin.net.addresses import BLOCKS, Address, Block, Reach, reach
from huiyin.net.guarded import AddressRefused, Deadline, GuardedBackend


def owner(address: Address) -> Block | None:
    return next((b for b in BLOCKS if address in b.network), None)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block.network))
def test_first_and_last_address_of_a_block_belong_to_it(block: Block) -> None:
    for address in (block.network[0], block.network[-1]):
        found = owner(address)
        assert found is not None
        assert reach(address) is found.reach
        assert reach(address) is not Reach.PUBLIC


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block.network))
def test_the_addresses_just_outside_are_not_caught_by_it(block: Block) -> None:
    top = 2**block.network.max_prefixlen
    for number in (int(block.network[0]) - 1, int(block.network[-1]) + 1):
        if not 0 <= number < top:
            continue
        neighbour = type(block.network[0])(number)
        if owner(neighbour) is not None:
            continue  # in a block of its own
        is_given_out = neighbour.version == 4 or neighbour in ipaddress.ip_network("2000::/3")
        wraps = neighbour.version == 6 and neighbour in ipaddress.ip_network("::/8")
        if not wraps:
            assert reach(neighbour) is (Reach.PUBLIC if is_given_out else Reach.NEVER)


@pytest.mark.parametrize(
    "text",
    [
        *("192.0.0.192", "64:ff9b:1::1", "::127.0.0.1", "::7f00:1", "2002:7f00:1::1"),
        *("2001:0:7f00:1::1", "198.18.0.1", "198.19.255.255", "240.0.0.1", "255.255.255.255"),
        *("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.250", "ff02::1"),  # noqa: S104  not bound
        *(
            "169.254.169.254",
            "fe80::1",
            "fe80::1%eth0",
            "fec0::1",
            "feff::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
        ),
        *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "::ffff:0.0.0.0", "4000::1", "::"),
        *("100.100.100.200", "::ffff:100.100.100.200", "fd00:ec2::254", "168.63.129.16"),
    ],
)
def test_what_is_refused_whatever_the_configuration_says(text: str) -> None:
    assert reach(ipaddress.ip_address(text)) is Reach.NEVER


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "100.64.0.1", "100.127.255.255", "::1", "fc00::1", "fdff::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::c0a8:101"),
    ],
)
def test_what_the_configuration_may_allow(text: str) -> None:
    assert reach(ipaddress.ip_address(text)) is Reach.PRIVATE


@pytest.mark.parametrize(
    "text",
    [
        *("1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"),
        *("198.17.255.255", "198.20.0.0", "223.255.255.255", "2400:3200::1", "2001:4860::1"),
        *("::ffff:1.1.1.1", "64:ff9b::101:101", "192.0.1.0", "191.255.255.255"),
    ],
)
def test_what_is_the_open_internet(text: str) -> None:
    assert reach(ipaddress.ip_address(text)) is Reach.PUBLIC


def refused(host: str, *answers: str, allow_private: bool = False) -> bool:
    """Whether a name that resolves to `answers` is refused before a connection is made."""
    backend = GuardedBackend(
        Deadline(), allow_private=allow_private, resolve=lambda host, port: list(answers)
    )
    try:
        backend.connect_tcp(host, 9, 0.01)
    except AddressRefused:
        return True
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
        return False
    return False


@pytest.mark.parametrize(
    "spelling", ["2130706433", "0x7f000001", "017700000001", "127.1", "0177.0.0.1", "0x7f.1"]
)
def test_other_spellings_of_an_address_are_the_address(spelling: str) -> None:
    """The system's own resolver reads them; whatever it makes of them is what is checked."""
    try:
        found = [str(e[4][0]) for e in socket.getaddrinfo(spelling, 9, type=socket.SOCK_STREAM)]
    except OSError:
        return  # this system does not know the spelling: there is nothing to connect to
    assert refused(spelling, *found)


def test_an_answer_that_is_no_plain_address_is_refused() -> None:
    assert refused("a.example", "0177.0.0.1", allow_private=True)
    assert refused("a.example", "2130706433", allow_private=True)


def test_one_bad_address_among_good_ones_is_enough() -> None:
    assert refused("a.example", "1.1.1.1", "169.254.169.254", allow_private=True)


def test_a_name_is_looked_up_once_and_its_first_answer_is_what_is_connected_to() -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        backend = GuardedBackend(
            Deadline(), allow_private=True, resolve=lambda host, port: next(answers)
        )
        stream = backend.connect_tcp("a.example", server.getsockname()[1], 1.0)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        stream.close()
    assert next(answers) == ["169.254.169.254"]


def test_a_name_that_no_resolver_can_write_is_a_failed_connection() -> None:
    def resolve(host: str, port: int) -> list[str]:
        del port
        host.encode("idna")
        return []

    backend = GuardedBackend(Deadline(), allow_private=True, resolve=resolve)
    with pytest.raises(httpcore2.ConnectError, match="找不到主机名"):
        backend.connect_tcp("a" * 300 + ".example", 80)

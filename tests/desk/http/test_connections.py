"""How long a connection may last, and who makes room. Rules only, no clock and no socket."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from desk.ground.limits import BODY_BYTES_A_SECOND, LINGER_BYTES, LINGER_SECONDS, WebLimits
from desk.http.connections import ConnectionStanding, Patience, Phase, Roster, group_of

LIMITS = WebLimits(
    connections=6,
    connections_per_address=3,
    header_seconds=10,
    body_seconds=20,
    idle_seconds=15,
    write_seconds=60,
)


def lasts(*standings: ConnectionStanding, step: float = 1.0) -> float:
    """After how many seconds the connection ends; the last standing goes on."""
    patience, now = Patience(LIMITS, 0.0), 0.0
    for standing in standings:
        if patience.exhausted(now, standing):
            return now
        now += step
    for _ in range(100_000):
        if patience.exhausted(now, standings[-1]):
            return now
        now += step
    return float("inf")


@pytest.mark.parametrize(
    ("phase", "seconds"),
    [
        (Phase.HEADER, 10),
        (Phase.BODY, 20),
        (Phase.IDLE, 15),
        (Phase.LINGER, LINGER_SECONDS),
        (Phase.CLOSING, 60),
        (Phase.WORKING, float("inf")),
    ],
)
def test_each_phase_has_its_time(phase: Phase, seconds: float) -> None:
    ended = lasts(ConnectionStanding(phase=phase))
    assert ended == seconds + 1 or ended == seconds == float("inf")


def test_a_header_that_trickles_gains_no_time() -> None:
    drops = [ConnectionStanding(phase=Phase.HEADER, received=number) for number in range(100)]
    assert lasts(*drops) == 11


def test_a_body_that_keeps_its_pace_may_take_long() -> None:
    pace = [
        ConnectionStanding(phase=Phase.BODY, received=second * BODY_BYTES_A_SECOND)
        for second in range(500)
    ]
    assert lasts(*pace, ConnectionStanding(phase=Phase.WORKING)) == float("inf")
    half = [
        ConnectionStanding(phase=Phase.BODY, received=second * BODY_BYTES_A_SECOND // 2)
        for second in range(500)
    ]
    assert 40 < lasts(*half) < 45


def test_the_sender_of_a_body_does_not_pay_for_our_own_pace() -> None:
    ours = [ConnectionStanding(phase=Phase.BODY, reading=False) for _ in range(500)]
    assert lasts(*ours, ConnectionStanding(phase=Phase.WORKING)) == float("inf")


def test_two_requests_are_not_one_that_lasts() -> None:
    turns = [ConnectionStanding(phase=Phase.HEADER, turn=number // 8) for number in range(80)]
    assert lasts(*turns, ConnectionStanding(phase=Phase.WORKING)) == float("inf")


def test_a_reader_who_takes_nothing_is_left_and_a_slow_one_is_not() -> None:
    stalled = ConnectionStanding(phase=Phase.WORKING, unread=True)
    assert lasts(stalled) == 61
    slow = [
        ConnectionStanding(phase=Phase.WORKING, unread=True, drained=number // 50)
        for number in range(500)
    ]
    assert lasts(*slow, ConnectionStanding(phase=Phase.WORKING)) == float("inf")


def test_what_comes_after_a_refusal_is_bounded_in_bytes_too() -> None:
    assert lasts(ConnectionStanding(phase=Phase.LINGER, received=LINGER_BYTES + 1)) == 0


@dataclass(eq=False)
class Guest:
    spare: int | None = 0
    came: str = field(default="")


def roster(
    *guests: tuple[str, int | None], unlimited: str = ""
) -> tuple[Roster[Guest], list[Guest]]:
    made = Roster[Guest](LIMITS, lambda address: address == unlimited)
    all_of_them = []
    for address, spare in guests:
        guest = Guest(spare, address)
        made.join(guest, address)
        all_of_them.append(guest)
    return made, all_of_them


def test_the_oldest_that_waits_makes_room_for_the_next_of_its_address() -> None:
    made, guests = roster(("10.0.0.1", None), ("10.0.0.1", 0), ("10.0.0.1", 0))
    assert made.room_for("10.0.0.1") == (True, guests[1])
    assert made.room_for("10.0.0.2") == (True, None)


def test_an_address_whose_connections_all_work_gets_no_more() -> None:
    made, _ = roster(*[("10.0.0.1", None)] * 3)
    assert made.room_for("10.0.0.1") == (False, None)
    assert made.room_for("10.0.0.2") == (True, None)


def test_bodies_go_before_those_who_read_slowly() -> None:
    made, guests = roster(("10.0.0.1", 2), ("10.0.0.1", 1), ("10.0.0.1", 1))
    assert made.room_for("10.0.0.1") == (True, guests[1])


def test_in_a_full_house_the_largest_sender_makes_room() -> None:
    made, guests = roster(
        ("10.0.0.9", 0), ("10.0.0.1", None), ("10.0.0.1", 0), ("10.0.0.1", 0), ("10.0.0.2", 0),
        ("10.0.0.3", None),
    )  # fmt: skip
    assert len(made) == 6
    assert made.room_for("10.0.0.4") == (True, guests[2])


def test_a_full_house_that_works_turns_away() -> None:
    made, _ = roster(*[(f"10.0.0.{number}", None) for number in range(6)])
    assert made.room_for("10.0.0.9") == (False, None)


def test_a_proxy_of_ours_may_hold_all_there_are() -> None:
    made, _ = roster(*[("10.0.0.5", None)] * 5, unlimited="10.0.0.5")
    assert made.room_for("10.0.0.5") == (True, None)


def test_who_left_is_not_counted() -> None:
    made, guests = roster(*[("10.0.0.1", None)] * 3)
    made.leave(guests[0])
    made.leave(guests[0])
    assert made.room_for("10.0.0.1") == (True, None)
    assert len(made) == 2


def test_one_sender_is_an_address_or_an_ipv6_network() -> None:
    assert group_of("::ffff:10.0.0.1") == group_of("10.0.0.1")
    assert group_of("2001:db8:1:2::1") == group_of("2001:db8:1:2:ffff::9")
    assert group_of("2001:db8:1:2::1") != group_of("2001:db8:1:3::1")
    assert group_of("") == ""


def test_spare_follows_from_the_phase() -> None:
    spare = {phase: ConnectionStanding(phase=phase).spare for phase in Phase}
    assert spare[Phase.HEADER] == spare[Phase.IDLE] == 0
    assert spare[Phase.BODY] == 1
    assert spare[Phase.WORKING] is None
    assert ConnectionStanding(phase=Phase.WORKING, unread=True).spare == 2

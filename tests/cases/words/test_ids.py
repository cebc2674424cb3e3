"""Different parts, different ids: each place that makes an id of several parts."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record.item import Item, observation_id
from cases.record.messages import tick_id
from cases.record.writer import person_of
from cases.words.ids import escaped, joined_digest
from cases.words.times import BEIJING
from desk.ground.actions import action_message_id
from sinks.delivery.base import delivery_id
from streams.dead_letters import DeadLetter, Stage
from streams.linking import _says
from streams.sources.seam.config import _NAME

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
# Short texts of the separators in use and a letter: what runs together does so in these.
parts = st.text("a1-:|#/\x1f\n%", max_size=6)
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,5}", fullmatch=True)
hashes = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(st.lists(parts, max_size=4), st.lists(parts, max_size=4))
@example(["x", "1-k"], ["x-1", "k"])
@example(["ab", ""], ["a", "b"])
def test_other_parts_are_another_digest(one: list[str], other: list[str]) -> None:
    assert (joined_digest(*one) == joined_digest(*other)) is (one == other)


@given(parts, parts, parts, parts)
@example("x", "1-k", "x-1", "k")
@example("x", "k" * 64 + "1", "x", "k" * 64 + "2")
def test_no_account_takes_the_number_of_another(a: str, key: str, b: str, other: str) -> None:
    same = action_message_id(a, key) == action_message_id(b, other)
    assert same is ((a, key) == (b, other))


@given(parts, parts, parts, parts)
def test_an_escaped_part_ends_at_its_separator(a: str, rest: str, b: str, other: str) -> None:
    same = f"{escaped(a, ':')}:{rest}" == f"{escaped(b, ':')}:{other}"
    assert same is ((a, rest) == (b, other))


def _item(source: str, number: str, **more: str) -> Item:
    return Item(
        source=source,
        source_item_id=number,
        channel="",
        received_at=NOW,
        title="",
        body="",
        author=more.get("author", ""),
    )


@given(names, parts, names, parts)
def test_two_items_are_two_cases(a: str, number: str, b: str, other: str) -> None:
    # A source's name holds no colon, so the first one ends it whatever the number holds.
    assert _NAME.fullmatch(a)
    same = _item(a, number).case_id == _item(b, other).case_id
    assert same is ((a, number) == (b, other))
    seen = st_observed(a, number, "") == st_observed(b, other, "")
    assert seen is ((a, number) == (b, other))


def st_observed(source: str, number: str, replaces: str) -> str:
    return observation_id(_item(source, number), "0" * 32, replaces)


@given(parts, hashes, st.integers(0, 99), parts, hashes, st.integers(0, 99))
def test_two_versions_are_two_observations(
    number: str, version: str, n: int, other: str, later: str, m: int
) -> None:
    one = observation_id(_item("a", number), version, f"{version}#{n}")
    two = observation_id(_item("a", other), later, f"{later}#{m}")
    assert (one == two) is ((number, version, n) == (other, later, m))


@given(parts, st.integers(1, 120), parts, st.integers(1, 120))
@example("a:1", 11, "a:1\x1f1", 1)
def test_two_approvals_are_two_deliveries(case: str, seq: int, other: str, next_seq: int) -> None:
    same = delivery_id(case, seq) == delivery_id(other, next_seq)
    assert same is ((case, seq) == (other, next_seq))


@given(st.integers(1, 120), parts, st.integers(1, 120), parts)
def test_two_states_of_a_case_are_two_ticks(seq: int, stage: str, later: int, other: str) -> None:
    # Told apart within one case: its history is where they are looked for.
    same = tick_id("a:1", seq, stage) == tick_id("a:1", later, other)
    assert same is ((seq, stage) == (later, other))


@given(st.sampled_from(Stage), names, st.binary(max_size=4), names, st.binary(max_size=4))
def test_two_originals_are_two_dead_letters(
    stage: Stage, source: str, original: bytes, other: str, later: bytes
) -> None:
    same = DeadLetter.id_of(stage, source, original) == DeadLetter.id_of(stage, other, later)
    assert same is ((source, original) == (other, later))


@given(parts, parts, parts, parts)
def test_two_links_are_two_actions(case: str, matter: str, other: str, later: str) -> None:
    one = _says(case, do.LinkMatter(matter=matter, reason=""), NOW)
    two = _says(other, do.LinkMatter(matter=later, reason=""), NOW)
    assert (one.message_id == two.message_id) is ((case, matter) == (other, later))


@given(names, parts.filter(bool), names, parts.filter(bool))
def test_two_writers_are_two_people(source: str, author: str, other: str, later: str) -> None:
    one, two = _item(source, "1", author=author), _item(other, "1", author=later)
    assert (person_of(one) == person_of(two)) is ((source, author) == (other, later))


def _of_a_case(case: str, seq: int, kind: AlertKind) -> str:
    return f"{case}#{seq}:{kind.value}"


@given(parts, st.integers(1, 120), parts, st.integers(1, 120))
def test_two_calls_are_two_alerts(case: str, seq: int, other: str, later: int) -> None:
    kinds = list(AlertKind)[:2]
    for kind, second in product(kinds, kinds):
        same = _of_a_case(case, seq, kind) == _of_a_case(other, later, second)
        assert same is ((case, seq, kind) == (other, later, second))


def test_alerts_of_the_machinery_are_none_of_a_case() -> None:
    # They end in a time or a kind after a day; those of a case in a kind after a number.
    kinds = {kind.value for kind in AlertKind}
    assert not any(kind.isascii() and kind.isdigit() for kind in kinds)
    assert not any((NOW + timedelta(days=n)).isoformat().endswith(tuple(kinds)) for n in range(9))

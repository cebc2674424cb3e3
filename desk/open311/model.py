"""What the public sees of a case, in the words of GeoReport v2.

A case is here once a person has released its text (`cases.privacy.public_text`), unless it is
confidential. Only the released words are shown, and of what happened afterwards nothing but
whether the case is closed. Places stay words: there is no latitude to be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from cases.figures.case_facts import CaseFacts
from cases.privacy.public_text import is_released
from cases.record.case import ENDED_STATES, Case, State
from cases.routing.units import UnitRegister
from cases.words.times import beijing
from sinks.ledger.base import Ledger

SPAN: Final = timedelta(days=90)
"""GeoReport v2, GET Service Requests: "may not span more than 90 days"."""
MOST: Final = 1000
"""Likewise: "or 1000 requests, whichever is smaller"."""
OTHER: Final = "other"
_ENDED: Final = frozenset(state.value for state in ENDED_STATES)


class Service(Struct, frozen=True, kw_only=True):
    """One first level of the office's topics."""

    service_code: str
    service_name: str
    description: str
    metadata: bool = False
    type: str = "realtime"
    keywords: str
    group: str


class PublicRequest(Struct, frozen=True, kw_only=True):
    """In the order and by the names of the specification; times with zone."""

    service_request_id: str
    status: str
    status_notes: str | None
    service_name: str
    service_code: str
    description: str
    agency_responsible: str | None
    service_notice: str | None = None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str | None
    address: str | None
    address_id: str | None = None
    zipcode: str | None = None
    lat: float | None = None
    long: float | None = None
    media_url: str | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """Which requests. `since` and `until` are half open."""

    since: datetime
    until: datetime
    codes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()


def services(topics: Mapping[str, Sequence[str]]) -> tuple[Service, ...]:
    """`topics`: second levels by first level. The same whatever was published."""
    known = [
        Service(
            service_code=first,
            service_name=first,
            description=f"关于{first}的投诉、求助、咨询和建议。",
            keywords=", ".join(seconds),
            group="政务留言",
        )
        for first, seconds in topics.items()
    ]
    other = Service(
        service_code=OTHER,
        service_name="其他",
        description="不属于以上分类的留言。",
        keywords="其他, 综合, 未分类",
        group="政务留言",
    )
    return (*known, other)


def is_public(case: Case) -> bool:
    """A person released its text (`cases.privacy.public_text`)."""
    return is_released(case)


def search(ledger: Ledger, wanted: Wanted, known: Iterable[str]) -> list[Case]:
    """The newest first. `known`: codes of the services; what has none of them is OTHER."""
    known = frozenset(known)
    outlines = [
        one
        for one in ledger.outlines(wanted.since, wanted.until)
        if one.published and _fits(one, wanted, known)
    ]
    outlines.sort(key=lambda one: (one.received, one.case_id), reverse=True)
    return by_ids(ledger, [one.case_id for one in outlines[:MOST]])


def by_ids(ledger: Ledger, case_ids: Sequence[str]) -> list[Case]:
    """Those of them that are public, in this order."""
    found = ledger.load(list(case_ids)[:MOST])
    return [case for one in case_ids if (case := found.get(one)) and is_public(case)]


def _fits(one: CaseFacts, wanted: Wanted, known: frozenset[str]) -> bool:
    code = one.topic if one.topic in known else OTHER
    status = "closed" if one.state in _ENDED else "open"
    return (not wanted.codes or code in wanted.codes) and (
        not wanted.statuses or status in wanted.statuses
    )


def public_request(case: Case, names: Mapping[str, str], register: UnitRegister) -> PublicRequest:
    """`names`: names of the services by code. Raises `PermissionError` for a case that is
    not public: nothing but a mistake of ours asks for that."""
    if not is_public(case):
        raise PermissionError(f"{case.case_id} was not released")
    released, clock = case.publication, case.round.deciding_clock
    assert released is not None  # noqa: S101  (`is_public` says so)
    code = case.labels.topic if case.labels.topic in names else OTHER
    waiting = case.open and clock is not None and clock.paused_since is None
    return PublicRequest(
        service_request_id=case.case_id,
        status="closed" if case.state in ENDED_STATES else "open",
        status_notes=released.reply or None,
        service_name=names[code],
        service_code=code,
        description=released.text,
        agency_responsible=register.name(case.unit) if case.unit in register else None,
        requested_datetime=w3c(case.received_at),
        updated_datetime=w3c(_updated(case)),
        expected_datetime=w3c(clock.due_at) if waiting and clock else None,
        address=released.place or None,
    )


def _updated(case: Case) -> datetime:
    times = [case.received_at, case.publication.at if case.publication else None]
    if case.state in (State.CLOSED, State.ARCHIVED):
        times.append(case.round.closed_at)
    return max(at for at in times if at is not None)


def w3c(at: datetime) -> str:
    """W3C date and time with zone: 2026-11-22T09:30:00+08:00."""
    return beijing(at).isoformat(timespec="seconds")

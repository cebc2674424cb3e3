"""A 苗头预警 in words, for its own page and beside the case that told of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlencode

from msgspec import Struct

from cases.alert_rules import emerging_words, where_words
from cases.life.emerging import mute_of, warning_of
from cases.privacy.visibility import seen_by
from cases.record.case import Case
from cases.record.events import EmergingMuted
from cases.words.actors import Actor
from desk.ground.context import DeskContext, PageStore
from desk.ground.sight import only_seen
from desk.phrasing.lines import CaseLine, act_href, case_href, case_line
from desk.phrasing.phrases import Phrases


class Begun(Struct, frozen=True, kw_only=True):
    """The newest 苗头预警 that a case told of."""

    case_id: str
    href: str
    subject: frozenset[str]
    """The words that its messages have in common."""
    words: str
    """What, how many within how long, how many as a rule, how rare."""
    grown: bool
    """It goes on from an earlier one, whose people have doubled."""
    where: str
    """The narrowest place that explains it, else what the messages name; "" for nothing."""
    since: datetime | None
    told_at: datetime
    people: int
    cases: tuple[str, ...]
    """Case ids of its messages; () where this person may not know of the others."""
    muted: str
    """Until when, by whom and why; "" where it calls."""
    mute_href: str
    """The form that mutes it, or takes the mute back."""
    incident_href: str
    """Where an event file is begun with its messages."""

    @property
    def messages(self) -> int:
        return len(self.cases)


def begun_of(case: Case, actor: Actor, office: DeskContext, now: datetime) -> Begun | None:
    """Without the other messages; None where there is none. Who may not know of the others reads
    what is told and of how many people, and begins nothing with them."""
    seen = seen_by(case, actor)
    warning = warning_of(seen) if seen else None
    if seen is None or warning is None:
        return None
    words, where = emerging_words(warning), where_words(warning).removeprefix("，")
    summary = f"{words}，{where}" if where else words
    asked = {"summary": summary, "refs": " ".join(warning.cases)}
    muted = mute_of(seen, now) is not None
    return Begun(
        case_id=case.case_id,
        href=case_href(case.case_id),
        subject=frozenset(warning.words),
        words=words,
        grown=warning.grown,
        where=where,
        since=warning.since,
        told_at=seen.history[seen.warned - 1].at,
        people=warning.people,
        cases=warning.cases,
        muted=_muted(seen, office, now),
        mute_href=act_href(case.case_id, "unmute_emerging" if muted else "mute_emerging"),
        incident_href=f"/incidents?{urlencode(asked)}",
    )


def begun_with(
    store: PageStore, case: Case, actor: Actor, office: DeskContext, now: datetime
) -> tuple[Begun, tuple[CaseLine, ...]] | None:
    """With the other messages that this person may see."""
    begun, warning = begun_of(case, actor, office, now), warning_of(case)
    if begun is None or warning is None or not begun.messages:
        return None
    found = only_seen(store.ledger.load(warning.cases).values(), actor)
    others = (one for one in found if one.case_id != case.case_id)
    return begun, tuple(case_line(one, office, now, actor) for one in others)


def events_of(begun: Iterable[Begun]) -> tuple[tuple[Begun, ...], ...]:
    """Each event with all its warnings, the newest first: one that has grown goes on from the one
    before it with the same words, or with one of its messages."""
    events: list[list[Begun]] = []
    for one in sorted(begun, key=lambda each: (each.told_at, each.people), reverse=True):
        event = next((event for event in events if _goes_on(event[-1], one)), None)
        if event is None:
            events.append([one])
        else:
            event.append(one)
    return tuple(map(tuple, events))


def _goes_on(later: Begun, earlier: Begun) -> bool:
    shared = later.subject == earlier.subject or not set(later.cases).isdisjoint(earlier.cases)
    return later.grown and shared


def _muted(case: Case, office: DeskContext, now: datetime) -> str:
    phrases, warning, mute = Phrases(office.register, now), warning_of(case), mute_of(case, now)
    if mute is not None and isinstance(mute.body, EmergingMuted):
        until, who = phrases.moment(mute.body.until), phrases.actor(mute.actor)
        return f"{who} 静音到 {until}：{mute.body.reason}"
    return f"已随 {warning.muted_by} 静音，不另告警" if warning and warning.muted_by else ""

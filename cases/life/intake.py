"""What follows when a source shows an item: a new case, or a new version of one."""

from __future__ import annotations

from datetime import datetime, time

from msgspec.structs import asdict, replace

from cases.life.held import held_back, held_back_later
from cases.life.pictures import with_dangers
from cases.life.platform import BY_THE_PLATFORM, hears, news
from cases.life.reclock import reclocked
from cases.life.registry import (
    APPLIES,
    applies,
    ended,
    in_round,
)
from cases.life.reply import delivered
from cases.life.reread import read_again
from cases.life.rules import Findings, Rules, clocks_for
from cases.life.source_date import source_clocks
from cases.life.timing import resumption
from cases.life.versions import distinct, merge, squeezed
from cases.record import events as ev
from cases.record.case import (
    ENDED_STATES,
    CallBackResult,
    Case,
    Delivery,
    Round,
    State,
    unique,
)
from cases.record.events import Recorded
from cases.record.item import Item, Note, SourceReply, content_hash
from cases.words.actors import SYSTEM
from cases.words.labels import Labels


def open_case(item: Item, findings: Findings, now: datetime, rules: Rules) -> list[ev.EventBody]:
    """A new case: its clocks, its unit or why it waits for a person, and what the source
    already did with it."""
    # A source whose clock runs ahead does not give the office more time.
    started_at = min(item.received_at, now)
    clocks = (
        ()
        if item.archived
        else clocks_for(rules, item, findings.labels, started_at=started_at, detected_at=now)
    )
    first = ev.CaseOpened(
        item=item,
        version=content_hash(item),
        labels=findings.labels,
        clocks=clocks,
        notes=(*item.notes, *_order_missing(item)),
    )
    bodies: list[ev.EventBody] = [
        first,
        held_back(item, findings, rules) or _assigned(findings),
    ]
    bodies += [_reply_seen(reply, item, now) for reply in distinct(item.replies)]
    if item.archived:
        return [*bodies, *_past(item, _last_known(item, now))]
    bodies += _end_at_source(item)
    if item.closed_at is None and item.replies:
        bodies += _called_back_at_source(item)
    if item.said:
        case = opened(first, _unwritten(item.case_id, first, now))
        bodies += _platform_says(case, item, bodies[1:], now, rules)
    return bodies


def _past(item: Item, at: datetime) -> list[ev.EventBody]:
    """What the platform's call-back said has no date of its own: it is that of the end."""
    said = item.closed_at or item.resolved is not None or item.satisfied is not None
    ended = _end_at_source(replace(item, closed_at=at)) if said else []
    return [*ended, ev.Archived(at=at)]


def _last_known(item: Item, now: datetime) -> datetime:
    """The source's last word on it that has a date."""
    if item.closed_at is not None:
        return min(now, item.closed_at)
    times = [reply.at for reply in item.replies if reply.at is not None]
    return min(now, max(times, default=item.received_at))


def later_version(
    case: Case, item: Item, findings: Findings, now: datetime, rules: Rules
) -> list[ev.EventBody]:
    """A version with other content than the one last seen. Empty when nothing differs."""
    version = content_hash(item)
    if version == case.version:
        return []
    merged = merge(case.item, item)
    text_changed = (merged.title, merged.body) != (case.item.title, case.item.body)
    old, new = asdict(case.item), asdict(merged)
    labels = None
    if text_changed:
        labels = read_again(case, findings.labels, merged, rules)
        labels = with_dangers(case, labels, case.pictures)
    bodies: list[ev.EventBody] = [
        ev.VersionSeen(
            item=merged,
            version=version,
            labels=labels,
            changed=tuple(name for name in old if old[name] != new[name]),
        )
    ]
    if labels is not None and case.open:
        bodies += _clocks_anew(case, labels, now, rules)
    # A correction of the labels says nothing about who is accused: this is asked in any case.
    bodies += held_back_later(case, merged, findings, rules)
    if merged.due_at != case.item.due_at and case.open:
        source = source_clocks(case, merged.due_at, labels or case.labels, rules)
        if source:
            bodies.append(ev.ClocksSet(clocks=source, why="来源改了处理期限"))
    bodies += _new_replies(case, merged, now, rules)
    said = (merged.resolved, merged.satisfied) != (case.item.resolved, case.item.satisfied)
    if merged.closed_at != case.item.closed_at and _ends_this_round(case, merged):
        bodies += _end_at_source(merged)
    elif said and (case.round.deliveries or case.state in ENDED_STATES or merged.replies):
        bodies += _called_back_at_source(merged)
    if merged.withdrawn and not case.item.withdrawn:
        bodies.append(ev.WithdrawnAtSource())
    return [*bodies, *_platform_says(case, item, bodies, now, rules)]


def _platform_says(
    case: Case, item: Item, before: list[ev.EventBody], now: datetime, rules: Rules
) -> list[ev.EventBody]:
    """What the platform says with this version, each thing on the case as it is by then."""
    found: list[ev.EventBody] = []
    for word in news(case.downward, item.said):
        found += hears(_after(case, [*before, *found], now), word, rules)
    return found


def _after(case: Case, bodies: list[ev.EventBody], now: datetime) -> Case:
    """The case as it will be once these events are in its history."""
    for body in bodies:
        case = APPLIES[type(body)](case, body, _unwritten(case.case_id, body, now))
    return case


def _unwritten(case_id: str, body: ev.EventBody, now: datetime) -> Recorded:
    return Recorded(case_id=case_id, seq=1, message_id="", at=now, actor=SYSTEM, body=body)


def _order_missing(item: Item) -> tuple[Note, ...]:
    if item.title or item.body:
        return ()
    return (
        Note("order_missing", "平台先送来了对此工单的意见，工单本身还没有送到，请向平台催要。"),
    )


def _clocks_anew(case: Case, labels: Labels, now: datetime, rules: Rules) -> list[ev.EventBody]:
    """A text that reads differently has other clocks, as a correction has; only that no
    machine gives the citizen a longer one: that the desk does, by a correction."""
    clocks = reclocked(case, labels, case.event_level, rules, detected_at=now)
    if clocks.lengthens or not (clocks.changed or clocks.dropped):
        return []
    why = "来源改了内容，按新的识别结果重新计算时限"
    return [ev.ClocksSet(clocks=clocks.changed, dropped=clocks.dropped, why=why)]


def _assigned(findings: Findings) -> ev.Assigned:
    chosen = findings.assignment
    return ev.Assigned(
        lead=chosen.lead,
        assisting=chosen.assisting,
        rule=chosen.rule.value,
        reason=chosen.reason,
        may_return=chosen.may_return,
        to_desk=chosen.rule.value == "default",
    )


def _reply_seen(reply: SourceReply, item: Item, now: datetime) -> ev.ReplySeenAtSource:
    notes: tuple[Note, ...] = ()
    if reply.at is not None and reply.at < item.received_at:
        notes = (Note("reply_before_receipt", "来源的答复时间早于受理时间，请核对。"),)
    elif reply.at is not None and reply.at > now:
        notes = (Note("reply_in_future", "来源的答复时间在将来，请核对。"),)
    return ev.ReplySeenAtSource(reply=reply, notes=notes)


def _new_replies(case: Case, item: Item, now: datetime, rules: Rules) -> list[ev.EventBody]:
    """Replies at the source that the case has not had yet."""
    bodies: list[ev.EventBody] = []
    for reply in distinct(item.replies):
        if not _is_new(case, reply):
            continue
        if not bodies and case.state is State.PAUSED:
            at = now if reply.at is None else min(reply.at, now)
            bodies.append(resumption(case, at, rules, "来源已答复"))
        bodies.append(_reply_seen(reply, item, now))
    return bodies


def _is_new(case: Case, reply: SourceReply) -> bool:
    """Whether the source shows a reply to this round that the case has not had yet.

    What the desk delivered itself comes back in the next poll; a source that learns
    or forgets the time of a reply shows no second one; and what it gave before the
    round began answered an earlier round. The same words given again in a later
    round are a new reply.
    """
    text = squeezed(reply.text)
    earlier = [d for r in case.rounds[:-1] for d in r.deliveries if squeezed(d.text) == text]
    here = [d for d in case.round.deliveries if squeezed(d.text) == text]
    if any(delivery.draft for delivery in here):
        return False
    if reply.at is None:
        return not earlier and not here
    if any(delivery.at == reply.at for delivery in (*earlier, *here)):
        return False
    return _in_this_round(case, reply.at, date_may_do=not earlier)


def _in_this_round(case: Case, at: datetime, *, date_may_do: bool = True) -> bool:
    """Whether what the source dates `at` belongs to the current round. Many sources
    give the date only (midnight); then the day on which the round begins will do."""
    if len(case.rounds) == 1:
        return True
    began = case.round.started_at
    date_only = date_may_do and at.time() == time(0)
    return at.date() >= began.date() if date_only else at >= began


def _ends_this_round(case: Case, item: Item) -> bool:
    """Whether the end that the source shows is news: not of a case that has ended
    here, and not that of a round which the desk has opened again since."""
    if case.state in ENDED_STATES or item.closed_at is None:
        return False
    return _in_this_round(case, item.closed_at)


def _end_at_source(item: Item) -> list[ev.EventBody]:
    if item.closed_at is None:
        return []
    return [ev.ClosedAtSource(at=item.closed_at, resolved=item.resolved, satisfied=item.satisfied)]


def _called_back_at_source(item: Item) -> list[ev.EventBody]:
    """The platform's own call-back, shown without an end or after it: it always counts."""
    if item.resolved is None and item.satisfied is None:
        return []
    return [ev.CalledBack(resolved=item.resolved, satisfied=item.satisfied, note=BY_THE_PLATFORM)]


def opened(body: ev.CaseOpened, event: Recorded) -> Case:
    return Case(
        case_id=event.case_id,
        item=body.item,
        version=body.version,
        versions=1,
        received_at=body.item.received_at,
        opened_at=event.at,
        labels=body.labels,
        state=State.RECEIVED,
        rounds=(
            Round(number=1, started_at=min(body.item.received_at, event.at), clocks=body.clocks),
        ),
        confidential=body.item.confidential,
        notes=body.notes,
    )


@applies(ev.VersionSeen)
def version_seen(case: Case, body: ev.VersionSeen, event: Recorded) -> Case:
    return replace(
        case,
        item=body.item,
        version=body.version,
        versions=case.versions + 1,
        labels=body.labels or case.labels,
        # Secrecy asked for once is not taken back by a later export.
        confidential=case.confidential or body.item.confidential,
        notes=unique((*case.notes, *body.item.notes)),
    )


@applies(ev.ReplySeenAtSource)
def reply_seen_at_source(case: Case, body: ev.ReplySeenAtSource, event: Recorded) -> Case:
    reply: SourceReply = body.reply
    case = replace(case, notes=unique((*case.notes, *body.notes)))
    return delivered(
        case, Delivery(text=reply.text, at=reply.at, via=case.item.channel, unit=reply.unit)
    )


@applies(ev.ClosedAtSource)
def closed_at_source(case: Case, body: ev.ClosedAtSource, event: Recorded) -> Case:
    changes: dict[str, object] = {"closed_at": body.at}
    if not case.round.deliveries:
        changes["exception"] = "来源平台已办结，未提供答复内容"
    if body.resolved is not None or body.satisfied is not None:
        changes["callback"] = CallBackResult(
            resolved=body.resolved, satisfied=body.satisfied, at=body.at, note=BY_THE_PLATFORM
        )
    return ended(in_round(case, **changes), State.CLOSED)


@applies(ev.Archived)
def archived(case: Case, body: ev.Archived, event: Recorded) -> Case:
    closed_at = case.round.closed_at or body.at
    return ended(in_round(case, closed_at=closed_at), State.ARCHIVED)


@applies(ev.WithdrawnAtSource)
def withdrawn_at_source(case: Case, body: ev.WithdrawnAtSource, event: Recorded) -> Case:
    return replace(case, item=replace(case.item, withdrawn=True))


@applies(ev.ActionRefused)
def action_refused(case: Case, body: ev.ActionRefused, event: Recorded) -> Case:
    return case

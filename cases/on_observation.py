"""What follows when a source shows an item: a new case, or a new version of one."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import asdict, replace

from cases import events as ev
from cases.case import Case, State
from cases.item import Item, Note, SourceReply, content_hash
from cases.rules import Findings, Rules, clocks_for, running_again

KEPT_WHEN_EMPTY = (
    "author",
    "phone",
    "email",
    "address",
    "place",
    "named_unit",
    "category",
    "kind",
    "urgency",
    "due_at",
    "state",
    "closed_at",
    "resolved",
    "satisfied",
    "parent_id",
    "url",
    "attachments",
    "likes",
    "dislikes",
)
"""Fields that a later export may leave out without taking anything back."""


def open_case(item: Item, findings: Findings, now: datetime, rules: Rules) -> list[ev.EventBody]:
    """A new case: its clocks, its unit, and what the source already did with it."""
    clocks = clocks_for(
        rules, item, findings.labels, started_at=item.received_at, detected_at=now
    )
    bodies: list[ev.EventBody] = [
        ev.CaseOpened(
            item=item,
            version=content_hash(item),
            labels=findings.labels,
            clocks=clocks,
            notes=item.notes,
        ),
        _assigned(findings),
    ]
    for reply in item.replies:
        bodies.append(_reply_seen(reply, item, now))
    bodies += _end_at_source(item)
    return bodies


def later_version(
    case: Case, item: Item, findings: Findings, now: datetime, rules: Rules
) -> list[ev.EventBody]:
    """A version with other content than the one last seen. Empty when nothing differs."""
    version = content_hash(item)
    if version == case.version:
        return []
    merged = merge(case.item, item)
    text_changed = (merged.title, merged.body) != (case.item.title, case.item.body)
    corrected = any(isinstance(event.body, ev.Corrected) for event in case.history)
    old, new = asdict(case.item), asdict(merged)
    bodies: list[ev.EventBody] = [
        ev.VersionSeen(
            item=merged,
            version=version,
            # What a person corrected is not overruled by a machine.
            labels=findings.labels if text_changed and not corrected else None,
            changed=tuple(name for name in old if old[name] != new[name]),
        )
    ]
    if merged.due_at != case.item.due_at and case.open:
        fresh = clocks_for(
            rules,
            merged,
            case.labels,
            started_at=case.round.started_at,
            detected_at=case.opened_at,
            event_level=case.event_level,
        )
        source = tuple(clock for clock in fresh if clock.name == "source")
        if source:
            bodies.append(ev.ClocksSet(clocks=source, why="来源改了处理期限"))
    bodies += _new_replies(case, merged, now, rules)
    if case.state is not State.CLOSED:
        bodies += _end_at_source(merged)
    if merged.withdrawn and not case.item.withdrawn:
        bodies.append(ev.WithdrawnAtSource())
    return bodies


def merge(known: Item, shown: Item) -> Item:
    """What is known after the source shows `shown`: nothing known is lost by it.

    A cut text never replaces a full one; a field or a reply that the new export
    leaves out stays; the time of first receipt stays.
    """
    changes: dict[str, object] = {"received_at": known.received_at}
    if shown.truncated and not known.truncated:
        changes |= {"body": known.body, "truncated": False}
    for name in KEPT_WHEN_EMPTY:
        if not getattr(shown, name) and getattr(shown, name) is not False:
            changes[name] = getattr(known, name)
    gone = [reply for reply in known.replies if not _among(reply, shown.replies)]
    changes["replies"] = (*gone, *shown.replies)
    changes["confidential"] = known.confidential or shown.confidential
    changes["extra"] = known.extra | shown.extra
    return replace(shown, **changes)


def _among(reply: SourceReply, replies: tuple[SourceReply, ...]) -> bool:
    return any(reply.text == other.text for other in replies)


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
    """Replies at the source that the case has not had yet, by text and time.

    A reply the desk delivered itself comes back in the next poll; its text is
    known, so it is no second delivery.
    """
    known = {
        (_squeezed(d.text), d.at) for round_ in case.rounds for d in round_.deliveries
    }
    own = {
        _squeezed(d.text) for round_ in case.rounds for d in round_.deliveries if d.draft
    }
    bodies: list[ev.EventBody] = []
    for reply in item.replies:
        text = _squeezed(reply.text)
        if text in own or (text, reply.at) in known:
            continue
        if not bodies and case.state is State.PAUSED:
            bodies.append(resumed(case, now, rules, "来源已答复"))
        bodies.append(_reply_seen(reply, item, now))
    return bodies


def resumed(case: Case, at: datetime, rules: Rules, note: str) -> ev.Resumed:
    """All paused clocks of the round run again from `at`."""
    return ev.Resumed(clocks=running_again(case, at, rules), note=note)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _end_at_source(item: Item) -> list[ev.EventBody]:
    if item.closed_at is None:
        return []
    return [
        ev.ClosedAtSource(at=item.closed_at, resolved=item.resolved, satisfied=item.satisfied)
    ]

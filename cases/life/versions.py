"""An item as two versions of it say together: what a source shows later takes away nothing."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from cases.record.item import Attachment, Item, SourceReply

KEPT_WHEN_EMPTY = (
    "title",
    "body",
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
    "likes",
    "dislikes",
)
"""Fields that a later export may leave out without taking anything back."""


def merge(known: Item, shown: Item) -> Item:
    """What is known after the source shows `shown`: nothing known is lost by it.

    A cut text never replaces a full one; a field or a reply that the new export
    leaves out stays; the time of first receipt stays.
    """
    changes: dict[str, object] = {"received_at": known.received_at}
    if shown.truncated and not known.truncated:
        changes |= {"body": known.body, "truncated": False}
    for name in KEPT_WHEN_EMPTY:
        if getattr(shown, name) in (None, "", ()):
            changes[name] = getattr(known, name)
    changes["attachments"] = _with_kept_bytes(shown.attachments, known)
    gone = [reply for reply in known.replies if not _among(reply, shown.replies)]
    changes["replies"] = (*gone, *(_with_known_time(reply, known) for reply in shown.replies))
    changes["confidential"] = known.confidential or shown.confidential
    changes["not_public"] = known.not_public or shown.not_public
    changes["disclosure"] = known.disclosure or shown.disclosure
    # A case that is worked on is not made history by an old export, nor the other way round.
    changes["archived"] = known.archived
    heard = {word.key for word in known.said}
    changes["said"] = (*known.said, *(word for word in shown.said if word.key not in heard))
    if not shown.title and not shown.body:
        # A decision that came without its order says nothing about what the order lacks.
        changes["notes"] = known.notes
    changes["extra"] = known.extra | shown.extra
    return replace(shown, **changes)


def _with_kept_bytes(shown: tuple[Attachment, ...], known: Item) -> tuple[Attachment, ...]:
    """The attachments with the bytes that were kept of them before; all that is known where
    the source shows none now."""
    if not shown:
        return known.attachments
    kept = {(file.name, file.size): file.sha for file in known.attachments}
    return tuple(
        file if file.sha else replace(file, sha=kept.get((file.name, file.size), ""))
        for file in shown
    )


def distinct(replies: tuple[SourceReply, ...]) -> tuple[SourceReply, ...]:
    """Each reply once: the same words with the same time, or with a time and without."""
    timed = {squeezed(reply.text) for reply in replies if reply.at is not None}
    kept: dict[tuple[str, datetime | None], SourceReply] = {}
    for reply in replies:
        text = squeezed(reply.text)
        if reply.at is not None or text not in timed:
            kept.setdefault((text, reply.at), reply)
    return tuple(kept.values())


def _among(reply: SourceReply, replies: tuple[SourceReply, ...]) -> bool:
    return any(squeezed(reply.text) == squeezed(other.text) for other in replies)


def _with_known_time(reply: SourceReply, known: Item) -> SourceReply:
    """The reply with the time it had before, where the source shows none now."""
    if reply.at is not None:
        return reply
    text = squeezed(reply.text)
    at = next((r.at for r in known.replies if r.at and squeezed(r.text) == text), None)
    return replace(reply, at=at)


def squeezed(text: str) -> str:
    return "".join(text.split())

"""What several rows of one order say in one field: the rules per field.

None of them depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from cases.record.item import Item, SourceReply

ALTERNATIVES: Final = (
    *("title", "author", "phone", "email", "address", "place", "category", "kind", "urgency"),
    *("state", "url", "parent_id"),
)
"""Texts of which the latest row's is taken; what others say is kept beside it."""


def joined_replies(rows: Sequence[Item], *, several: bool) -> tuple[SourceReply, ...]:
    """All replies, each once, oldest first. With `several` units a reply without a unit is
    that of its row's."""
    found: dict[tuple[str, datetime | None], list[str]] = {}
    texts: dict[str, str] = {}
    for row in rows:
        for reply in row.replies:
            unit = reply.unit or (row.named_unit if several else "")
            squeezed = "".join(reply.text.split())
            texts[squeezed] = max(texts.get(squeezed, ""), reply.text)
            units = found.setdefault((squeezed, reply.at), [])
            if unit and unit not in units:
                units.append(unit)
    timed = {text for text, at in found if at is not None}
    replies = [
        SourceReply(text=texts[text], at=at, unit="、".join(sorted(units)))
        for (text, at), units in found.items()
        # The same reply, once with its time and once without.
        if at is not None or text not in timed
    ]
    return tuple(sorted(replies, key=lambda r: (r.at is None, r.at and r.at.timestamp(), r.text)))


def latest_close(rows: Sequence[Item], *, several: bool) -> datetime | None:
    """When the order ended. One with several units ends with the last of them."""
    closed = [row.closed_at for row in rows if row.closed_at is not None]
    if several and len({r.named_unit for r in rows if r.closed_at}) < len(
        {r.named_unit for r in rows}
    ):
        return None
    return max(closed, default=None)


def earliest(times: Iterable[datetime | None]) -> datetime | None:
    """The earliest of the times that are given: of two deadlines the first one counts."""
    return min((each for each in times if each is not None), default=None)


def worse(answers: Iterable[bool | None]) -> bool | None:
    """No, where one says no; else yes, where one says yes."""
    said = {each for each in answers if each is not None}
    return None if not said else False not in said


def joined_extra(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    """All other columns; different values of one column line by line."""
    found: dict[str, set[str]] = {}
    for part in parts:
        for name, value in part.items():
            found.setdefault(name, set()).add(value)
    return {name: "\n".join(sorted(values)) for name, values in sorted(found.items())}

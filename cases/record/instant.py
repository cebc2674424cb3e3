"""What a 即时答复 rests on: an entry of 问答库, or a policy."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class InstantBasis(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it stood when the question was answered; kept with the answer as its evidence."""

    entry: str = ""
    """Number in 问答库; "" where the answer rests on a policy alone."""
    version: int = 0
    """How many times the entry had been approved: the text is that of this approval."""
    question: str = ""
    reviewed: str = ""
    """The approved answer of the entry."""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    document: str
    """Number of the policy document among those of 问答库."""
    policy: str
    """《title》（文号）."""
    clause: str
    """第几条."""


def is_reviewed_text(text: str, basis: InstantBasis) -> bool:
    """Whether this is the entry's own text, to the letter but for the spaces around it."""
    return bool(basis.reviewed.strip()) and text.strip() == basis.reviewed.strip()

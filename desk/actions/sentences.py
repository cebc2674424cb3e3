"""What happened, in the office's words: one sentence for every kind of event.

The sentence itself holds nothing but the office's own words; what people wrote (a
citizen's text, a reason, a note) is in `detail`, which pages mask, and leave out for
a confidential case.
"""

from __future__ import annotations

from typing import Final

from cases.record.events import EventBody
from desk.actions import areas
from desk.actions.registry import SENTENCES
from desk.phrasing.phrases import Phrases, Said

AREAS: Final = areas.AREAS
"""Every sentence is loaded before the first event is told."""


def describe_event(body: EventBody, phrases: Phrases) -> Said:
    """The sentence for an event."""
    return SENTENCES[type(body)](body, phrases)

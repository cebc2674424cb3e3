"""What the interface answers with and takes about 事件档案."""

from __future__ import annotations

from datetime import datetime

from desk.api.answers import Answer, Body


class IncidentDueOut(Answer, frozen=True):
    label: str
    unit: str
    """Id of the unit that is to meet it; "" for the desk."""
    due_at: datetime
    met_at: datetime | None
    late: bool


class IncidentNoteOut(Answer, frozen=True):
    part: str
    text: str
    """Masked."""
    at: datetime
    where: str
    url: str
    unit: str


class IncidentStepOut(Answer, frozen=True):
    """What came within one step of the spread, by channel."""

    begin: datetime
    counts: dict[str, int]


class IncidentMemberOut(Answer, frozen=True):
    case_id: str
    title: str
    channel: str
    received_at: datetime
    why: str
    """How it joined by itself; "" where a person named it."""


class IncidentLine(Answer, frozen=True):
    number: str
    title: str
    level: str
    noticed_at: datetime
    open: bool
    dues: tuple[IncidentDueOut, ...]


class IncidentsOut(Answer, frozen=True):
    items: tuple[IncidentLine, ...]


class IncidentOut(IncidentLine, frozen=True):
    seen: int
    """How many steps it has: sent back with the next one."""
    summary: str
    notes: tuple[IncidentNoteOut, ...]
    published: tuple[IncidentNoteOut, ...]
    """What was said to the public, the first first."""
    members: tuple[IncidentMemberOut, ...]
    """Messages that this reader may see."""
    spread_hours: int
    """Length of a step of the spread, in natural hours."""
    spread: tuple[IncidentStepOut, ...]
    conclusion: str
    why_late: str


class IncidentBody(Body, frozen=True):
    title: str
    level: str
    noticed_at: str
    """2026-11-22T09:30, in Beijing time unless it names a zone."""
    summary: str
    refs: tuple[str, ...] = ()
    """Case ids."""
    any_of: tuple[str, ...] = ()
    """Messages with one of these words, and all of `all_of`, and none of `none_of`, join."""
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


class IncidentStepBody(Body, frozen=True):
    step: str
    """note, ask, recall, grade, link, words, end or part (a message is taken out)."""
    seen: int = 0
    """How many steps its author has seen."""
    part: str = ""
    """Of note and ask: one of the eight parts, as the page names them."""
    text: str = ""
    """Of note: what happened; of ask: what is wanted; of end: the conclusion; else the reason."""
    at: str = ""
    where: str = ""
    url: str = ""
    unit: str = ""
    """Of ask: id of the unit."""
    due_at: str = ""
    """Of ask; "" for the time that the table gives."""
    task: int = 0
    """Of recall: number of what was asked, from 1."""
    level: str = ""
    refs: tuple[str, ...] = ()
    ref: str = ""
    """Of part: the case id."""
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    why_late: str = ""

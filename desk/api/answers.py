"""What the interface answers with and takes, as values: the schemas are made of these."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from cases.actors import Role
from cases.alerts import AlertKind, Level
from cases.case import Case, State
from cases.clocks import Clock
from cases.events import EventBody
from cases.labels import Kind, Labels


class _Answer(Struct, frozen=True, kw_only=True):
    pass


class _Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


# -- who asks ----------------------------------------------------------------


class Me(_Answer, frozen=True):
    account: str
    name: str
    role: Role
    unit: str
    commands: tuple[str, ...]
    """What the role may do to cases at all (`do` of an action)."""


# -- cases -------------------------------------------------------------------


class CaseItem(_Answer, frozen=True):
    """A case as one line of a list: masked, whoever reads it."""

    case_id: str
    seq: int
    """How many events it has: the version of the case."""
    title: str
    channel: str
    kind: Kind
    topic: str
    """"" where a person still has to say."""
    unit: str
    """Id of the lead unit; "" while nobody was chosen."""
    unit_name: str
    state: State
    state_text: str
    received_at: datetime
    due_at: datetime | None
    """Of the clock that the citizen's answer is judged by."""
    replied_at: datetime | None
    standing: str
    """How it stands against that clock, in words."""
    standing_tone: str
    """"late", "soon", "ok", "done" or "quiet"."""
    risk: tuple[str, ...]
    urgent: bool
    confidential: bool


class CasePage(_Answer, frozen=True):
    total: int
    exact: bool
    """False: there are more than `total`."""
    items: tuple[CaseItem, ...]
    next: str | None
    """`cursor` of the next page; null on the last one."""


class CaseAnswer(_Answer, frozen=True):
    summary: CaseItem
    sight: str
    """How much of it this person sees: "full", "text" (all of the text, not who wrote it),
    "masked" or "withheld"."""
    case: Case
    """Without its history, which has an address of its own."""


class Happened(_Answer, frozen=True):
    """One event of a case's history."""

    seq: int
    at: datetime
    who: str
    text: str
    """In Chinese, as the desk's pages say it."""
    detail: str
    event: EventBody


class History(_Answer, frozen=True):
    total: int
    items: tuple[Happened, ...]
    next: int | None
    """`after` of the next page."""


class Possible(_Answer, frozen=True):
    do: str
    word: str
    possible: bool
    """Whether the case allows it now. What an action carries is checked when it is done."""
    reason: str
    """Why not."""


class PossibleActions(_Answer, frozen=True):
    case_id: str
    seq: int
    actions: tuple[Possible, ...]


class ActionDone(_Answer, frozen=True):
    """The case after the action: what is read from now on shows it."""

    case_id: str
    seq: int
    events: tuple[Happened, ...]
    """What followed from the action."""
    summary: CaseItem | None
    """null where the case is no longer any of this person's business."""


class FileLine(_Answer, frozen=True):
    name: str
    media_type: str
    size: int | None
    href: str
    """Where it is read, below this desk; "" where only the source has it."""
    source_url: str
    """Address at the source, http or https."""
    purpose: str
    """"source" for what came with the message, else why it was put in at the desk."""


class Files(_Answer, frozen=True):
    items: tuple[FileLine, ...]


# -- the work ------------------------------------------------------------------


class Counters(_Answer, frozen=True):
    total: int
    today: int
    undispatched: int
    due_today: int
    overdue: int
    high_risk: int


class Facet(_Answer, frozen=True):
    value: str
    text: str
    count: int


class Facets(_Answer, frozen=True):
    """Each list counts without the condition on itself: what choosing another value finds."""

    channel: tuple[Facet, ...]
    unit: tuple[Facet, ...]
    """Empty for a responder."""
    topic: tuple[Facet, ...]
    kind: tuple[Facet, ...]
    risk: tuple[Facet, ...]
    state: tuple[Facet, ...]
    exact: bool
    """False: counting was cut short, and every number is at least so large."""


class UnitLine(_Answer, frozen=True):
    id: str
    name: str
    kind: str
    current: bool
    """False for a unit that was merged into another one."""


class Units(_Answer, frozen=True):
    items: tuple[UnitLine, ...]


class TopicLine(_Answer, frozen=True):
    first: str
    second: dict[str, tuple[str, ...]]
    """Third levels by second level."""


class Topics(_Answer, frozen=True):
    items: tuple[TopicLine, ...]


class Deadline(_Answer, frozen=True):
    due_at: datetime
    provisional: bool
    """Past the published calendar."""
    clock: Clock
    """With its trace, day by day."""


class AlertOut(_Answer, frozen=True):
    number: int
    alert_id: str
    kind: AlertKind
    word: str
    level: Level
    at: datetime
    text: str
    case_id: str
    unit: str
    acknowledged_by: str
    """Account; "" while nobody has."""
    acknowledged_at: datetime | None


class Alerts(_Answer, frozen=True):
    items: tuple[AlertOut, ...]


# -- texts ---------------------------------------------------------------------


class Message(_Body, frozen=True):
    title: str = ""
    body: str = ""


class ClassifyBody(_Body, frozen=True):
    items: tuple[Message, ...]
    """100 at most."""


class Classified(_Answer, frozen=True):
    items: tuple[Labels, ...]


class CheckBody(_Body, frozen=True):
    """A reply to a case, or to a message that is given."""

    text: str
    case_id: str = ""
    message: Message = Message()


class Asked(_Answer, frozen=True):
    text: str
    answered: bool


class Promised(_Answer, frozen=True):
    text: str
    due: date | None


class Personal(_Answer, frozen=True):
    kind: str
    start: int
    end: int


class Checked(_Answer, frozen=True):
    problems: tuple[str, ...]
    relevance: float
    questions: tuple[Asked, ...]
    contacts: tuple[str, ...]
    promises: tuple[Promised, ...]
    personal: tuple[Personal, ...]
    """Personal data in the reply: code points, half open."""


class SimilarCase(_Answer, frozen=True):
    summary: CaseItem
    reply: str
    """Masked."""


class SimilarAnswer(_Answer, frozen=True):
    items: tuple[SimilarCase, ...]


# -- the machinery -----------------------------------------------------------------


class SourceOut(_Answer, frozen=True):
    name: str
    channel: str
    adapter: str
    how: str
    enabled: bool
    paused: bool
    last_success: datetime | None
    last_item: datetime | None
    last_error: str
    problems: tuple[str, ...]
    read: int
    rejected: int


class SourcesOut(_Answer, frozen=True):
    items: tuple[SourceOut, ...]


class SourceRun(_Answer, frozen=True):
    read: int
    new: int
    later: int
    unchanged: int
    rejected: int
    error: str
    paused: bool


class LetterOut(_Answer, frozen=True):
    letter_id: str
    stage: str
    source: str
    reason: str
    detail: str
    origin: str
    at: datetime
    times: int


class LettersOut(_Answer, frozen=True):
    total: int
    items: tuple[LetterOut, ...]


class ReplayBody(_Body, frozen=True):
    source: str = ""
    """Only the letters of this source; "" for all."""


class ReplayOut(_Answer, frozen=True):
    tried: int
    accepted: int
    still_bad: int
    no_way: int


class AccountOut(_Answer, frozen=True):
    id: str
    name: str
    role: Role
    unit: str
    disabled: bool
    must_change: bool
    demo: bool
    created: datetime
    locked_until: datetime | None


class AccountsOut(_Answer, frozen=True):
    items: tuple[AccountOut, ...]


class NewAccount(_Body, frozen=True):
    id: str
    name: str
    role: Role
    password: str
    """The first one; it has to be changed at the first sign-in."""
    unit: str = ""


class AccountChange(_Body, frozen=True):
    """Fields left out stay as they are."""

    name: str | None = None
    role: Role | None = None
    unit: str | None = None
    disabled: bool | None = None
    unlock: bool = False


class TrailLine(_Answer, frozen=True):
    position: int
    at: datetime
    who: str
    deed: str
    about: str
    detail: str
    address: str


class TrailPage(_Answer, frozen=True):
    total: int
    items: tuple[TrailLine, ...]

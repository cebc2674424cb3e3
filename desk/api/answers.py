"""What the interface answers with and takes, as values: the schemas are made of these. Those
of the machinery are in `desk.api.answers_office`."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from cases.alerts import AlertKind, Level
from cases.clocks.clocks import Clock
from cases.record.case import Case, State
from cases.record.events import EventBody
from cases.words.actors import Role
from cases.words.labels import Kind, Labels
from desk.files.file_line import FileLine


class Answer(Struct, frozen=True, kw_only=True):
    pass


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


# -- who asks ----------------------------------------------------------------


class Me(Answer, frozen=True):
    account: str
    name: str
    role: Role
    unit: str
    commands: tuple[str, ...]
    """What the role may do to cases at all (`do` of an action)."""


# -- cases -------------------------------------------------------------------


class CaseItem(Answer, frozen=True):
    """A case as one line of a list: masked for every reader."""

    case_id: str
    seq: int
    """How many events it has: the version of the case."""
    title: str
    channel: str
    kind: Kind | None
    """null where this person may not know of what sort the case is; then topic, risk,
    urgent and loud are empty too."""
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
    """紧急: marked, to be seen first."""
    loud: bool
    """危急: it wakes a person; what is loud is urgent as well."""
    confidential: bool


class CasePage(Answer, frozen=True):
    total: int
    exact: bool
    """False: there are more than `total`."""
    items: tuple[CaseItem, ...]
    next: str | None
    """`cursor` of the next page; null on the last one."""


class CaseAnswer(Answer, frozen=True):
    summary: CaseItem
    sight: str
    """How much of it this person sees: "full", "text" (all of the text, not who wrote it),
    "masked", "labels" (of what sort it is, no text) or "withheld"."""
    case: Case
    """Without its history, which has an address of its own."""


class Happened(Answer, frozen=True):
    """One event of a case's history."""

    seq: int
    at: datetime
    who: str
    text: str
    """In Chinese, as the desk's pages say it."""
    detail: str
    event: EventBody


class History(Answer, frozen=True):
    total: int
    items: tuple[Happened, ...]
    next: int | None
    """`after` of the next page."""


class Possible(Answer, frozen=True):
    do: str
    word: str
    possible: bool
    """Whether the case allows it now. What an action carries is checked when it is done."""
    reason: str
    """Why not."""


class PossibleActions(Answer, frozen=True):
    case_id: str
    seq: int
    actions: tuple[Possible, ...]


class ActionDone(Answer, frozen=True):
    """The case after the action: what is read from now on shows it."""

    case_id: str
    seq: int
    events: tuple[Happened, ...]
    """What followed from the action."""
    summary: CaseItem | None
    """null where the case is no longer any of this person's business."""


class Files(Answer, frozen=True):
    items: tuple[FileLine, ...]


# -- the work ------------------------------------------------------------------


class Counters(Answer, frozen=True):
    total: int
    today: int
    undispatched: int
    due_today: int
    overdue: int
    high_risk: int


class Facet(Answer, frozen=True):
    value: str
    text: str
    count: int


class Facets(Answer, frozen=True):
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


class UnitLine(Answer, frozen=True):
    id: str
    name: str
    kind: str
    current: bool
    """False for a unit that was merged into another one."""


class Units(Answer, frozen=True):
    items: tuple[UnitLine, ...]


class TopicLine(Answer, frozen=True):
    first: str
    second: dict[str, tuple[str, ...]]
    """Third levels by second level."""


class Topics(Answer, frozen=True):
    items: tuple[TopicLine, ...]


class Deadline(Answer, frozen=True):
    due_at: datetime
    provisional: bool
    """Past the published calendar."""
    clock: Clock
    """With its trace, day by day."""


class AlertOut(Answer, frozen=True):
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


class Alerts(Answer, frozen=True):
    items: tuple[AlertOut, ...]


# -- texts ---------------------------------------------------------------------


class Message(Body, frozen=True):
    title: str = ""
    body: str = ""


class ClassifyBody(Body, frozen=True):
    items: tuple[Message, ...]
    """100 at most."""


class Classified(Answer, frozen=True):
    items: tuple[Labels, ...]


class CheckBody(Body, frozen=True):
    """A reply to a case, or to a message that is given."""

    text: str
    case_id: str = ""
    message: Message = Message()


class Asked(Answer, frozen=True):
    text: str
    answered: bool


class Promised(Answer, frozen=True):
    text: str
    due: date | None


class Personal(Answer, frozen=True):
    kind: str
    start: int
    end: int


class Checked(Answer, frozen=True):
    problems: tuple[str, ...]
    relevance: float
    questions: tuple[Asked, ...]
    contacts: tuple[str, ...]
    promises: tuple[Promised, ...]
    personal: tuple[Personal, ...]
    """Personal data in the reply: code points, half open."""


class SimilarCase(Answer, frozen=True):
    summary: CaseItem
    reply: str
    """Masked."""


class SimilarAnswer(Answer, frozen=True):
    items: tuple[SimilarCase, ...]

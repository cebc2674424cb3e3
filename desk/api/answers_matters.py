"""What the interface answers with and takes about a matter and its joint answers."""

from __future__ import annotations

from datetime import date, datetime

from desk.api.answers import Answer, Body


class MatterPlaceOut(Answer, frozen=True):
    place: str
    cases: int


class MatterDayOut(Answer, frozen=True):
    day: date
    deeds: dict[str, int]
    """What happened on it (受理, 派单, 答复 …), and how often."""


class MatterCaseOut(Answer, frozen=True):
    case_id: str
    title: str
    unit: str
    """Id of the lead unit, "" for none."""
    state: str
    due_at: datetime | None
    apart: str
    """Why it cannot be answered together with others; "" where it can."""


class MatterOut(Answer, frozen=True):
    matter: str
    name: str
    people: int
    first_at: datetime
    last_at: datetime
    answered: int
    open: int
    promises: int
    kept: int
    broken: int
    places: tuple[MatterPlaceOut, ...]
    course: tuple[MatterDayOut, ...]
    cases: tuple[MatterCaseOut, ...]
    joint: tuple[str, ...]
    """Numbers of the joint answers of this matter."""


class JointBody(Body, frozen=True):
    cases: tuple[str, ...]
    """Ids, two at least."""


class JointPressBody(Body, frozen=True):
    press: str
    """write, approve, reject, send, split or end."""
    text: str = ""
    """Of write: the common text, with 【称呼】 and 【受理编号】 where each letter differs."""
    checklist: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""
    """Of reject."""
    case_id: str = ""
    """Of split."""
    seen: int | None = None
    """`seen` of the answer you decided by; None does not ask."""


class JointCaseOut(Answer, frozen=True):
    case_id: str
    stage: str
    """待拟稿, 待审核, 待发送, 已送达, 送达不明, 未并入 …"""
    why: str
    text: str
    """What this citizen gets, masked."""


class JointOut(Answer, frozen=True):
    number: str
    seen: int
    matter: str
    unit: str
    begun_at: datetime
    text: str
    """The common text of the newest edition; "" before one was written, and where you may read
    the text of none of the cases."""
    ended: bool
    given_up: bool
    cases: tuple[JointCaseOut, ...]
    split: tuple[str, ...]
    """Ids of those that are answered by themselves again."""


class JointsOut(Answer, frozen=True):
    items: tuple[JointOut, ...]

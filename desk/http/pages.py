"""Rendering: templates, the frame around every page, errors as plain pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from cases.figures.measures import value_text
from cases.privacy.masking import mask
from cases.words.actors import Role
from desk.accounts.changes import Changes
from desk.ground.context import DeskContext, PageStore
from desk.http.authentication import Person
from desk.http.encoded_routes import case_href
from desk.http.sections import Section, groups_of
from desk.http.stream_state import Stream, is_demo, stream_state
from desk.http.waiting import WaitingCounts
from desk.phrasing.times import moment
from desk.phrasing.vocabulary import ROLES

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class Frame(Struct, frozen=True):
    """What the frame of a page shows. Without `stream` the data could not be read."""

    now: datetime
    here: str
    stream: Stream | None = None
    demo: bool = False
    place: str = ""
    """The county's name; empty where the office has not said it, or nobody asked."""
    on_duty: tuple[str, ...] = ()
    """Names, the leader of the shift first."""
    person: Person | None = None
    """None where nobody is signed in."""
    to_agree: int = 0
    """Requests of others that wait for this person (双人确认)."""

    @property
    def role_word(self) -> str:
        return ROLES[self.person.role] if self.person else ""

    @property
    def is_called(self) -> bool:
        """Whether an open page tells this person of a new call, with a sound."""
        return self.person is not None and self.person.role in (Role.RESPONDER, Role.DESK)

    waiting: Mapping[str, str] = {}
    """How much waits for this person in a section, by its name, as the navigation shows it."""

    @property
    def groups(self) -> tuple[tuple[str, tuple[Section, ...]], ...]:
        """What the person may open, under the name of each group."""
        return groups_of(self.person.role) if self.person else ()


def frame(
    store: PageStore, office: DeskContext, now: datetime, here: str, person: Person | None = None
) -> Frame:
    return Frame(
        now,
        here,
        stream=stream_state(store, office, now),
        demo=is_demo(store),
        place=office.card.place,
        on_duty=office.on_duty(now),
        person=person,
        to_agree=len(office.get(Changes).waiting_for(person.account)) if person else 0,
        waiting=office.get(WaitingCounts).shown(store, person.actor) if person else {},
    )


def render(template: str, frame: Frame, status: int = 200, **values: object) -> HTMLResponse:
    page = environment().get_template(template)
    return HTMLResponse(page.render(frame=frame, **values), status)


def error_page(
    now: datetime, status: int, heading: str, text: str, *, frame: Frame | None = None
) -> HTMLResponse:
    return render("error.html", frame or Frame(now, ""), status, heading=heading, text=text)


@cache
def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(sorted(_HERE.parent.glob("*/templates"))),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["static"] = _static
    found.globals["case_href"] = case_href
    found.filters["when"] = _when
    found.filters["mask"] = mask
    found.filters["number"] = "{:,}".format
    found.filters["figure"] = value_text
    return found


def _when(at: datetime, now: datetime) -> Markup:
    """A time as people and machines read it."""
    return Markup('<time datetime="{}">{}</time>').format(
        at.isoformat(timespec="minutes"), moment(at, now)
    )


@cache
def _static(name: str) -> str:
    """The address of a file in static/; it changes with the content, so that a browser
    may keep the file for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"

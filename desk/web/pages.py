"""Rendering: templates, the frame around every page, errors as plain pages."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from cases.masking import mask
from desk.web.office import Office
from desk.web.overview import Stream, is_demo, stream_state
from desk.web.times import moment
from streams.embedded.store import EmbeddedStore

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class Frame(Struct, frozen=True):
    """What the frame of a page shows. Without `stream` the data could not be read."""

    now: datetime
    here: str
    stream: Stream | None = None
    demo: bool = False


def frame(store: EmbeddedStore, office: Office, now: datetime, here: str) -> Frame:
    return Frame(now, here, stream_state(store, office, now), is_demo(store))


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
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["static"] = _static
    found.filters["when"] = _when
    found.filters["mask"] = mask
    found.filters["number"] = "{:,}".format
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

"""What the forms of the registers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import address_of, person_of, posted

Form = Annotated[FormData, Depends(posted)]
"""The form of a POST, whose size and token were checked."""


def typed_of(form: FormData) -> dict[str, str]:
    """What was filled in, without white space around it."""
    return {name: str(value).strip() for name, value in form.items() if name != "csrf"}


def seen_of(typed: Mapping[str, str]) -> int:
    """How many steps of the record the page had shown; 0 for nonsense."""
    text = typed.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def note(office: DeskContext, request: Request, deed: AuditAction, about: str, detail: str) -> None:
    """Into the trail, under the name of who asked; of a program with whose token it is."""
    person = person_of(request)
    said = detail + person.through
    office.trail.record(office.clock(), person.account.id, deed, about, said, address_of(request))

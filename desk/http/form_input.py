"""What the forms of the registers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, posted

Form = Annotated[FormData, Depends(posted)]
"""The form of a POST, whose size and token were checked."""


def typed_of(form: FormData) -> dict[str, str]:
    """What was filled in, without white space around it."""
    return {name: str(value).strip() for name, value in form.items() if name != "csrf"}


def seen_of(typed: Mapping[str, str]) -> int:
    """How many steps of the record the page had shown; 0 for nonsense."""
    text = typed.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def day_of(typed: Mapping[str, str], name: str, what: str) -> date | None:
    """The day in this field, which the page calls `what`; None where it is empty. Raises
    `NotAllowed`."""
    text = typed.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotAllowed(f"{what}应写作 2026-11-22，实际是“{text[:20]}”。") from None


def note(
    office: DeskContext, request: Request, deed: AuditAction, about: str = "", detail: str = ""
) -> None:
    """Into the trail, under the name of who asked, and through whose token."""
    office.note(doer_of(request), deed, about, detail)

"""Asking for a reason before personal data is shown, on the way to a file or a paper.

The form posts to `/cases/ID/unmask` with `then`, the address that was opened; the answer
leads back there with a grant (`desk.ground.sight.Unmasking`).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from cases.record.case import Case
from desk.ground.context import DeskContext
from desk.http.authentication import local_path, person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.phrasing.lines import case_href, case_line

GRANT: Final = "grant"
_PLACES: Final = ("/print/", "/files/", "/cases/")


def grant_target(wanted: str) -> str:
    """The address of a paper or a file of ours; "" for any other."""
    path = local_path(wanted) if wanted else ""
    return path if path.startswith(_PLACES) else ""


def is_file(target: str) -> bool:
    return target.startswith("/files/") or "/attachments/" in target


def with_grant(target: str, grant: str) -> str:
    parts = urlsplit(target)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != GRANT]
    return f"{parts.path}?{urlencode([*kept, (GRANT, grant)])}" if grant else target


def here(request: Request) -> str:
    """The address that was asked for, without a grant that ran out."""
    raw: bytes = request.scope["raw_path"]
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != GRANT]
    return raw.decode("latin-1") + (f"?{urlencode(kept)}" if kept else "")


def unmask_href(case: Case) -> str:
    return f"/cases/{quote(case.case_id, safe='')}/unmask"


def ask_page(
    office: DeskContext, request: Request, case: Case, target: str, problem: str = ""
) -> HTMLResponse:
    """What is shown in place of a file until the reason was given."""
    with page_context(office, request, "case") as (_store, around, now):
        pass
    return render(
        "ask_reason.html",
        around,
        422 if problem else 200,
        line=case_line(case, office, now, person_of(request).actor),
        href=case_href(case.case_id),
        action=unmask_href(case),
        then=target,
        problem=problem,
    )

"""Attachments on the desk's pages: the list of a case, upload, and what is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from cases.privacy.visibility import Sight, files_open, masked, sight_of
from cases.record.case import Case
from desk.files.attachments import (
    file_lines,
    find_file,
    may_upload,
    note_opened,
    outside,
    send_file,
    store_upload,
)
from desk.files.uploads import (
    Purpose,
    UploadError,
    Uploads,
)
from desk.ground.actions import NoSuchCase
from desk.ground.context import DeskContext
from desk.ground.sight import Unmasking, find_case
from desk.http.authentication import (
    Person,
    check_length,
    check_token,
    local_path,
    person_of,
)
from desk.http.encoded_routes import CodedRoute
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.http.unmasking import GRANT, ask_page, here
from desk.phrasing.lines import case_href, case_line

_FORM_AROUND: Final = 1 << 16


def _uploaded(office: DeskContext) -> Callable[[Request], AsyncIterator[FormData]]:
    async def read(request: Request) -> AsyncIterator[FormData]:
        check_length(request, office.get(Uploads).most_bytes + _FORM_AROUND)
        most = _FORM_AROUND
        async with request.form(max_files=1, max_fields=10, max_part_size=most) as form:
            check_token(request, str(form.get("csrf", "")))
            yield form

    return read


def _file(form: FormData) -> UploadFile:
    given = form.get("file")
    if not isinstance(given, UploadFile) or not given.filename:
        raise UploadError("请先选择文件。")
    return given


def _purpose(form: FormData) -> Purpose:
    wanted = str(form.get("purpose", ""))
    if wanted not in set(Purpose):
        raise UploadError(f"用途应为 {'、'.join(Purpose)} 之一。")
    return Purpose(wanted)


def _case_of(office: DeskContext, request: Request, case_id: str) -> Case:
    """Raises `NoSuchCase`, also where not even the names of files are told."""
    with office.readers.reader() as store:
        return find_case(store.ledger, case_id, person_of(request).actor, Sight.MASKED)


def _granted(office: DeskContext, request: Request, case: Case) -> bool:
    grant = request.query_params.get(GRANT, "")
    return bool(grant) and office.get(Unmasking).granted(grant, case, person_of(request).actor)


def add_attachments(app: FastAPI, office: DeskContext) -> None:  # noqa: C901  (one function a route)
    uploaded = _uploaded(office)

    def page(request: Request, case: Case, problem: str = "", status: int = 200) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "case") as (_store, around, now):
            pass
        return render(
            "files.html",
            around,
            status,
            line=case_line(case, office, now, person.actor),
            lines=file_lines(case, office, person),
            closed=not files_open(case, sight_of(case, person.actor)),
            secret=case.confidential,
            problem=problem,
            upload=upload_form(case, office, person),
        )

    def files_page(request: Request, case_id: str) -> HTMLResponse:
        return page(request, _case_of(office, request, case_id))

    def attachment(request: Request, case_id: str, number: int) -> HTMLResponse:
        case, actor = _case_of(office, request, case_id), person_of(request).actor
        if not files_open(case, sight_of(case, actor)):
            raise NoSuchCase(case_id)
        if not 0 <= number < len(case.item.attachments):
            raise HTTPException(404, "这件事项没有这个附件。")
        file = case.item.attachments[number]
        if not _granted(office, request, case):
            return ask_page(office, request, case, here(request))
        url = outside(file)
        if url:
            note_opened(office, request, case, file.name)
        with page_context(office, request, "case") as (_store, around, now):
            pass
        return render(
            "attachment.html",
            around,
            line=case_line(case, office, now, actor),
            file=file,
            name=masked(case.item, file.name),
            url=url,
            host=urlsplit(url).hostname or "",
        )

    def upload(request: Request, case_id: str, form: FormData = Depends(uploaded)) -> Response:
        case = _case_of(office, request, case_id)
        try:
            store_upload(office, _file(form), person_of(request), case, _purpose(form))
        except UploadError as error:
            return page(request, case, str(error), 400)
        then = local_path(str(form.get("then", ""))) if form.get("then") else ""
        return RedirectResponse(then or f"{case_href(case_id)}/files", 303)

    def file(request: Request, sha: str) -> Response:
        found = find_file(office, request, sha)
        if not _granted(office, request, found.case):
            return ask_page(office, request, found.case, here(request))
        return send_file(office, request, found, sha)

    for path, endpoint, method in (
        ("/cases/{case_id:coded}/files", files_page, "GET"),
        ("/cases/{case_id:coded}/attachments/{number:int}", attachment, "GET"),
        ("/uploads/{case_id:coded}", upload, "POST"),
        ("/files/{sha}", file, "GET"),
    ):
        app.router.routes.append(CodedRoute(path, endpoint, methods=[method], response_model=None))


def upload_form(case: Case, office: DeskContext, person: Person) -> dict[str, object] | None:
    """What the part `upload` of files_part.html needs; None for who may not upload."""
    if not may_upload(case, person):
        return None
    return {
        "action": f"/uploads/{quote(case.case_id, safe='')}",
        "purposes": tuple(Purpose),
        "most": office.card.most_upload_megabytes,
        "csrf": person.csrf,
    }

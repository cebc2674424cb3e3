"""Files of a case: what came with the message, and what people put in at the desk.

A file that only the source has stays there; the desk shows where, and who opened it. One
of the office's own store is served from here as what its bytes are, to those who may see
the case.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from cases.privacy.masking import mask
from cases.privacy.visibility import Sight, sight_of
from cases.record.case import Case
from cases.record.item import Attachment
from cases.words.actors import Role
from desk.files.file_line import FileLine
from desk.files.uploads import (
    INLINE,
    FileRef,
    MediaType,
    Purpose,
    UploadError,
    Uploads,
    safe_name,
    sniffed,
)
from desk.ground.actions import NoSuchCase
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import (
    Person,
    address_of,
    check_length,
    check_token,
    local_path,
    person_of,
)
from desk.http.download import disposition
from desk.http.encoded_routes import CodedRoute
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.phrasing.lines import case_href, case_line

POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""A file is looked at, and nothing in it may do anything."""
_FORM_AROUND: Final = 1 << 16


def files_shown(case: Case, person: Person) -> bool:
    """Whether this person may open the files of the case at all: a picture or a recording
    cannot be masked, so those of a confidential case are for those who handle it."""
    sight = sight_of(case, person.actor)
    return sight is Sight.FULL or (sight > Sight.WITHHELD and not case.confidential)


def may_upload(case: Case, person: Person) -> bool:
    handling = person.role in (Role.DESK, Role.RESPONDER)
    return handling and sight_of(case, person.actor) is Sight.FULL


def file_lines(case: Case, office: DeskContext, person: Person) -> tuple[FileLine, ...]:
    """All files of the case as this person may know of them."""
    if not files_shown(case, person):
        return ()
    told = sight_of(case, person.actor) is Sight.FULL and not case.confidential
    lines = [
        FileLine(
            name=mask(one.name),
            media_type=one.media_type,
            size=one.size,
            href=kept_href(case, one)
            if one.sha
            else f"{case_href(case.case_id)}/attachments/{number}",
            source_url=outside(one) if told else "",
            purpose="source",
        )
        for number, one in enumerate(case.item.attachments)
    ]
    lines += [
        FileLine(
            name=mask(ref.name),
            media_type=ref.media_type.value,
            size=ref.size,
            href=ref.href,
            source_url="",
            purpose=ref.purpose.value,
        )
        for ref in office.get(Uploads).of_case(case.case_id)
    ]
    return tuple(lines)


def kept_href(case: Case, file: Attachment) -> str:
    """Where a file that came with the message is read. It names the case: that the file is
    one of it is what makes it somebody's to read."""
    return f"/files/{file.sha}?{urlencode({'case': case.case_id})}"


def outside(file: Attachment) -> str:
    """The file's address at its source; "" where there is none that a browser may be sent
    to: what a citizen or a platform wrote there may be anything."""
    url = file.url
    if not url.isprintable() or " " in url or "\\" in url:
        return ""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        return ""
    return url if fine else ""


def store_upload(
    office: DeskContext, upload: UploadFile, person: Person, case: Case, purpose: Purpose
) -> FileRef:
    """Takes a posted file in for a case. Raises `UploadError`, and `HTTPException` 403
    for somebody who does not handle the case."""
    if not may_upload(case, person):
        raise HTTPException(403, "只有值班台和承办单位可以给这件事项添加文件。")
    return office.get(Uploads).store(
        upload.file,
        upload.filename or "",
        case_id=case.case_id,
        purpose=purpose,
        by=person.actor,
        at=office.clock(),
    )


def file_response(office: DeskContext, request: Request, sha: str) -> Response:
    """The file, for somebody who may open it in one of its cases; every opening
    is noted. Raises `HTTPException` 404."""
    person = person_of(request)
    refs = office.get(Uploads).of_sha(sha)
    named = request.query_params.get("case", "")
    with office.readers.reader() as store:
        cases = store.ledger.load([*(one.case_id for one in refs), *([named] if named else ())])
    for ref in refs:
        case = cases.get(ref.case_id)
        if case is not None and files_shown(case, person):
            return _sent(office, request, case, sha, ref.name)
    case = cases.get(named)
    if case is not None and files_shown(case, person):
        for file in case.item.attachments:
            if file.sha and file.sha == sha:
                return _sent(office, request, case, sha, mask(file.name))
    raise HTTPException(404, "没有这个文件，或您无权查看。")


def _sent(office: DeskContext, request: Request, case: Case, sha: str, name: str) -> Response:
    """What nobody vouches for a browser only saves: a page or a drawing with a script in it
    would be ours, shown in place."""
    path = office.get(Uploads).kept.path(sha)
    if not path.is_file():
        raise HTTPException(
            404,
            "附件的内容不在附件文件夹（HUIYIN_FILES）里，请管理员检查它是否由接收进程和"
            "值班台共用，或从备份恢复。",
        )
    try:
        media_type: MediaType | None = sniffed(path)
    except UploadError:
        media_type = None
    _note(office, request, case, name)
    return FileResponse(
        path,
        media_type=media_type.value if media_type else "application/octet-stream",
        headers={
            "content-disposition": disposition(safe_name(name), inline=media_type in INLINE),
            "content-security-policy": POLICY,
        },
    )


def _note(office: DeskContext, request: Request, case: Case, name: str) -> None:
    """Nothing can be masked in a file: opening it is seeing personal data."""
    if not request.headers.get("range", "bytes=0-").startswith("bytes=0-"):
        return  # a recording that is played on
    office.trail.record(
        office.clock(),
        person_of(request).account.id,
        AuditAction.UNMASK,
        case.case_id,
        f"打开附件：{mask(name)}",
        address_of(request),
    )


# -- pages -------------------------------------------------------------------------


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
    with office.readers.reader() as store:
        case = store.ledger.load([case_id]).get(case_id)
    if case is None or not files_shown(case, person_of(request)):
        raise NoSuchCase(case_id)
    return case


def add_attachments(app: FastAPI, office: DeskContext) -> None:
    uploaded = _uploaded(office)

    def page(request: Request, case: Case, problem: str = "", status: int = 200) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "case") as (_store, around, now):
            pass
        return render(
            "files.html",
            around,
            status,
            line=case_line(case, office, now),
            lines=file_lines(case, office, person),
            problem=problem,
            upload=upload_form(case, office, person),
        )

    def files_page(request: Request, case_id: str) -> HTMLResponse:
        return page(request, _case_of(office, request, case_id))

    def attachment(request: Request, case_id: str, number: int) -> HTMLResponse:
        case = _case_of(office, request, case_id)
        if not 0 <= number < len(case.item.attachments):
            raise HTTPException(404, "这件事项没有这个附件。")
        file = case.item.attachments[number]
        url = outside(file)
        if url:
            _note(office, request, case, file.name)
        with page_context(office, request, "case") as (_store, around, now):
            pass
        return render(
            "attachment.html",
            around,
            line=case_line(case, office, now),
            file=file,
            name=mask(file.name),
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
        return file_response(office, request, sha)

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

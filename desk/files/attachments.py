"""Files of a case: what came with the message, and what people put in at the desk.

A file that only the source has stays there; the desk shows where, and who opened it. One
of the office's own store is served from here as what its bytes are, to those who may see
the case.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import FileResponse, Response
from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from cases.privacy.visibility import Eyes, Sight, files_open, for_anyone, masked, sight_of
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
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import (
    Person,
    person_of,
)
from desk.http.download import disposition
from desk.http.form_input import note
from desk.http.unmasking import with_grant
from desk.phrasing.lines import case_href

POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""A file is looked at, and nothing in it may do anything."""


def may_upload(case: Case, person: Person) -> bool:
    handling = person.role in (Role.DESK, Role.RESPONDER)
    return handling and sight_of(case, person.actor) is Sight.FULL


def file_lines(
    case: Case, office: DeskContext, person: Person, *, grant: str = ""
) -> tuple[FileLine, ...]:
    """All files of the case as this person may know of them; without an address for who may
    not open them. `grant`: with which they open at once, and without which even the names of
    the files of a confidential case are not told."""
    sight = sight_of(case, person.actor)
    if Eyes(case, person.actor, unmasked=bool(grant)).sight < Sight.MASKED or (
        case.confidential and not files_open(case, sight)
    ):
        return ()
    may_open = files_open(case, sight)
    told = sight is Sight.FULL and bool(grant)

    def name_of(name: str) -> str:
        return masked(case.item, name)

    def href_of(href: str) -> str:
        return with_grant(href, grant) if may_open else ""

    lines = [
        FileLine(
            name=name_of(one.name),
            media_type=one.media_type,
            size=one.size,
            href=href_of(
                kept_href(case, one)
                if one.sha
                else f"{case_href(case.case_id)}/attachments/{number}"
            ),
            source_url=outside(one) if told else "",
            purpose="source",
        )
        for number, one in enumerate(case.item.attachments)
    ]
    lines += [
        FileLine(
            name=name_of(ref.name),
            media_type=ref.media_type.value,
            size=ref.size,
            href=href_of(f"{ref.href}?{urlencode({'case': case.case_id})}"),
            source_url="",
            purpose=ref.purpose.value,
        )
        for ref in office.get(Uploads).of_case(case.case_id)
    ]
    return tuple(lines)


def kept_href(case: Case, file: Attachment) -> str:
    """Where a file that came with the message is read. It names the case: that the file is
    one of it is what lets a person read it."""
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
    for a person who does not handle the case."""
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


class Found(Struct, frozen=True):
    """A file, as one of a case that this person may open it in."""

    case: Case
    name: str


def find_file(office: DeskContext, request: Request, sha: str) -> Found:
    """The file in the case that the address names, else in another one of this person's.
    Raises `HTTPException` 404: there is none, or this person may not open it."""
    actor = person_of(request).actor
    refs = office.get(Uploads).of_sha(sha)
    named = request.query_params.get("case", "")
    with office.readers.reader() as store:
        cases = store.ledger.load([*(one.case_id for one in refs), *([named] if named else ())])
    known = [(ref.case_id, ref.name) for ref in refs]
    if named in cases:
        known += [(named, one.name) for one in cases[named].item.attachments if one.sha == sha]
    known.sort(key=lambda one: one[0] != named)
    for case_id, name in known:
        case = cases.get(case_id)
        if sha and case is not None and files_open(case, sight_of(case, actor)):
            return Found(case, name)
    raise HTTPException(404, "没有这个文件，或您无权查看。")


def send_file(office: DeskContext, request: Request, found: Found, sha: str) -> Response:
    """The file itself; that it was opened is noted. For who was granted it
    (`desk.ground.sight.Unmasking`)."""
    return _sent(office, request, found.case, sha, masked(found.case.item, found.name))


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
    note_opened(office, request, case, name)
    return FileResponse(
        path,
        media_type=media_type.value if media_type else "application/octet-stream",
        headers={
            "content-disposition": disposition(safe_name(name), inline=media_type in INLINE),
            "content-security-policy": POLICY,
        },
    )


def note_opened(office: DeskContext, request: Request, case: Case, name: str) -> None:
    """Nothing can be masked in a file: opening it is seeing personal data."""
    if not request.headers.get("range", "bytes=0-").startswith("bytes=0-"):
        return  # a recording that is played on
    told = for_anyone(case, name, instead="（保密件的附件）")
    note(office, request, AuditAction.UNMASK, case.case_id, f"打开附件：{told}")

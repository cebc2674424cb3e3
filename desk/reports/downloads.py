"""The files of the report pages: issued editions, papers, what a job has made."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from cases.privacy.visibility import marks_of
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import Person, address_of, only
from desk.reports.due import paper_path
from desk.reports.in_force import ReportsInForce
from desk.reports.issue import CHANGES
from desk.reports.jobs import ReportJobs
from desk.reports.paper_pages import READERS, which_paper
from desk.reports.service import paper_name
from sinks.reports.editions import Editions

NO_LABELS: Final = "按事项分类的台账和 jsonl 文件请由值班台生成：您的账号不能看到保密件的分类。"
"""By what stands in it, it would say of what sort a withheld case is."""
_TYPES: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/x-ndjson",
}


def add_downloads(
    app: FastAPI, office: DeskContext, reports: ReportsInForce, editions: Editions, jobs: ReportJobs
) -> None:
    def send(request: Request, person: Person, path: Path, name: str) -> FileResponse:
        if not path.is_file():
            raise HTTPException(404, "没有这个文件，可能已经移走。")
        office.trail.record(
            office.clock(), person.account.id, AuditAction.EXPORT, name, "下载", address_of(request)
        )
        disposition = f"attachment; filename=report{path.suffix}; filename*=UTF-8''{quote(name)}"
        return FileResponse(
            path,
            media_type=_TYPES[path.suffix],
            headers={"content-disposition": disposition},
        )

    @app.get("/reports/editions/{key}/{revision}/{name}")
    def edition_file(request: Request, key: str, revision: int, name: str) -> FileResponse:
        person = only(request, *READERS)
        # Only names that stand in the edition's own list: nothing of the address is a path.
        for edition in editions.all():
            if (edition.period.key, edition.revision) == (key, revision) and name in edition.files:
                path = editions.path(edition, name)
                if path.suffix == ".jsonl" and marks_of(person.actor):
                    raise HTTPException(403, NO_LABELS)
                reporting = reports.reporting
                title = reporting.table.title
                more = f"_修订{revision - 1}" if revision > 1 else ""
                more += "_更正清单" if name == CHANGES else ""
                full = paper_name(reporting, title, edition.period, f"{more}{path.suffix}")
                return send(request, person, path, full)
        raise HTTPException(404, "没有这一期的这个文件。")

    @app.get("/reports/papers/{kind}/{key}")
    def paper_file(request: Request, kind: str, key: str) -> FileResponse:
        person = only(request, *READERS)
        sort, period = which_paper(kind, key)
        reporting = reports.reporting
        title = reporting.reports.papers[sort]
        path = paper_path(office.settings.papers_folder, sort, period)
        return send(request, person, path, paper_name(reporting, title, period, ".docx"))

    @app.get("/reports/jobs/{job_id}/file")
    def job_file(request: Request, job_id: str) -> FileResponse:
        person = only(request, *READERS)
        job = jobs.get(job_id)
        if job is None or job.by != person.account.id or job.path is None:
            raise HTTPException(404, "没有这个文件；重新启动以后请再生成一次。")
        return send(request, person, job.path, job.path.name)

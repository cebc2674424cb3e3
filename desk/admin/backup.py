"""管理 → 备份: the backups that there are, and one more at a press."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from cases.words.actors import Role
from desk.admin.area import Posted, show
from desk.backup.archive import BackupError
from desk.backup.service import Backups, passphrase_of
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import only
from desk.http.form_input import note

HREF = "/admin/backup"


def add_backup(app: FastAPI, office: DeskContext) -> None:
    settings = office.settings
    backups = Backups(settings.backup) if settings.backup is not None else None

    def page(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
        return show(
            office,
            request,
            "backup",
            status,
            folder=settings.backup,
            at=settings.backup_at,
            keep=settings.backup_keep,
            production=settings.production is not None,
            listed=backups.listed() if backups else (),
            warning=backups.warning(office.clock()) if backups else "",
            problem=problem,
        )

    @app.get(HREF)
    def backup_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.post(HREF)
    def make(request: Request, _form: Posted) -> Response:
        only(request, Role.ADMIN)
        if backups is None or settings.production is not None:
            return page(request, "没有设置备份文件夹 HUIYIN_BACKUP。", 409)
        try:
            made = backups.make(
                settings,
                office.clock(),
                passphrase=passphrase_of(settings),
                keep=settings.backup_keep,
            )
        except BackupError as problem:
            return page(request, str(problem), 503)
        note(office, request, AuditAction.BACKUP, made.name, f"{made.size} 字节")
        return RedirectResponse(HREF, 303)

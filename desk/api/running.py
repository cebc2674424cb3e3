"""The machinery: sources and dead letters."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from cases.privacy.masking import mask
from cases.words.actors import Role
from desk.api.answers_office import (
    LetterOut,
    LettersOut,
    ReplayBody,
    ReplayOut,
    SourceOut,
    SourceRun,
    SourcesOut,
)
from desk.api.describe import operation, said
from desk.api.errors import ApiError
from desk.api.guard import Done, RawBody, allowed, read_body
from desk.dead_letters.replay import replay_some
from desk.dead_letters.sight import LetterSight, secrecy_of
from desk.files.uploads import Uploads
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.form_input import note
from desk.sources.service import pause_source, resume_source, run_source, source_lines
from streams.sources.seam.config import load_sources

SOURCES: Final = "来源"
LETTERS: Final = "死信"


def add_running(api: FastAPI, office: DeskContext) -> None:
    def known(name: str) -> None:
        if name not in load_sources(office.settings.config / "sources.toml"):
            raise ApiError(404, f"没有名为“{name[:80]}”的来源。")

    @api.get("/sources", **operation(SourcesOut, "来源和它们的状况", tag=SOURCES))
    def sources(request: Request) -> Response:
        allowed(request, Role.DESK, Role.ADMIN)
        with office.acts.borrowed() as runner:
            lines = source_lines(office.settings, runner)
        return said(
            SourcesOut(
                items=tuple(
                    SourceOut(
                        name=one.name,
                        channel=one.channel,
                        adapter=one.adapter,
                        how=one.how,
                        enabled=one.enabled,
                        paused=one.paused,
                        last_success=one.last_success,
                        last_item=one.last_item,
                        last_error=mask(one.last_error),
                        problems=tuple(map(mask, one.problems)),
                        read=one.read,
                        rejected=one.rejected,
                    )
                    for one in lines
                )
            )
        )

    @api.post(
        "/sources/{name:coded}/pause",
        **operation(Done, "暂停定时读取", tag=SOURCES, errors=(404, 409)),
    )
    def pause(request: Request, name: str) -> Response:
        person = allowed(request, Role.ADMIN)
        known(name)
        with office.acts.borrowed() as runner:
            pause_source(office.settings, runner, name, person.account.id)
        note(office, request, AuditAction.SOURCE, name, "暂停")
        return said(Done())

    @api.post(
        "/sources/{name:coded}/resume",
        **operation(Done, "恢复定时读取", tag=SOURCES, errors=(404, 409)),
    )
    def resume(request: Request, name: str) -> Response:
        allowed(request, Role.ADMIN)
        known(name)
        with office.acts.borrowed() as runner:
            resume_source(office.settings, runner, name)
        note(office, request, AuditAction.SOURCE, name, "恢复")
        return said(Done())

    @api.post(
        "/sources/{name:coded}/run",
        **operation(SourceRun, "现在读取一次", tag=SOURCES, errors=(404, 409)),
    )
    def run(request: Request, name: str) -> Response:
        allowed(request, Role.ADMIN)
        known(name)
        note(office, request, AuditAction.SOURCE, name, "读取一次")
        with office.acts.apart() as runner:
            result = run_source(
                office.settings, runner, wiring.source_context(office.settings), name
            )
        counts = result.counts
        return said(
            SourceRun(
                read=counts.read,
                new=counts.new,
                later=counts.later,
                unchanged=counts.unchanged,
                rejected=counts.rejected,
                error=mask(result.error),
                paused=result.paused,
            )
        )

    @api.get("/dead-letters", **operation(LettersOut, "死信，新的在前", tag=LETTERS))
    def letters(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> Response:
        person = allowed(request, Role.DESK, Role.ADMIN)
        with office.readers.reader() as store:
            found = [
                (
                    one,
                    LetterSight(
                        person.role,
                        secrecy_of(one.letter, office.get(Uploads).kept, store.ledger),
                    ),
                )
                for one in store.newest_letters(limit, offset)
            ]
            total = store.letters_waiting()
        return said(
            LettersOut(
                total=total,
                items=tuple(
                    LetterOut(
                        letter_id=one.letter.letter_id,
                        stage=one.letter.stage.value,
                        source=one.letter.source,
                        reason=one.letter.reason,
                        detail=sight.detail(one.letter.detail),
                        origin=sight.origin(one.letter.origin),
                        at=one.letter.at,
                        times=one.times,
                    )
                    for one, sight in found
                ),
            )
        )

    @api.post(
        "/dead-letters/replay",
        **operation(ReplayOut, "把死信再处理一次", tag=LETTERS, takes=ReplayBody, errors=(409,)),
    )
    def replay(request: Request, body: RawBody) -> Response:
        allowed(request, Role.ADMIN)
        wanted = read_body(body, ReplayBody)
        note(office, request, AuditAction.LETTER, wanted.source, "重新处理")
        with office.acts.apart() as runner:
            sources = wiring.build_sources(office.settings)
            done = replay_some(
                runner,
                sources,
                office.get(Uploads).kept,
                source=wanted.source,
                after=wanted.after,
            )
        return said(
            ReplayOut(
                tried=done.tried,
                accepted=done.accepted,
                still_bad=done.still_bad,
                no_way=done.no_way,
                elsewhere=done.elsewhere,
                left=done.left,
                after=done.after,
            )
        )

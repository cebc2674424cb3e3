"""媒体报道 on its page: each story once, with its reprints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from msgspec import Struct

from cases.registers.media import MediaStory, MediaTable, Stance, report_of, stories
from cases.words.actors import Actor, Role
from desk.ground.context import DeskContext
from desk.ground.locality import locality_of
from desk.ground.media import media_table
from desk.ground.settings import Settings
from desk.ground.sight import for_actor, only_seen
from desk.http.authentication import only, person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.phrasing.lines import CaseLine, case_lines
from desk.phrasing.times import midnight
from sinks.ledger.base import Ledger, Query

READERS: Final = (Role.DESK, Role.ADMIN, Role.LEADER, Role.REVIEWER)
SPANS: Final = {1: "今天", 7: "7 天", 30: "30 天"}
MOST: Final = 2000
"""Reports of one channel that are looked at; of more the newest."""


class Shown(Struct, frozen=True, kw_only=True):
    """The reports of a span as one reader sees them."""

    stories: tuple[MediaStory, ...]
    lines: dict[str, CaseLine]
    """By case id."""
    more: bool
    """There were more than could be looked at."""

    @property
    def total(self) -> int:
        return sum(len(story.reports) for story in self.stories)

    def by_rank(self) -> list[tuple[str, int]]:
        """Stories by the highest rank of their outlets, the most first."""
        return Counter(story.rank for story in self.stories).most_common()

    def of(self, stance: Stance) -> int:
        return sum(story.stance is stance for story in self.stories)


def local_names(settings: Settings) -> tuple[str, ...]:
    """What the place is called; () where the office has not said it."""
    words = locality_of(settings.table("office.toml")).words
    if not words["named"]:
        return ()
    return tuple(dict.fromkeys(name for name in (words["named"], words["short"]) if name))


def shown(
    ledger: Ledger,
    office: DeskContext,
    table: MediaTable,
    since: datetime,
    actor: Actor,
    local: Sequence[str],
) -> Shown:
    """Raises `LedgerUnavailable`."""
    cases, more = [], False
    for channel in table.channels:
        query = Query(channel=channel, received_from=since, limit=MOST)
        page = ledger.search(for_actor(query, actor))
        more = more or page.total > MOST
        cases += [case for case in only_seen(page.cases, actor) if not case.confidential]
    return Shown(
        stories=stories((report_of(case, table, local) for case in cases), table),
        lines={line.case_id: line for line in case_lines(cases, office, office.clock(), actor)},
        more=more,
    )


def add_media(app: FastAPI, office: DeskContext) -> None:
    table = media_table(office.settings)

    @app.get("/media")
    def media_page(request: Request) -> HTMLResponse:
        only(request, *READERS)
        asked = request.query_params.get("days", "")
        days = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 7
        days = days if days in SPANS else 7
        actor, local = person_of(request).actor, local_names(office.settings)
        with page_context(office, request, "opinion") as (store, around, now):
            since = midnight(now) - timedelta(days=days - 1)
            found = shown(store.ledger, office, table, since, actor, local)
        return render(
            "media.html",
            around,
            found=found,
            days=days,
            spans=SPANS,
            stances=list(Stance),
            local=local,
        )

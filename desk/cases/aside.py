"""Beside a case: the same matter in other channels, and similar cases that were answered."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from cases.privacy.visibility import Sight, is_withheld, sight_of
from cases.record.case import Case
from cases.words.actors import Actor
from desk.cases.similar_answers import SimilarAnswers, answers_for
from desk.ground.context import DeskContext, PageStore
from desk.ground.sight import only_seen
from desk.phrasing.lines import CaseLine, case_line
from sinks.ledger.base import Query

_MATTER_LINES: Final = 20
_ASKED: Final = 20
_SHOWN: Final = 5
_REPLY: Final = 160


class SimilarLine(Struct, frozen=True):
    line: CaseLine
    reply: str
    open_to: bool
    """Whether this person may open the case itself."""


class SameMatter(Struct, frozen=True):
    lines: tuple[CaseLine, ...]
    elsewhere: int
    """Cases of the matter that other units handle."""
    href: str = ""
    """The page of the matter, where there is more of it than this case."""


def same_matter(
    store: PageStore, case: Case, actor: Actor, office: DeskContext, now: datetime
) -> SameMatter:
    found: dict[str, Case] = {}
    for matter in case.matters:
        page = store.ledger.search(Query(matter=matter, limit=_MATTER_LINES))
        found |= {one.case_id: one for one in page.cases if one.case_id != case.case_id}
    if is_withheld(case, actor):
        return SameMatter((), 0)
    visible = only_seen(found.values(), actor)
    # That there is a confidential case elsewhere is nobody's business there.
    known = [one for one in found.values() if not one.confidential or one in visible]
    return SameMatter(
        tuple(case_line(one, office, now, actor) for one in visible[:_MATTER_LINES]),
        len(known) - len(visible),
        f"/matters/{quote(case.matters[0], safe='')}" if visible else "",
    )


def similar_answers(
    store: PageStore, case: Case, actor: Actor, office: DeskContext, now: datetime
) -> tuple[SimilarLine, ...] | None:
    """The closest with an answer that a person released for everyone, or that this account
    may see anyway; None while the index is being built."""
    if case.confidential and sight_of(case, actor) < Sight.TEXT:
        return ()
    ids = office.get(SimilarAnswers).find(case, _ASKED)
    if ids is None:
        return None
    loaded = store.ledger.load(list(ids))
    found = answers_for([loaded.get(case_id) for case_id in ids], actor)
    return tuple(
        SimilarLine(
            case_line(other, office, now, actor),
            _cut(text),
            sight_of(other, actor) >= Sight.MASKED,
        )
        for other, text in found[:_SHOWN]
    )


def _cut(text: str) -> str:
    return text[:_REPLY] + ("…" if len(text) > _REPLY else "")

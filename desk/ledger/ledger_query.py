"""What a filter asks the ledger, with the list behind the figure of a paper looked up."""

from __future__ import annotations

from datetime import datetime

from cases.reporting.lists import NoFigure, read_key
from cases.words.actors import Actor
from desk.ground.context import DeskContext
from desk.ground.sight import for_actor, may_see_figure
from desk.ledger.figure_lists import FoundList, KeptLists, NoList
from desk.ledger.filter_input import BadParameter
from desk.ledger.filters import Filter
from sinks.ledger.base import Query


def query_for(wanted: Filter, office: DeskContext, now: datetime, actor: Actor) -> Query | None:
    """What this person's filter asks; None when the conditions exclude each other. Raises
    `BadParameter`."""
    found = figure_of(wanted, office, actor)
    case_ids = found.listing.case_ids if found else None
    query = wanted.query(now, office.high_risks, case_ids)
    return for_actor(query, actor) if query else None


def figure_of(wanted: Filter, office: DeskContext, actor: Actor) -> FoundList | None:
    """The figure that the list is behind, of those that this person may read. Raises
    `BadParameter`."""
    if not wanted.figure:
        return None
    try:
        key = read_key(wanted.figure)
        if not may_see_figure(key, actor):
            raise BadParameter("没有这个报表数字，或您无权查看：承办单位只能查看本单位的数字。")
        return office.get(KeptLists).read(key)
    except NoList as problem:
        raise BadParameter(str(problem)) from None
    except NoFigure:
        raise BadParameter(
            f"没有“{wanted.figure[:40]}”这个报表数字，请从周反馈、月整改、季通报里点开。"
        ) from None

"""What a filter asks the ledger, with the list behind the figure of a paper looked up."""

from __future__ import annotations

from datetime import datetime

from cases.reporting.lists import NoFigure, read_key
from desk.ground.context import DeskContext
from desk.ledger.figure_lists import FoundList, KeptLists, NoList
from desk.ledger.filters import BadParameter, Filter
from sinks.ledger.base import Query


def query_for(wanted: Filter, office: DeskContext, now: datetime) -> Query | None:
    """None when the conditions exclude each other. Raises `BadParameter`."""
    found = figure_of(wanted, office)
    case_ids = found.listing.case_ids if found else None
    return wanted.query(now, office.high_risks, case_ids)


def figure_of(wanted: Filter, office: DeskContext) -> FoundList | None:
    """The figure that the list is behind. Raises `BadParameter`."""
    if not wanted.figure:
        return None
    try:
        return office.get(KeptLists).read(read_key(wanted.figure))
    except NoList as problem:
        raise BadParameter(str(problem)) from None
    except NoFigure:
        raise BadParameter(
            f"没有“{wanted.figure[:40]}”这个报表数字，请从周反馈、月整改、季通报里点开。"
        ) from None

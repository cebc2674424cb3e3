"""What a filter asks the ledger, with the list behind the figure of a paper looked up."""

from __future__ import annotations

from datetime import datetime

from cases.reporting.lists import NoFigure, read_key
from desk.figure_lists import FoundList, NoList
from desk.web.filters import BadParameter, Filter
from desk.web.office import Office
from sinks.ledger import Query


def query_for(wanted: Filter, office: Office, now: datetime) -> Query | None:
    """None when the conditions exclude each other. Raises `BadParameter`."""
    found = figure_of(wanted, office)
    case_ids = found.listing.case_ids if found else None
    return wanted.query(now, office.high_risks, case_ids)


def figure_of(wanted: Filter, office: Office) -> FoundList | None:
    """The figure that the list is behind. Raises `BadParameter`."""
    if not wanted.figure:
        return None
    try:
        return office.figures.read(read_key(wanted.figure))
    except NoList as problem:
        raise BadParameter(str(problem)) from None
    except NoFigure:
        raise BadParameter(
            f"没有“{wanted.figure[:40]}”这个报表数字，请从周反馈、月整改、季通报里点开。"
        ) from None

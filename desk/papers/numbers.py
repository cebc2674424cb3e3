"""Numbers of papers: 舆交〔2026〕12号, one series a year and sort, each paper one number."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from cases.words.actors import Actor
from cases.words.times import beijing
from desk.ground.context import DeskContext
from desk.ground.registers import Changed


class Series(StrEnum):
    """The value stands in the number."""

    HANDOVER = "交"
    PRESSING = "督"
    BRIEF = "专报"


class _Numbered(Struct, frozen=True):
    number: str


def number_of(office: DeskContext, series: Series, paper: str) -> str:
    """The number of this paper, "" while it has none. `paper`: what names it for ever."""
    entries = office.book("papers").load(f"{series}|{paper}")
    return msgspec.json.decode(entries[0].body, type=_Numbered).number if entries else ""


def give_number(office: DeskContext, series: Series, paper: str, by: Actor, at: datetime) -> str:
    """The number of this paper, the next of the series when it has none yet. Two people
    who ask at once get the same."""
    known = number_of(office, series, paper)
    if known:
        return known
    head = office.card.paper.get("brief") if series is Series.BRIEF else None
    word = head.word if head is not None else ""
    prefix = f"{word or office.card.short + series}〔{beijing(at).year}〕"
    taken = office.book("paper-series").begin(prefix, at, by, {"paper": paper})
    number = f"{prefix}{int(taken.record.removeprefix(prefix))}号"
    try:
        office.book("papers").append(f"{series}|{paper}", 0, at, by, _Numbered(number))
    except Changed:
        return number_of(office, series, paper)
    return number

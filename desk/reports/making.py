"""Making a paper of any kind: one way for the page, the command and the schedule."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.reporting.corrections import PaperFigure, figures_of, figures_of_morning
from cases.reporting.daily_paper import daily_blocks, span_words
from cases.reporting.document import Document
from cases.reporting.lists import FigureLists
from cases.reporting.morning import Morning, Watch
from cases.reporting.naming import UnitNames
from cases.reporting.papers import letter_of
from cases.reporting.periods import Period
from cases.reporting.rectification import RectificationItem
from cases.reporting.scoring import Score
from cases.reporting.settings import PaperKind
from cases.words.times import BEIJING
from desk.ledger.figure_lists import KeptLists, lists_folder
from desk.reports.service import Progress, Reporting, count_period, make_paper
from desk.reports.stored_papers import keep
from huiyin.store.whole import whole
from sinks.ledger.base import Ledger, Order, Query
from sinks.private import make_folder


class Made(Struct, frozen=True, kw_only=True):
    document: Document
    at: datetime
    """The moment that the figures are true of."""
    said: str
    """What is in it, in one line."""
    figures: tuple[PaperFigure, ...]
    """What it says, to be compared with when it was issued."""
    lists: FigureLists | None = None
    """The cases behind the figures; None for 快报, which names them."""


def produce(
    kind: PaperKind,
    ledger: Ledger,
    office: Reporting,
    period: Period,
    now: datetime,
    items: Sequence[RectificationItem] = (),
    progress: Progress = lambda: None,
) -> Made:
    """The paper of a period as it is seen at `now`, and dated so. Raises `LedgerUnavailable`."""
    office = office.headed(kind)
    if kind is PaperKind.DAILY:
        morning = count_morning(ledger, office, *moments(office, period, now), progress)
        return Made(
            document=daily_paper(office, period, morning, now.date()),
            at=morning.at,
            said=f"新收 {len(morning.new)} 件，"
            + (f"媒体舆情 {len(morning.reports)} 条，" if morning.reports else "")
            + f"今日到期 {len(morning.due)} 件，"
            f"逾期未答复 {len(morning.late)} 件",
            figures=figures_of_morning(morning),
        )
    report = count_period(ledger, office, period, now, progress)
    excluded = office.reports.appeals
    scores = report.figures.scores if kind is PaperKind.QUARTERLY else ()
    return Made(
        document=make_paper(kind, report, office, items, now.date()),
        at=period.as_of(now),
        said=report.balance.equation,
        figures=(
            *figures_of(report.lists, UnitNames(office.register, period.last).shown),
            *(_score(one, excluded) for one in scores if one.points is not None or one.excluded),
        ),
        lists=report.lists,
    )


def _score(one: Score, excluded: Collection[str]) -> PaperFigure:
    """What a unit got, and which of all cases were left out then: a decision that comes later is
    a difference of its own."""
    return PaperFigure(
        name="考核得分",
        whose=f"责任单位 {one.name}",
        value=one.text,
        given=dict.fromkeys(sorted(excluded), "剔除") if one.excluded else {},
    )


def put(made: Made, papers: Path, path: Path, public_url: str, template: Path | None) -> None:
    """Keeps the paper at `path`, which is in `papers`, and the lists behind it. Raises OSError."""
    if made.lists is not None:
        KeptLists(lists_folder(papers)).keep(made.lists)
    make_folder(path.parent)
    keep(made.document, path, made.at, public_url, template)
    with whole(figures_path(path)) as temporary:
        temporary.write_bytes(encode_figures(made.figures))


def figures_path(paper: Path) -> Path:
    """Beside a draft: what it says, figure by figure."""
    return paper.with_suffix(".figures.json.gz")


def encode_figures(figures: tuple[PaperFigure, ...]) -> bytes:
    return gzip.compress(msgspec.json.encode(figures), 6, mtime=0)


def read_figures(path: Path) -> tuple[PaperFigure, ...] | None:
    """None where there are none, as of earlier versions."""
    try:
        return msgspec.json.decode(gzip.decompress(path.read_bytes()), type=tuple[PaperFigure, ...])
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        return None


# -- 快报 -----------------------------------------------------------------------


def moments(office: Reporting, period: Period, now: datetime) -> tuple[datetime, datetime]:
    """From when until when 快报 of a day tells: from its hour of the day before until its hour, so
    that nothing is told twice and nothing is left out; until now while it is earlier."""
    hour = office.reports.daily_hour
    at = datetime.combine(period.first, hour, BEIJING)
    return at - timedelta(days=1), min(at, now)


def count_morning(
    ledger: Ledger,
    office: Reporting,
    since: datetime,
    at: datetime,
    progress: Progress = lambda: None,
) -> Morning:
    """As it was at a moment that may be long ago: from all cases. Raises `LedgerUnavailable`."""
    watch = watch_of(office, since, at)
    for case in ledger.scan(Query(received_to=at, order=Order.CASE_ID)):
        progress()
        watch.add(case)
    return replace(watch.morning(), events=office.events(since, at))


def watch_of(office: Reporting, since: datetime, at: datetime, only: Collection[str] = ()) -> Watch:
    return Watch(
        since,
        at,
        UnitNames(office.register, at.date()),
        only=only,
        high_risks=office.high_risks,
        matter_at_least=office.reports.lists.matter_at_least,
        matter_names=office.matter_names,
        media=office.media,
    )


def daily_paper(office: Reporting, period: Period, morning: Morning, on: date) -> Document:
    title = office.reports.papers[PaperKind.DAILY]
    return Document(
        title=title,
        head=(f"{period.name}　{span_words(morning)}",),
        blocks=tuple(daily_blocks(morning)),
        footer=f"{title}　{period.short}",
        letter=letter_of(office.reports, period, office.table.office, on),
        compact=True,
    )

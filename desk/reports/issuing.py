"""Issuing (签发) a paper under its 文号, correcting it by number, withdrawing it.

    HUIYIN_HOME/papers/issued/weekly/2026-W47/1/   paper.docx, paper.json, figures.json.gz
    HUIYIN_HOME/papers/issued/weekly/2026-W47/2/   更正第1号, correction.docx …

What was issued is frozen, bytes and figures. Counting again never changes it: what is different
is told by the next correction.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.reporting.corrections import (
    Difference,
    PaperFigure,
    correction,
    differences,
    listed_ids,
)
from cases.reporting.document import Document, Letter
from cases.reporting.periods import Period
from cases.reporting.settings import PaperKind
from cases.words.actors import Actor, Role
from cases.words.times import beijing, day_in_words
from desk.ground.deskfile import DeskFile
from desk.papers.series import NumberError, Numbers, prefix_of, words
from desk.reports.due import paper_path
from desk.reports.making import Made, encode_figures, figures_path, read_figures
from desk.reports.service import Reporting, write_paper
from desk.reports.stored_papers import kept
from sinks.ledger.base import Ledger
from sinks.reports.editions import Edition, EditionError, Editions, hash_of

PAPER: Final = "paper"
CORRECTION: Final = "correction"
_FIGURES: Final = "figures.json.gz"
_SERIES: Final = {
    PaperKind.DAILY: "快报",
    PaperKind.WEEKLY: "周报",
    PaperKind.MONTHLY: "月报",
    PaperKind.QUARTERLY: "季报",
}


class IssueError(ValueError):
    """It cannot be issued, corrected or withdrawn so; the text says why, in Chinese."""


class IssuedPaper(Struct, frozen=True, kw_only=True):
    """Where a paper stands."""

    editions: tuple[Edition, ...] = ()
    """The paper itself and its corrections, all there ever were."""
    withdrawn: str = ""
    """Why the last of them was withdrawn."""

    @property
    def standing(self) -> tuple[Edition, ...]:
        """The paper that counts and its corrections; () where none was issued, or it was
        withdrawn."""
        return () if self.withdrawn else self.last

    @property
    def last(self) -> tuple[Edition, ...]:
        """The paper that was issued last and its corrections, withdrawn or not."""
        first = max((n for n, one in enumerate(self.editions) if _is_paper(one)), default=0)
        return self.editions[first:]


class PaperIssues:
    """Page and command ask here. `file`: the desk's, where the series are."""

    def __init__(self, file: DeskFile, papers: Path, office: Reporting, short: str) -> None:
        """`short`: the office's word in numbers."""
        self._numbers = Numbers(file)
        self._papers = papers
        self._office = office
        self._short = short

    def prefix(self, kind: PaperKind, at: datetime) -> str:
        """舆周报〔2026〕: of the year in which it is issued."""
        word = self._office.headed(kind).reports.letterhead.word
        return f"{word or self._short + _SERIES[kind]}〔{beijing(at).year}〕"

    def proposed(self, kind: PaperKind, at: datetime, period: Period | None = None) -> int:
        """The next number; that which a paper was given already, where issuing it broke off."""
        prefix = self.prefix(kind, at)
        mine = self._numbers.standing(prefix, f"{kind.value}|{period.key}") if period else 0
        return mine or self._numbers.proposed(prefix)

    def reserved(self, kind: PaperKind, at: datetime) -> tuple[str, ...]:
        """Numbers of withdrawn papers of this year, each with the reason."""
        prefix = self.prefix(kind, at)
        return tuple(
            f"{words(prefix, one.number)}（已撤回：{one.withdrawn}）"
            for one in self._numbers.of(prefix)
            if one.withdrawn
        )

    def of(self, kind: PaperKind, period: Period) -> IssuedPaper:
        """Raises `EditionError`."""
        editions = self.folder(kind).of(period)
        firsts = [one for one in editions if _is_paper(one)]
        withdrawn = ""
        if firsts:
            prefix = prefix_of(firsts[-1].number)
            for one in self._numbers.of(prefix):
                if words(prefix, one.number) == firsts[-1].number:
                    withdrawn = one.withdrawn
        return IssuedPaper(editions=editions, withdrawn=withdrawn)

    def folder(self, kind: PaperKind) -> Editions:
        return Editions(self._papers / "issued" / kind.value)

    def issue(
        self,
        kind: PaperKind,
        period: Period,
        number: int,
        signer: str,
        by: Actor,
        now: datetime,
        public_url: str = "",
    ) -> Edition:
        """Freezes the draft under a number. Raises `IssueError`, `EditionError`, OSError."""
        _check(by, signer)
        if self.of(kind, period).standing:
            raise IssueError("这一期已经签发；有补入或更正的，请签发更正。")
        path = paper_path(self._papers, kind, period)
        draft, figures = kept(path), read_figures(figures_path(path))
        if draft is None or figures is None:
            raise IssueError("没有这一期的材料，或由旧版本生成；请先生成再签发。")
        if draft.made_at < min(period.end_at, _moment(self._office, kind, period)):
            raise IssueError(f"{period.name}还没有结束时生成的材料不能签发；请重新生成。")
        try:
            given = self._numbers.give(
                self.prefix(kind, now), number, f"{kind.value}|{period.key}", by, now
            )
        except NumberError as error:
            raise IssueError(str(error)) from error
        letter = _letter_of(draft.shown, given, signer, now)
        document = replace(draft.shown, letter=letter)
        return self._freeze(
            kind, period, PAPER, document, figures, Signing(given, signer.strip(), now), public_url
        )

    def compare(
        self, kind: PaperKind, period: Period, figures: tuple[PaperFigure, ...]
    ) -> tuple[Difference, ...]:
        """What is different from the paper as it was issued and corrected so far. Raises
        `IssueError`, `EditionError`."""
        standing = self.of(kind, period).standing
        if not standing:
            raise IssueError("这一期还没有签发，不用更正；请重新生成。")
        folder = self.folder(kind)
        if damage := folder.damage(standing[-1]):
            raise IssueError(
                f"{standing[-1].number}的文件与签发时不同（{'、'.join(damage)}），"
                "请先从备份恢复，再签发更正。"
            )
        before = read_figures(folder.path(standing[-1], _FIGURES))
        if before is None:
            raise IssueError(f"读不到{standing[-1].number}的数字，请先从备份恢复。")
        return differences(before, figures)

    def correct(
        self,
        kind: PaperKind,
        period: Period,
        made: Made,
        ledger: Ledger,
        signer: str,
        reason: str,
        by: Actor,
        now: datetime,
        public_url: str = "",
    ) -> Edition:
        """更正第n号: what `made`, counted now, says differently. Raises `IssueError` also where
        nothing is different, `EditionError`, `LedgerUnavailable`, OSError. `ledger`: what it was
        counted from."""
        _check(by, signer)
        found = self.compare(kind, period, made.figures)
        if not found:
            raise IssueError("重新统计与已签发的没有不同，不用更正。")
        if not reason.strip():
            raise IssueError(f"重新统计有 {len(found)} 处不同，签发更正须写明原因。")
        first, *corrected = self.of(kind, period).standing
        letter = _letter_of(made.document, first.number, signer, now)
        document = correction(
            len(corrected) + 1,
            made.document.title,
            period.name,
            letter,
            found,
            reason.strip(),
            ledger.load(listed_ids(found)).values(),
        )
        number = document.letter.number if document.letter else first.number
        signing = Signing(number, signer.strip(), now, reason.strip(), len(found))
        return self._freeze(kind, period, CORRECTION, document, made.figures, signing, public_url)

    def withdraw(
        self, kind: PaperKind, period: Period, reason: str, by: Actor, now: datetime
    ) -> Edition:
        """撤回: it stays in the archive, and its number with it. Raises `IssueError`."""
        if by.role is not Role.DESK:
            raise IssueError("材料由值班台撤回。")
        standing = self.of(kind, period).standing
        if not standing:
            raise IssueError("这一期没有签发过，不用撤回。")
        prefix = prefix_of(standing[0].number)
        number = self._numbers.standing(prefix, f"{kind.value}|{period.key}")
        try:
            self._numbers.withdraw(prefix, number, reason, by, now)
        except NumberError as error:
            raise IssueError(str(error)) from error
        return standing[0]

    def document(self, kind: PaperKind, edition: Edition) -> Document:
        """What an edition says. Raises `EditionError`."""
        name = PAPER if _is_paper(edition) else CORRECTION
        path = self.folder(kind).path(edition, f"{name}.json")
        try:
            return msgspec.json.decode(path.read_bytes(), type=Document)
        except (OSError, msgspec.DecodeError) as error:
            raise EditionError(f"读不到{edition.number}：{error}。请从备份恢复。") from error

    def _freeze(
        self,
        kind: PaperKind,
        period: Period,
        name: str,
        document: Document,
        figures: tuple[PaperFigure, ...],
        signing: Signing,
        public_url: str,
    ) -> Edition:
        folder = self.folder(kind)
        before = folder.of(period)
        template = self._office.headed(kind).template
        with folder.draft() as draft:
            write_paper(document, draft / f"{name}.docx", signing.at, public_url, template)
            (draft / f"{name}.json").write_bytes(msgspec.json.encode(document))
            (draft / _FIGURES).write_bytes(encode_figures(figures))
            edition = Edition(
                period=period,
                revision=len(before) + 1,
                number=signing.number,
                signer=signing.signer,
                issued_at=signing.at,
                issue_day=signing.at.date().isoformat(),
                rows=0,
                equation="",
                balanced=True,
                files={path.name: hash_of(path) for path in sorted(draft.iterdir())},
                changed=signing.changed,
                reason=signing.reason,
            )
            folder.issue(draft, edition)
        return edition


class Signing(Struct, frozen=True):
    """Under which number, by whom, when, and of a correction why and how much."""

    number: str
    signer: str
    at: datetime
    reason: str = ""
    changed: int = 0


def _is_paper(edition: Edition) -> bool:
    return f"{PAPER}.docx" in edition.files


def _check(by: Actor, signer: str) -> None:
    if by.role is not Role.DESK:
        raise IssueError("材料由值班台签发。")
    if not signer.strip():
        raise IssueError("签发须写明签发人。")


def _moment(office: Reporting, kind: PaperKind, period: Period) -> datetime:
    """The moment that a finished paper tells of."""
    if kind is not PaperKind.DAILY:
        return period.end_at
    return datetime.combine(period.first, office.reports.daily_hour, period.end_at.tzinfo)


def _letter_of(document: Document, number: str, signer: str, now: datetime) -> Letter:
    """Raises `IssueError` where the paper has no red head."""
    if document.letter is None:
        raise IssueError("这种材料没有红头，不能签发。")
    on = beijing(now)
    return replace(
        document.letter,
        number=number,
        signer=signer.strip(),
        on=day_in_words(on),
    )

"""裁定 as rows of the 派单目录: entered by who rules, in the office's own table, and withdrawn."""

from __future__ import annotations

import re
from typing import Final, Self

from msgspec import convert

from cases.figures.disputes import Dispute, disputes
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.routing.evidence import text_of
from cases.routing.rulings import LEAST_CHARACTERS, Ruling
from cases.words.actors import Role
from cases.words.ids import joined_digest
from cases.words.refusals import NotAllowed
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.sight import find_case
from desk.phrasing.phrases import Phrases
from desk.setup.own_tables import OwnTables
from huiyin.configuration.written import with_row

FILE: Final = "units.toml"
LONGEST: Final = 60
"""Of the name of the matter, and of all words together."""
LONGEST_BASIS: Final = 200
ENTERS: Final = (Role.DESK,)
WITHDRAWS: Final = (Role.DESK, Role.ADMIN)
_BETWEEN: Final = re.compile(r"[\s、，,；;]+")


class Directory:
    """What is entered or withdrawn counts for cases that come from now on; with Kafka from when the
    workers have heard of it, some seconds later. Every method raises `NotPermitted`, `NotThere`,
    and `NotAllowed` with what to do."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._own = desk.get(OwnTables)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def rulings(self) -> tuple[Ruling, ...]:
        """Those that count, the newest first."""
        found = convert(self._desk.settings.table(FILE).get("ruling", ()), list[Ruling])
        return tuple(sorted(found, key=lambda row: (row.decided_on, row.id), reverse=True))

    def enter(
        self, by: Doer, case_id: str, row_id: str, *, item: str, words: str, basis: str
    ) -> None:
        """The ruling of this dispute (`row_id`, as `row_of` gives it) decides about messages in
        which all of `words` occur, which are parted by blanks or commas. Entered again, it takes
        the place of what it was."""
        desk = self._desk
        desk.permit(by, *ENTERS, to="把裁定列入派单目录", about=case_id)
        with desk.readers.reader() as store:
            case = find_case(store.ledger, case_id, by.actor)
        ruled = next((one for one in disputes(case) if row_of(case, one) == row_id), None)
        if ruled is None:
            raise NotThere("没有这项裁定。")
        if not may_be_entered(case, ruled):
            raise NotAllowed("同意退回并再次派单的裁定才能列入派单目录；保密件的裁定不列入。")
        item, basis = " ".join(item.split()), " ".join(basis.split())
        each = words_in(words)
        check_row(case, item, each, basis)
        phrases = Phrases(desk.register, desk.clock())
        row = {
            "id": row_id,
            "new": True,
            "item": item,
            "unit": ruled.next_unit,
            "words": each,
            "basis": basis,
            "decided_on": (ruled.ruled_at or desk.clock()).date(),
            "decided_by": phrases.actor(ruled.ruled_by) if ruled.ruled_by else "",
            "case_id": case_id,
            "disabled": None,
        }
        said = f"派单目录：{item}（{'、'.join(each)}）由{phrases.unit(ruled.next_unit)}承办"
        self._own.change(
            by, FILE, lambda text: with_row(text, "ruling", "id", row), said, roles=ENTERS
        )

    def withdraw(self, by: Doer, row_id: str) -> None:
        """The row stays in the table and does not count."""
        self._desk.permit(by, *WITHDRAWS, to="撤下派单目录里的裁定", about=row_id)
        known = next((row for row in self.rulings() if row.id == row_id), None)
        if known is None:
            raise NotThere("派单目录里没有这一条，可能已经撤下。")
        off = {"id": row_id, "disabled": True}
        said = f"派单目录：撤下{known.item}（{'、'.join(known.words)}）"
        self._own.change(
            by, FILE, lambda text: with_row(text, "ruling", "id", off), said, roles=WITHDRAWS
        )


def row_of(case: Case, dispute: Dispute) -> str:
    """The id of the row that this ruling becomes."""
    return f"ruling-{joined_digest(case.case_id, dispute.asked_at.isoformat())[:8]}"


def may_be_entered(case: Case, dispute: Dispute) -> bool:
    """A row stands in the reasons of other cases: one of a confidential case would tell of it."""
    return bool(dispute.agreed and dispute.next_unit) and not case.confidential


def words_in(typed: str) -> tuple[str, ...]:
    """Words as a form has them, parted by blanks or commas, each once."""
    return tuple(dict.fromkeys(word for word in _BETWEEN.split(typed) if word))


def check_row(case: Case, item: str, words: tuple[str, ...], basis: str) -> None:
    """Whether this may be a row that rests on this case. Raises `NotAllowed`."""
    if not item or len(item) > LONGEST:
        raise NotAllowed(f"请写明是什么事项，如 小区充电桩，最多 {LONGEST} 个字。")
    short = next((word for word in words if len(word) < LEAST_CHARACTERS), "")
    if not words or short or sum(map(len, words)) > LONGEST:
        found = f"“{short}”太短" if short else "没有填" if not words else "太多"
        raise NotAllowed(
            f"请填写来件里都出现才算的词，每个至少 {LEAST_CHARACTERS} 个字，"
            f"共最多 {LONGEST} 个字；现在{found}。"
        )
    if not basis or len(basis) > LONGEST_BASIS:
        raise NotAllowed(
            f"请写明依据（文件、职责分工、会议决定），最多 {LONGEST_BASIS} 个字，"
            f"现在 {len(basis)} 个。"
        )
    for text in (item, *words, basis):
        if not text.isprintable() or for_anyone(case, text, by_office=True) != text:
            raise NotAllowed(
                f"“{text[:40]}”里有来信人的个人信息或不能显示的字符。"
                "这些字会写进以后每一件的派单理由，请删去。"
            )
    text = text_of(case.item)
    missing = next((word for word in words if word not in text), None)
    if missing is not None:
        raise NotAllowed(
            f"这件的标题和正文里没有“{missing}”，列入以后连这件也对不上。请从来件里选词。"
        )

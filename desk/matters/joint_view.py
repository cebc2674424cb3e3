"""A joint answer as one person sees it: the cases, where each stands, what may be pressed."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from cases.life.jointly import letter
from cases.life.next_step import may_review
from cases.privacy.visibility import Eyes, is_withheld
from cases.record.case import Case
from cases.words.actors import Actor
from desk.ground.context import DeskContext
from desk.ground.sight import only_seen
from desk.matters.carrying import Carrying
from desk.matters.register import Edition, JointAnswer
from desk.matters.standing import REVIEWED, JointStanding, Stage


class JointCase(Struct, frozen=True, kw_only=True):
    """One case of a joint answer as one person sees it."""

    case: Case
    standing: JointStanding
    text: str
    """What this citizen gets, or would; masked as everything on a page."""


class JointView(Struct, frozen=True, kw_only=True):
    joint: JointAnswer
    cases: tuple[JointCase, ...]
    """Those that this person sees, split ones left out."""
    split: tuple[Case, ...]
    text: str
    """The common text of the newest edition; "" before one was written, and for who reads the
    text of none of the cases: it tells what they are about."""
    rejected: str
    """Why the present text came back, in the reviewer's words; "" where it did not, and where
    the text is not shown. Masked for who does not read the texts of the cases."""
    may: frozenset[str]
    """Of write, review, reject, send, split, end."""

    def count(self, *stages: Stage) -> int:
        return sum(one.standing.stage in stages for one in self.cases)


def view_of(desk: DeskContext, joint: JointAnswer, actor: Actor) -> JointView:
    carrying = desk.get(Carrying)
    with desk.readers.reader() as store:
        loaded = store.ledger.load(list(joint.chosen))
    seen = {
        one.case_id: one for one in only_seen(loaded.values(), actor) if not is_withheld(one, actor)
    }
    name = desk.register.name(joint.unit)
    cases = []
    for case_id in joint.cases:
        case = seen.get(case_id)
        if case is not None:
            standing, eyes = carrying.standing(joint, case), Eyes(case, actor)
            shown = eyes.text(_text(joint, standing, case, name), by_office=True)
            standing = replace(standing, why=eyes.told(standing.why))
            cases.append(JointCase(case=case, standing=standing, text=shown))
    reads = any(not Eyes(case, actor).withheld for case in seen.values())
    edition = joint.edition if reads else None
    return JointView(
        joint=joint,
        cases=tuple(cases),
        split=tuple(seen[case_id] for case_id, _ in joint.split if case_id in seen),
        text=edition.text if edition else "",
        rejected=_rejected(edition, loaded.values(), actor),
        may=_offered(desk, joint, cases, actor),
    )


def _rejected(edition: Edition | None, cases: Iterable[Case], actor: Actor) -> str:
    """Through all that were chosen: it may quote one that this person sees no more."""
    said = edition.rejected.note if edition and edition.rejected else ""
    for case in cases:
        said = Eyes(case, actor).told(said)
    return said


def _offered(
    desk: DeskContext, joint: JointAnswer, cases: list[JointCase], actor: Actor
) -> frozenset[str]:
    """What stands on the page for this person; each press checks again."""
    if joint.ended:
        return frozenset()
    allows, edition = desk.rules.handling.allows, joint.edition
    stages = {one.standing.stage for one in cases}
    sent = edition is not None and edition.sent is not None
    found = {"split"} if allows(actor, "draft_reply") else set()
    if allows(actor, "draft_reply") and not sent:
        found |= {"write", "end"}
    if edition and not edition.rejected and not sent:
        if allows(actor, "approve_reply") and any(
            may_review(one.case, one.standing.draft, actor, desk.rules)
            for one in cases
            if one.standing.stage is Stage.REVIEW and one.standing.draft
        ):
            found.add("review")
        if allows(actor, "reject_reply") and not REVIEWED.isdisjoint(stages):
            found.add("reject")
        if allows(actor, "deliver") and Stage.APPROVED in stages:
            found.add("send")
    return frozenset(found)


def _text(joint: JointAnswer, standing: JointStanding, case: Case, unit_name: str) -> str:
    if standing.draft:
        return standing.draft.text
    return letter(joint.edition.text, case.item, unit_name) if joint.edition else ""

"""并单一并答复, as page and interface ask for it: who may press what, and what it says.

Every method raises `NotPermitted`, `NotThere` and `NotAllowed`; what was done stands in the trail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from cases.life.jointly import LEAST, check_text, why_apart
from cases.privacy.visibility import Sight, is_withheld, sight_of
from cases.record import commands as do
from cases.record.case import Case
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.registers import Changed
from desk.ground.sight import only_seen
from desk.http.draft_autosave import DraftAutosave
from desk.matters.carrying import Carrying
from desk.matters.joint_view import JointView, view_of
from desk.matters.register import Edition, JointAnswer, JointRegister, Press
from desk.matters.standing import GONE, REVIEWED, Stage, approval, refusal

READERS = (Role.DESK, Role.RESPONDER, Role.REVIEWER, Role.LEADER, Role.ADMIN)
MOST: int = 500
"""Cases of one joint answer."""
_OVER: int = 20
"""Joint answers that are over and still listed."""
_NAMED: int = 5
"""Cases that a refusal names."""


def writing_key(number: str) -> str:
    """Under which the text that is being typed is kept. No case has such an id: it lacks the
    colon."""
    return f"并单/{number}"


class Matters:
    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._register = JointRegister(desk.file)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    # -- what there is -------------------------------------------------------

    def joints(self, actor: Actor, matter: str = "") -> list[JointAnswer]:
        """Those that this person may know of, the newest first; `matter`: only of this one."""
        return [
            one
            for one in self._register.all()
            if _theirs(one, actor) and (not matter or one.matter == matter)
        ]

    def recent(self, actor: Actor) -> list[JointAnswer]:
        """Those that are under way, and the last that are over; the newest first."""
        found = self.joints(actor)
        over = [one for one in found if one.ended][_OVER:]
        return [one for one in found if one not in over]

    def joint_of(self, case: Case, actor: Actor) -> JointAnswer | None:
        """The joint answer that this open case stands in now, where this person may know of it."""
        if is_withheld(case, actor) or not case.open:
            return None
        return next(
            (one for one in self._live() if _holds(one, case) and _theirs(one, actor)), None
        )

    def view(self, by: Doer, number: str) -> JointView:
        self._desk.permit(by, *READERS, to="查看并单", about=number)
        return self._view(self._get(by.actor, number), by.actor)

    def candidates(self, cases: list[Case], actor: Actor) -> dict[str, str]:
        """Of these cases, which this person sees: why each cannot be answered together with the
        others of its unit; "" where it can."""
        live = self._live()
        own = actor.unit if actor.role is Role.RESPONDER else ""
        found = {}
        for case in cases:
            taken = next((one.number for one in live if _holds(one, case)), "")
            found[case.case_id] = f"已在 {taken} 中" if taken else why_apart(case, own)
        return found

    # -- presses -------------------------------------------------------------

    def begin(self, by: Doer, matter: str, case_ids: tuple[str, ...]) -> JointView:
        """并单 of these cases of the matter."""
        desk = self._desk
        self._may(by, "draft_reply", "并单办理", matter)
        case_ids = tuple(dict.fromkeys(case_ids))
        with desk.readers.reader() as store:
            loaded = store.ledger.load(list(case_ids))
        seen = {one.case_id: one for one in only_seen(loaded.values(), by.actor)}
        for case_id in case_ids:
            case = seen.get(case_id)
            if case is None or matter not in case.matters or is_withheld(case, by.actor):
                raise NotThere(f"这个事项里没有编号为“{case_id[:80]}”的来件，或您无权查看。")
        if not LEAST <= len(case_ids) <= MOST:
            raise NotAllowed(
                f"并单应选 {LEAST} 到 {MOST} 件，实际选了 {len(case_ids)} 件；只有一件的，请到"
                "事项页答复。"
            )
        chosen = [seen[case_id] for case_id in case_ids]
        why = self.candidates(chosen, by.actor)
        lead = next((one.unit for one in chosen if not why[one.case_id]), chosen[0].unit)
        why |= {
            one.case_id: f"主办单位不同，是{desk.register.name(one.unit)}"
            for one in chosen
            if not why[one.case_id] and one.unit != lead
        }
        apart = [(case_id, said) for case_id, said in why.items() if said]
        if apart:
            named = "；".join(f"{case_id}（{said}）" for case_id, said in apart[:_NAMED])
            rest = f"；等 {len(apart)} 件" if len(apart) > _NAMED else ""
            raise NotAllowed(f"以下来件不能一并答复，请去掉后再并单：{named}{rest}。")
        made = self._register.begin(matter, lead, case_ids, by.actor, desk.clock())
        desk.note(by, AuditAction.REGISTER, made.number, f"并单 {len(case_ids)} 件")
        return self._view(made, by.actor)

    def write(self, by: Doer, number: str, text: str, seen: int | None = None) -> JointView:
        """The one draft, for all of them. `seen`: how many entries the writer had seen."""
        self._may(by, "draft_reply", "起草一并答复", number)
        joint = self._get(by.actor, number)
        _require_open(joint)
        if joint.edition and joint.edition.sent:
            raise NotAllowed("已经开始发送，不能再换答复稿。没有送达的，请移出后单独答复。")
        text = text.strip()
        shown = self._view(joint, by.actor)
        going = [
            one for one in shown.cases if one.standing.stage not in (Stage.OUT, Stage.DELIVERED)
        ]
        self._check(by.actor, joint, text)
        if not going and joint.edition is None:
            raise NotAllowed("选出的来件现在都不能一并答复，请看各件的原因。")
        self._press(joint, seen, lambda one: self._register.write(
            one, text, by.actor, self._desk.clock()
        ))  # fmt: skip
        self._desk.get(DraftAutosave).forget(by.actor.id, writing_key(number))
        self._desk.note(by, AuditAction.REGISTER, number, "提交一并答复稿")
        return self.view(by, number)

    def approve(
        self, by: Doer, number: str, checklist: tuple[str, ...] = (), note: str = "",
        seen: int | None = None,
    ) -> JointView:  # fmt: skip
        """One look of the review, for all drafts that wait for it."""
        self._may(by, "approve_reply", "审核答复", number)
        joint = self._get(by.actor, number)
        edition = self._reviewed(joint)
        now = self._desk.clock()
        press = Press(by=by.actor, at=now, seq=0, checklist=checklist, note=note)
        self._tried(joint, by.actor, lambda draft: approval(draft, press))
        if any(one.by.id == by.actor.id for one in edition.approvals):
            raise NotAllowed("您已审核过此稿，请由另一人审核。")
        self._press(
            joint, seen, lambda one: self._register.approve(one, checklist, note, by.actor, now)
        )
        self._desk.note(by, AuditAction.REGISTER, number, "一并答复稿审核通过")
        return self.view(by, number)

    def reject(self, by: Doer, number: str, reason: str, seen: int | None = None) -> JointView:
        self._may(by, "reject_reply", "退改答复", number)
        joint = self._get(by.actor, number)
        edition = self._reviewed(joint)
        if edition.sent:
            raise NotAllowed("已经开始发送，不能再退改。")
        reason = reason.strip()
        self._tried(
            joint,
            by.actor,
            lambda draft: do.RejectReply(draft=draft, reason=reason),
            *REVIEWED,
        )
        self._press(
            joint,
            seen,
            lambda one: self._register.reject(one, reason, by.actor, self._desk.clock()),
        )
        self._desk.note(by, AuditAction.REGISTER, number, "一并答复稿退改")
        return self.view(by, number)

    def send(self, by: Doer, number: str, seen: int | None = None) -> JointView:
        """To every citizen whose letter is approved, by their own door, at most once."""
        self._may(by, "deliver", "发送答复", number)
        joint = self._get(by.actor, number)
        edition = self._reviewed(joint)
        if edition.sent:
            raise NotAllowed("已经按过发送；没有送达的，请看各件的原因，到事项页处理。")
        self._tried(joint, by.actor, lambda draft: do.Deliver(draft=draft, via="?"), Stage.APPROVED)
        self._press(joint, seen, lambda one: self._register.send(one, by.actor, self._desk.clock()))
        self._desk.note(by, AuditAction.REGISTER, number, "发送一并答复")
        return self.view(by, number)

    def split(self, by: Doer, number: str, case_id: str) -> JointView:
        """拆出: this one is answered by itself from now on. A draft that it has stays with it."""
        self._may(by, "draft_reply", "拆出来件", number)
        joint = self._get(by.actor, number)
        shown = self._view(joint, by.actor)
        one = next((each for each in shown.cases if each.case.case_id == case_id), None)
        if one is None:
            raise NotThere(f"{number} 里没有编号为“{case_id[:80]}”的来件，或您无权查看。")
        if one.standing.stage is Stage.DELIVERED or one.standing.stage in GONE:
            raise NotAllowed(f"这件{one.standing.stage}，不能再拆出；后续请到事项页办理。")
        self._press(
            joint,
            None,
            lambda each: self._register.split(each, case_id, by.actor, self._desk.clock()),
        )
        self._desk.note(by, AuditAction.REGISTER, number, f"拆出 {case_id}")
        return self.view(by, number)

    def give_up(self, by: Doer, number: str) -> JointView:
        """撤销并单: every case is answered by itself; drafts stay with their cases."""
        self._may(by, "draft_reply", "撤销并单", number)
        joint = self._get(by.actor, number)
        _require_open(joint)
        if joint.edition and joint.edition.sent:
            raise NotAllowed("已经开始发送，不能再撤销并单。")
        self._press(
            joint,
            None,
            lambda one: self._register.end(one, by.actor, self._desk.clock(), done=False),
        )
        self._desk.note(by, AuditAction.REGISTER, number, "撤销并单")
        return self.view(by, number)

    def _check(self, actor: Actor, joint: JointAnswer, text: str) -> None:
        """Against all that may get it, now or once they are back with the unit."""
        with self._desk.readers.reader() as store:
            loaded = store.ledger.load(list(joint.cases))
        # One that went elsewhere and may be about this very unit tells it nothing, not even by
        # what a draft is answered.
        cases = only_seen(loaded.values(), actor)
        if any(sight_of(one, actor) < Sight.FULL for one in cases):
            raise NotAllowed(
                "其中有来件的来信人信息对您不显示，不能起草一并答复，请由承办此事项的人员起草。"
            )
        check_text(text, [one.item for one in cases])

    # -- helpers -------------------------------------------------------------

    def _live(self) -> list[JointAnswer]:
        return [one for one in self._register.all() if not one.ended]

    def _may(self, by: Doer, command: str, to: str, about: str) -> None:
        if not self._desk.rules.handling.allows(by.actor, command):
            self._desk.refuse(by, to, about)

    def _get(self, actor: Actor, number: str) -> JointAnswer:
        one = self._register.get(number)
        if one is None or not _theirs(one, actor):
            raise NotThere(f"没有编号为“{number[:20]}”的并单，或您无权查看。")
        return one

    def _view(self, joint: JointAnswer, actor: Actor) -> JointView:
        return view_of(self._desk, joint, actor)

    def _reviewed(self, joint: JointAnswer) -> Edition:
        """Raises `NotAllowed` where there is no text that could be reviewed or sent."""
        _require_open(joint)
        if joint.edition is None:
            raise NotAllowed("还没有一并答复稿。")
        if joint.edition.rejected:
            raise NotAllowed("一并答复稿已被退改，请另拟新稿。")
        return joint.edition

    def _tried(
        self,
        joint: JointAnswer,
        actor: Actor,
        command: Callable[[int], do.AnyCommand],
        *stages: Stage,
    ) -> None:
        """Raises `NotAllowed` where no case at all would take it: nothing is written down then."""
        said = ""
        for one in self._view(joint, actor).cases:
            draft = one.standing.draft
            if draft is None or one.standing.stage not in (stages or (Stage.REVIEW,)):
                continue
            said = refusal(
                one.case, command(draft.number), actor, self._desk.clock(), self._desk.rules
            )
            if not said:
                return
        raise NotAllowed(said or "现在没有一件在等这一步，请看各件的进展。")

    def _press(
        self,
        joint: JointAnswer,
        seen: int | None,
        append: Callable[[JointAnswer], JointAnswer],
    ) -> None:
        if seen is not None and seen != joint.seen:
            raise NotAllowed("您打开页面以后，别人办理过这个并单。请看过变化再提交。")
        try:
            made = append(joint)
        except Changed as error:
            raise NotAllowed(str(error)) from error
        self._desk.get(Carrying).press(made.number)


def _theirs(one: JointAnswer, actor: Actor) -> bool:
    """A unit knows of what it answers itself and of no other."""
    return actor.role is not Role.RESPONDER or (bool(actor.unit) and one.unit == actor.unit)


def _holds(one: JointAnswer, case: Case) -> bool:
    """Not where the case went to another unit since, which need not know of it."""
    return case.case_id in one.cases and case.unit == one.unit


def _require_open(joint: JointAnswer) -> None:
    if joint.ended:
        raise NotAllowed("并单已撤销。" if joint.given_up else "并单已经办完。")

"""待人工派单: what no machine may dispatch, why, and how it is taken back.

信访工作条例第三十条 (国务院、中共中央 2022): "不得将信访人的检举、揭发材料以及有关情况透露或者
转给被检举、揭发的人员或者单位". A case in which secrecy is asked for, or which sounds like
an accusation of an office or its people, is given to no unit by a rule; a person at the
desk decides. What the rules had found is a suggestion for the desk alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.life.dates import SetDate
from cases.life.rules import Findings, Rules
from cases.record import events as ev
from cases.record.case import Case, State
from cases.record.item import Item, written_text
from cases.words.grounds import Ground

HELD = "held"


def held_back(item: Item, findings: Findings, rules: Rules) -> ev.HeldBack | None:
    """Why this message is dispatched by no machine; None where nothing speaks against it."""
    accusation = findings.accusation
    asked = rules.accusation.asks_secrecy(item.title, written_text(item))
    if accusation is None and not item.confidential and not asked:
        return None
    chosen = findings.assignment
    by_rule = chosen.rule.value != "default"
    found = (chosen.lead, *chosen.assisting) if by_rule else ()
    grounds: list[Ground] = []
    reasons: list[str] = []
    about: tuple[str, ...] = ()
    suggested = found
    if accusation is not None:
        grounds.append(Ground.ACCUSATION)
        quotes = "、".join(f"“{quote}”" for quote in accusation.quotes)
        reasons.append(
            f"来件写到{quotes}，可能是举报单位或公职人员（{_listed(accusation.offences)}）"
        )
        about = tuple(dict.fromkeys((*findings.named, *found)))
        suggest = rules.accusation.table.suggest
        suggested = (suggest,) if suggest else ()
    if item.confidential or asked:
        grounds.append(Ground.SECRECY)
        reasons.append(f"来信人要求保密（“{asked}”）" if asked else "来信人要求保密")
    return ev.HeldBack(
        grounds=tuple(grounds),
        reason="；".join(reasons) + "。没有自动派单，请值班台决定由谁办理。",
        quotes=accusation.quotes if accusation else (),
        found=found,
        suggested=suggested,
        about=about,
        barred=tuple(sorted(rules.influence.reach(about))),
    )


def held_back_later(case: Case, item: Item, findings: Findings, rules: Rules) -> list[ev.EventBody]:
    """What follows for the units when a later version asks for secrecy or accuses a unit.

    What a machine dispatched is taken back as a whole. What a person dispatched knowing
    less is taken back from those whom the new text may be about."""
    hold = held_back(item, findings, rules)
    if hold is None or not case.open or not _is_new(case, hold, rules):
        return []
    by_person = case.dispatched and case.unit_rule == "desk"
    # A case that waits anyway is the desk's own: there is nothing to take back of its lead.
    parts = {task.unit for task in case.tasks if case.dispatched or not task.lead}
    leaving = parts & set(hold.barred) if by_person else parts
    if by_person and not leaving:
        return []
    why = "来源更新后的内容要求保密，或可能是举报承办单位，先收回"
    bodies: list[ev.EventBody] = list(taken_back(case, leaving, why))
    if case.unit in leaving or not case.dispatched:
        bodies.append(hold)
    return bodies


def _is_new(case: Case, hold: ev.HeldBack, rules: Rules) -> bool:
    """Whether the version says what the one before it did not: upon that no person has
    decided yet."""
    earlier = [event.body for event in case.history if isinstance(event.body, ev.HeldBack)]
    before = case.item
    if Ground.ACCUSATION in hold.grounds:
        read = rules.accusation.find(before.title, written_text(before))
        known = {quote for body in earlier for quote in body.quotes}
        known |= set(read.quotes if read else ())
        if not set(hold.quotes) <= known:
            return True
    asked = before.confidential or rules.accusation.asks_secrecy(before.title, written_text(before))
    return Ground.SECRECY in hold.grounds and not asked


def marked(case: Case, accused: tuple[str, ...], reason: str, rules: Rules) -> list[ev.EventBody]:
    """What follows when a person names the units that a case is about: they and what
    belongs to them have no part in it any more; without a lead it waits at the desk."""
    barred = rules.influence.within((*case.accused, *accused))
    leaving = {task.unit for task in case.tasks} & barred
    bodies: list[ev.EventBody] = list(taken_back(case, leaving, reason, barred))
    if case.unit in leaving and case.open:
        suggest = rules.accusation.table.suggest
        bodies.append(
            ev.HeldBack(
                grounds=(Ground.MARKED,),
                reason="主办单位被标为被反映单位，已收回，请值班台另行派单。",
                suggested=(suggest,) if suggest and suggest not in barred else (),
                about=tuple(dict.fromkeys((*case.accused, *accused))),
                barred=tuple(sorted(rules.influence.reach((*case.accused, *accused)))),
            )
        )
    return bodies


def taken_back(
    case: Case, units: set[str], reason: str, writers: frozenset[str] = frozenset()
) -> list[ev.TakenBack]:
    """`writers`: whose drafts are withdrawn beside those of `units`. Empty where none of
    them has a part."""
    sent = {delivery.draft for delivery in case.round.deliveries}
    drafts = tuple(
        draft.number
        for draft in case.round.drafts
        if draft.unit
        and draft.unit in units | writers
        and not draft.rejected
        and draft.number not in sent
    )
    if not units and not drafts:
        return []
    return [ev.TakenBack(units=tuple(sorted(units)), reason=reason, drafts=drafts)]


def clears(case: Case, units: tuple[str, ...]) -> bool:
    """Whether giving a held case to these units says that it is no accusation of them."""
    held = case.held
    return (
        held is not None
        and Ground.ACCUSATION in held.grounds
        and not set(held.barred).isdisjoint(units)
    )


def kept_from(case: Case, rules: Rules) -> frozenset[str]:
    """The units that no machine offers the case to: those it is about, what belongs to them and
    stands over them, also after a person gave a report to another unit."""
    barred = set(rules.influence.reach(case.accused))
    if case.confidential:
        holds = (event.body for event in case.history if isinstance(event.body, ev.HeldBack))
        barred.update(unit for hold in holds for unit in hold.barred)
    return frozenset(barred)


def alarm_due(case: Case, now: datetime, rules: Rules) -> tuple[SetDate, bool] | None:
    """The latest alarm that has come due for a case nobody acts on, and whether a leader is
    called; None while there is none. Natural hours: config/handling.toml `[held]`."""
    held = case.held
    if held is None or case.state is not State.RECEIVED:
        return None
    passed = [
        hours
        for hours in rules.handling.held.alarm_hours
        if held.since + timedelta(hours=hours) < now
    ]
    if not passed:
        return None
    due_at = held.since + timedelta(hours=max(passed))
    leader = max(passed) >= rules.handling.held.leader_hours
    return SetDate(what=HELD, number=held.seq, due_at=due_at), leader


def _listed(words: tuple[str, ...]) -> str:
    return "、".join(words)

"""What follows when a person says what a case is: its labels, its matter, its secrecy."""

from __future__ import annotations

from msgspec.structs import replace

from cases.clocks.rule import EVENT_LEVELS
from cases.life.held import marked
from cases.life.reclock import Reclocked, reclocked
from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    require,
    require_text,
)
from cases.life.rules import Rules
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, unique
from cases.record.events import Recorded
from cases.words.actors import Role
from cases.words.labels import Labels

_FIELDS = ("kind", "topic_path", "simple", "sentiment", "risk", "urgent")


@decides(do.Correct, probe=lambda c, _a: do.Correct(urgent=not c.labels.urgent))
def correct(case: Case, command: do.Correct, attempt: Attempt) -> list[ev.EventBody]:
    level = command.event_level
    regraded = level is not None and level != case.event_level
    require(_changed(case, command) or regraded, "没有要更正的内容。")
    require(
        not level or level in EVENT_LEVELS, f"事件级别应为{'、'.join(EVENT_LEVELS)}之一，或留空。"
    )
    labels, _ = correction(case, command, attempt.rules)
    follows = command.simple is None and labels.simple is not case.labels.simple
    bodies: list[ev.EventBody] = [
        ev.Corrected(
            labels=labels,
            fields=tuple(_given(command)),
            derived=("simple",) if follows else (),
            event_level=level,
            reason=command.reason,
        )
    ]
    if not case.open:
        return bodies
    clocks = corrected_clocks(case, command, attempt.rules)
    if clocks.lengthens:
        require(
            command.lengthen_approved and attempt.actor.role in (Role.DESK, Role.SYSTEM),
            "此更正会延长答复期限，须经值班台同意。",
        )
    if clocks.changed or clocks.dropped:
        bodies.append(
            ev.ClocksSet(clocks=clocks.changed, dropped=clocks.dropped, why="更正后重新计算时限")
        )
    return bodies


def correction(case: Case, command: do.Correct, rules: Rules) -> tuple[Labels, str]:
    """The labels and the event level that would hold after it. Another kind or topic may make
    the question simple, or no longer; what a person said of that expressly stays."""
    changed = _changed(case, command)
    by_rule = command.simple is None and not set_by_person(case, "simple")
    follows = by_rule and not changed.keys().isdisjoint(("kind", "topic_path"))
    if command.kind is not None:
        changed["kind_confidence"] = 1.0
    if "topic_path" in changed:
        path = command.topic_path or ()
        changed |= {
            "topic": path[0] if path else "",
            "topic_confidence": 1.0,
            "abstained": not path,
        }
    if command.urgent is False:
        changed["loud"] = False
    level = case.event_level if command.event_level is None else command.event_level
    labels: Labels = replace(case.labels, **changed)
    if follows:
        simple = rules.simple.holds(labels, case.item.title, case.item.body)
        labels = replace(labels, simple=simple)
    return labels, level


def set_by_person(case: Case, field: str) -> bool:
    """Whether a person has said what this label is."""
    return any(
        isinstance(event.body, ev.Corrected)
        and field in event.body.fields
        and event.actor.role is not Role.SYSTEM
        for event in case.history
    )


def corrected_clocks(case: Case, command: do.Correct, rules: Rules) -> Reclocked:
    """What a correction would make of the clocks, reckoned from receipt."""
    labels, level = correction(case, command, rules)
    detected_at = case.opened_at if case.round.number == 1 else case.round.started_at
    return reclocked(case, labels, level, rules, detected_at=detected_at)


def _given(command: do.Correct) -> dict[str, object]:
    return {name: value for name in _FIELDS if (value := getattr(command, name)) is not None}


def _changed(case: Case, command: do.Correct) -> dict[str, object]:
    return {n: v for n, v in _given(command).items() if getattr(case.labels, n) != v}


@decides(do.LinkMatter, probe=lambda _c, _a: do.LinkMatter(matter=SOME_TEXT))
def link_matter(case: Case, command: do.LinkMatter, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.matter, "同一事项的编号")
    require(command.matter not in case.matters, "已经关联。")
    return [
        ev.MatterLinked(matter=command.matter, reason=command.reason, burst=max(0, command.burst))
    ]


@decides(
    do.UnlinkMatter, probe=lambda c, _a: do.UnlinkMatter(matter=c.matters[0] if c.matters else "")
)
def unlink_matter(case: Case, command: do.UnlinkMatter, attempt: Attempt) -> list[ev.EventBody]:
    require(command.matter in case.matters, "没有关联该事项。")
    return [ev.MatterUnlinked(matter=command.matter, reason=command.reason)]


@decides(do.MarkConfidential, probe=lambda _c, _a: do.MarkConfidential(reason=SOME_TEXT))
def mark_confidential(
    case: Case, command: do.MarkConfidential, attempt: Attempt
) -> list[ev.EventBody]:
    require_text(command.reason, "保密的理由")
    known = attempt.rules.units
    for unit in command.accused:
        require(
            not known or unit in known, f"单位表里没有“{unit}”。请用 config/units.toml 里的 id。"
        )
    return [
        ev.MarkedConfidential(reason=command.reason, accused=command.accused),
        *marked(case, command.accused, "被标为被反映单位，收回所派任务", attempt.rules),
    ]


@applies(ev.Corrected)
def corrected(case: Case, body: ev.Corrected, event: Recorded) -> Case:
    level = case.event_level if body.event_level is None else body.event_level
    return replace(case, labels=body.labels, event_level=level)


@applies(ev.MatterLinked)
def matter_linked(case: Case, body: ev.MatterLinked, event: Recorded) -> Case:
    return replace(case, matters=unique((*case.matters, body.matter)))


@applies(ev.MatterUnlinked)
def matter_unlinked(case: Case, body: ev.MatterUnlinked, event: Recorded) -> Case:
    return replace(case, matters=tuple(m for m in case.matters if m != body.matter))


@applies(ev.MarkedConfidential)
def marked_confidential(case: Case, body: ev.MarkedConfidential, event: Recorded) -> Case:
    held = case.held and replace(case.held, presumed=False)
    return replace(
        case, confidential=True, held=held, accused=unique((*case.accused, *body.accused))
    )

"""What the forms of an 事件档案 say, read into its steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cases.registers.incident import (
    Asked,
    Ended,
    Graded,
    Incident,
    Linked,
    Noted,
    Opened,
    Part,
    Recalled,
    Step,
    Worded,
)
from cases.registers.wording import Wording
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING, beijing
from desk.ground.doer import NotThere
from desk.opinion.incident_files import IncidentFiles


def opened_of(typed: Mapping[str, str]) -> Opened:
    """Raises `NotAllowed`."""
    return Opened(
        title=typed.get("title", ""),
        level=typed.get("level", ""),
        noticed_at=moment_of(typed.get("noticed_at", "")),
        summary=typed.get("summary", ""),
        refs=tuple(typed.get("refs", "").split()),
        wording=wording_of(typed),
    )


def step_of(
    files: IncidentFiles, found: Incident, name: str, typed: Mapping[str, str], actor: Actor
) -> Step:
    """Raises `NotAllowed`, and `NotThere` for a name that no form has."""
    text = typed.get("text", "")
    match name:
        case "note":
            return Noted(
                part=_part(typed),
                text=text,
                at=moment_of(typed.get("at", "")),
                where=typed.get("where", ""),
                url=typed.get("url", ""),
                unit=actor.unit if actor.role is Role.RESPONDER else "",
            )
        case "grade":
            return Graded(level=typed.get("level", ""), reason=text)
        case "link":
            return Linked(refs=tuple(typed.get("refs", "").split()))
        case "words":
            return Worded(wording=wording_of(typed))
        case "ask":
            part, due = _part(typed), typed.get("due_at", "")
            wanted = moment_of(due) if due else None
            return Asked(
                unit=typed.get("unit", ""),
                part=part,
                due_at=files.due_for(found, part, wanted),
                text=text,
            )
        case "recall":
            number = typed.get("task", "")
            known = number.isascii() and number.isdecimal() and len(number) < 6
            return Recalled(task=int(number) if known else 0, reason=text)
        case "end":
            return Ended(conclusion=text, why_late=typed.get("why_late", ""))
    raise NotThere("没有这个动作。")


def wording_of(typed: Mapping[str, str]) -> Wording:
    """Words of three fields, separated by white space."""
    return Wording(
        any_of=tuple(typed.get("any_of", "").split()),
        all_of=tuple(typed.get("all_of", "").split()),
        none_of=tuple(typed.get("none_of", "").split()),
    )


def moment_of(text: str) -> datetime:
    """Raises `NotAllowed`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotAllowed(f"时间应写作 2026-11-22T09:30，实际是“{text[:30]}”。") from None
    return at.replace(tzinfo=BEIJING) if at.tzinfo is None else beijing(at)


def _part(typed: Mapping[str, str]) -> Part:
    part = typed.get("part", "")
    if part not in list(Part):
        raise NotAllowed("请选择这条记录属于哪一步。")
    return Part(part)

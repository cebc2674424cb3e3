"""docs/case.md and docs/accounts.md say who sees what in the words of the program's own table.

`python -m tests.docs.test_sight_tables` prints the tables as they have to stand there.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from cases.privacy.visibility import WITHHELD, Eyes, Sight, files_open, seen_at, sight_of
from cases.privacy.visible_fields import FIELDS, Sort
from cases.record import commands as do
from cases.record.case import Case
from cases.record.item import Attachment, Item
from cases.words.actors import Actor, Role
from tests.cases.helpers import DESK, HOUSING, Story, assigned_to, item, labels

NAMES = {
    Sight.NOTHING: "nothing, as if there were none",
    Sight.WITHHELD: "withheld",
    Sight.LABELS: "labels",
    Sight.MASKED: "masked",
    Sight.TEXT: "text",
    Sight.FULL: "full",
}
READERS = (
    ("值班台", Actor(id="d", role=Role.DESK)),
    ("承办单位, lead", Actor(id="l", role=Role.RESPONDER, unit="housing")),
    ("承办单位, assisting", Actor(id="a", role=Role.RESPONDER, unit="education")),
    ("承办单位, of another case", Actor(id="o", role=Role.RESPONDER, unit="health")),
    ("审核", Actor(id="r", role=Role.REVIEWER)),
    ("领导", Actor(id="e", role=Role.LEADER)),
    ("管理员", Actor(id="m", role=Role.ADMIN)),
    ("被反映单位 that has the case", Actor(id="x", role=Role.RESPONDER, unit="accused")),
    ("any other account of 被反映单位", Actor(id="y", role=Role.LEADER, unit="accused")),
)


def _case(*, confidential: bool) -> Case:
    first = item(
        title="标题",
        body="正文，电话13912345678",
        author="周晓岚",
        phone="13912345678",
        place="地点13912345678",
        url="https://a.example/1",
        attachments=(Attachment(name="附件13912345678.png"),),
        extra={"备注": "周晓岚"},
        kind="投诉",
    )
    case = Story(first, to=assigned_to(HOUSING), read_as=labels(risk=("举报",))).case
    unit_names = ("housing", "education", "accused")
    tasks = tuple(replace(case.tasks[0], unit=unit, lead=unit == "housing") for unit in unit_names)
    accused = ("accused",) if confidential else ()
    return replace(case, tasks=tasks, confidential=confidential, accused=accused)


def roles_table() -> str:
    """What each role sees before and after it gives a reason."""
    head = "| Who | Ordinary case | after a reason | Files "
    head += "| Confidential case (保密件) | after a reason | Files |"
    lines = [head, "|---|---|---|---|---|---|---|"]
    for name, actor in READERS:
        cells = [name]
        for confidential in (False, True):
            case = _case(confidential=confidential)
            if not confidential and actor.unit == "accused":
                cells += ["(no such case)", "", ""]
                continue
            sight = sight_of(case, actor)
            before = Eyes(case, actor).sight if sight else sight
            cells.append(NAMES[before])
            cells.append(NAMES[sight] if sight is not before else "the same")
            cells.append("open after a reason" if files_open(case, sight) else "closed")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def fields_table() -> str:
    """What each sight shows of each sort of field."""
    sights = [one for one in Sight if one is not Sight.NOTHING]
    head = " | ".join(NAMES[one] for one in sights)
    lines = [f"| Fields | {head} |", "|---" * (len(sights) + 1) + "|"]
    for sort in Sort:
        if sort is not Sort.PART:
            cells = [_shown(sort, sight) for sight in sights]
            lines.append(f"| {sort.value} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _shown(sort: Sort, sight: Sight) -> str:
    """Of both an ordinary and a confidential case."""
    said = [_shown_of(sort, sight, _case(confidential=secret)) for secret in (False, True)]
    return said[0] if said[0] == said[1] else f"{said[0]}; 保密件: {said[1]}"


def _shown_of(sort: Sort, sight: Sight, case: Case) -> str:
    seen = seen_at(case, sight)
    assert seen is not None
    pairs = [
        (getattr(before, name), getattr(after, name))
        for before, after, kind in ((case, seen, Case), (case.item, seen.item, Item))
        for name, one in FIELDS[kind].items()
        if one is sort and getattr(before, name)
    ]
    if all(before == after for before, after in pairs):
        return "shown"
    if any(before == after for before, after in pairs):
        return "in part"
    gone = all(after in ("", (), {}, WITHHELD) or _empty(after) for _, after in pairs)
    hidden = all(after != before and "*" not in str(after) for before, after in pairs)
    return "–" if gone or (hidden and sort is Sort.PERSON) else "masked"


def _empty(value: object) -> bool:
    return not getattr(value, "topic", "x") and not getattr(value, "risk", "x")


def test_the_case_page_says_what_each_sight_shows(root: Path) -> None:
    assert fields_table() in (root / "docs/case.md").read_text("utf-8")


def test_the_accounts_page_says_what_each_role_sees(root: Path) -> None:
    assert roles_table() in (root / "docs/accounts.md").read_text("utf-8")
    assert roles_table() in (root / "docs/case.md").read_text("utf-8")


def test_a_case_that_was_marked_is_that_of_the_table() -> None:
    """The made-up case of the table is one that the rules make as well."""
    story = Story()
    story.does(DESK, do.MarkConfidential(reason="检举", accused=(HOUSING,)), "2026-03-03T10:00")
    assert story.case.accused == (HOUSING,)
    assert story.case.confidential


if __name__ == "__main__":
    print(roles_table(), fields_table(), sep="\n\n")

"""A desk with linked cases, and the people who answer them together."""

from __future__ import annotations

from cases.record import commands as do
from cases.record.case import Case
from cases.words.actors import Actor, Role
from desk.ground.doer import Doer
from desk.matters.carrying import Carrying
from desk.matters.joint_view import JointView
from desk.matters.service import Matters
from tests.desk.case_office import CaseOffice, item

MATTER = "board-export:1"
UNIT = "housing"
DESK = Actor(id="desk", role=Role.DESK, name="林某")
WRITER = Actor(id="writer", role=Role.RESPONDER, name="住建经办", unit=UNIT)
STRANGER = Actor(id="stranger", role=Role.RESPONDER, name="教体经办", unit="education")
REVIEWER = Actor(id="reviewer", role=Role.REVIEWER, name="审核某")
TEXT = (
    "尊敬的【称呼】：\n您好！您反映的问题（受理编号：【受理编号】）收悉。经现场核实，物业公司"
    "擅自提高停车费的情况属实，已责令其按备案标准收取，多收的部分将于12月20日前退还。"
    "咨询电话：0999-2345678。\n【署名】"
)


def case_id(number: int) -> str:
    return f"board-export:{number}"


def linked(
    desk: CaseOffice, *numbers: int, unit: str = UNIT, matter: str = MATTER, **changes: object
) -> tuple[str, ...]:
    """Cases of one matter, dispatched to the unit; their ids."""
    for number in numbers:
        person = {"author": f"来件人{number}号", "phone": f"139{number:08}"}
        desk.put(item(str(number), **(person | changes)))
        act(desk, number, do.LinkMatter(matter=matter), DESK)
        if unit and desk.case(case_id(number)).unit != unit:
            act(desk, number, do.Assign(lead=unit, reason="主管"), DESK)
    return tuple(case_id(number) for number in numbers)


def act(desk: CaseOffice, number: int, command: do.AnyCommand, by: Actor = DESK) -> Case:
    return desk.office.acts.submit(by, case_id(number), command).case


def by(actor: Actor) -> Doer:
    return Doer(actor=actor, address="127.0.0.1")


def matters(desk: CaseOffice) -> Matters:
    return desk.office.get(Matters)


def settled(desk: CaseOffice) -> None:
    assert desk.office.get(Carrying).wait(20)


def begun(desk: CaseOffice, *numbers: int) -> str:
    """A joint answer of these; its number."""
    ids = tuple(case_id(one) for one in numbers)
    return matters(desk).begin(by(WRITER), MATTER, ids).joint.number


def seen(desk: CaseOffice, number: str, actor: Actor = DESK) -> JointView:
    settled(desk)
    return matters(desk).view(by(actor), number)


def stages(desk: CaseOffice, number: str, actor: Actor = DESK) -> dict[str, tuple[str, str]]:
    """Stage and reason by the number of the case."""
    return {
        one.case.item.source_item_id: (one.standing.stage.value, one.standing.why)
        for one in seen(desk, number, actor).cases
    }

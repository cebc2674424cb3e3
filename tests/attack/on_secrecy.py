"""Reports about an office: whether the office gets to read them."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from cases.words.actors import Role
from tests.attack.people import Visitor, coded, page_visitor, token_visitor
from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target
from tests.standins.hotline_platform import order

REPORT = "举报县住建局物业科科长收受开发商贿赂，包庇违规。我是住户欧阳映雪，请查处。"
NAME = "欧阳映雪"

WISHES: tuple[tuple[str, object], ...] = (
    *(("是否保密", "是"), ("是否保密", "待定"), ("是否保密（必填）", "是"), ("IS_SECRET", 1)),
    *(("SFBM", "1"), ("信件是否保密", "是"), ("是否匿名举报", "是"), ("是否保密", ["是"])),
    *(("extend", {"是否保密": "是"}), ("保密级别", "对被举报单位保密"), ("是否隐私", "是")),
)
REPORTS = (
    *(REPORT, "举报 住 建 局 科 长 受 贿", "住建局局长受**贿", "舉報縣住建局科長受賄"),
    *("住建局局长贪\u200b污", "实名举报住建局科长索要好处", "住建局领导吃喝卡要"),
)
ORDINARY = ("举报楼下烧烤油烟扰民", "举报工地夜间施工噪音", "举报超市卖过期食品")


def _numbers(dice: Random, count: int) -> list[str]:
    first = dice.randrange(10**9)
    return [f"2603{first:09}{each:03}" for each in range(count)]


def pushed(target: Target, number: str, **changed: object) -> str:
    """A work order of the platform that reaches the desk; gives its case."""
    body = order(number, **{"诉求标题": "反映问题", **changed})
    answer = target.platform().call("/push/hotline", body)
    assert answer.status == 200, answer.text
    return f"hotline:{number}"


@attack(
    "reports about an office, asked to be kept secret or not",
    kind=Kind.SECRECY,
    issue=(2, 3),
    before="at once to the accused bureau, with name and phone, 3 of 3; a push has no secrecy",
)
def dispatched(target: Target, dice: Random, _size: Size) -> Result:
    """A push in every spelling of the wish and of the accusation: none is given to a unit."""
    desk = token_visitor(target, Role.DESK)
    wrong = []
    rows: list[tuple[str, Mapping[str, object]]] = [
        *((f"{name}={value}", {name: value, "市民诉求": "住建局物业管理混乱"}) for name, value in WISHES),
        *((text, {"市民诉求": text}) for text in REPORTS),
    ]  # fmt: skip
    numbers = _numbers(dice, len(rows) + len(ORDINARY))
    for number, (what, fields) in zip(numbers, rows, strict=False):
        case = desk.arrived(pushed(target, number, **fields))
        if case.get("unit") or not case.get("confidential"):
            wrong.append(f"{what} goes to {case.get('unit')}")
    for number, text in zip(numbers[len(rows) :], ORDINARY, strict=True):
        case = desk.arrived(pushed(target, number, 市民诉求=text))
        if not case.get("unit"):
            wrong.append(f"{text} waits")
    return Result(f"{len(rows)} wait", wrong)


def _accused(target: Target, dice: Random) -> tuple[str, Visitor, Visitor]:
    """A case that the housing bureau had before the desk marked it as accused; the
    bureau's program and its clerk."""
    (number,) = _numbers(dice, 1)
    text = f"柳林小区电梯坏了，县住房和城乡建设局物业科拖着不修。我是{NAME}。"
    case_id = pushed(target, number, 市民诉求=text, 市民称呼=NAME)
    desk = token_visitor(target, Role.DESK)
    unit = token_visitor(target, Role.RESPONDER, "housing")
    desk.arrived(case_id)
    done = [
        desk.act(case_id, "assign", lead="housing"),
        unit.act(case_id, "acknowledge"),
        unit.act(case_id, "draft_reply", text="您好，电梯一周内修好。"),
        unit.act(case_id, "record_promise", text="魍魉一周内修好电梯", due="2026-12-20"),
        desk.act(case_id, "mark_confidential", accused=["housing"], reason="举报物业科"),
    ]
    assert [each.status for each in done[1:]] == [200] * 4, [each.text[:200] for each in done]
    return case_id, unit, page_visitor(target, Role.RESPONDER, "housing")


DEEDS: tuple[tuple[str, Mapping[str, object]], ...] = (
    *(("acknowledge", {}), ("draft_reply", {"text": f"{NAME}您好"})),
    *(("record_promise", {"text": "x", "due": "2026-12-20"}), ("log_contact", {"text": "x"})),
    *(("hand_on", {"to": "water"}), ("return_to_desk", {"reason": "x"})),
    *(("ask_extension", {"working_days": 3, "reason": "x"}), ("keep_promise", {"number": 1})),
)


@attack(
    "an accused unit asks for the report",
    kind=Kind.SECRECY,
    issue=(4, 5, 14, 17),
    before="read verbatim through the draft check; still acknowledged, drafted, promised; "
    "the name confirmed by 409 against 200; on the list of promises",
)
def accused_reads(target: Target, dice: Random, _size: Size) -> Result:
    """Every address that a case has, asked for the case and for one that does not exist:
    no difference, and no word of it on any list."""
    case_id, unit, clerk = _accused(target, dice)
    nothing = "hotline:" + "0" * (len(case_id) - 8)
    wrong: list[str] = []

    def same(what: str, ask: str, found: tuple[int, str], none: tuple[int, str]) -> None:
        if found[0] != none[0] or found[1].replace(case_id, nothing) != none[1]:
            wrong.append(f"{what} {ask}: {found[0]} against {none[0]}")

    for do, fields in DEEDS:
        found, none = unit.act(case_id, do, **fields), unit.act(nothing, do, **fields)
        same("act", do, (found.status, found.text), (none.status, none.text))
        if found.status == 200:
            wrong.append(f"it still does {do}")
    for text in (NAME, "李四", "电梯", "柳林小区"):
        looked = [clerk.post(f"/cases/{one}/look", text=text) for one in (case_id, nothing)]
        same("look", text, *((each.status, "") for each in looked))
        checked = [
            unit.call("/api/v1/check-reply", {"text": text, "case_id": one})
            for one in (case_id, nothing)
        ]
        same("check", text, *((each.status, each.text) for each in checked))
    for path in ("/cases/{}", "/api/v1/cases/{}", "/api/v1/cases/{}/history", "/print/case/{}",
                 "/print/handover/{}/housing", "/cases/{}/files", "/api/v1/cases/{}/similar"):  # fmt: skip
        who = unit if path.startswith("/api") else clerk
        pair = [who.get(path.format(coded(one))) for one in (case_id, nothing)]
        same("GET", path, *((each.status, "") for each in pair))
        if any(word in pair[0].text for word in (NAME, "电梯", "魍魉")):
            wrong.append(f"{path} tells")
    lists = ("/ledger", "/ledger?kind=投诉", "/ledger?q=魍魉", "/promises", "/queue", "/board", "/duty",
             "/suggestions", "/api/v1/cases", "/api/v1/facets", "/api/v1/events")  # fmt: skip
    for path in lists:
        text = (unit if path.startswith("/api") else clerk).get(path).text
        if case_id in text or coded(case_id) in text or NAME in text or "一周内修好" in text:
            wrong.append(f"{path} shows it")
    return Result("404", wrong)


@attack(
    "a unit looks for the text of others",
    kind=Kind.SECRECY,
    issue=(14, 21),
    before="lists, facets, kind= and export told; figures of other units by /ledger?figure=",
)
def others_figures(target: Target, dice: Random, _size: Size) -> Result:
    """Conditions of the ledger that count what the unit may not see."""
    (number,) = _numbers(dice, 1)
    case_id = pushed(target, number, 市民诉求="魑魅路的路灯不亮", 市民称呼=NAME)
    desk = token_visitor(target, Role.DESK)
    desk.arrived(case_id)
    clerk = page_visitor(target, Role.RESPONDER, "health")
    unit = token_visitor(target, Role.RESPONDER, "health")
    wrong = []
    for query in ("unit=housing", "lead=housing", "q=魑魅", "figure=received", "figure=overdue",
                  "figure=received&unit=housing", "state=open&size=200", "order=due"):  # fmt: skip
        page = clerk.get(f"/ledger?{query}")
        if case_id in page.text or coded(case_id) in page.text or "路灯不亮" in page.text:
            wrong.append(f"/ledger?{query} shows it")
        if not query.startswith("figure"):
            told = unit.get(f"/api/v1/cases?{query.replace('&size=200', '')}")
            if told.status == 200 and told.json["total"]:
                wrong.append(f"API {query}: {told.json['total']}")
    for form in ("csv", "jsonl"):
        out = unit.get(f"/api/v1/export?format={form}").text
        wrong += [f"export {form} shows {word}" for word in (NAME, "魑魅") if word in out]
    return Result("nothing", wrong)


@attack(
    "papers and notes without a reason",
    kind=Kind.SECRECY,
    issue=(8, 9, 10),
    before="prints went around the reason; dead letters and hand-over notes unmasked",
)
def without_reason(target: Target, dice: Random, _size: Size) -> Result:
    """The desk itself, which may see all, without saying why; and others."""
    (number,) = _numbers(dice, 1)
    phone = "13912340987"
    case_id = pushed(target, number, 市民诉求=REPORT, 市民称呼=NAME, 联系电话=phone)
    target.platform().call(
        "/push/hotline",
        {"record_number": {"x": 1}, "市民称呼": NAME, "联系电话": phone, "是否保密": "是"},
    )
    clerk = page_visitor(target, Role.DESK)
    desk = token_visitor(target, Role.DESK)
    desk.arrived(case_id)
    clerk.post("/duty/notes", text=f"明早给{NAME}女士回电{phone}")
    wrong = []
    people = {role: page_visitor(target, role) for role in (Role.DESK, Role.LEADER, Role.ADMIN)}
    people[Role.REVIEWER] = page_visitor(target, Role.REVIEWER)
    paths = (f"/print/case/{coded(case_id)}", f"/print/handover/{coded(case_id)}/discipline",
             f"/cases/{case_id}", "/dead-letters", "/duty", "/", "/ledger", "/admin/trail")  # fmt: skip
    for role, person in people.items():
        for path in paths:
            text = person.get(path).text
            if phone in text or (NAME in text and not (role is Role.REVIEWER and "cases" in path)):
                wrong.append(f"{path} tells {role}")
    letters = desk.get("/api/v1/dead-letters").text
    wrong += [f"/api/v1/dead-letters tells {word}" for word in (phone, NAME) if word in letters]
    return Result("masked", wrong)

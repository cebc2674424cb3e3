"""What stands on a 交办单, a 督办单, a 收费通知书 and a case on paper.

The reader of a paper sees on it what that reader may see of the case."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cases.clocks.clocks import Clock
from cases.privacy.visibility import Eyes, Sight, seen_at, sight_of
from cases.record import events as ev
from cases.record.case import Case
from cases.record.fees import UNIT_WORDS, Basis, tariff_words
from cases.words.actors import Actor, Role
from cases.words.doors import door_word
from desk.ground.context import DeskContext
from desk.papers.paper import Blank, NoPaper, Paper, Section, Table, full
from desk.papers.timeline import timeline
from desk.phrasing.lines import due_by, standing
from desk.phrasing.phrases import Phrases

_FEE_GROUND: Final = (
    "依据《中华人民共和国政府信息公开条例》第四十二条、《政府信息公开信息处理费管理办法》"
    "（国办函〔2020〕109号）收取信息处理费。"
)


def handover(
    case: Case, unit: str, eyes: Eyes, office: DeskContext, now: datetime, number: str
) -> Paper:
    """交办单 for one unit of the case: on it stands what this unit may see, as far as who
    prints it sees it now (`eyes`).

    Raises `NoPaper` for a unit that has no part in the case, or is accused in it."""
    task = case.task(unit)
    shown = _as_unit(case, unit, eyes)
    if task is None or shown is None or not case.dispatched:
        raise NoPaper("这件事项没有派给这个单位，没有交办单可印。")
    moment = Phrases(office.register, now).moment
    acknowledge = case.round.clock("acknowledge")
    others = [one.unit for one in case.tasks if one.unit != unit]
    facts = [
        ("承办单位", f"{office.register.name(unit)}（{'主办' if task.lead else '协办'}）"),
        ("共同承办", "、".join(map(office.register.name, others))),
        ("交办时间", full(task.assigned_at)),
        ("签收时限", _due(acknowledge)),
        ("答复时限", _answer_by(case)),
        *_source_facts(shown),
    ]
    wanted = []
    if acknowledge:
        wanted.append(f"请于 {full(acknowledge.due_at)} 前签收。")
    days = office.rules.handling.returns.window_working_days
    if task.may_return:
        wanted.append(f"不属于本单位职责的，请在派单后 {days} 个工作日内申请退回，并说明理由。")
    else:
        wanted.append("此件指定由本单位办理，不得退回。")
    answer = case.round.deciding_clock
    if answer and task.lead:
        wanted.append(
            f"请于 {full(answer.due_at)} 前办理完毕，并提交答复稿；答复经审核后告知群众。"
        )
    elif answer:
        wanted.append("请按主办单位的要求按时提交协办意见。")
    if case.confidential:
        wanted.append("此件为保密件，知悉范围仅限办理人员，不得透露反映人及有关情况。")
    said = [f"派单说明：{shown.unit_reason}"] if shown.unit_reason and task.lead else []
    said += [
        f"{moment(one.at)} 批示（第 {one.number} 号）：{one.text}" for one in shown.instructions
    ]
    return _paper(
        office,
        now,
        title="交办单",
        number=number,
        facts=tuple((name, value) for name, value in facts if value),
        sections=(
            Section(heading="反映内容", paragraphs=_words(shown)),
            *([Section(heading="说明", paragraphs=tuple(said))] if said else []),
            Section(heading="办理要求", paragraphs=tuple(wanted)),
        ),
        blanks=(
            Blank("签收人、时间"),
            Blank("承办科室、经办人"),
            Blank("办理情况", 5),
            Blank("单位负责人意见（盖章）", 3),
        ),
    )


def pressing(
    case: Case, seq: int, eyes: Eyes, office: DeskContext, now: datetime, number: str
) -> Paper:
    """督办单 of one step of pressure. It goes through many hands: masked as leaders see it,
    no matter who prints it.

    Raises `NoPaper`."""
    shown = (
        seen_at(case, min(Sight.MASKED, eyes.sight)) if _as_unit(case, case.unit, eyes) else None
    )
    event = next((one for one in case.history if one.seq == seq), None)
    if shown is None or event is None or not isinstance(event.body, ev.Pressed):
        raise NoPaper("这件事项没有这一次督办。")
    body = next(one.body for one in shown.history if one.seq == seq)
    assert isinstance(body, ev.Pressed)  # noqa: S101  (the same event, masked)
    history = tuple(
        (full(one.at), one.body.rung.value, one.body.text, _or_dash(one.body.due_at))
        for one in shown.history
        if isinstance(one.body, ev.Pressed) and one.seq <= seq
    )
    facts = [
        ("责任单位", office.register.name(case.unit)),
        ("督办方式", body.rung.value),
        ("督办时间", full(event.at)),
        ("限期", _or_dash(body.due_at)),
        ("答复时限", _answer_by(case)),
        ("目前状况", f"{case.state_words}，{standing(case, office, now).text}"),
        *_source_facts(shown, people=False),
    ]
    return _paper(
        office,
        now,
        title=f"{body.rung.value}单",
        number=number,
        facts=tuple((name, value) for name, value in facts if value),
        sections=(
            Section(heading="事项", paragraphs=_words(shown, most=300)),
            Section(
                heading=f"{body.rung.value}要求",
                paragraphs=tuple(
                    filter(
                        None,
                        (body.text, body.skip_reason and f"越级理由：{body.skip_reason}"),
                    )
                ),
            ),
            Section(
                heading="催办督办记录",
                table=Table(head=("时间", "方式", "内容", "限期"), rows=history),
            ),
        ),
        blanks=(
            Blank("签收人、时间"),
            Blank("办理情况和未按时办结的原因", 5),
            Blank("单位主要负责人意见（盖章）", 3),
        ),
    )


def case_paper(case: Case, eyes: Eyes, office: DeskContext, now: datetime) -> Paper:
    """The case on paper, as who prints it sees it now. Raises `NoPaper`."""
    shown = seen_at(case, _on_paper(eyes))
    if shown is None or not eyes.labels:
        raise NoPaper("这件事项的内容您无权查看，不能打印。")
    units = [
        f"{office.register.name(one.unit)}（{'主办' if one.lead else '协办'}）"
        for one in case.tasks
        if case.dispatched
    ]
    facts = [
        ("状态", f"{case.state_words}，{standing(case, office, now).text}"),
        ("承办单位", "、".join(units) or "待派"),
        ("答复时限", _answer_by(case)),
        *_source_facts(shown),
    ]
    replies = [
        f"{full(one.at) if one.at else '时间不详'} "
        f"经{door_word(one.via, shown.item.channel)}答复：{one.text}"
        for round_ in shown.rounds
        for one in round_.deliveries
    ]
    promises = [
        f"{one.text}（{office.register.name(one.owner)}，{one.due} 前，"
        f"{ {True: '已兑现', False: '未兑现', None: '待核查'}[one.kept] }）"
        for one in shown.promises
    ]
    return _paper(
        office,
        now,
        title="事项办理单",
        number="",
        facts=tuple((name, value) for name, value in facts if value),
        sections=(
            Section(heading="反映内容", paragraphs=_words(shown)),
            *([Section(heading="答复", paragraphs=tuple(replies))] if replies else []),
            *([Section(heading="承诺事项", paragraphs=tuple(promises))] if promises else []),
            Section(heading="办理过程", table=timeline(shown, office, now)),
        ),
    )


def fee_notice(case: Case, eyes: Eyes, office: DeskContext, now: datetime) -> Paper:
    """收费通知书 to an applicant: ground, tariff, amount, way and term (国办函〔2020〕109号第六条).

    It goes to who asked: printing the name on it is seeing it (`eyes`). Raises `NoPaper`."""
    fee, seen = case.fee, seen_at(case, _on_paper(eyes))
    if fee is None or seen is None:
        raise NoPaper("此件没有发出收费通知。")
    fees, unit = office.rules.handling.disclosure.fees, UNIT_WORDS[fee.basis]
    clock = case.round.reply_clock
    counted = f"{fee.count} {unit}"
    if fee.basis is Basis.PIECES:
        counted += f"（本月在此之前已申请 {fee.before} 件）"
    until = f"{fee.until} 前" if fee.until else f"收到本通知的次日起 {fees.pay_days} 日内"
    return _paper(
        office,
        now,
        title="政府信息公开信息处理费收费通知书",
        number="",
        facts=(
            ("申请人", seen.item.author),
            ("申请编号", case.item.source_item_id),
            ("申请公开的信息", seen.item.title),
            ("收到申请", full(clock.started_at) if clock else ""),
            ("计收方式", f"{fee.basis}，{counted}"),
            ("应缴金额", f"{fee.yuan} 元"),
            ("缴纳期限", until),
        ),
        sections=(
            Section(
                heading="依据和标准",
                paragraphs=(
                    _FEE_GROUND,
                    f"{fee.basis}标准：{tariff_words(fees, fee.basis)}。",
                ),
            ),
            Section(heading="缴纳方式", paragraphs=(seen.fee.via if seen.fee else "",)),
            Section(
                heading="说明",
                paragraphs=(
                    "逾期未缴纳的，视为放弃申请，不再处理。",
                    "答复期限从缴纳信息处理费的次日起重新计算。",
                ),
            ),
        ),
        blanks=(Blank("申请人签收、时间"),),
    )


def _on_paper(eyes: Eyes) -> Sight:
    """Paper travels: it is masked unless a reason was given for all of it."""
    return eyes.sight if eyes.sight is Sight.FULL else min(Sight.MASKED, eyes.sight)


def _as_unit(case: Case, unit: str, eyes: Eyes) -> Case | None:
    """The case as this unit may see it, and no more than who prints it sees now; None where
    the unit may see no text of it."""
    sight = sight_of(case, Actor(id="", role=Role.RESPONDER, unit=unit))
    return None if sight < Sight.MASKED else seen_at(case, min(sight, _on_paper(eyes)))


def _source_facts(shown: Case, *, people: bool = True) -> list[tuple[str, str]]:
    item = shown.item
    who = [item.author, item.phone, item.email, item.address] if people else []
    topic = " / ".join(shown.labels.topic_path) or shown.labels.topic
    return [
        ("来源", item.channel),
        ("来源编号", shown.case_id),
        ("受理时间", full(shown.received_at)),
        ("反映人", "，".join(filter(None, who))),
        ("地点", item.place),
        ("分类", "，".join(filter(None, (topic, shown.labels.kind.value)))),
        ("风险", "、".join(filter(None, (shown.labels.urgency, *shown.labels.risk)))),
    ]


def _words(shown: Case, most: int = 20_000) -> tuple[str, ...]:
    body = shown.item.body
    cut = body if len(body) <= most else body[:most] + "……"
    return tuple(part for part in (shown.item.title, *cut.splitlines()) if part.strip())


def _due(clock: Clock | None) -> str:
    if clock is None:
        return ""
    if clock.paused_since is not None:
        return "暂停计时"
    return full(clock.due_at) + ("（暂定）" if clock.provisional else "")


def _answer_by(case: Case) -> str:
    """The date that counts, with the one that does not where the source set one too."""
    said, beside = _due(case.round.deciding_clock), due_by(case)
    return f"{said}（{beside}）" if said and beside else said


def _or_dash(at: datetime | None) -> str:
    return full(at) if at else "—"


def _paper(
    office: DeskContext,
    now: datetime,
    *,
    title: str,
    number: str,
    facts: tuple[tuple[str, str], ...],
    sections: tuple[Section, ...],
    blanks: tuple[Blank, ...] = (),
) -> Paper:
    return Paper(
        title=title,
        number=number,
        facts=facts,
        sections=sections,
        blanks=blanks,
        signed_by=office.card.sealed_by,
        phone=office.card.phone,
        on=now,
    )

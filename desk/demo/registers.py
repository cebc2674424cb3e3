"""What `huiyin run --demo` puts into the desk's registers, so that no page of a demonstration
is empty: duty, 问答库, 整改, an event, a watch, a suggestion's adoption, requests for
information, media reports, something that begins, and the links between messages about the
same matter.

All of it is invented, relative to the moment of the sample messages (`desk.demo.messages`), and
written through the registers' own rules. Put in once; a part that was there before a start
was cut short stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Final

from msgspec import Struct

from cases.clocks.workdays import Calendar
from cases.record import commands as do
from cases.record.commands import AnyCommand
from cases.record.disclosure import WAY_FIELD, Result, Way
from cases.record.item import Item
from cases.record.messages import Action
from cases.registers import incident, qa
from cases.registers import rectification as mend
from cases.registers.incident import Part
from cases.registers.watch import Watch
from cases.routing.units import UnitRegister
from cases.words.actors import Actor, Role
from cases.words.labels import Kind
from cases.words.times import BEIJING
from desk.demo.joint import begin_joint
from desk.demo.pages import ask_often, check_columns, issue_papers
from desk.demo.reports import put_reports
from desk.demo.texts import FINDINGS, GRANTED, HAND_OVER, QUESTIONS, documents
from desk.disclosure.register import Proposals, frequent
from desk.duty.roster import Duty, Shift
from desk.ground import wiring
from desk.ground.deskfile import DeskFile
from desk.ground.sample_data import DEMO_FACT, SOURCE
from desk.ground.settings import Settings
from desk.opinion.incident_book import Incidents
from desk.opinion.media_routes import local_names
from desk.opinion.registers import (
    Adoption,
    Decision,
    Suggestions,
    Watches,
    preset_watches,
)
from desk.qa.book import Book
from desk.qa.qa_table import Alike
from desk.rectification.register import Rectifications
from sinks.ledger.base import Query
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.seam.base import Batch

_DONE: Final = "demo_registers_done"
DESK: Final = Actor("zhiban", Role.DESK, "值班员 林某")
NIGHT: Final = Actor("demo-night", Role.DESK, "值班员 吴某")
REVIEWER: Final = Actor("shenhe", Role.REVIEWER, "审核员 何某")
_WATCHMEN: Final = ("林某", "吴某", "郑某")
_LEADERS: Final = ("秦副主任", "方主任")
_BEGIN: Final = time(8, 30)


def fill_registers(settings: Settings, store: EmbeddedStore, processor: Processor) -> None:
    """After `load_demo`, and only after it."""
    begun = store.fact(DEMO_FACT)
    if begun is None or store.fact(_DONE):
        return
    file = DeskFile(settings.desk_file)
    try:
        _Fill(settings, store, processor, file, datetime.fromisoformat(begun)).go()
    finally:
        file.close()
    store.set_fact(_DONE, begun)


class _Fill:
    def __init__(
        self,
        settings: Settings,
        store: EmbeddedStore,
        processor: Processor,
        file: DeskFile,
        now: datetime,
    ) -> None:
        self._settings = settings
        self._store = store
        self._processor = processor
        self._file = file
        self._now = self._at = now
        self._calendar: Calendar = processor.rules.calendar
        self._units: UnitRegister = wiring.build_router(settings).register
        self._runner = EmbeddedRunner(store, processor, lambda: self._at)

    def go(self) -> None:
        self._requests()
        ask_often(self._store, self._processor, self._unit("police"), self._ago)
        place = next(iter(local_names(self._settings)), "本县")
        put_reports(self._store, self._processor, self._now, place)
        self._links()
        begin_joint(self._store.ledger, self._file, DESK, self._ago(0, "09:40"))
        self._duty()
        self._questions()
        self._rectification()
        self._incident()
        self._watch()
        self._suggestion()
        self._proposal()
        check_columns(self._settings, self._file, self._now)
        issue_papers(self._settings, self._store.ledger, self._file, DESK, self._now)

    def _unit(self, wanted: str) -> str:
        """The unit of this id, or the first where the office has no such unit."""
        known = [unit.id for unit in self._units]
        return wanted if wanted in known else known[0]

    def _ago(self, working_days: int, at: str = "10:00") -> datetime:
        day = self._calendar.add_working_days(self._now.date(), -working_days)
        return datetime.combine(day, time.fromisoformat(at), BEIJING)

    # -- cases ---------------------------------------------------------------

    def _links(self) -> None:
        """As the background work of a desk does it, at once."""
        linker = wiring.build_linker(self._settings, self._store)
        self._at = self._now
        while linker.step():
            self._runner.pump_all()
        self._runner.pump_all()
        linker.save()

    def _requests(self) -> None:
        for number, each in enumerate(_REQUESTS, 1):
            self._at = self._ago(each.days_ago, "09:20")
            item = _request(each, f"gk-{number:03d}", self._at)
            self._runner.take(SOURCE, Batch(found=(item,)))
            self._runner.pump_all()
            housing = self._unit("housing")
            for n, (days, who, command) in enumerate(each.steps(self)):
                day = self._calendar.add_working_days(item.received_at.date(), days)
                self._at = datetime.combine(day, time(10, 10 + 3 * n), BEIJING)
                actor = Actor("demo-housing", Role.RESPONDER, "周某", housing)
                self._runner.act(
                    Action(
                        message_id=f"demo-{item.case_id}-{n}",
                        case_id=item.case_id,
                        actor=actor if who is Role.RESPONDER else _ACTORS[who],
                        command=command,
                        at=self._at,
                    )
                )
                self._runner.pump_all()
        self._at = self._now
        self._runner.sweep()
        self._runner.pump_all()

    def granted(self) -> Iterator[tuple[int, Role, AnyCommand]]:
        review = self._runner.processor.rules.handling.review
        steps = review.steps_of(disclosure=True)
        unit = self._unit("housing")
        yield 0, Role.DESK, do.Assign(lead=unit, reason="按职责分工派单")
        yield 1, Role.RESPONDER, do.Acknowledge()
        yield 4, Role.RESPONDER, do.DraftReply(text=GRANTED)
        points = steps[0].checklist
        yield 5, Role.REVIEWER, do.ApproveReply(draft=1, checklist=points, note="可以公开")
        yield 6, Role.RESPONDER, do.Deliver(draft=1, via="邮寄", proof="挂号信回执")
        yield 6, Role.DESK, do.DecideDisclosure(result=Result.GRANTED)
        yield 6, Role.DESK, do.Close(note="申请人已签收")

    def consulting(self) -> Iterator[tuple[int, Role, AnyCommand]]:
        yield 0, Role.DESK, do.Assign(lead=self._unit("housing"), reason="按职责分工派单")
        yield 1, Role.RESPONDER, do.Acknowledge()
        about = "评估报告中的单价是否涉及商业秘密"
        yield 2, Role.DESK, do.Consult(party="某房地产评估公司", about=about)

    def supplementing(self) -> Iterator[tuple[int, Role, AnyCommand]]:
        yield 0, Role.DESK, do.Assign(lead=self._unit("housing"), reason="按职责分工派单")
        until = self._calendar.add_working_days(self._now.date(), 8)
        yield 0, Role.RESPONDER, do.Acknowledge()
        missing = "请写明所申请信息的年度或者文号"
        yield 1, Role.DESK, do.AskSupplement(missing=missing, until=until)

    def answered_at_once(self) -> Iterator[tuple[int, Role, AnyCommand]]:
        text = "您申请的办事指南已在政府门户网站“政务公开”栏目主动公开。"
        yield 0, Role.DESK, do.AnswerNow(text=text, result=Result.PUBLIC)

    # -- registers -----------------------------------------------------------

    def _duty(self) -> None:
        duty = Duty(self._file)
        if duty.shifts():
            return
        first = self._now.date().replace(day=1)
        written = datetime.combine(first, _BEGIN, BEIJING)
        day = first
        while day.month == first.month:
            start = datetime.combine(day, _BEGIN, BEIJING)
            name = _WATCHMEN[day.day % len(_WATCHMEN)]
            account = "zhiban" if name == _WATCHMEN[0] else ""
            end = start + timedelta(days=1)
            duty.plan(Shift(start=start, end=end, name=name, account=account), written, DESK)
            if not self._calendar.is_workday(day):
                leader = _LEADERS[day.isocalendar().week % len(_LEADERS)]
                duty.plan(Shift(start=start, end=end, name=leader, lead=True), written, DESK)
            day += timedelta(days=1)
        at = datetime.combine(self._now.date(), time(8, 20), BEIJING)
        duty.write_note(HAND_OVER, min(at, self._now), NIGHT)

    def _questions(self) -> None:
        book = Book(self._file)
        if book.all():
            return
        numbers = [
            book.add_document(one, self._ago(20), DESK) for one in documents(self._now, self._units)
        ]
        for n, (document, clause, unit, question, answer) in enumerate(QUESTIONS):
            written = qa.Written(
                question=question,
                answer=answer,
                document=numbers[document],
                clause=clause,
                unit=self._unit(unit),
            )
            entry = book.write(written, self._ago(15 - n), DESK)
            book.do(entry.number, 1, qa.Submitted(), self._ago(15 - n, "10:30"), DESK)
            if n < len(QUESTIONS) - 1:  # the last one waits
                approved = qa.Approved(opinion="依据准确，同意发布")
                book.do(entry.number, 2, approved, self._ago(14 - n), REVIEWER)

    def _rectification(self) -> None:
        book = Rectifications(self._file, {unit.id for unit in self._units})
        if book.all():
            return
        for finding in FINDINGS:
            found = self._ago(finding.days_ago, "09:30")
            unit = self._unit(finding.unit)
            due = self._ago(finding.days_ago - finding.term).date()
            step = mend.Found(
                title=finding.title,
                problem=finding.problem,
                origin=finding.origin,
                unit=unit,
                found_on=found.date(),
                due=due,
                requirement=finding.requirement,
            )
            number = book.find(step, found, DESK).number
            own = Actor("demo-unit", Role.RESPONDER, "周某", unit)
            for n, (days, mended) in enumerate(finding.steps, 1):
                by = REVIEWER if isinstance(mended, mend.Verified) else own
                book.do(number, n, mended, self._ago(finding.days_ago - days), by)

    def _incident(self) -> None:
        book = Incidents(self._file)
        if book.all():
            return
        noticed = self._now - timedelta(hours=6)
        page = self._store.ledger.search(Query(text="河水发黑", limit=5))
        opened = incident.Opened(
            title="河道水质异常引发关注",
            level="较大",
            noticed_at=noticed,
            summary="多名群众反映河水发黑、有死鱼，相关视频在本地群组转发，怀疑上游企业偷排。",
            refs=tuple(case.case_id for case in page.cases),
        )
        number = book.open(opened, noticed + timedelta(minutes=20), DESK).number
        notes = (
            (Part.MONITOR, 30, "本地群组转发约二百次，无外地媒体转载。"),
            (Part.ASSESS, 60, "涉及饮水和农灌，关注度上升，研判为较大舆情，须在48小时内回应。"),
            (Part.VERIFY, 240, "生态环境局已到现场取样，查看三家企业排口，水样结果当晚可得。"),
        )
        for seen, (part, minutes, text) in enumerate(notes, 1):
            at = noticed + timedelta(minutes=minutes)
            book.do(number, seen, incident.Noted(part=part, text=text, at=at), at, DESK)

    def _watch(self) -> None:
        book = Watches(self._file, preset_watches(self._settings))
        title = "灵活就业人员参保"
        if not any(one.watch.title == title for one in book.all()):
            watch = Watch(title=title, words=("养老保险", "灵活就业", "社保"), reference="示例文号")
            book.add(watch, self._ago(10), DESK)

    def _suggestion(self) -> None:
        book = Suggestions(self._file)
        if book.all():
            return
        page = self._store.ledger.search(Query(kind=Kind.SUGGESTION.value, limit=50))
        case = next((one for one in page.cases if one.round.first_delivery is not None), None)
        if case is not None:
            reason = "所提点位已列入明年第一批建设计划，其余点位视电力容量安排"
            decision = Decision(adoption=Adoption.PARTLY, reason=reason)
            book.decide(case, decision, self._now, DESK)

    def _proposal(self) -> None:
        book = Proposals(self._file)
        if book.all():
            return
        ids = [f"{SOURCE}:gk-{n:03d}" for n in range(1, len(_REQUESTS) + 1)]
        asked = frequent(self._store.ledger.load(ids).values(), 3, Alike().together)
        if asked and asked[0].granted:
            book.propose(asked[0], self._now, DESK)


_ACTORS: Final = {Role.DESK: DESK, Role.REVIEWER: REVIEWER}

_Steps = Callable[[_Fill], Iterator[tuple[int, Role, AnyCommand]]]


class _Request(Struct, frozen=True, kw_only=True):
    days_ago: int
    way: Way
    title: str
    author: str
    steps: _Steps


_REQUESTS: Final = (
    _Request(
        days_ago=16,
        way=Way.SIGNED_MAIL,
        title="申请公开滨河片区征收补偿方案",
        author="孙晓明",
        steps=_Fill.granted,
    ),
    _Request(
        days_ago=9,
        way=Way.IN_PERSON,
        title="申请公开滨河片区征收补偿方案和评估报告",
        author="何美玲",
        steps=_Fill.consulting,
    ),
    _Request(
        days_ago=3,
        way=Way.PLAIN_MAIL,
        title="要求公开滨河片区的征收补偿方案",
        author="罗志强",
        steps=_Fill.supplementing,
    ),
    _Request(
        days_ago=2,
        way=Way.IN_PERSON,
        title="申请获取公租房申请办事指南",
        author="唐女士",
        steps=_Fill.answered_at_once,
    ),
)


def _request(each: _Request, number: str, received: datetime) -> Item:
    return Item(
        source=SOURCE,
        source_item_id=number,
        channel="依申请公开",
        received_at=received,
        title=each.title,
        body=f"{each.title}，请以纸质形式提供复印件。",
        author=each.author,
        disclosure=True,
        extra={WAY_FIELD: each.way.value, "获取方式": "纸质"},
    )

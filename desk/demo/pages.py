"""What else a demonstration shows: a ledger and a paper that were issued, columns of a site that
were looked at, and a question that several people asked. All of it is invented."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cases.record import commands as do
from cases.record.commands import AnyCommand
from cases.record.item import Item
from cases.record.messages import Action
from cases.reporting.periods import PeriodKind, containing, issue_day
from cases.reporting.settings import PaperKind
from cases.words.actors import Actor, Role
from desk.ground.deskfile import DeskFile
from desk.ground.office_settings import load_office_settings
from desk.ground.sample_data import SOURCE
from desk.ground.settings import Settings
from desk.rectification.register import printed_items
from desk.reports.due import paper_path
from desk.reports.issue import issue
from desk.reports.issuing import PaperIssues
from desk.reports.making import produce, put
from desk.reports.service import Reporting
from desk.site_columns.check import site_watch
from sinks.ledger.base import Ledger
from sinks.reports.editions import Editions
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.site_watch.report import Reported
from streams.sources.seam.base import Batch

Ago = Callable[[int, str], datetime]
"""So many working days ago, at this time of day."""
SIGNER: Final = "秦副主任"


def issue_papers(
    settings: Settings, ledger: Ledger, file: DeskFile, by: Actor, now: datetime
) -> None:
    """The ledger of the last week that may be issued by now, and its 周反馈."""
    office = Reporting.of(settings).as_decided(file)
    week = containing(PeriodKind.WEEK, now.date()).previous
    if week is not None and issue_day(week, office.calendar) > now.date():
        week = week.previous
    if week is None:
        return
    editions = Editions(settings.home / "editions")
    if editions.latest(week) is None:
        issue(ledger, office, editions, week, SIGNER, now)
    kind = PaperKind.WEEKLY
    issues = PaperIssues(file, settings.papers_folder, office, load_office_settings(settings).short)
    if issues.of(kind, week).standing:
        return
    made = produce(kind, ledger, office, week, now, printed_items(file, office.register))
    path = paper_path(settings.papers_folder, kind, week)
    put(made, settings.papers_folder, path, settings.public_url, office.headed(kind).template)
    number = issues.proposed(kind, now, week)
    issues.issue(kind, week, number, SIGNER, by, now, settings.public_url)


_AGE: Final = {"demo-news": 2, "demo-notices": 20, "demo-relief": 28, "demo-inspection": 47}
"""Days since something new stood in each column."""
_PROBLEMS: Final = (
    Reported(
        row=1,
        page="https://www.example.gov.cn/notices/2026/0315.html",
        target="https://www.example.gov.cn/files/old.pdf",
        problem="链接打不开（404）",
        advice="更换或删除附件链接",
    ),
    Reported(
        row=2,
        page="https://www.example.gov.cn/news/2026/1102.html",
        problem="疑似错别字：“按装路灯”",
        advice="应为“安装路灯”",
    ),
)


def check_columns(settings: Settings, file: DeskFile, now: datetime) -> None:
    """As the check of this morning left them; no site is asked."""
    watch = site_watch(settings, file)
    if watch.last_run() is not None:
        return
    at = min(now, now.replace(hour=watch.table.check_hour, minute=5, second=0, microsecond=0))
    for column in watch.table.column:
        if column.name in _AGE:
            watch.note(column.name, at.date() - timedelta(days=_AGE[column.name]), "", at)
    watch.take(_PROBLEMS, at)
    watch.ran(at)


_ANSWER: Final = (
    "您好！您咨询的居住证办理问题收悉。根据《居住证暂行条例》第二条、第九条，在本县居住半年以上，"
    "有合法稳定就业、合法稳定住所、连续就读条件之一的，可以申领居住证，需带本人身份证、近期照片和"
    "租房合同或者单位证明，到居住地派出所办理，15个工作日内发放，首次办理不收费。"
    "如还有疑问，可拨打0000-2100110咨询。"
)
_ASKED: Final = (
    (
        13,
        "章女士",
        "请问居住证怎么办理",
        "请问外地户口在县城租房住，居住证怎么办理，要带什么材料？",
    ),
    (9, "梁先生", "居住证怎么办理", "想问一下居住证怎么办理，需要带什么材料，多久能拿到？"),
    (6, "龚女士", "咨询居住证办理材料", "请问居住证办理要带什么材料，在哪里办理，要不要收费？"),
)


def ask_often(store: EmbeddedStore, processor: Processor, unit: str, ago: Ago) -> None:
    """Three people ask the same, and the answers are public."""
    at = ago(0, "00:00")
    runner = EmbeddedRunner(store, processor, lambda: at)
    own = Actor(f"demo-{unit}", Role.RESPONDER, "周某", unit)
    desk = Actor("demo-desk", Role.DESK, "林某")
    steps: tuple[tuple[int, str, Actor, AnyCommand], ...] = (
        (0, "10:20", desk, do.Assign(lead=unit, reason="按职责分工派单")),
        (0, "11:00", own, do.Acknowledge()),
        (1, "10:10", own, do.DraftReply(text=_ANSWER)),
        (1, "14:20", Actor("demo-reviewer", Role.REVIEWER, "何某"), do.ApproveReply(draft=1)),
        (1, "15:30", own, do.Deliver(draft=1, via="12345热线", proof="平台回执")),
        (
            2,
            "09:30",
            desk,
            do.Publish(
                where="县政府门户网站“回应关切”栏目",
                text="请问居住证怎么办理，要带什么材料？",
                reply=_ANSWER,
            ),
        ),
    )
    for number, (days, author, title, body) in enumerate(_ASKED, 1):
        at = ago(days, "09:40")
        item = Item(
            source=SOURCE,
            source_item_id=f"wd-{number:03d}",
            channel="12345热线",
            received_at=at,
            title=title,
            body=body,
            author=author,
        )
        runner.take(SOURCE, Batch(found=(item,)))
        runner.pump_all()
        for n, (later, when, actor, command) in enumerate(steps):
            at = ago(days - later, when)
            runner.act(
                Action(
                    message_id=f"demo-{item.case_id}-{n}",
                    case_id=item.case_id,
                    actor=actor,
                    command=command,
                    at=at,
                )
            )
            runner.pump_all()

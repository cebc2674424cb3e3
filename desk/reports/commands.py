"""Commands that issue editions and print papers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cases.reporting.periods import Period, PeriodError, containing, read_period, require_begun
from cases.reporting.settings import PAPER_PERIODS, PaperKind
from cases.words.actors import Actor, Role
from desk.ground.arguments import extension
from desk.ground.audit_log import AuditAction
from desk.ground.console import Json, bar, fail, opened, tell
from desk.ground.deskfile import DeskFile
from desk.ground.office_settings import load_office_settings
from desk.ground.settings import Settings, read_settings
from desk.rectification.register import PrintedItem, printed_items
from desk.reports.commands_shared import (
    Month,
    Quarter,
    Week,
    Year,
    asked_period,
    counting,
    note,
)
from desk.reports.due import due_papers, make_due, paper_path
from desk.reports.export_commands import export_ledger
from desk.reports.issue import Unchanged, issue
from desk.reports.issuing import IssueError, PaperIssues
from desk.reports.making import produce, put
from desk.reports.service import Reporting, Wanted, write_paper
from sinks.private import make_folder
from sinks.reports.editions import EditionError, Editions

Day = Annotated[str, typer.Option(help="日，如 2026-11-24。")]


def add_to(app: typer.Typer) -> None:
    export_app = typer.Typer(help="导出。", no_args_is_help=True)
    app.add_typer(export_app, name="export")
    export_app.command("ledger")(export_ledger)
    report_app = typer.Typer(help="台账签发和日、周、月、季报。", no_args_is_help=True)
    app.add_typer(report_app, name="report")
    report_app.command("issue")(issue_edition)
    report_app.command("editions")(list_editions)
    report_app.command("daily")(daily)
    report_app.command("weekly")(weekly)
    report_app.command("monthly")(monthly)
    report_app.command("quarterly")(quarterly)
    report_app.command("due")(list_due)
    report_app.command("sign")(sign)


def issue_edition(
    signer: Annotated[str, typer.Option(help="签发人。")],
    week: Week = "",
    month: Month = "",
    quarter: Quarter = "",
    year: Year = "",
    reason: Annotated[str, typer.Option(help="签发修订时：更正的理由。")] = "",
    as_json: Json = False,
) -> None:
    """签发一期台账：编期号、定稿存档；已签发的再签发为修订，列出改了什么。"""
    settings = read_settings()
    now = settings.clock()
    if not (week or month or quarter or year):
        raise typer.BadParameter("请写明签发哪一期，如 --week 2026-W47", param_hint="--week")
    period = asked_period(now, "", "", week, month, quarter, year)
    office = Reporting.of(settings)
    editions = Editions(settings.home / "editions")
    wanted = Wanted(period=period)
    with (
        opened(settings) as runner,
        counting(runner.store.ledger, wanted, period.short, now, passes=2) as step,
    ):
        try:
            edition = issue(
                runner.store.ledger,
                office,
                editions,
                period,
                signer,
                now,
                reason=reason,
                progress=step,
            )
        except Unchanged as same:
            print(same)
            return
        except EditionError as error:
            fail(str(error))
        except OSError as error:
            fail(f"不能写入 {editions.folder}：{error.strerror}。请检查磁盘和文件夹。")
    note(settings, signer, AuditAction.REPORT, edition.number, f"签发台账，{edition.equation}")
    if as_json:
        print(msgspec.json.encode(edition).decode())
        return
    print(f"已签发{edition.number}：{edition.rows} 件，{edition.equation}")
    if edition.changed:
        print(f"更正 {edition.changed} 处，见 {editions.path(edition, 'changes.csv')}")
    print(f"存档：{editions.path(edition)}")
    if not edition.balanced:
        print("注意：守恒核对有不平衡的项目，见台账的“守恒核对”页。")


def list_editions(as_json: Json = False) -> None:
    """列出已签发的各期台账，并核对文件是否与签发时相同。"""
    editions = Editions(read_settings().home / "editions")
    damaged = False
    try:
        found = editions.all()
        states = [(edition, editions.damage(edition)) for edition in found]
    except EditionError as error:
        fail(str(error))
    for edition, damage in states:
        damaged = damaged or bool(damage)
        if as_json:
            print(
                msgspec.json.encode(
                    msgspec.to_builtins(edition) | {"damaged": list(damage)}
                ).decode()
            )
            continue
        state = f"文件与签发时不同：{'、'.join(damage)}" if damage else "完好"
        changed = f"，更正 {edition.changed} 处" if edition.changed else ""
        print(
            f"{edition.number}  {edition.issued_at:%Y-%m-%d} {edition.signer} 签发  "
            f"{edition.rows} 件{changed}  {state}"
        )
    if not states and not as_json:
        print("还没有签发过台账。")
    if damaged:
        raise SystemExit(1)


# -- papers ------------------------------------------------------------------

_Out = Annotated[Path | None, typer.Option(help="写到这个 docx 文件；不写则存入数据文件夹。")]


def daily(day: Day = "", out: _Out = None, as_json: Json = False) -> None:
    """每日舆情快报（Word，一页）：不写 --day 则为今天。"""
    _paper(PaperKind.DAILY, day, out, as_json=as_json)


def weekly(week: Week = "", out: _Out = None, as_json: Json = False) -> None:
    """周反馈（Word）：不写 --week 则为最近结束的一周。"""
    _paper(PaperKind.WEEKLY, week, out, as_json=as_json)


def monthly(month: Month = "", out: _Out = None, as_json: Json = False) -> None:
    """月整改（Word）：不写 --month 则为最近结束的一月。"""
    _paper(PaperKind.MONTHLY, month, out, as_json=as_json)


def quarterly(quarter: Quarter = "", out: _Out = None, as_json: Json = False) -> None:
    """季通报（Word）：不写 --quarter 则为最近结束的一季。"""
    _paper(PaperKind.QUARTERLY, quarter, out, as_json=as_json)


def _paper(kind: PaperKind, text: str, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        extension(out, {".docx"})
    settings = read_settings()
    now = settings.clock()
    try:
        period = _paper_period(kind, text, now.date())
        require_begun(period, now)
    except PeriodError as error:
        fail(str(error))
    office = Reporting.of(settings)
    path = out or paper_path(settings.papers_folder, kind, period)
    wanted = Wanted(period=period)
    with (
        opened(settings) as runner,
        counting(runner.store.ledger, wanted, path.name, now) as step,
    ):
        items = _items(settings, office)
        office = _decided(settings, office)
        made = produce(kind, runner.store.ledger, office, period, now, items, step)
    try:
        if out is None:
            put(
                made,
                settings.papers_folder,
                path,
                settings.public_url,
                office.headed(kind).template,
            )
        else:
            make_folder(path.parent)
            write_paper(
                made.document, path, made.at, settings.public_url, office.headed(kind).template
            )
    except OSError as error:
        fail(f"不能写入 {path}：{error.strerror}。请检查文件夹是否存在、是否可写。")
    done = {"file": str(path), "period": period.name, "equation": made.said}
    tell(f"{path}：{period.name}，{made.said}", done, as_json=as_json)


def _items(settings: Settings, office: Reporting) -> list[PrintedItem]:
    file = DeskFile(settings.desk_file)
    try:
        return printed_items(file, office.register)
    finally:
        file.close()


def _decided(settings: Settings, office: Reporting) -> Reporting:
    file = DeskFile(settings.desk_file)
    try:
        return office.as_decided(file)
    finally:
        file.close()


def _paper_period(kind: PaperKind, text: str, today: date) -> Period:
    if text:
        return read_period(PAPER_PERIODS[kind], text)
    current = containing(PAPER_PERIODS[kind], today)
    return current if kind is PaperKind.DAILY else current.previous or current


def list_due(
    make: Annotated[bool, typer.Option("--make", help="补出漏掉的。")] = False,
    as_json: Json = False,
) -> None:
    """到了日子还没有出的快报、周反馈、月整改、季通报；机器没开时漏掉的用 --make 补出。"""
    settings = read_settings()
    now = settings.clock()
    office = Reporting.of(settings)
    folder = settings.papers_folder
    missing = due_papers(folder, office, now)
    if make:
        office = _decided(settings, office)
    made: dict[Path, bool] = {}
    if make and missing:
        with opened(settings) as runner, bar("补出") as progress:
            task = progress.add_task("", name="报表", total=len(missing))
            for one in missing:
                progress.advance(task)
                try:
                    made[
                        make_due(
                            runner.store.ledger,
                            office,
                            folder,
                            one,
                            _items(settings, office),
                            settings.public_url,
                        )
                    ] = True
                except OSError as error:
                    fail(f"不能写入 {folder}：{error.strerror}。请检查文件夹是否可写。")
    for one in missing:
        path = paper_path(folder, one.kind, one.period)
        if as_json:
            said = {
                "paper": one.kind.value,
                "period": one.period.key,
                "due_at": one.due_at.isoformat(),
                "made": str(path) if path in made else None,
            }
            print(msgspec.json.encode(said).decode())
        else:
            word = f"已补出 {path}" if path in made else "未出"
            title = office.reports.papers[one.kind]
            print(f"{title} {one.period.name}，应于 {one.due_at:%Y-%m-%d %H:%M} 出：{word}")
    if not missing and not as_json:
        print("没有漏出的快报、周反馈、月整改、季通报。")


def sign(
    paper: Annotated[PaperKind, typer.Option(help="哪一种材料。")],
    period: Annotated[str, typer.Option(help="哪一期，如 2026-W47、2026-11-24。")],
    signer: Annotated[str, typer.Option(help="签发人。")],
    number: Annotated[int, typer.Option(help="文号；不写则为下一个号。")] = 0,
    reason: Annotated[str, typer.Option(help="已签发的：更正的原因。")] = "",
    as_json: Json = False,
) -> None:
    """签发一份材料：编文号、定稿存档；已签发的重新统计，签发更正，列出每一处不同。"""
    settings = read_settings()
    now = settings.clock()
    office = Reporting.of(settings)
    try:
        of = read_period(PAPER_PERIODS[paper], period)
    except PeriodError as error:
        fail(str(error))
    by = Actor(id="command", role=Role.DESK, name=signer)
    file = DeskFile(settings.desk_file)
    try:
        short = load_office_settings(settings).short
        issues = PaperIssues(file, settings.papers_folder, office, short)
        if issues.of(paper, of).standing:
            with opened(settings) as runner:
                items = printed_items(file, office.register)
                counted = office.as_decided(file)
                ledger = runner.store.ledger
                made = produce(paper, ledger, counted, of, now, items)
                edition = issues.correct(
                    paper, of, made, ledger, signer, reason, by, now, settings.public_url
                )
        else:
            given = number or issues.proposed(paper, now, of)
            edition = issues.issue(paper, of, given, signer, by, now, settings.public_url)
    except (IssueError, EditionError) as error:
        fail(str(error))
    finally:
        file.close()
    note(settings, signer, AuditAction.REPORT, edition.number, f"签发{edition.number}")
    more = f"，{edition.changed} 处" if edition.changed else ""
    done = {"number": edition.number, "changed": edition.changed, "files": sorted(edition.files)}
    tell(f"已签发{edition.number}{more}", done, as_json=as_json)

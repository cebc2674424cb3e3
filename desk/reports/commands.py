"""Commands that write ledgers, issue editions and print papers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cases.reporting.periods import (
    LAST_YEAR,
    Period,
    PeriodError,
    PeriodKind,
    containing,
    everything,
    read_period,
    require_begun,
    span,
)
from cases.reporting.settings import PAPER_PERIODS, PaperKind
from cases.reporting.sight import NotShown, Shown, masked_for_all, unmasked_for
from cases.words.actors import Actor, Role
from desk.ground.arguments import extension, known_channel, known_source, known_topic
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.console import Json, bar, fail, moment, opened, tell
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings, read_settings
from desk.ledger.figure_lists import KeptLists, lists_folder
from desk.rectification.register import PrintedItem, printed_items
from desk.reports.due import due_papers, make_due, paper_path
from desk.reports.issue import Unchanged, issue
from desk.reports.service import (
    LedgerFormat,
    Reporting,
    Wanted,
    count_period,
    make_paper,
    write_ledger,
    write_paper,
)
from desk.reports.stored_papers import keep
from sinks.ledger.base import Ledger, Query
from sinks.private import make_folder
from sinks.reports.base import TooManyRows
from sinks.reports.editions import EditionError, Editions

Week = Annotated[str, typer.Option(help="ISO 周，如 2026-W47。")]
Month = Annotated[str, typer.Option(help="月，如 2026-11。")]
Quarter = Annotated[str, typer.Option(help="季度，如 2026-Q4。")]
Year = Annotated[str, typer.Option(help="年，如 2026。")]


def add_to(app: typer.Typer) -> None:
    export_app = typer.Typer(help="导出。", no_args_is_help=True)
    app.add_typer(export_app, name="export")
    export_app.command("ledger")(export_ledger)
    report_app = typer.Typer(help="台账签发和周、月、季报。", no_args_is_help=True)
    app.add_typer(report_app, name="report")
    report_app.command("issue")(issue_edition)
    report_app.command("editions")(list_editions)
    report_app.command("weekly")(weekly)
    report_app.command("monthly")(monthly)
    report_app.command("quarterly")(quarterly)
    report_app.command("due")(list_due)


def export_ledger(
    *,
    out: Annotated[Path, typer.Option(help="写到这个文件。")],
    since: Annotated[str, typer.Option("--from", help="时段从（含）。")] = "",
    to: Annotated[str, typer.Option("--to", help="时段到（不含；只写日期时含这一天）。")] = "",
    week: Week = "",
    month: Month = "",
    quarter: Quarter = "",
    year: Year = "",
    format: Annotated[
        LedgerFormat | None,
        typer.Option("--format", help="文件格式；不写则看 --out 的扩展名，再不行用 jsonl。"),
    ] = None,
    source: Annotated[str, typer.Option(help="只要这个来源。")] = "",
    unit: Annotated[str, typer.Option(help="只要这个单位（id），含并入它的单位。")] = "",
    channel: Annotated[str, typer.Option(help="只要这个渠道，如 12345热线。")] = "",
    topic: Annotated[str, typer.Option(help="只要这个事项分类。")] = "",
    text: Annotated[str, typer.Option(help="只要含有这些字的。")] = "",
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="不隐去个人信息；须有 --by 和 --reason，记入日志。")
    ] = False,
    by: Annotated[str, typer.Option(help="与 --unmasked 同用：谁导出（账号）。")] = "",
    role: Annotated[Role, typer.Option(help="与 --unmasked 同用：以什么角色。")] = Role.DESK,
    reason: Annotated[str, typer.Option(help="与 --unmasked 同用：理由。")] = "",
    as_json: Json = False,
) -> None:
    """导出政务舆情回应台账：一个时段的新收、结转和重新办理的事项。"""
    settings = read_settings()
    now = settings.clock()
    office = Reporting.of(settings)
    period = _period(now, since, to, week, month, quarter, year)
    if unit and unit not in office.register:
        raise typer.BadParameter(
            f"单位表里没有“{unit}”，请用 config/units.toml 里的 id", param_hint="--unit"
        )
    format_ = format or _by_name(out)
    with opened(settings) as runner:
        ledger = runner.store.ledger
        known_source(settings, source, lambda: ledger.search(Query(source=source)).total > 0)
        known_channel(settings, channel, lambda: ledger.search(Query(channel=channel)).total > 0)
        known_topic(settings, topic, lambda: ledger.search(Query(topic=topic)).total > 0)
    texts: Shown = masked_for_all
    said = ""
    if unmasked:
        actor = Actor(id=by, role=role)
        try:
            texts = unmasked_for(actor, reason)
        except NotShown as error:
            fail(str(error))
        said = f"由 {by} 导出，理由：{reason}"
        _note(
            settings, by, AuditAction.EXPORT, str(out), f"未脱敏台账，{period.name}，理由：{reason}"
        )
    wanted = Wanted(
        period=period, source=source, unit=unit, channel=channel, topic=topic, text=text
    )
    with opened(settings) as runner, _counting(runner.store.ledger, wanted, out.name, now) as step:
        try:
            written = write_ledger(
                runner.store.ledger,
                office,
                wanted,
                {format_: out},
                now,
                texts=texts,
                unmasked=said,
                progress=step,
            )
        except OSError as error:
            fail(f"不能写入 {out}：{error.strerror}。请检查文件夹是否存在、是否可写。")
        except TooManyRows as error:
            fail(str(error))
    lines = [f"{out}：{written.rows} 件"]
    if written.balance.empty:
        lines.append("零报告：这个时段没有需要登记的事项。")
    elif period.kind is not PeriodKind.ALL:
        lines.append(written.balance.equation)
    done = {
        "file": str(out),
        "format": format_,
        "period": period.name,
        "rows": written.rows,
        "equation": written.balance.equation,
        "balanced": written.balance.holds,
    }
    tell("\n".join(lines), done, as_json=as_json)
    if not written.balance.holds:
        fail("守恒核对不平衡，详见台账的“守恒核对”页。请运行 huiyin audit 查找原因。")


def _by_name(out: Path) -> LedgerFormat:
    """By the ending of the name; JSON lines for a name without one."""
    if not out.suffix:
        return LedgerFormat.JSONL
    endings = {f".{format_.value}" for format_ in LedgerFormat}
    extension(out, endings, "请改文件名，或用 --format 写明格式")
    return LedgerFormat(out.suffix.lstrip(".").lower())


def _period(
    now: datetime, since: str, to: str, week: str, month: str, quarter: str, year: str
) -> Period:
    """The one period that was asked for; everything until now when none was."""
    asked = [
        (kind, text)
        for kind, text in (
            (PeriodKind.WEEK, week),
            (PeriodKind.MONTH, month),
            (PeriodKind.QUARTER, quarter),
            (PeriodKind.YEAR, year),
        )
        if text
    ]
    if len(asked) + bool(since or to) > 1:
        raise typer.BadParameter(
            "--from/--to、--week、--month、--quarter、--year 只能用一种", param_hint="--week"
        )
    try:
        period = read_period(*asked[0]) if asked else _range(now, since, to)
        require_begun(period, now)
    except PeriodError as error:
        fail(str(error))
    return period


def _range(now: datetime, since: str, to: str) -> Period:
    until = moment(to, "--to") if to else None
    if until is not None and len(to) == len("2026-09-24"):
        if until.year > LAST_YEAR:
            raise PeriodError(f"截止日期 {to} 超出可用的年份（到 {LAST_YEAR} 年），请核对。")
        until += timedelta(days=1)
    # Without an end the ledger is that of today, today's cases included.
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if not since:
        return everything(until or tomorrow)
    start = moment(since, "--from")
    return span(start, until or max(tomorrow, start + timedelta(days=1)))


@contextmanager
def _counting(
    ledger: Ledger, wanted: Wanted, name: str, now: datetime, passes: int = 1
) -> Iterator[Callable[[], None]]:
    """A progress bar over the cases that will be read."""
    with bar("台账") as progress:
        query = msgspec.structs.replace(wanted.query(wanted.period.as_of(now)), limit=1)
        task = progress.add_task("", name=name, total=ledger.search(query).total * passes)
        yield lambda: progress.advance(task)


def _note(settings: Settings, who: str, deed: AuditAction, about: str, detail: str) -> None:
    """Into the trail of operations, before anything is done."""
    make_folder(settings.home)
    file = DeskFile(settings.desk_file)
    try:
        AuditLog(file).record(settings.clock(), who, deed, about, detail)
    finally:
        file.close()


# -- editions ----------------------------------------------------------------


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
    period = _period(now, "", "", week, month, quarter, year)
    office = Reporting.of(settings)
    editions = Editions(settings.home / "editions")
    wanted = Wanted(period=period)
    with (
        opened(settings) as runner,
        _counting(runner.store.ledger, wanted, period.short, now, passes=2) as step,
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
    _note(settings, signer, AuditAction.REPORT, edition.number, f"签发台账，{edition.equation}")
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
        _counting(runner.store.ledger, wanted, path.name, now) as step,
    ):
        report = count_period(runner.store.ledger, office, period, now, step)
    try:
        KeptLists(lists_folder(settings.papers_folder)).keep(report.lists)
        make_folder(path.parent)
        document = make_paper(kind, report, office, _items(settings, office), now.date())
        if out is None:
            keep(document, path, period.as_of(now), settings.public_url, office.template)
        else:
            write_paper(document, path, period.as_of(now), settings.public_url, office.template)
    except OSError as error:
        fail(f"不能写入 {path}：{error.strerror}。请检查文件夹是否存在、是否可写。")
    done = {"file": str(path), "period": period.name, "equation": report.balance.equation}
    tell(f"{path}：{period.name}，{report.balance.equation}", done, as_json=as_json)


def _items(settings: Settings, office: Reporting) -> list[PrintedItem]:
    file = DeskFile(settings.desk_file)
    try:
        return printed_items(file, office.register)
    finally:
        file.close()


def _paper_period(kind: PaperKind, text: str, today: date) -> Period:
    if text:
        return read_period(PAPER_PERIODS[kind], text)
    current = containing(PAPER_PERIODS[kind], today)
    return current.previous or current


def list_due(
    make: Annotated[bool, typer.Option("--make", help="补出漏掉的。")] = False,
    as_json: Json = False,
) -> None:
    """到了日子还没有出的周反馈、月整改、季通报；机器没开时漏掉的用 --make 补出。"""
    settings = read_settings()
    now = settings.clock()
    office = Reporting.of(settings)
    folder = settings.papers_folder
    missing = due_papers(folder, office, now)
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
        print("没有漏出的周反馈、月整改、季通报。")

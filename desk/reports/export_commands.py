"""`huiyin export ledger`: the ledger of any period as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cases.reporting.periods import PeriodKind
from cases.reporting.sight import NotShown, Shown, masked_for_all, unmasked_for
from cases.words.actors import Actor, Role
from desk.ground.arguments import extension, known_channel, known_source, known_topic
from desk.ground.audit_log import AuditAction
from desk.ground.console import Json, fail, opened, tell
from desk.ground.settings import read_settings
from desk.reports.commands_shared import (
    Month,
    Quarter,
    Week,
    Year,
    asked_period,
    counting,
    note,
)
from desk.reports.service import LedgerFormat, Reporting, Wanted, write_ledger
from sinks.ledger.base import Query
from sinks.reports.base import TooManyRows


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
    period = asked_period(now, since, to, week, month, quarter, year)
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
        note(
            settings, by, AuditAction.EXPORT, str(out), f"未脱敏台账，{period.name}，理由：{reason}"
        )
    wanted = Wanted(
        period=period, source=source, unit=unit, channel=channel, topic=topic, text=text
    )
    with opened(settings) as runner, counting(runner.store.ledger, wanted, out.name, now) as step:
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

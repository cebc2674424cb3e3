"""The command line. Exit status 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from desk.accounts import commands as accounts_commands
from desk.alerts import commands as alerts_commands
from desk.annual_review import commands as annual_review_commands
from desk.app import (
    cli_cases,
    cli_classify,
    cli_config,
    cli_ledger,
    cli_masking,
    cli_matters,
    cli_production,
)
from desk.backup import commands as backup_commands
from desk.backup.archive import BackupError
from desk.deadlines.service import deadline_report
from desk.demo import commands as demo_commands
from desk.demo.home import demo_settings, with_place
from desk.doctor.checks import examine
from desk.exchange import commands as exchange_commands
from desk.exclusions import commands as exclusion_commands
from desk.ground import production_upkeep, wiring
from desk.ground.console import Json, fail, moment, notices, tell
from desk.ground.machine_clock import machine_time
from desk.ground.private_home import close_home
from desk.ground.settings import SettingsError, read_settings
from desk.ground.storage_problems import no_room, storage_problem
from desk.hotspots import commands as hotspots_commands
from desk.learning import commands as learning_commands
from desk.measures import commands as measures_commands
from desk.personal import commands as personal_commands
from desk.pictures import commands as pictures_commands
from desk.processing import commands as processing_commands
from desk.qa import commands as qa_commands
from desk.reports import commands as reports_commands
from desk.setup import commands as setup_commands
from desk.site_columns import commands as site_columns_commands
from desk.sources import commands as sources_commands
from huiyin.store.errors import StoreError
from sinks.delivery.base import DeliveryError
from sinks.ledger.base import LedgerUnavailable
from sinks.private import owner_only
from streams.kafka.errors import LogDown, LogError
from streams.sources.seam.base import SourceError

app = typer.Typer(
    name="huiyin",
    help="回音：政务舆情监测与留言回应。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


_NO_ROOM = "磁盘已满，没有写完。请清出空间，再试一次；已经入库的都在"


def main() -> None:
    """Entry point: errors that a person can mend are one message, not a traceback."""
    owner_only()
    try:
        app()
    except (
        SettingsError,
        BackupError,
        StoreError,
        SourceError,
        DeliveryError,
        LedgerUnavailable,
        LogDown,
        LogError,
    ) as error:
        fail(str(error))
    except OSError as error:
        problem = storage_problem(error)
        if problem is None:
            raise
        where = f"：{error.filename}" if error.filename else ""
        fail(_NO_ROOM + where if no_room(error) else problem.text + where)
    except KeyboardInterrupt:
        fail("已中断。已经入库的内容不会丢失，可以重新运行。")


@app.command()
def run(
    demo: Annotated[
        bool, typer.Option("--demo", help="看示例：另用一个文件夹，不接收真实来件。")
    ] = False,
) -> None:
    """在一个进程里启动全部：接收、处理、巡查和网页；打印网址。"""
    from desk.app.serve import serve

    settings = with_place(demo_settings(read_settings())) if demo else read_settings()
    close_home(settings)
    serve(settings, demo=demo)


@app.command()
def deadline(
    received: Annotated[str, typer.Argument(help="收到的时间，如 2026-09-24T10:00。")],
    working_days: Annotated[int | None, typer.Option(min=1, help="工作日数。")] = None,
    rule: Annotated[str, typer.Option(help="时限表里的行，如 reply、disclosure。")] = "",
    as_json: Json = False,
) -> None:
    """算一个期限，逐日说明哪天算、哪天不算。"""
    settings = read_settings()
    at = moment(received, "RECEIVED")
    try:
        report = deadline_report(
            at,
            calendar=wiring.build_calendar(settings),
            policy=wiring.build_policy(settings),
            working_days=working_days,
            rule=rule or None,
        )
    except ValueError as error:
        fail(str(error))
    print(report.json() if as_json else report.text())


@app.command()
def doctor(
    create: Annotated[
        bool, typer.Option("--create", help="Kafka 方式：先创建缺少的主题和索引。")
    ] = False,
    as_json: Json = False,
) -> None:
    """检查配置、数据、日历和来源，说明哪里要改。"""
    settings = read_settings()
    if create:
        for made in production_upkeep.create(settings):
            notices.print(f"已创建{made}", markup=False)
    findings = examine(settings)
    if as_json:
        print(msgspec.json.encode(findings).decode())
    else:
        for finding in findings:
            mark = {"ok": "✓", "warning": "！", "error": "✗"}[finding.level]
            print(f"{mark} {finding.text}")
    if any(finding.level == "error" for finding in findings):
        raise SystemExit(1)


@app.command()
def health(*, as_json: Json = False) -> None:
    """看运行中的回音是否还在巡查、发告警；有问题退出码不为零，供定时任务调用。"""
    from desk.app.commands.health import health as look

    found = look(read_settings(), machine_time())
    if found.ok or as_json:
        tell(found.text, found, as_json=as_json)
    if not found.ok:
        fail(found.text)


cli_ledger.add_to(app)
reports_commands.add_to(app)
measures_commands.add_to(app)
hotspots_commands.add_to(app)
learning_commands.add_to(app)
exclusion_commands.add_to(app)
exchange_commands.add_to(app)
cli_cases.add_to(app)
cli_matters.add_to(app)
sources_commands.add_to(app)
accounts_commands.add_to(app)
qa_commands.add_to(app)
site_columns_commands.add_to(app)
alerts_commands.add_to(app)
cli_classify.add_to(app)
cli_config.add_to(app)
cli_masking.add_to(app)
cli_production.add_to(app)
backup_commands.add_to(app)
personal_commands.add_to(app)
pictures_commands.add_to(app)
annual_review_commands.add_to(processing_commands.add_to(app))
demo_commands.add_to(app)
setup_commands.add_to(app)

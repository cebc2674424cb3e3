"""Commands of the production mode: Kafka carries the log, Elasticsearch is the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.ground import production
from desk.ground.console import Json
from desk.ground.private_home import close_home
from desk.ground.settings import read_settings


def add_to(app: typer.Typer) -> None:
    app.command()(worker)
    app.command()(intake)
    app.command()(desk)
    app.command()(migrate)
    app.command()(reindex)


def worker() -> None:
    """处理收件日志（Kafka 方式），可以启动多个；收到 SIGTERM 后停止。"""
    from desk.app.commands.worker import run

    settings = read_settings()
    close_home(settings)
    run(settings)


def intake(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="只要这些来源；不写则为全部启用的。", metavar="[NAME]..."),
    ] = None,
) -> None:
    """定时读取来源、看投递文件夹（Kafka 方式）；收到 SIGTERM 后停止。一个来源只由一个进程读。"""
    from desk.app.commands.intake import run

    settings = read_settings()
    close_home(settings)
    run(settings, names or [])


def desk() -> None:
    """启动网页（Kafka 方式），只看和办，接收和处理由别的进程做。"""
    from desk.app.serve_production import serve

    settings = read_settings()
    production.production(settings)
    close_home(settings)
    serve(settings)


def migrate(as_json: Json = False) -> None:
    """把单机方式的数据搬到 Kafka 方式，一件不少；可以重复运行。先停下 huiyin run。"""
    from desk.app.commands.migrate import run

    run(read_settings(), as_json=as_json)


def reindex(
    shards: Annotated[int, typer.Option(min=1, help="新索引的分片数。")] = 1,
    as_json: Json = False,
) -> None:
    """更换台账索引（Kafka 方式）：按本程序的映射另建一个，逐件复制、核对，再一步切换。"""
    from desk.app.commands.reindex import run

    run(read_settings(), shards, as_json=as_json)

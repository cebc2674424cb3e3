"""`huiyin migrate`: from the data file of one machine to Kafka and Elasticsearch."""

from __future__ import annotations

from desk.ground import production, production_upkeep
from desk.ground.console import bar, tell
from desk.ground.settings import Settings, SettingsError
from streams.embedded.store import EmbeddedStore


def run(settings: Settings, *, as_json: bool = False) -> None:
    """Raises `SettingsError`, `StoreError`, `LogDown`, `LogError`, `LedgerUnavailable`."""
    production_upkeep.check(settings)
    if not settings.database.exists():
        raise SettingsError(
            f"没有可搬的数据文件 {settings.database}。请把 HUIYIN_HOME 指到单机方式的数据文件夹。"
        )
    from streams.kafka.migrate import migrate

    store = EmbeddedStore(settings.database, master=settings.master)
    out = production.writer(settings, production.WORKER_PATIENCE, counted=True)
    with bar("搬迁") as progress:
        tasks = {
            what: progress.add_task("", name=what, total=None) for what in ("消息", "事件", "台账")
        }
        moved = migrate(
            store,
            production.address(settings),
            out,
            production.ledger(settings).ledger,
            lambda what, n: progress.advance(tasks[what], n),
        )
    out.close()
    store.close()
    told = (
        f"已搬 {moved.cases} 件事项、{moved.events} 个事件、{moved.messages} 条消息"
        f"（其中 {moved.waiting} 条等待处理）、{moved.letters} 条死信。"
        "请运行 huiyin audit 核对，再启动 huiyin worker。"
    )
    tell(told, moved, as_json=as_json)

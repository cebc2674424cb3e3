"""The data files of this home, proved one by one, and the restores that are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from desk.delivery.service import delivery_log, log_file
from desk.ground import deskfile
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings
from huiyin.store.counting import Counted, Incident
from huiyin.store.errors import StoreError
from huiyin.store.migrations import has_table
from huiyin.store.proof import Chain, FileProof, prove
from huiyin.store.sqlite import Connection, connect
from sinks.alerts import file as alert_file
from sinks.alerts.file import AlertFile
from streams.embedded import store as data_file
from streams.embedded.store import EmbeddedStore
from streams.kafka import acknowledged as kafka_counts
from streams.kafka.acknowledged import Acknowledged

WORDS: Final[Mapping[str, str]] = {
    "inbox": "收件日志",
    "journal": "事件日志",
    "alerts": "告警",
    "dead_letters": "死信",
    "versions": "版本",
    "intake": "接收计数",
    "facts": "状态",
    "progress": "进度",
    "accounts": "账号",
    "tokens": "接口令牌",
    "signed_in": "登录会话",
    "tries": "登录失败",
    "tries_from": "登录失败地址",
    "trail": "操作记录",
    "entries": "登记簿",
    "uploads": "附件登记",
    "typed": "未提交的文字",
    "looks": "单位查看记录",
    "outbox": "待送答复",
    "annual_reviews": "年度自查",
    "bulk_jobs": "批量办理",
    "bulk_cases": "批量办理的事项",
    "saved_filters": "保存的筛选",
    "preferences": "个人设置",
    "site_columns": "栏目",
    "site_findings": "栏目问题",
    "site_runs": "栏目检查",
    "delivery_log": "送达记录",
    "acknowledgements": "告警签收",
    "sendings": "告警发送",
    "messages": "告警消息",
    "steps": "告警升级",
    "posts": "告警发送次数",
    "channels": "告警渠道",
    "reached": "日志进度",
    "log_incidents": "日志缺失",
}
"""What people call the tables."""


_UNEXPLAINED: Final = "SELECT 1 FROM incidents WHERE explained_at IS NULL"


class _Opened:
    def __init__(self, db: Connection, counted: Counted, chain: Chain | None = None) -> None:
        self.db = db
        self.counted = counted
        self.chain = chain


def prove_files(settings: Settings) -> tuple[FileProof, ...]:
    """Every data file that there is, or should be."""
    proofs = []
    for path, called in _files(settings):
        try:
            with _open(settings, path) as opened:
                proofs.append(prove(opened.db, opened.counted, words=WORDS, chain=opened.chain))
        except StoreError as error:
            proofs.append(FileProof(file=path.name, called=called, problems=(str(error),)))
    return tuple(proofs)


def name_restore(settings: Settings, reason: str, by: str) -> list[tuple[str, Incident]]:
    """A person says what happened to the files that are not what they were; gives what was
    explained, with the name of its file. Raises `StoreError`."""
    named = []
    for path, _ in _files(settings):
        with _open(settings, path) as opened:
            named += [(path.name, one) for one in opened.counted.explain(opened.db, reason, by)]
    return named


def unexplained(settings: Settings) -> list[str]:
    """What was found at the openings of the files and nobody has explained: a quick look
    that changes nothing, and no proof."""
    found = []
    for path, called in _files(settings):
        if not path.exists():
            found.append(f"{called} {path} 不见了，旁边还留着它的确认计数")
            continue
        try:
            db = connect(path, called, readonly=True)
        except StoreError as error:
            found.append(str(error))
            continue
        try:
            if has_table(db, "incidents") and db.execute(_UNEXPLAINED).fetchone():
                found.append(f"{called} {path} 与确认过的写入不符")
            if path == settings.kafka_counts and kafka_counts.unexplained(db):
                found.append("Kafka 的日志里少了确认过的内容")
        except StoreError as error:
            found.append(str(error))
        finally:
            db.close()
    return found


def files_text(proofs: tuple[FileProof, ...]) -> str:
    """The proofs in plain Chinese."""
    lines = ["", "数据文件核对（确认过的都在）"]
    for proof in proofs:
        lines.append(
            f"  {proof.called} {proof.file}：确认过 {proof.acknowledged} 次写入，"
            f"文件里 {proof.commits} 次"
        )
        lines += [f"    链尾 {head}" for head in proof.heads]
        lines += [f"    {named}" for named in proof.named]
        lines += [f"    · {problem}" for problem in proof.problems]
    return "\n".join(lines)


def _files(settings: Settings) -> list[tuple[Path, str]]:
    """Those that are there; of a file that was deleted, the count beside it is left."""
    every = [
        (settings.database, data_file.CALLED),
        (settings.desk_file, deskfile.CALLED),
        (settings.home / "alerts.db", alert_file.CALLED),
        (log_file(settings), "送达记录"),
        (settings.kafka_counts, kafka_counts.CALLED),
    ]
    return [
        (path, called)
        for path, called in every
        if path.exists() or path.with_name(path.name + ".acknowledged").exists()
    ]


@contextmanager
def _open(settings: Settings, path: Path) -> Iterator[_Opened]:
    with ExitStack() as stack:
        if path == settings.database:
            store = EmbeddedStore(path, master=settings.master)
            stack.callback(store.close)
            yield _Opened(store.connection, store.counted, store.chain)
        elif path == settings.desk_file:
            desk = DeskFile(path)
            stack.callback(desk.close)
            with desk.reading() as db:
                yield _Opened(db, desk.counted)
        elif path == log_file(settings):
            log = delivery_log(settings)
            stack.callback(log.close)
            yield _Opened(log.connection, log.counted)
        elif path == settings.kafka_counts:
            counts = Acknowledged(path, ())
            stack.callback(counts.close)
            yield _Opened(counts.db, counts.counted)
        else:
            alerts = AlertFile(path)
            stack.callback(alerts.close)
            yield _Opened(alerts.db, alerts.counted)

"""年度自查: what to look at once a year, each with its figure of now.

网络安全等级保护 (GB/T 22239-2019 8.1.4, 8.1.10) and 个人信息保护法第五十一、五十四条 (regular
compliance audits) ask for it; what they ask is turned into what this program knows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cases.record.case import Case
from cases.record.events import DataHeld
from desk.annual_review.account_looks import account_looks
from desk.annual_review.look import YEAR, Look, counted
from desk.backup.drills import drills
from desk.backup.erasures import noted_erasures
from desk.backup.service import Backups
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext, PageStore
from desk.ground.retention_table import EXPIRED_ON, read_retention
from desk.personal.not_reached import not_reached
from desk.processing.facts import Expiry, expiry_of, facts_of
from desk.processing.service import ProcessingRegister
from sinks.ledger.base import Query

COUNTED_AT_ONCE: Final = 20_000
"""Cases that are gone through while a page is made; more only when asked for."""


def looks(desk: DeskContext, store: PageStore, *, count_holds: bool) -> tuple[Look, ...]:
    """`count_holds`: go through all cases however many there are. Nothing of a case's text is
    in it. Raises `SettingsError` and `StoreError`."""
    now = desk.clock()
    return (
        *account_looks(desk, now),
        _assessments(desk),
        _retention(desk, store),
        _holds(store, now, count_holds=count_holds),
        _erasures(desk, now),
        _exports(desk, now),
        _left(desk),
        _backup(desk, now),
        _drill(desk, now),
        _algorithms(desk),
    )


def _assessments(desk: DeskContext) -> Look:
    rows = [row for row in desk.get(ProcessingRegister).rows() if row.activity.assess]
    missing = [row for row in rows if row.to_assess]
    responsible, _ = desk.get(ProcessingRegister).responsible
    return Look(
        id="assessments",
        title="个人信息保护影响评估",
        figure=f"要评估的处理活动 {len(rows)} 项，没有评估或满三年的 {len(missing)} 项；"
        f"负责人：{responsible or '没有填写'}",
        ask="来源、平台、接口变了的，重新评估；负责人换了的，改过来。",
        href="/admin/processing",
        attention=bool(missing) or not responsible,
    )


def _retention(desk: DeskContext, store: PageStore) -> Look:
    table = read_retention(desk.settings)
    expiry, last = expiry_of(table), None
    if expiry is Expiry.DAILY:
        last = store.fact(EXPIRED_ON)
        runs = f"每天自动删除，最近一次 {last or '还没有'}"
    else:
        runs = "没有自动删除"
    return Look(
        id="retention",
        title="保存期限",
        figure=f"{len(table.retention)} 条规则；{runs}",
        ask="期限和档案保管期限表一致吗；没有规则就是一直保存。",
        href="/admin/processing",
        attention=not table.retention or (expiry is not Expiry.BY_HAND and last is None),
    )


def _holds(store: PageStore, now: datetime, *, count_holds: bool) -> Look:
    total = store.ledger.search(Query(limit=1, count_to=COUNTED_AT_ONCE + 1)).total
    title, ask = "保全满一年的事项", "案子结了的，解除保全；没有结的，写明原因。"
    if total > COUNTED_AT_ONCE and not count_holds:
        figure = f"事项超过 {COUNTED_AT_ONCE} 件，没有数"
        href = "/admin/review?holds=1"
        return Look(id="holds", title=title, figure=figure, ask=ask, href=href)
    held = [
        case.case_id
        for case in store.ledger.scan(Query(received_to=now - YEAR))
        if case.data_hold and now - _held_since(case) > YEAR
    ]
    return Look(
        id="holds", title=title, figure=counted("件", held), ask=ask, href="",
        attention=bool(held),
    )  # fmt: skip


def _held_since(case: Case) -> datetime:
    return [event.at for event in case.history if isinstance(event.body, DataHeld)][-1]


def _erasures(desk: DeskContext, now: datetime) -> Look:
    past = [line for line in noted_erasures(desk.settings.home) if now - line.at <= YEAR]
    by_rule = sum(bool(line.rule) for line in past)
    return Look(
        id="erasures",
        title="一年里删除的个人信息",
        figure=f"{len(past)} 件：本人申请 {len(past) - by_rule} 件，到期 {by_rule} 件",
        ask="申请都在三十天里办了吗（GB/T 35273-2020 8.7）；申请表存好了吗。",
        href=f"/admin/trail?deed={AuditAction.ERASE.value}",
    )


def _exports(desk: DeskContext, now: datetime) -> Look:
    def done(deed: AuditAction) -> int:
        return desk.trail.search(deed=deed.value, since=now - YEAR, limit=1)[0]

    return Look(
        id="exports",
        title="一年里的导出和查看原文",
        figure=f"导出和打印 {done(AuditAction.EXPORT)} 次，查看个人信息 "
        f"{done(AuditAction.UNMASK)} 次，越权被拒 {done(AuditAction.REFUSED)} 次",
        ask="抽看几条，理由说得过去吗；导出的文件还在谁的电脑里，用不着的删掉。",
        href=f"/admin/trail?deed={AuditAction.EXPORT.value}",
    )


def _left(desk: DeskContext) -> Look:
    lines = not_reached(desk.settings)
    return Look(
        id="left",
        title="删除不到的地方",
        figure="；".join(lines),
        ask="用不着的旧文件，删掉。",
        href="",
    )


def _backup(desk: DeskContext, now: datetime) -> Look:
    settings, title = desk.settings, "备份"
    ask, href = "备份在另一块磁盘上吗；口令和主密钥在保险柜里吗。", "/admin/backup"
    if settings.production is not None:
        figure = "数据在 Kafka 和 Elasticsearch 里，按运维说明备份"
        return Look(id="backup", title=title, figure=figure, ask=ask, href=href)
    if settings.backup is None:
        figure = "没有自动备份"
        return Look(id="backup", title=title, figure=figure, ask=ask, href=href, attention=True)
    backups = Backups(settings.backup)
    listed = backups.listed()
    sealed = "已加密" if listed and listed[0].sealed else "没有加密"
    newest = f"最近一份 {listed[0].made_at:%Y-%m-%d %H:%M}，{sealed}" if listed else "还没有"
    return Look(
        id="backup", title=title, figure=f"{len(listed)} 份；{newest}", ask=ask, href=href,
        attention=bool(backups.warning(now)),
    )  # fmt: skip


def _drill(desk: DeskContext, now: datetime) -> Look:
    title, settings = "恢复演练", desk.settings
    if settings.production is not None:
        figure, ask = "按运维说明恢复，这里没有记录", "每年至少一次，做过的写进结论。"
        return Look(id="drill", title=title, figure=figure, ask=ask, href="")
    done = drills(settings.backup) if settings.backup is not None else ()
    last = f"最近一次 {done[-1].at:%Y-%m-%d}，用 {done[-1].backup}" if done else "没有做过"
    return Look(
        id="drill",
        title=title,
        figure=last,
        ask="每年至少一次：用 huiyin restore 把最近一份恢复到空的文件夹，再运行 huiyin audit。",
        href="/admin/backup",
        attention=not done or now - done[-1].at > YEAR,
    )


def _algorithms(desk: DeskContext) -> Look:
    facts = facts_of(desk)
    where = f"，主密钥{'已设' if facts.master_key else '没有设'}"
    if facts.with_kafka:
        where += "，Elasticsearch 的台账没有逐件加密"
    return Look(
        id="algorithms",
        title="在用的密码算法",
        figure=f"事项内容：{facts.sealed}{where}；密码：Argon2id；"
        f"网页：{'TLS' if facts.tls else '没有 TLS'}",
        ask="密评要求商用密码的，设 HUIYIN_CIPHER=sm4。",
        href="/admin/check",
        attention=not facts.master_key,
    )

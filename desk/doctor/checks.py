"""`huiyin doctor`: everything that can be checked before it matters."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib.metadata import version

from cases.clocks.published_days import published_years
from desk.accounts.accounts import Accounts
from desk.accounts.tokens import Tokens
from desk.accounts.wishes import SECONDERS
from desk.alerts.alerting import alert_setup
from desk.delivery.service import doors
from desk.demo.accounts import DEMO_PASSWORD
from desk.doctor.extensions import left_out, unused
from desk.doctor.finding import Finding
from desk.doctor.home_checks import (
    attachments,
    backups,
    data_folder,
    database,
    free_space,
    last_writes,
    open_files,
    unreleased,
)
from desk.doctor.keys import master_key
from desk.doctor.tables import wrong_tables
from desk.exchange.service import platforms
from desk.ground import production, production_upkeep, wiring
from desk.ground.calendar_ahead import unpublished
from desk.ground.deskfile import DeskFile
from desk.ground.extensions import usable
from desk.ground.office_settings import load_office_settings, own_office_file, unnamed
from desk.ground.settings import Settings, SettingsError
from desk.opinion.registers import preset_watches
from desk.qa.qa_table import read_qa
from desk.reports.service import Reporting
from sinks.delivery.base import DeliveryError
from streams.pictures.reader import installed
from streams.sources.seam.base import SourceError


def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order an administrator would mend things, each fault once. Changes
    nothing."""
    told: set[str] = set()
    found = []
    for finding in _examine(settings):
        lines = set(finding.text.splitlines())
        if not lines <= told:
            found.append(finding)
        told |= lines
    return found


def _examine(settings: Settings) -> list[Finding]:
    findings = [Finding("error", text) for text in wrong_tables(settings)]
    findings += [Finding("warning", text) for text in settings.configuration.unknown_files]
    findings += [
        _attempt(check, settings)
        for check in (
            _config,
            _place,
            _units,
            _sources,
            _delivery,
            _exchange,
            _classifier,
            _pictures,
            _alerts,
            _reports,
            _desk,
        )
    ]
    findings += _extensions(settings)
    findings += [
        _calendar(settings),
        data_folder(settings),
        *attachments(settings),
        *free_space(settings),
    ]
    findings += last_writes(settings)
    findings += [*open_files(settings), *_accounts(settings)]
    if settings.production is None:
        findings += [database(settings), _master_key(settings), backups(settings)]
        return [*findings, *unreleased(settings), _search()]
    weak = [Finding("warning", each) for each in production_upkeep.weaknesses(settings)]
    return [*findings, *weak, _master_key(settings), _attempt(_servers, settings)]


def _master_key(settings: Settings) -> Finding:
    return Finding(*master_key(settings))


def _accounts(settings: Settings) -> list[Finding]:
    """What an installation still has from before two people were needed."""
    if not settings.desk_file.exists():
        return []
    file = DeskFile(settings.desk_file)
    try:
        tokens = Tokens(file)
        now = tokens.clock()
        foreign = [
            one for one in tokens.all() if one.foreign and not one.revoked and one.expires > now
        ]
        accounts = Accounts(file)
        people = [one for one in accounts.all() if not one.disabled and not one.demo]
        shown = accounts.with_password(people, DEMO_PASSWORD)
    finally:
        file.close()
    found = []
    if foreign:
        numbers = "、".join(
            f"第 {one.id} 号（{one.account}，{one.made_by} 添加）" for one in foreign
        )
        text = f"由别人单独添加的接口令牌：{numbers}。请本人重新添加，再吊销这些"
        found.append(Finding("warning", text))
    if shown:
        text = f"账号 {'、'.join(shown)} 用的是公开的示例密码。请马上修改：huiyin user password"
        found.append(Finding("error", text))
    if people and sum(one.role in SECONDERS for one in people) < 2:
        text = (
            "能互相确认的账号（管理员、值班台、领导）不足两个：添加账号、重设密码没有第二人把关。"
            "请用 huiyin user add 再添加一个，交给另一个人"
        )
        found.append(Finding("warning", text))
    return found


def _servers(settings: Settings) -> str:
    production_upkeep.check(settings)
    where = production.address(settings)
    return f"Kafka（{where.shown}）的主题和 Elasticsearch 的索引都在，符合要求"


def _attempt(check: Callable[[Settings], str | Finding], settings: Settings) -> Finding:
    try:
        found = check(settings)
        return found if isinstance(found, Finding) else Finding("ok", found)
    except (SettingsError, SourceError, DeliveryError) as error:
        return Finding("error", str(error))


def _config(settings: Settings) -> str:
    rules = wiring.build_rules(settings)
    policy = rules.policy
    return f"配置文件夹 {settings.config}：时限表 {policy.version}，共 {len(policy.rules)} 行"


def _reports(settings: Settings) -> str:
    office = Reporting.of(settings)
    return f"台账 {len(office.table.columns)} 栏；周、月、季报 {len(office.reports.papers)} 种"


def _desk(settings: Settings) -> str:
    """What the pages read when they are first opened."""
    columns = sum(one.enabled for one in wiring.build_columns(settings).column)
    watches = len(preset_watches(settings))
    wiring.build_secrecy(settings)
    pushed = "推送" if read_qa(settings).push.enabled else "不推送"
    return f"监测栏目 {columns} 个，预设关注 {watches} 项，问答库{pushed}，审核词表可用"


def _place(settings: Settings) -> Finding:
    card = load_office_settings(settings)
    if todo := unnamed(card, f" {own_office_file(settings)} "):
        return Finding("warning", todo)
    level = card.locality.known_level
    said = "" if card.level else "（由名称得出；不对时请在 office.toml 写 level）"
    return Finding("ok", f"本地名称 {card.place}，级别 {level}{said}，单位如 {_a_unit(settings)}")


def _a_unit(settings: Settings) -> str:
    return next(iter(wiring.build_router(settings).register)).name


def _units(settings: Settings) -> str:
    return f"责任单位 {wiring.build_router(settings).register.standing} 个"


def _sources(settings: Settings) -> str:
    return f"来源 {len(wiring.build_sources(settings))} 个"


def _exchange(settings: Settings) -> str:
    return f"对上交换的来源 {len(platforms(settings).options)} 个"


def _delivery(settings: Settings) -> str:
    return f"送达方式 {len(doors(settings))} 个"


def _classifier(settings: Settings) -> str:
    said = f"分类器 {wiring.build_classifier(settings).version}"
    if settings.classifier != "model":
        return said
    if wiring.second_judge(settings):
        return f"{said}；线性模型没有把握时，由复核模型一起判断来信的主题、短帖的情感"
    return f"{said}；没有安装复核模型（huiyin[encoder]），只用线性模型"


def _pictures(settings: Settings) -> str:
    if not settings.picture_text:
        return "图片文字：没有启用（HUIYIN_PICTURE_TEXT=off），附件里的图片只显示，不识别"
    if not installed():
        return "图片文字：没有安装 huiyin[ocr]，附件里的图片只显示，不识别"
    return f"图片文字：附件里的图片、扫描件在本机识别（rapidocr {version('rapidocr')}），不联网"


def _alerts(settings: Settings) -> str:
    outlets = alert_setup(settings).outlets
    if not outlets:
        return "告警渠道：没有启用（config/alerts.toml），告警只在值班台显示"
    return f"告警渠道 {len(outlets)} 个：{'、'.join(outlets)}"


def _extensions(settings: Settings) -> list[Finding]:
    """What installed packages add: which package and version, and what does not work."""
    broken = [Finding("error", text) for text in left_out(settings)]
    idle = [Finding("warning", text) for text in unused(settings)]
    return [*broken, *idle, *(Finding("ok", line) for line in usable())]


def _calendar(settings: Settings) -> Finding:
    now = settings.clock()
    try:
        calendar = wiring.build_rules(settings).calendar
    except SettingsError as error:
        return Finding("error", str(error))
    if said := unpublished(calendar, now.date()):
        last = published_years()[-1]
        return Finding("warning", f"工作日历：程序自带到 {last} 年。{said}。")
    return Finding("ok", f"工作日历 {calendar.version}：今后 45 天都已公布")


def _search() -> Finding:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5 (x)")
    except sqlite3.OperationalError:
        return Finding("error", "本机的 SQLite 没有全文检索（FTS5），请换用带 FTS5 的 Python")
    finally:
        connection.close()
    return Finding("ok", f"SQLite {sqlite3.sqlite_version}，有全文检索")

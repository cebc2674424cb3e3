"""The register of processing activities (个人信息处理活动记录), one row a purpose.

个人信息保护法第五十五、五十六条: before sensitive data are processed, automated decisions are made,
others are given data or data are published, the effect is assessed and what is processed recorded,
the record being kept for three years. The rows follow GB/T 35273-2020 11.3: purpose, way, kinds,
time of keeping, receivers, measures. Pure: facts in, rows out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from desk.processing.facts import Expiry, Facts, Place

_PERSON: Final = "姓名、电话、邮箱、地址、来文、附件"
_TEXTS: Final = "来文里可能有敏感个人信息（健康、身份证件号、未成年人信息）"
_DUTY: Final = "为履行法定职责所必需（个人信息保护法第十三条第一款第三项、第三十四条）"
_CITIZENS: Final = "来件人，来文里提到的人"
_STAFF: Final = "本单位和承办单位的工作人员"
_NOBODY: Final = "不对外提供"
_ALWAYS: Final = "没有定期限，一直保存"
_CARRIED_OUT: Final = {
    Expiry.DAILY: "每天自动删除",
    Expiry.BY_HAND: "由人运行 huiyin retention --run 删除",
}
_ENGINES: Final = {"model": "模型", "linear": "模型", "rules": "规则表", "snownlp": "SnowNLP 模型"}
_ROLES: Final = {
    "desk": "值班台", "responder": "承办单位", "reviewer": "审核", "leader": "领导",
    "admin": "管理员",
}  # fmt: skip


class Activity(Struct, frozen=True, kw_only=True):
    """One row, in words."""

    id: str
    """Lasts as long as what it comes from: remarks of people are kept by it."""
    purpose: str
    way: str
    people: str
    """Whose data."""
    kinds: str
    kept: str
    receivers: str
    measures: str
    assess: str
    """Why the effect has to be assessed (第五十五条); "" where it need not."""
    basis: str
    """The legal basis that the law names for an office; people may write their own."""


def activities(facts: Facts) -> tuple[Activity, ...]:
    """In the order in which data go: in, through, out, kept."""
    return (
        *(_source(each, facts) for each in facts.sources),
        _handling(facts),
        _judging(facts),
        *(_door(each, facts) for each in facts.doors),
        *(_platform(each, facts) for each in facts.platforms),
        *(_channel(each) for each in facts.channels),
        *_to_units(facts),
        *_to_programs(facts),
        *_to_everybody(facts),
        *_backups(facts),
        _people(facts),
    )


def kept_of(facts: Facts, channel: str) -> str:
    """How long cases of this channel are kept, by the rules in their order; of a purpose that all
    channels share (""), each rule says for which channel it is."""
    rules, whole = [], False
    for rule in facts.retention.retention:
        if channel and rule.channel not in ("", channel):
            continue
        of = f"“{rule.channel}”的" if rule.channel and not channel else ""
        kind = rule.kind.value if rule.kind else "各类"
        rules.append(f"{of}{kind} {rule.years} 年（{rule.source}）")
        whole = rule.kind is None and not of
        if whole:
            break  # the first that fits counts, and this one fits the rest
    if not rules:
        return _ALWAYS
    rest = "" if whole else "；其余一直保存"
    return f"办结后{'、'.join(rules)}，到期{_CARRIED_OUT[facts.expiry]}{rest}"


def _measures(facts: Facts, *more: str) -> str:
    sealed = f"每件单独密钥，{facts.sealed} 加密" + (
        "，密钥由主密钥加密" if facts.master_key else "，没有设主密钥，密钥与数据在一起"
    )
    if facts.with_kafka:
        sealed = f"Kafka 的日志{sealed}；Elasticsearch 的台账没有逐件加密"
    parts = [
        sealed,
        "按角色和单位限定可见范围，其余的人看到的个人信息打码，要看的写理由并留痕",
        *more,
    ]
    if facts.tls:
        parts.append("网页经 TLS")
    if facts.second_factor:
        roles = "、".join(_ROLES.get(role, role) for role in facts.second_factor)
        parts.append(f"{roles}两步验证")
    return "；".join(parts)


def _source(place: Place, facts: Facts) -> Activity:
    where = f"（{place.where}）" if place.where else ""
    history = f"；{place.history} 以前的作为历史来件" if place.history else ""
    return Activity(
        id=f"source-{place.id}",
        purpose=f"接收“{place.name}”的来件",
        way=f"{place.way}{where}{history}",
        people=_CITIZENS,
        kinds=_PERSON,
        kept=kept_of(facts, place.name),
        receivers=_NOBODY,
        measures=_measures(facts),
        assess=_TEXTS,
        basis=_DUTY,
    )


def _handling(facts: Facts) -> Activity:
    return Activity(
        id="handling",
        purpose="办理来件：派单、督办、答复、回访、统计和报表",
        way="值班台和承办单位在本系统里办理；台账、公文、报表可以导出和打印",
        people=_CITIZENS,
        kinds=f"{_PERSON}、办理经过、答复",
        kept=kept_of(facts, ""),
        receivers=f"承办单位 {facts.units} 个，各看各的；导出的文件由导出的人负责",
        measures=_measures(facts, "导出和打印记入操作日志"),
        assess=_TEXTS,
        basis=_DUTY,
    )


def _judging(facts: Facts) -> Activity:
    second = "和复核模型" if facts.second_judge else ""
    return Activity(
        id="judging",
        purpose="识别诉求类型、主题、风险和承办单位",
        way=f"{_ENGINES.get(facts.engine, facts.engine)}{second}在本机运行，来文不出本机；"
        "只给建议和先后，由人派单、由人答复",
        people=_CITIZENS,
        kinds="来文，去掉姓名和联系方式的识别结果",
        kept=kept_of(facts, ""),
        receivers=_NOBODY,
        measures=_measures(facts, "识别结果可以改正，改正和理由留痕"),
        assess=_TEXTS,
        basis=_DUTY,
    )


def _served(place: Place, facts: Facts) -> str:
    names = {each.id: each.name for each in facts.sources}
    return "、".join(dict.fromkeys(names.get(each, each) for each in place.sources)) or "各渠道"


def _outside(place: Place) -> str:
    return f"{place.name}（{place.where}）" if place.where else place.name


def _door(place: Place, facts: Facts) -> Activity:
    return Activity(
        id=f"door-{place.id}",
        purpose=f"把答复送回“{_served(place, facts)}”",
        way=place.way,
        people="来件人",
        kinds="来源平台的编号、答复正文；用邮件的还有邮箱地址",
        kept=kept_of(facts, ""),
        receivers=f"来件人；经 {_outside(place)}",
        measures=_measures(facts, "每次发送留凭据，不明的由人核对"),
        assess="向其他处理者提供",
        basis=_DUTY,
    )


def _platform(place: Place, facts: Facts) -> Activity:
    return Activity(
        id=f"platform-{place.id}",
        purpose=f"与上级平台交换“{_served(place, facts)}”的办理情况",
        way=place.way or "接口",
        people="来件人",
        kinds="平台的编号、签收、退单、延期和回访的内容",
        kept=kept_of(facts, ""),
        receivers=_outside(place),
        measures=_measures(facts, "请求签名，每次发送留凭据"),
        assess="向其他处理者提供",
        basis=_DUTY,
    )


def _channel(place: Place) -> Activity:
    counted = place.way == "短信网关"
    return Activity(
        id=f"channel-{place.id}",
        purpose="告警：叫人来看",
        way=place.way,
        people=_STAFF if counted else f"{_STAFF}；标题里可能提到的人",
        kinds="件数，值班人员的手机号" if counted else "告警种类、打了码的标题、单位、时间",
        kept="本系统里随告警簿保存；发出去以后由对方平台保存",
        receivers=f"值班人员；经 {place.way} {_outside(place)}",
        measures="标题里的个人信息打码，保密件只说有来件要看；地址和密钥在密钥文件里",
        assess="" if counted else "经其他处理者的平台传送",
        basis=_DUTY,
    )


def _to_units(facts: Facts) -> Iterator[Activity]:
    if facts.told:
        yield Activity(
            id="told",
            purpose="通知承办单位的人有事要办",
            way="接收人在“通知设置”里登记",
            people=_STAFF,
            kinds="接收人的手机号、邮箱；通知里只有件数，没有来件内容",
            kept="删除接收人后，登记和改动留在登记簿里",
            receivers=f"承办单位的接收人；经 {'、'.join(facts.told)}",
            measures="群机器人的地址和密钥在密钥文件里",
            assess="",
            basis=_DUTY,
        )


def _to_programs(facts: Facts) -> Iterator[Activity]:
    if facts.tokens:
        yield Activity(
            id="tokens",
            purpose="供本单位的其他程序读取",
            way="接口令牌，以账号的身份，看到的与那个账号相同",
            people=_CITIZENS,
            kinds="与账号在网页上看到的相同，个人信息打码",
            kept="由取用的程序保存",
            receivers="、".join(facts.tokens),
            measures=_measures(facts, "令牌至多一年，可以随时吊销，添加要两个人"),
            assess=f"{_TEXTS}；向其他程序提供",
            basis=_DUTY,
        )


def _to_everybody(facts: Facts) -> Iterator[Activity]:
    if facts.open311:
        yield Activity(
            id="open311",
            purpose="公开已公开的事项（Open311）",
            way="任何人可以读取的接口；只有由人决定公开的事项",
            people=_CITIZENS,
            kinds="公开答复和去掉个人信息的标题、地点",
            kept=kept_of(facts, ""),
            receivers="公众",
            measures="公开前打码并由人核对，每个地址每分钟限量",
            assess="公开个人信息的可能",
            basis="政府信息公开条例第十五条：涉及个人隐私的不公开",
        )


def _backups(facts: Facts) -> Iterator[Activity]:
    if facts.backup:
        yield Activity(
            id="backup",
            purpose="备份，数据坏了能恢复",
            way=f"每天复制到 {facts.backup}",
            people=f"{_CITIZENS}；{_STAFF}",
            kinds="全部数据",
            kept=f"最近 {facts.backup_keep} 份，旧的自动删除；恢复时把后来删除过的再删除",
            receivers=_NOBODY,
            measures=_measures(facts, "设了 BACKUP_KEY 的整份加密"),
            assess=_TEXTS,
            basis=_DUTY,
        )


def _people(facts: Facts) -> Activity:
    through = f"；经统一身份认证（{facts.sign_on}）登录" if facts.sign_on else ""
    return Activity(
        id="people",
        purpose="账号、值班和操作日志",
        way=f"管理员添加，双人确认{through}",
        people=_STAFF,
        kinds="姓名、登录名、角色、单位、登录地址、操作记录、通知用的手机号和邮箱",
        kept="账号停用后保留，操作日志一直保存（网络安全法第二十一条：日志不少于六个月）",
        receivers=_NOBODY,
        measures="密码只存 Argon2id 摘要，连续输错要等，操作日志只增不改",
        assess="",
        basis="为履行法定职责和内部管理所必需（个人信息保护法第十三条第一款第二、三项）",
    )

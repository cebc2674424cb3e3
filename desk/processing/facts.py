"""What the configuration really does with personal data: read from the tables, without opening a
door, so that a missing password or a platform that is down hides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from desk.accounts.tokens import Scope, Tokens
from desk.alerts.people_told import PeopleTold
from desk.ground import wiring
from desk.ground.context import DeskContext
from desk.ground.retention_table import RetentionTable, read_retention
from desk.ground.settings import Settings
from desk.sources.service import HOW
from sinks.alerts.receivers import ROBOTS

POLLED: Final = "定时读取"
_ADDRESSES: Final = ("url", "where", "host", "address", "board", "start", "feed", "folder")
"""Options that say where something comes from or goes to, the most telling first."""
_CHANNEL_WORDS: Final = {**ROBOTS, "mail": "电子邮件", "sms": "短信网关", "webhook": "其他系统"}
_DOOR_WORDS: Final = {"http": "接口", "smtp": "电子邮件", "by-hand": "由人到平台上填写"}


class Expiry(Enum):
    """How rules of keeping are carried out."""

    DAILY = "the desk erases what is due once a day"
    BY_HAND = "a person erases it with a command"


class Place(Struct, frozen=True, kw_only=True):
    """A source, a door, a platform or a channel: something that personal data come from or go
    to."""

    id: str
    name: str
    """As the office calls it."""
    way: str
    """How, in words."""
    where: str = ""
    """Host or folder; "" where the table names none. Never a secret."""
    sources: tuple[str, ...] = ()
    """Of what goes out: the sources whose cases it serves."""
    history: str = ""
    """Of a source: the day before which what it has comes in as history; "" for none."""


class Facts(Struct, frozen=True, kw_only=True):
    sources: tuple[Place, ...]
    doors: tuple[Place, ...]
    platforms: tuple[Place, ...]
    channels: tuple[Place, ...]
    told: tuple[str, ...]
    """Ways by which people of units are told, each with how many there are."""
    tokens: tuple[str, ...]
    """What each valid token is for, and whether it may act."""
    units: int
    retention: RetentionTable
    expiry: Expiry
    open311: bool
    engine: str
    second_judge: bool
    backup: str
    """The folder; "" for none."""
    backup_keep: int
    with_kafka: bool
    """Whether the data lie in Kafka and Elasticsearch."""
    sealed: str
    """The algorithm by which texts are sealed; "" where they are not (Kafka)."""
    master_key: bool
    tls: bool
    second_factor: tuple[str, ...]
    """Roles that must sign in with a code."""
    sign_on: str
    """Host of the single sign-on, or what the gateway in front is; "" for none."""


def facts_of(desk: DeskContext) -> Facts:
    """As of now. Raises `SettingsError`."""
    settings = desk.settings
    retention = read_retention(settings)
    sign_on = settings.sign_on
    return Facts(
        sources=tuple(_sources(settings)),
        doors=tuple(_places(settings, "delivery.toml", "delivery", _DOOR_WORDS)),
        platforms=tuple(_places(settings, "platform.toml", "platform", {"": "接口"})),
        channels=tuple(_places(settings, "alerts.toml", "channel", _CHANNEL_WORDS)),
        told=tuple(_told(desk)),
        tokens=tuple(_tokens(desk)),
        units=desk.register.standing,
        retention=retention,
        expiry=expiry_of(retention),
        open311=desk.card.open311,
        engine=settings.classifier,
        second_judge=wiring.second_judge(settings),
        # With Kafka no desk makes backups, whatever folder is set.
        backup=str(settings.backup or "") if settings.production is None else "",
        backup_keep=settings.backup_keep,
        with_kafka=settings.production is not None,
        sealed={"aes": "AES-256-GCM", "sm4": "SM4-GCM"}[settings.cipher],
        master_key=settings.key_file is not None,
        tls=desk.secure,
        second_factor=tuple(role.value for role in desk.card.second_factor),
        sign_on=host_of(sign_on.issuer) or ("认证网关" if sign_on.user_header else ""),
    )


def expiry_of(table: RetentionTable) -> Expiry:
    return Expiry.DAILY if table.enabled else Expiry.BY_HAND


def host_of(address: str) -> str:
    """Only the host: a path or a query may hold a key."""
    return urlsplit(address).hostname or ""


def _sources(settings: Settings) -> Iterator[Place]:
    for entry in wiring.source_entries(settings).values():
        if entry.enabled:
            yield Place(
                id=entry.name,
                name=entry.channel,
                way=HOW.get(entry.adapter, POLLED),
                where=_where(entry.options),
                history=str(entry.archive_before or ""),
            )


def _places(settings: Settings, file: str, table: str, words: Mapping[str, str]) -> Iterator[Place]:
    """The enabled rows of a table of what goes out."""
    for name, row in _rows(settings.table(file).get(table)):
        if row.get("enabled", True) is False:
            continue
        adapter = str(row.get("adapter", ""))
        options = row.get("options")
        yield Place(
            id=name,
            name=str(row.get("name", name)),
            way=words.get(adapter, adapter),
            where=_where(options if isinstance(options, Mapping) else row),
            sources=tuple(map(str, _list(row.get("sources")))),
        )


def _rows(table: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    if isinstance(table, Mapping):
        for name, row in table.items():
            if isinstance(row, Mapping):
                yield str(name), row


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else ()


def _where(options: Mapping[str, object]) -> str:
    for key in _ADDRESSES:
        value = options.get(key)
        if isinstance(value, str) and value:
            if "://" in value:
                return host_of(value)
            # The address of a robot is the name of a secret.
            return "" if value.isupper() else value
    return ""


def _told(desk: DeskContext) -> Iterator[str]:
    ways = Counter(
        ROBOTS.get(way.robot, way.robot) if way.robot else way.via
        for way in PeopleTold(desk.file).ways()
    )
    for way, count in sorted(ways.items()):
        yield f"{way} {count} 个"


def _tokens(desk: DeskContext) -> Iterator[str]:
    tokens = desk.get(Tokens)
    now = tokens.clock()
    for one in tokens.all():
        if one.revoked is None and one.expires > now:
            yield f"{one.name}（{'读取和办理' if one.scope is Scope.ACT else '只读'}）"

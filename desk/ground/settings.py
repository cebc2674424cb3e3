"""Where things are: read once from the environment, then passed on as a value."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from cases.words.times import BEIJING, beijing
from desk.ground.configuration import Configuration, shipped_folder
from desk.ground.limits import TABLE as LIMITS
from desk.ground.limits import LimitsError, WebLimits, read_limits
from desk.ground.sign_on_settings import SignOn, SignOnError, read_sign_on
from huiyin.configuration.document import ConfigurationError
from huiyin.configuration.table import Table
from huiyin.store.ciphers import Algorithm
from huiyin.store.master import Master, read_master

OVERLAY = "overlay"
"""Folder in the data folder: the county's own rows, unless HUIYIN_OVERLAY names another."""


class SettingsError(Exception):
    """A setting or a config file that cannot be used; the text is plain Chinese."""


class Setting(NamedTuple):
    name: str
    default: str
    help: str


SETTINGS = (
    Setting("HUIYIN_HOME", "./var", "数据所在的文件夹：数据文件、投递文件夹、密钥文件"),
    Setting(
        "HUIYIN_FILES", "", "附件所在的文件夹，几台机器时指到共享的；空则用数据文件夹里的 files"
    ),
    Setting("HUIYIN_CONFIG", "", "配置文件夹；空则用 ./config，没有时用程序自带的配置"),
    Setting("HUIYIN_BACKUP", "", "每天自动备份到这个文件夹（不在数据文件夹里）；空则不自动备份"),
    Setting("HUIYIN_BACKUP_AT", "02:30", "每天几点备份；那时没有开机的，启动后补做"),
    Setting("HUIYIN_BACKUP_KEEP", "14", "留最近几份备份"),
    Setting(
        "HUIYIN_KEY_FILE",
        "",
        "主密钥文件（64 位十六进制，放在数据文件夹以外），每件事项的密钥用它加密；空则不加密",
    ),
    Setting("HUIYIN_CIPHER", "aes", "加密算法：aes（AES-256-GCM）或 sm4（SM4-GCM，商用密码）"),
    Setting(
        "HUIYIN_OVERLAY",
        "",
        "本地配置文件夹，只写与自带配置不同的行；空则用数据文件夹里的 overlay，没有它就不用",
    ),
    Setting("HUIYIN_NOW", "", "固定的当前时间（如 2026-11-22T09:30），用于可重复的运行"),
    Setting(
        "HUIYIN_CLASSIFIER",
        "model",
        "分类引擎：model（模型，装有复核模型时一起用）、linear（只用线性模型）、rules（规则表）"
        "或 snownlp",
    ),
    Setting("HUIYIN_MODEL", "", "自己训练的模型文件；空则用程序自带的"),
    Setting("HUIYIN_SNOWNLP", "", "自己训练的 SnowNLP 模型，HUIYIN_HOME 里的文件名；空则用自带的"),
    Setting(
        "HUIYIN_PICTURE_TEXT",
        "on",
        "识别附件里图片、扫描件的文字：on（装有 huiyin[ocr] 时）或 off",
    ),
    Setting("HUIYIN_HOST", "127.0.0.1", "网页监听的地址"),
    Setting("HUIYIN_PORT", "8765", "网页监听的端口；0 由系统选择"),
    Setting("HUIYIN_PUBLIC_URL", "", "别人访问值班台用的网址（如 https://huiyin.example.gov.cn）"),
    Setting("HUIYIN_PROXY_ADDRESSES", "", "反向代理的地址或网段，多个用逗号分开：只信它们的转发头"),
    Setting("HUIYIN_PROXY_USER_HEADER", "", "认证网关写入登录名的请求头；空则不用"),
    Setting("HUIYIN_OIDC_ISSUER", "", "统一身份认证（OpenID Connect）的签发者网址；空则不用"),
    Setting("HUIYIN_OIDC_CLIENT_ID", "", "在统一身份认证登记的应用编号"),
    Setting("HUIYIN_SSO_CREATE_ROLE", "", "统一认证登录而没有账号的人成为什么角色；空则不建账号"),
    Setting("HUIYIN_KAFKA", "", "Kafka 的地址（主机:端口，多个用逗号分开）；空则全部在一个进程里"),
    Setting("HUIYIN_KAFKA_PREFIX", "huiyin", "Kafka 主题和消费组名称的前缀"),
    Setting("HUIYIN_KAFKA_PARTITIONS", "6", "收件日志和事件日志的分区数：最多这么多个处理进程"),
    Setting("HUIYIN_KAFKA_REPLICATION", "1", "Kafka 主题的副本数；三个以上节点时用 3"),
    Setting("HUIYIN_KAFKA_USER", "", "登录 Kafka 的用户；密码是密钥 kafka_password"),
    Setting("HUIYIN_KAFKA_SASL", "SCRAM-SHA-512", "登录 Kafka 的方式"),
    Setting("HUIYIN_KAFKA_CA", "", "Kafka 的 CA 证书文件；system 用本机的；空则不加密"),
    Setting("HUIYIN_ELASTICSEARCH", "", "Elasticsearch 的地址，如 https://es:9200"),
    Setting("HUIYIN_ELASTICSEARCH_USER", "", "登录的用户；密码是密钥 elasticsearch_password"),
    Setting("HUIYIN_ELASTICSEARCH_CA", "", "Elasticsearch 的 CA 证书文件；空则用本机的"),
    Setting("HUIYIN_INDEX", "huiyin-cases", "台账在 Elasticsearch 里的名称"),
    Setting("HUIYIN_HEALTH_HOST", "127.0.0.1", "健康检查和指标监听的地址"),
    Setting("HUIYIN_HEALTH_PORT", "8766", "健康检查和指标监听的端口；0 由系统选择"),
    *(Setting(limit.name, limit.default, limit.help) for limit in LIMITS),
)
"""Every environment variable the program reads, except secrets (docs/sources)."""


class Production(Struct, frozen=True, kw_only=True):
    """Where Kafka and Elasticsearch are; passwords are secrets and not in here."""

    kafka: tuple[str, ...]
    prefix: str
    partitions: int
    replication: int
    kafka_user: str
    kafka_sasl: str
    kafka_ca: str
    elasticsearch: str
    elasticsearch_user: str
    elasticsearch_ca: str
    index: str


_ALGORITHMS = {"aes": Algorithm.AES, "sm4": Algorithm.SM4}
ENGINES = ("model", "linear", "rules", "snownlp")


class Settings(Struct, frozen=True, kw_only=True):
    home: Path
    files: Path
    """Bytes of attachments, by their SHA-256."""
    configuration: Configuration
    """The tables, as they were when they were first asked for."""
    now: datetime | None
    host: str
    port: int
    public_url: str = ""
    """Scheme and host under which people reach the desk; "" for this machine only."""
    sign_on: SignOn = SignOn()
    classifier: str = "model"
    model: Path | None = None
    snownlp: str = ""
    """Name of a retrained SnowNLP model in `home`; "" for the one it comes with."""
    picture_text: bool = True
    """Whether the text in pictures is read, where `huiyin[ocr]` is installed."""
    production: Production | None = None
    """Set when HUIYIN_KAFKA is: Kafka carries the log, Elasticsearch is the ledger."""
    backup: Path | None = None
    """Where a backup is made every day; None: nowhere."""
    backup_at: time = time(2, 30)
    backup_keep: int = 14
    key_file: Path | None = None
    """The master key, by which the keys of cases are wrapped; None: they are not."""
    cipher: str = "aes"
    """What is sealed from now on is sealed by it."""
    health_host: str = "127.0.0.1"
    health_port: int = 8766
    web: WebLimits = WebLimits()
    """How much one sender may ask of the web server."""

    @property
    def database(self) -> Path:
        return self.home / "huiyin.db"

    @property
    def master(self) -> Master:
        """By what texts are sealed. Raises `StoreError`."""
        return read_master(self.key_file, _ALGORITHMS[self.cipher])

    @property
    def papers_folder(self) -> Path:
        """The papers of periods (周反馈, 月整改, 季通报) and the lists behind their figures."""
        return self.home / "papers"

    @property
    def uploads_folder(self) -> Path:
        """Exports that were uploaded to be taken in."""
        return self.home / "uploads"

    @property
    def desk_file(self) -> Path:
        return self.home / "desk.db"

    @property
    def kafka_counts(self) -> Path:
        """What the brokers acknowledged to this machine."""
        return self.home / "kafka.db"

    @property
    def clock(self) -> Callable[[], datetime]:
        """The clock of this run: Beijing time, or the fixed HUIYIN_NOW."""
        fixed = self.now
        if fixed is not None:
            return lambda: fixed
        return lambda: datetime.now(BEIJING)

    @property
    def config(self) -> Path:
        """The folder of the whole tables."""
        return self.configuration.folder

    def read_again(self) -> Settings:
        """The same settings with the files as they are now."""
        here = self.configuration
        overlay = here.overlay or _own_overlay(self.home)
        return replace(self, configuration=Configuration(here.folder, overlay))

    def table(self, name: str) -> Table:
        """A table of the configuration as it counts. Raises `SettingsError`."""
        try:
            return self.configuration.table(name)
        except ConfigurationError as error:
            raise SettingsError(str(error)) from error


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises `SettingsError` for a value that cannot be used."""
    values = {s.name: environment.get(s.name, "").strip() or s.default for s in SETTINGS}
    now: datetime | None = None
    if values["HUIYIN_NOW"]:
        try:
            now = beijing(datetime.fromisoformat(values["HUIYIN_NOW"]))
        except ValueError:
            raise SettingsError(
                f"HUIYIN_NOW 应为 2026-11-22T09:30 这样的时间，实际是 {values['HUIYIN_NOW']!r}。"
            ) from None
    public_url = _public_url(values["HUIYIN_PUBLIC_URL"])
    try:
        sign_on = read_sign_on(values, public_url)
        web = read_limits(values)
    except (SignOnError, LimitsError) as error:
        raise SettingsError(str(error)) from None
    return Settings(
        home=Path(values["HUIYIN_HOME"]),
        files=Path(values["HUIYIN_FILES"] or Path(values["HUIYIN_HOME"], "files")),
        configuration=Configuration(
            Path(values["HUIYIN_CONFIG"]) if values["HUIYIN_CONFIG"] else _default_config(),
            Path(values["HUIYIN_OVERLAY"])
            if values["HUIYIN_OVERLAY"]
            else _own_overlay(Path(values["HUIYIN_HOME"])),
        ),
        now=now,
        host=values["HUIYIN_HOST"],
        public_url=public_url,
        sign_on=sign_on,
        classifier=_one_of(values["HUIYIN_CLASSIFIER"], ENGINES, "HUIYIN_CLASSIFIER"),
        model=Path(values["HUIYIN_MODEL"]) if values["HUIYIN_MODEL"] else None,
        snownlp=values["HUIYIN_SNOWNLP"],
        picture_text=_one_of(values["HUIYIN_PICTURE_TEXT"], ("on", "off"), "HUIYIN_PICTURE_TEXT")
        == "on",
        port=_whole(values, "HUIYIN_PORT", 0, 65535),
        production=_production(values) if values["HUIYIN_KAFKA"] else None,
        backup=Path(values["HUIYIN_BACKUP"]) if values["HUIYIN_BACKUP"] else None,
        backup_at=_time_of_day(values, "HUIYIN_BACKUP_AT"),
        backup_keep=_whole(values, "HUIYIN_BACKUP_KEEP", 1, 1000),
        key_file=Path(values["HUIYIN_KEY_FILE"]) if values["HUIYIN_KEY_FILE"] else None,
        cipher=_one_of(values["HUIYIN_CIPHER"], tuple(_ALGORITHMS), "HUIYIN_CIPHER"),
        health_host=values["HUIYIN_HEALTH_HOST"],
        health_port=_whole(values, "HUIYIN_HEALTH_PORT", 0, 65535),
        web=web,
    )


def _whole(values: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = values[name]
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise SettingsError(f"{name} 应为 {least} 至 {most} 的整数，实际是 {text!r}。")
    return int(text)


def _time_of_day(values: Mapping[str, str], name: str) -> time:
    text = values[name]
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  (a time of day has no zone)
    except ValueError:
        raise SettingsError(f"{name} 应为 02:30 这样的时间，实际是 {text!r}。") from None


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if text and not (
        parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
    ):
        raise SettingsError(
            "HUIYIN_PUBLIC_URL 应为 https://主机名 或 https://主机名:端口，不带路径，"
            f"实际是 {text!r}。"
        )
    return text.rstrip("/")


_SASL = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _production(values: Mapping[str, str]) -> Production:
    servers = tuple(part.strip() for part in values["HUIYIN_KAFKA"].split(",") if part.strip())
    for server in servers:
        host, _, port = server.rpartition(":")
        if not (host and port.isdigit() and 0 < int(port) <= 65535):
            raise SettingsError(
                f"HUIYIN_KAFKA 应为 主机:端口（如 kafka:9092，多个用逗号分开），实际是 {server!r}。"
            )
    if not values["HUIYIN_ELASTICSEARCH"].startswith(("http://", "https://")):
        raise SettingsError(
            "设了 HUIYIN_KAFKA 就要同时设 HUIYIN_ELASTICSEARCH（如 https://es:9200），"
            f"实际是 {values['HUIYIN_ELASTICSEARCH']!r}。"
        )
    if not _PREFIX.fullmatch(values["HUIYIN_KAFKA_PREFIX"]):
        raise SettingsError(
            "HUIYIN_KAFKA_PREFIX 应由字母、数字、点、横线组成，"
            f"实际是 {values['HUIYIN_KAFKA_PREFIX']!r}。"
        )
    if values["HUIYIN_KAFKA_SASL"] not in _SASL:
        raise SettingsError(
            f"HUIYIN_KAFKA_SASL 应为 {'、'.join(_SASL)} 之一，"
            f"实际是 {values['HUIYIN_KAFKA_SASL']!r}。"
        )
    return Production(
        kafka=servers,
        prefix=values["HUIYIN_KAFKA_PREFIX"],
        partitions=_whole(values, "HUIYIN_KAFKA_PARTITIONS", 1, 1000),
        replication=_whole(values, "HUIYIN_KAFKA_REPLICATION", 1, 10),
        kafka_user=values["HUIYIN_KAFKA_USER"],
        kafka_sasl=values["HUIYIN_KAFKA_SASL"],
        kafka_ca=values["HUIYIN_KAFKA_CA"],
        elasticsearch=values["HUIYIN_ELASTICSEARCH"],
        elasticsearch_user=values["HUIYIN_ELASTICSEARCH_USER"],
        elasticsearch_ca=values["HUIYIN_ELASTICSEARCH_CA"],
        index=values["HUIYIN_INDEX"],
    )


def _one_of(value: str, allowed: tuple[str, ...], name: str) -> str:
    if value not in allowed:
        raise SettingsError(f"{name} 应为 {'、'.join(allowed)} 之一，实际是 {value!r}。")
    return value


def _own_overlay(home: Path) -> Path | None:
    """The one in the data folder, where there is one."""
    folder = home / OVERLAY
    return folder if folder.is_dir() else None


def _default_config() -> Path:
    """`./config` where there is one, else the copy beside the program."""
    here = Path("config")
    if (here / "sources.toml").is_file():
        return here
    return shipped_folder()

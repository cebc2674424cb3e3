"""How to reach the brokers, and what to say when it cannot be done."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors as aio_errors
from aiokafka.conn import create_conn
from kafka import errors as py_errors
from msgspec import Struct

from huiyin.store.master import NO_MASTER, Master
from streams.kafka.client_loop import ClientLoop
from streams.kafka.errors import LogDown, LogError


class KafkaAddress(Struct, frozen=True, kw_only=True):
    """Where the brokers are and who we are."""

    servers: tuple[str, ...]
    """`host:port` of some of them."""
    prefix: str = "huiyin"
    """Begins the names of topics and consumer group: several installations can share a cluster."""
    user: str = ""
    """Empty: no login."""
    password: str = ""
    mechanism: str = "SCRAM-SHA-512"
    ca_file: str = ""
    """Certificate authority of the brokers, "system" for the machine's own; empty: no TLS."""
    master: Master = NO_MASTER
    """Under which the keys of cases lie in their topic."""

    def __repr__(self) -> str:
        return f"KafkaAddress({','.join(self.servers)}, {self.prefix})"

    @property
    def group(self) -> str:
        return self.prefix

    @property
    def shown(self) -> str:
        return "、".join(self.servers)

    def tls(self) -> ssl.SSLContext | None:
        """Raises `LogError`."""
        if not self.ca_file:
            return None
        try:
            return ssl.create_default_context(
                cafile=None if self.ca_file == "system" else self.ca_file
            )
        except (OSError, ssl.SSLError) as error:
            raise LogError(
                f"读不了 Kafka 的证书文件 {self.ca_file}：{error}。请检查 HUIYIN_KAFKA_CA。"
            ) from None

    def options(self) -> dict[str, object]:
        """As aiokafka and kafka-python both name them. Raises `LogError`."""
        context = self.tls()
        options: dict[str, object] = {"bootstrap_servers": list(self.servers)}
        if context is not None:
            options["ssl_context"] = context
        if self.user:
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        secure = "SSL" if context is not None else "PLAINTEXT"
        options["security_protocol"] = f"SASL_{secure}" if self.user else secure
        return options


_REFUSED = (
    aio_errors.SaslAuthenticationFailed,
    aio_errors.AuthenticationFailedError,
    aio_errors.UnsupportedSaslMechanismError,
    py_errors.SaslAuthenticationFailedError,
    py_errors.UnsupportedSaslMechanismError,
    py_errors.AuthorizationError,
    aio_errors.TopicAuthorizationFailedError,
    aio_errors.GroupAuthorizationFailedError,
    aio_errors.ClusterAuthorizationFailedError,
)


@contextmanager
def in_words(address: KafkaAddress) -> Iterator[None]:
    """Turns what the clients raise into `LogError` (who must mend it) and `LogDown`."""
    try:
        yield
    except _REFUSED as error:
        raise LogError(
            f"Kafka（{address.shown}）不接受用户 {address.user or '（未设）'} 的登录或权限："
            f"{type(error).__name__}。请检查 HUIYIN_KAFKA_USER、HUIYIN_KAFKA_SASL "
            "和密钥 kafka_password。"
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise LogError(
            f"Kafka（{address.shown}）的证书不能信任：{error.verify_message}。"
            "请检查 HUIYIN_KAFKA_CA。"
        ) from error
    except (aio_errors.KafkaError, py_errors.KafkaError, OSError, TimeoutError) as error:
        tls = "" if address.ca_file else "；如果 Kafka 要求 TLS，请设置 HUIYIN_KAFKA_CA"
        raise LogDown(
            f"连不上 Kafka（{address.shown}）：{type(error).__name__} {error}。"
            f"请检查 HUIYIN_KAFKA 的地址、网络，以及 Kafka 是否已启动{tls}。"
        ) from error


async def _knock(address: KafkaAddress) -> None:
    options = address.options()
    del options["bootstrap_servers"]
    for number, server in enumerate(address.servers, 1):
        host, _, port = server.rpartition(":")
        try:
            connection = await create_conn(
                host.strip("[]"), int(port), request_timeout_ms=8000, **options
            )
        except _REFUSED:
            raise
        except (aio_errors.KafkaError, OSError):
            if number == len(address.servers):
                raise
        else:
            connection.close()
            return


def knock(address: KafkaAddress) -> None:
    """Whether one of the brokers lets us in: while looking for the others, the clients
    take a refused login for a broker that is away.

    Raises `LogError` and `LogDown`."""
    with in_words(address), asyncio.Runner(loop_factory=ClientLoop) as runner:
        runner.run(asyncio.wait_for(_knock(address), 10))


def quiet() -> None:
    """The clients say the same thousands of times while a broker is away; we say it once."""
    for name in ("aiokafka", "kafka"):
        logging.getLogger(name).setLevel(logging.CRITICAL)

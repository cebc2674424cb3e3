"""The connection, and what its failures mean to a ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from elastic_transport import JsonSerializer, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from sinks.ledger.base import LedgerUnavailable

BLOCKED = "cluster_block_exception"
MISSING_INDEX = "index_not_found_exception"

_BLOCKED = (
    "台账索引现在不能写：多半是磁盘快满，Elasticsearch 自动改成了只读；也可能正在更换索引。"
    "腾出磁盘或等更换完成后会自动继续"
)
_BY_STATUS = {
    401: "Elasticsearch 不认用户名或密码（401），请核对账号设置",
    403: "这个 Elasticsearch 账号权限不够（403）",
    429: "Elasticsearch 忙不过来（429），稍后自动再试",
}

_ADDRESS = re.compile(r"https?://[^/\s@]+:\d{1,5}(?:/\S*)?")


class _Json(JsonSerializer):
    """Three times as fast as the standard library's, which matters with whole cases."""

    def json_loads(self, data: bytes) -> Any:
        return msgspec.json.decode(data)


def connect(
    hosts: Sequence[str],
    *,
    user: str = "",
    password: str = "",
    api_key: str = "",
    ca_certs: str = "",
    timeout: float = 30.0,
) -> Elasticsearch:
    """A client for these addresses (`https://host:9200`). Nothing is sent yet.

    `ca_certs` is the path of a PEM file, `timeout` is in seconds and for one request.
    Raises `LedgerUnavailable` for an address or a file that cannot be right."""
    options: dict[str, Any] = {}
    if api_key:
        options["api_key"] = api_key
    elif user:
        options["basic_auth"] = (user, password)
    if ca_certs:
        if not Path(ca_certs).is_file():
            raise LedgerUnavailable(f"找不到 Elasticsearch 的 CA 证书文件 {ca_certs}")
        options["ca_certs"] = ca_certs
    for host in hosts:
        if not _ADDRESS.fullmatch(host):
            raise LedgerUnavailable(
                f"Elasticsearch 的地址应写成 https://主机:端口，实际是 {host!r}"
            )
    return Elasticsearch(
        list(hosts),
        request_timeout=timeout,
        # One more try for a connection that was closed while idle. All other waiting is the
        # caller's, with back-off: the client would try again at once.
        max_retries=1,
        retry_on_status=(),
        serializers={
            "application/json": _Json(),
            "application/vnd.elasticsearch+json": _Json(),
        },
        **options,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turns what waiting or an operator can mend into `LedgerUnavailable`; an `ApiError`
    that comes through is a mistake in the request."""
    try:
        yield
    except UnsupportedProductError as error:
        raise LedgerUnavailable("这个地址上的服务不是 Elasticsearch，请核对地址") from error
    except TlsError as error:
        raise LedgerUnavailable(
            f"Elasticsearch 的证书不能信任，请检查 HUIYIN_ELASTICSEARCH_CA：{error.message}"
        ) from error
    except TransportError as error:
        raise LedgerUnavailable(f"连不上 Elasticsearch：{error.message}") from error
    except ApiError as error:
        if text := _unavailable(error):
            raise LedgerUnavailable(text) from error
        raise


def _unavailable(error: ApiError) -> str:
    if error.error == "media_type_header_exception":
        return "Elasticsearch 的主版本和客户端不同，两边都要用 9.x"
    return why_unavailable(error.status_code, error.error, str(error.body)[:300])


def why_unavailable(status: int, kind: str, reason: str) -> str:
    """What to tell the operator about an answer after which trying again makes sense;
    "" for any other."""
    if kind == BLOCKED:
        return f"{_BLOCKED}。原文：{reason}"
    if kind == MISSING_INDEX:
        return f"Elasticsearch 里没有台账索引，先运行 huiyin doctor --create。原文：{reason}"
    if text := _BY_STATUS.get(status):
        return f"{text}。原文：{reason}"
    if status >= 500:
        return f"Elasticsearch 暂时不可用（{status}）。原文：{reason}"
    return ""

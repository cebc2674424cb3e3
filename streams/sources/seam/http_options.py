"""How a source may use the network: its `http` table in config/sources.toml."""

from __future__ import annotations

from pydantic import Field, field_validator

from huiyin.net.pacing import Pace
from streams.sources.seam.config import Settings


class HttpOptions(Settings):
    """`[source.NAME.options.http]`: where a source may go, and how politely."""

    hosts: list[str] = Field(min_length=1)
    """Allowed hosts, "host" for the usual port or "host:port"."""
    allow_private_addresses: bool = False
    """For a server inside the government network or on this machine."""
    requests_per_minute: float = Field(default=20.0, gt=0, le=600)
    jitter: float = Field(default=0.5, ge=0, le=5)
    """Random share added to each pause, so that requests form no pattern."""
    max_bytes: int = Field(default=8 << 20, ge=1024, le=256 << 20)
    """An answer is cut off here, counted after decompression."""
    read_timeout: float = Field(default=30.0, gt=0)
    """Seconds without a byte."""
    total_timeout: float = Field(default=90.0, gt=0)
    """Seconds for one request altogether."""
    attempts: int = Field(default=3, ge=1, le=10)
    backoff_first: float = Field(default=5.0, gt=0)
    backoff_most: float = Field(default=900.0, gt=0)
    patience: float = Field(default=120.0, ge=0)
    """A longer wait ends the poll; the next poll goes on."""
    proxy: str = ""
    ca_file: str = ""
    """Certificates of the government's own authority, PEM."""
    user_agent: str = "Huiyin/0.1"
    headers: dict[str, str] = Field(default_factory=dict)
    secret_headers: dict[str, str] = Field(default_factory=dict)
    """Header name to secret name (`streams.sources.seam.secrets`)."""

    @field_validator("hosts")
    @classmethod
    def _plain_hosts(cls, hosts: list[str]) -> list[str]:
        for host in hosts:
            if "/" in host or "*" in host or not host.strip() or host != host.strip():
                raise ValueError(
                    f"hosts 中的 {host!r} 应只写主机名或“主机名:端口”，不带 http://、路径和通配符"
                )
        return [host.lower() for host in hosts]

    @field_validator("proxy")
    @classmethod
    def _no_password(cls, proxy: str) -> str:
        if "@" in proxy:
            raise ValueError("proxy 中不能写用户名和密码，请使用不需要登录的代理")
        return proxy

    def pace(self) -> Pace:
        return Pace(
            interval=60.0 / self.requests_per_minute,
            jitter=self.jitter,
            backoff_first=self.backoff_first,
            backoff_most=self.backoff_most,
            patience=self.patience,
        )

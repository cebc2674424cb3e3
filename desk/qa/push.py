"""The public 问答库 to a platform's interface, as configured in config/qa.toml."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from desk.ground.settings import SettingsError
from desk.qa.qa_table import FILE, PushOptions
from huiyin.net.pacing import HostPacing
from streams.sources.seam.http import Answer, Ask, PoliteClient
from streams.sources.seam.secrets import Secrets


def push(options: PushOptions, secrets: Secrets, body: bytes, at: datetime) -> str:
    """Sends all public entries and gives what the platform answered, shortened. The
    platform replaces what it has by what it gets, so sending again changes nothing.

    Raises `SettingsError` where it is not configured, `SourceError` where it fails."""
    if not options.enabled or not options.url or options.http is None:
        raise SettingsError(
            f"没有配置推送：请在 config/{FILE} 的 [push] 里设 enabled = true、url 和 http.hosts。"
        )
    client = PoliteClient("qa-push", options.http, pacing=HostPacing(), secrets=secrets)
    ask = Ask(
        url=options.url,
        method="POST",
        body=body,
        headers={"content-type": "application/json", **_signature(options, secrets, body, at)},
    )
    return client.ask(ask, _said)


def _signature(
    options: PushOptions, secrets: Secrets, body: bytes, at: datetime
) -> Mapping[str, str]:
    """HMAC-SHA256 over timestamp, a dot and the body, as our own push receiver checks it."""
    if not options.secret:
        return {}
    stamp = str(int(at.timestamp()))
    key = secrets.require(options.secret).encode()
    signed = hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"x-timestamp": stamp, "x-signature": signed}


def _said(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")[:200]

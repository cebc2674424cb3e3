"""政务新媒体 and other platforms that send signed JSON. Adapter "webhook".

Nothing is assumed about names: `fields` says where everything stands. The signature is
HMAC-SHA256 over timestamp and body, valid for a few minutes; a replay within them is the
same item again, which the intake knows.
"""

from __future__ import annotations

from streams.sources.push.json_push import JsonPush, PushOptions
from streams.sources.seam.config import SourceEntry, read_options
from streams.sources.seam.secrets import Secrets


class Webhook(JsonPush):
    """JSON messages of one platform."""

    @classmethod
    def from_options(cls, entry: SourceEntry, secrets: Secrets) -> Webhook:
        """Raises `SourceError` when the options don't fit."""
        return cls(entry.name, entry.channel, read_options(entry, PushOptions), secrets)

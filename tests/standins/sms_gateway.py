"""An SMS gateway of the intranet that takes everything."""

from __future__ import annotations

import json

from tests.standins.server import Hit, Reply, StandIn

CHANNEL = """
[channel.NAME]
adapter = "sms"
[channel.NAME.options]
url = "GATEWAY/sms"
secret = "SMS_SIGN"
mobiles = ["13800000000"]
body = { to = "{mobiles}", say = "{text}" }
allow_private_addresses = true
"""
"""For config/alerts.toml, with the secret SMS_SIGN."""


class SmsGateway(StandIn):
    def answer(self, hit: Hit) -> Reply:
        return Reply()

    def channel(self, name: str) -> str:
        return CHANNEL.replace("NAME", name).replace("GATEWAY", self.url)

    @property
    def told(self) -> list[str]:
        """Numbers, message by message."""
        return [json.loads(hit.body)["to"] for hit in self.log]

    @property
    def said(self) -> str:
        return "\n".join(json.loads(hit.body)["say"] for hit in self.log)

"""The platform of an official account, as far as files of messages go: tokens and media."""

from __future__ import annotations

import json

from tests.standins.server import Hit, Reply, StandIn


class WechatPlatform(StandIn):
    """`files` by media id: type and bytes. `tokens` counts the tokens it gave; only the last
    one is good."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, tuple[str, bytes]] = {}
        self.tokens = 0
        self.secret = "app-secret"

    def answer(self, hit: Hit) -> Reply:
        if hit.path == "/cgi-bin/stable_token":
            if json.loads(hit.body)["secret"] != self.secret:
                return self._said(errcode=40125, errmsg="invalid appsecret")
            self.tokens += 1
            return self._said(access_token=f"token-{self.tokens}", expires_in=7200)
        if hit.path.startswith("/video/"):
            return Reply(b"\0\0\0\x20ftypisom film", headers={"content-type": "video/mp4"})
        if hit.query.get("access_token") != f"token-{self.tokens}":
            return self._said(errcode=40001, errmsg="invalid credential")
        found = self.files.get(hit.query["media_id"])
        if found is None:
            return self._said(errcode=40007, errmsg="invalid media_id")
        media_type, data = found
        if media_type == "video/mp4":
            return self._said(video_url=f"{self.url}/video/1")
        return Reply(data, headers={"content-type": media_type})

    def _said(self, **said: object) -> Reply:
        return Reply(json.dumps(said).encode(), headers={"content-type": "text/plain"})

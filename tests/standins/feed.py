"""A stand-in for a newsroom's feed, with validators."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from tests.standins.server import Hit, Reply, StandIn


class Feed(StandIn):
    """Serves `xml` at every address; `validators` says which it hands out."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__(clock)
        self.xml = ""
        self.charset = "utf-8"
        self.content_type = "application/rss+xml; charset=utf-8"
        self.validators = {"ETag", "Last-Modified"}

    def rss(self, *items: str) -> None:
        """An RSS 2.0 feed of these `<item>` contents."""
        body = "".join(f"<item>{item}</item>" for item in items)
        self.xml = (
            f'<?xml version="1.0" encoding="{self.charset}"?>'
            f'<rss version="2.0"><channel><title>青禾日报</title>{body}</channel></rss>'
        )

    def answer(self, hit: Hit) -> Reply:
        body = self.xml.encode(self.charset)
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        stamp = "Tue, 10 Mar 2026 00:00:00 GMT"
        headers = {"Content-Type": self.content_type}
        if "ETag" in self.validators:
            headers["ETag"] = tag
            if hit.headers.get("if-none-match") == tag:
                return Reply(status=304, headers=headers)
        elif "Last-Modified" in self.validators:
            headers["Last-Modified"] = stamp
            if hit.headers.get("if-modified-since") == stamp:
                return Reply(status=304, headers=headers)
        return Reply(body=body, headers=headers)

"""Routes that read the address as it was sent: a coded slash belongs to the id.

A source numbers its items as it likes. `/cases/a%3A1%2Ffiles/files` is the list of
files of the case "a:1/files"; after the usual decoding nobody could tell.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote

from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import Match
from starlette.types import Scope


class _Coded(Convertor[str]):
    """One segment of the path, decoded."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return unquote(value)

    def to_string(self, value: str) -> str:
        return _kept(value)


register_url_convertor("coded", _Coded())


_CODED: Final = "huiyin.coded_path"
MOST_SEGMENTS: Final = 64
"""No address of ours has more: the slashes of an id come coded."""


class CodedRoute(APIRoute):
    """A route whose parameters of the sort `coded` may hold any character."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        raw = scope.get("raw_path")
        if scope["type"] == "http" and raw:
            if raw.count(b"/") > MOST_SEGMENTS:
                return Match.NONE, {}
            if _CODED not in scope:  # once for all routes
                segments = raw.decode("latin-1").split("/")
                scope[_CODED] = "/".join(_kept(unquote(each)) for each in segments)
            scope = {**scope, "path": scope[_CODED]}
        return super().matches(scope)


def _kept(segment: str) -> str:
    return segment.replace("%", "%25").replace("/", "%2F")


def case_href(case_id: str) -> str:
    """The address of a case's page."""
    return f"/cases/{quote(case_id, safe='')}"

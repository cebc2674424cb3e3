"""A cookie by its name, read in one pass.

Python's own reader (`http.cookies`, which Starlette uses) takes time with the square of a
quoted value: 60 KB cost ten seconds (CVE-2024-7592), in every version that an office may
still run. What we set needs none of its rules.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection

LONGEST: Final = 8 << 10
"""Bytes of all cookies of a request together; ours are below 4 KB."""


def cookie_of(connection: HTTPConnection, name: str) -> str:
    """The first cookie of this name; "" when there is none, or far too many of others."""
    headers = [value for key, value in connection.scope["headers"] if key.lower() == b"cookie"]
    if sum(map(len, headers)) > LONGEST:
        return ""
    for header in headers:
        for part in header.decode("latin-1").split(";"):
            found, equals, value = part.partition("=")
            if equals and found.strip() == name:
                return _unquoted(value.strip())
    return ""


def _unquoted(value: str) -> str:
    # Ours hold nothing that would have to be escaped inside the quotes.
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value

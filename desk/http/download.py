"""Headers of files that a browser saves."""

from __future__ import annotations

from urllib.parse import quote


def disposition(name: str, *, inline: bool) -> str:
    """RFC 6266: the name once for everybody, once as it is."""
    plain = "".join(char if char.isascii() and char not in '\\"%' else "_" for char in name)
    sort = "inline" if inline else "attachment"
    return f"{sort}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"

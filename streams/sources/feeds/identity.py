"""Which entry of a feed is which item.

The guid alone does not tell: some newsrooms give one guid to several articles, or to all.
Guid and link together decide, and what was decided is kept with the feed's place, so that it
holds at the next fetch. Entries of one document with the same guid, the same link and other
contents are different items too; a single one with other contents than last time is the
same item, edited.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

_TRACKING = re.compile(r"(?:^|&)(?:utm_[a-z]+|spm|from|share[a-z_]*)=[^&]*", re.IGNORECASE)


class Named(Struct, frozen=True):
    """An entry as its name depends on it."""

    guid: str
    link: str
    print: str
    """A hash of all it says."""


class Known(Struct, frozen=True):
    """An item that was named before."""

    link: str
    """As `link_mark` makes it; "" where it is not known."""
    print: str


def link_mark(link: str) -> str:
    """Eight hex digits for a link, "-" for none: without scheme, fragment and tracking."""
    if not link:
        return "-"
    try:
        parts = urlsplit(link)
        query = _TRACKING.sub("", parts.query)
        link = f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{query}"
    except ValueError:
        pass  # what is no address is compared as it stands
    return hashlib.blake2b(link.encode("utf-8", "replace"), digest_size=4).hexdigest()


def keys_for(
    entries: Sequence[Named], known: Mapping[str, Known], more: Mapping[str, Iterable[str]]
) -> list[str]:
    """The key of each entry of one document. `known`: the items by key; `more`: the keys that
    belong to a guid besides the guid itself."""
    keys: list[str | None] = [None] * len(entries)
    by_guid: dict[str, list[int]] = {}
    for at, entry in enumerate(entries):
        by_guid.setdefault(entry.guid, []).append(at)
    for guid, places in by_guid.items():
        own = [key for key in (guid, *more.get(guid, ())) if key in known]
        _assign(guid, places, entries, keys, {key: known[key] for key in own})
    return [key or entry.guid for key, entry in zip(keys, entries, strict=True)]


def _assign(
    guid: str,
    places: Sequence[int],
    entries: Sequence[Named],
    keys: list[str | None],
    free: dict[str, Known],
) -> None:
    """Names the entries of one guid; `free` are the items it has already."""
    given: dict[tuple[str, str], str] = {}
    """What was named in this document, by link and contents."""
    taken = set(free)
    marks = {at: link_mark(entries[at].link) for at in places}

    def give(at: int, key: str) -> None:
        keys[at] = key
        given[marks[at], entries[at].print] = key
        free.pop(key, None)

    # First the ones that say what they said, so that a new one takes nobody's place.
    for at in places:
        for key, item in list(free.items()):
            if item.print == entries[at].print and _same_link(item.link, marks[at]):
                give(at, key)
                break
    for at in places:
        if keys[at] is not None:
            continue
        if (twice := given.get((marks[at], entries[at].print))) is not None:
            keys[at] = twice
            continue
        edited = next((k for k, item in free.items() if _same_link(item.link, marks[at])), None)
        key = edited or _new_key(guid, marks[at], taken)
        give(at, key)
        taken.add(key)


def _same_link(known: str, mark: str) -> bool:
    return known in ("", mark)


def _new_key(guid: str, mark: str, taken: set[str]) -> str:
    if not taken:
        return guid
    key = f"{guid}@{mark}"
    count = 2
    while key in taken:
        key = f"{guid}@{mark}#{count}"
        count += 1
    return key

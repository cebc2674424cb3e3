"""How far a mailbox has been read, and which mails behind that place are still owed.

Stored as JSON: folder to [UIDVALIDITY, last UID], with {UID: polls that failed} as a third
member where the server has not given a mail yet.
"""

from __future__ import annotations

import json
from typing import Final

from msgspec import Struct

from streams.sources.seam.base import SourceError

FLOOR: Final = ""
"""In the cursor, beside the folders: the time to which the source was rewound."""


class Place(Struct):
    """Where one folder stands."""

    validity: int
    uid: int
    """The last UID that was asked for."""
    owed: dict[int, int]
    """UIDs up to `uid` whose content the server did not give, with the polls that failed."""

    def copy(self) -> Place:
        return Place(self.validity, self.uid, dict(self.owed))


def read_cursor(cursor: str | None) -> dict[str, Place]:
    """Raises `SourceError` on anything that `write_cursor` did not write."""
    if not cursor:
        return {}
    try:
        return {
            name: Place(
                int(validity),
                int(uid),
                {int(owed): int(polls) for each in rest for owed, polls in each.items()},
            )
            for name, (validity, uid, *rest) in json.loads(cursor).items()
        }
    except (ValueError, TypeError, AttributeError):
        raise SourceError(
            f"邮箱的读取位置无法识别：{cursor[:80]!r}。请把该来源重置到开头。"
        ) from None


def write_cursor(known: dict[str, Place]) -> str:
    places = {
        name: [place.validity, place.uid, *([place.owed] if place.owed else [])]
        for name, place in known.items()
    }
    return json.dumps(places, ensure_ascii=False, sort_keys=True)

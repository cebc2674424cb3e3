"""Several rows of one document that carry one number: one order, or several.

An order handed to three units stands in three rows, and a file pasted together from two
exports shows it twice: rows with the same text are one item, with all units and replies.
Rows with another text (or address) under the same number are other letters, each an item of
its own: nothing of them may be lost because of a mistyped number. What comes out
does not depend on how often a row is repeated, and of the order of the rows only the order
of the units does.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from cases.record.item import Attachment, Item, Note
from streams.sources.tables.merged_fields import (
    ALTERNATIVES,
    earliest,
    joined_extra,
    joined_replies,
    latest_close,
    worse,
)

_IN_MEMORY: Final = 32 << 20
_LONGEST_KEY: Final = 200


class HeldRows:
    """Items that wait for the other rows of their number; in a temporary file beyond some
    megabytes, because a file pasted together twice makes all of them wait."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """`counts`: in how many rows each number stands that stands in several."""
        self._left = dict(counts)
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - see `close`
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Item).decode

    def close(self) -> None:
        self._file.close()

    def waits(self, number: str) -> bool:
        """Whether the number stands in other rows as well."""
        return number in self._left

    def hold(self, item: Item) -> None:
        data = self._encode(item)
        self._file.seek(0, 2)
        place = (self._file.tell(), len(data))
        self._file.write(data)
        self._places.setdefault(item.source_item_id, []).append(place)

    def row_seen(self, number: str) -> list[Item]:
        """One row of the number less to come; all that were held when it was the last."""
        self._left[number] -= 1
        return self._taken(number) if self._left[number] <= 0 else []

    def rest(self) -> list[list[Item]]:
        """What still waits at the end of a file that changed while it was read."""
        return [self._taken(number) for number in list(self._places)]

    def _taken(self, number: str) -> list[Item]:
        items = []
        for at, length in self._places.pop(number, ()):
            self._file.seek(at)
            items.append(self._decode(self._file.read(length)))
        return items


def as_orders(rows: Sequence[Item], names: Mapping[str, str]) -> list[Item]:
    """The items that the rows of one number are. `names`: the file's columns by field."""
    distinct = list({_content(row): row for row in rows}.values())
    letters = [_one_order(letter, names) for letter in _letters(distinct)]
    letters.sort(key=lambda item: (item.received_at, item.url, item.title, item.body))
    return [letters[0], *_told_apart(letters)]


def _content(item: Item) -> bytes:
    return msgspec.json.encode(item, order="deterministic")


def _letters(rows: Sequence[Item]) -> list[list[Item]]:
    """The rows, those with one text together. A text that begins like another one is the same,
    grown or cut; a row without text belongs to the one with its title."""
    place = {id(row): at for at, row in enumerate(rows)}
    letters: list[list[Item]] = []
    last = ""
    # Sorted by text, what begins alike stands together.
    for row in sorted((row for row in rows if row.body), key=lambda row: (row.url, _start(row))):
        text = row.url + "\x1f" + _start(row)
        if letters and last and text.startswith(last):
            letters[-1].append(row)
        else:
            letters.append([row])
        last = text
    for row in rows:
        if not row.body:
            same = [one for one in letters if any(each.title == row.title for each in one)]
            if same or (letters and not row.title):
                (same or letters)[0].append(row)
            else:
                letters.append([row])
    return [sorted(letter, key=lambda row: place[id(row)]) for letter in letters]


def _start(row: Item) -> str:
    text = "".join(row.body.split())
    return text.rstrip(".…") if row.truncated else text


def _one_order(rows: Sequence[Item], names: Mapping[str, str]) -> Item:
    """One item from rows in the file's order."""
    if len(rows) == 1:
        return rows[0]
    ranked = sorted(rows, key=_lateness)
    last = ranked[-1]
    units = tuple(dict.fromkeys(row.named_unit for row in rows if row.named_unit))
    texts: dict[str, str] = {}
    extra = joined_extra(row.extra for row in ranked)
    for field in ALTERNATIVES:
        said = list(dict.fromkeys(v for row in reversed(ranked) if (v := getattr(row, field))))
        texts[field] = said[0] if said else ""
        for count, other in enumerate(said[1:], start=2):
            extra[f"{names.get(field, field)}#{count}"] = other
    whole = [row for row in rows if not row.truncated] or list(rows)
    body = max((row.body for row in whole), key=lambda text: (len(text), text))
    note = Note(
        "rows_joined", f"来源把这一件写在 {len(rows)} 行里（多个单位、多次答复），已合为一件"
    )
    notes = {each for row in rows for each in row.notes if each.code != "body_missing" or not body}
    return replace(
        last,
        **texts,
        body=body,
        truncated=all(row.truncated for row in rows),
        received_at=min(row.received_at for row in rows),
        named_unit="、".join(units),
        due_at=earliest(row.due_at for row in rows),
        replies=joined_replies(rows, several=len(units) > 1),
        closed_at=latest_close(rows, several=len(units) > 1),
        resolved=worse(row.resolved for row in rows),
        satisfied=worse(row.satisfied for row in rows),
        confidential=any(row.confidential for row in rows),
        disclosure=any(row.disclosure for row in rows),
        withdrawn=any(row.withdrawn for row in rows),
        attachments=tuple(sorted(_attachments(rows), key=lambda file: (file.name, file.url))),
        likes=max((row.likes for row in rows if row.likes is not None), default=None),
        dislikes=max((row.dislikes for row in rows if row.dislikes is not None), default=None),
        notes=(*sorted(notes, key=lambda each: (each.code, each.text)), note),
        extra=extra,
    )


def _attachments(rows: Iterable[Item]) -> set[Attachment]:
    return {file for row in rows for file in row.attachments}


def _lateness(row: Item) -> tuple[object, ...]:
    """What sorts a later look at an order behind an earlier one, whatever order the rows
    stand in."""
    never = datetime.min.replace(tzinfo=row.received_at.tzinfo)
    replied = max((reply.at for reply in row.replies if reply.at), default=never)
    return (
        row.closed_at or never,
        replied,
        len(row.replies),
        not row.truncated,
        len(row.body),
        _content(row),
    )


def _told_apart(letters: Sequence[Item]) -> list[Item]:
    """The letters after the first, each with a number of its own: by its address, else by the
    time it came in, else by its text."""
    found: list[Item] = []
    used = {letters[0].source_item_id}
    for at, item in enumerate(letters[1:], start=1):
        others = [other for place, other in enumerate(letters) if place != at]
        mark = f"{item.received_at:%Y%m%d%H%M%S}"
        if item.url and all(other.url != item.url for other in others):
            mark = _short(item.url)
        elif any(other.received_at == item.received_at for other in others):
            mark = _short(f"{item.title}\x1f{item.body}")
        key = f"{item.source_item_id[:_LONGEST_KEY]}@{mark}"
        while key in used:
            key += "+"
        used.add(key)
        text = (
            f"来源的编号 {item.source_item_id} 在同一文件里给了内容不同的来件，"
            "按不同的事项收下。请在来源系统中核对哪一件用错了编号"
        )
        note = Note("number_shared", text)
        found.append(replace(item, source_item_id=key, notes=(*item.notes, note)))
    return found


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()

"""The lists of one source: messages to a leader, unsigned ones, those that a search finds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime

from huiyin.net.json_values import Json, as_text, write_json
from streams.sources.lists.crawler import MOST_ROWS, Found, ListEntry, Page
from streams.sources.lists.rechecks import Looked
from streams.sources.liuyan import wire
from streams.sources.liuyan.board import Board, day_of
from streams.sources.liuyan.item import (
    BadThread,
    is_cut,
    shown_at,
    thread_id,
    withdrawn,
)
from streams.sources.seam.base import OpenItem, SourceError

_WITHDRAWN = "withdrawn"
_COUNTERS = frozenset({"favNum", "userFavStatus", "ip"})
"""Change by themselves: not a reason to fetch a message again."""


class Threads:
    """What the lists have in common; a subclass asks for its pages."""

    start = ""

    def __init__(self, board: Board, key: str) -> None:
        self.board = board
        self.key = key

    def first(self) -> str:
        return self.start

    def before(self, token: str) -> str:
        return token

    def page(self, token: str) -> Page:
        raise NotImplementedError

    def item(self, entry: ListEntry, first_seen: datetime, now: datetime) -> Found:
        row = entry.row if isinstance(entry.row, dict) else {}
        parts: list[dict[str, Json]] | None = None
        wanted = self._wants_content(row)
        if wanted:
            parts = self.board.details.fetch(lambda: self._listed_content(entry.key))
        made = self.board.item(entry.key, row, parts, first_seen, now)
        complete = not wanted or parts is not None
        return Found(made, complete=complete, look=self._print(row, parts) if complete else "")

    def _print(self, _row: dict[str, Json], parts: list[dict[str, Json]] | None) -> str:
        """Fingerprint of what `look` would see."""
        return _fingerprint(list(parts or []))

    def _listed_content(self, tid: str) -> list[dict[str, Json]]:
        try:
            return self.board.content(tid)
        except wire.Gone:
            # It was listed a moment ago; the next look decides whether it is gone.
            raise SourceError(
                f"来源 {self.board.name}：留言 {tid} 在列表中，但正文不存在"
            ) from None

    def look(self, item: OpenItem, now: datetime) -> Looked | None:
        if not self.board.has_content:
            return None
        tid = item.source_item_id
        try:
            parts = self.board.content(tid)
        except wire.Gone:
            return Looked(withdrawn(self.board.door, tid, now), _WITHDRAWN)
        made = self.board.item(tid, {}, parts, day_of(now), now)
        return Looked(made, self._print({}, parts))

    def _wants_content(self, _row: dict[str, Json]) -> bool:
        return self.board.has_content

    def _entries(self, rows: list[Json]) -> tuple[ListEntry, ...]:
        if len(rows) > MOST_ROWS:
            raise SourceError(
                f"来源 {self.board.name}：列表一页有 {len(rows)} 条，超过 {MOST_ROWS} 条，"
                "没有读入。请核对 rows"
            )
        return tuple(self._entry(row) for row in rows)

    def _entry(self, row: Json) -> ListEntry:
        printed = _fingerprint(row)
        try:
            tid = thread_id(row)
        except BadThread as error:
            return ListEntry(
                key=f"!{printed}",
                at=None,
                print=printed,
                rejected=self.board.rejected(error.reason, str(error), write_json(row)),
            )
        fields = row if isinstance(row, dict) else {}
        at = shown_at(fields)
        return ListEntry(
            key=tid, at=None if at is None else int(at.timestamp()), print=printed, row=fields
        )


class _Signed(Threads):
    """list/df and list/bw: paged by `lastItem`."""

    def page(self, token: str) -> Page:
        options = self.board.options
        path = wire.SIGNED_LISTS["bw" if options.mode == "signed-bw" else "df"]
        param = {
            "fid": self.key,
            "showUnAnswer": options.show_unanswered,
            "typeId": options.type_id,
            "lastItem": token,
            "position": 0,
            "rows": options.rows,
            "orderType": options.order_type,
        }
        rows, last = self.board.signed(path, param, wire.signed_list)
        return Page(entries=self._entries(rows), next=last or _last_tid(rows))


class _Unsigned(Threads):
    """queryThreadsList: form fields, paged by `lastItem`, replies in the list itself."""

    start = "0"

    def page(self, token: str) -> Page:
        rows = self._rows(token)
        return Page(entries=self._entries(rows), next=_last_tid(rows))

    def _rows(self, token: str) -> list[Json]:
        form = {"fid": self.key, "lastItem": token}
        if self.board.options.state:
            form["state"] = self.board.options.state
        return self.board.form(wire.UNSIGNED_LIST, form, wire.unsigned_list)

    def _wants_content(self, _row: dict[str, Json]) -> bool:
        return self.board.has_content and is_cut(as_text(_row.get("content")))

    def _print(self, row: dict[str, Json], parts: list[dict[str, Json]] | None) -> str:
        return _fingerprint(row) + super()._print(row, parts)

    def look(self, item: OpenItem, now: datetime) -> Looked | None:
        """The list again, from just above the message: it holds the reply, and this
        interface knows no other way to ask for one message."""
        tid = item.source_item_id
        if not tid.isdecimal():
            return None
        for entry in self._entries(self._rows(str(int(tid) + 1))):
            if entry.key == tid:
                found = self.item(entry, day_of(now), now)
                # An incomplete one is compared as such: it is handed on once.
                row = entry.row if isinstance(entry.row, dict) else {}
                return Looked(found.item, found.look or "?" + _fingerprint(row))
        # Not on the page: another leader's board, or gone. Only the signed interface knows.
        return super().look(item, now)


class _Search(Threads):
    """v2/threads/search: numbered pages."""

    start = "1"

    def before(self, token: str) -> str:
        return str(max(1, int(token) - 1))

    def page(self, token: str) -> Page:
        param = {
            "position": 0,
            "keywords": self.key,
            "fid": self.board.options.fids[0] if self.board.options.fids else None,
            "domainId": None,
            "typeId": None,
            "timeRange": None,
            "ansChecked": False,
            "stTime": None,
            "sortType": "0",
            "page": int(token),
            "rows": self.board.options.rows,
        }
        rows = self.board.signed(wire.SEARCH, param, wire.search_list)
        short = len(rows) < self.board.options.rows
        return Page(entries=self._entries(rows), next=None if short else str(int(token) + 1))


def _last_tid(rows: list[Json]) -> str | None:
    """Where the next page starts: below the last message of this one."""
    for row in reversed(rows):
        try:
            return thread_id(row)
        except BadThread:
            continue
    return None


def _fingerprint(row: Json) -> str:
    kept = (
        {key: value for key, value in row.items() if key not in _COUNTERS}
        if isinstance(row, dict)
        else row
    )
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def listing(board: Board, key: str) -> Threads:
    """The list of this key, as the options of the source read it."""
    kinds: Mapping[str, Callable[[Board, str], Threads]] = {
        "unsigned": _Unsigned,
        "search": _Search,
    }
    return kinds.get(board.options.mode, _Signed)(board, key)

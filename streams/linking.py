"""Same matter, crowds and repeated callers: what only shows over many messages.

Reads the journal behind the processing, in its order, and speaks through the inbox
like everybody else: `link_matter` for cases about the same thing, `correct` for
a risk that the text of one message cannot show. The ids of these actions follow
from what they say, so reading a stretch of the journal again says nothing new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec
from msgspec import Struct

from cases.privacy.visibility import masked
from cases.record import commands as do
from cases.record import events as ev
from cases.record.events import Recorded
from cases.record.item import Item
from cases.record.messages import Action
from cases.record.writer import person_of
from cases.words.actors import SYSTEM
from classifiers.base import Text
from classifiers.emerging.areas import areas_of
from classifiers.emerging.detector import Emerging, EmergingState
from classifiers.matter.linker import Link, Matter, Matters, MatterState, Sighting

CROWD = "群体诉求"
REPEAT = "重复来电"
SAVE_EVERY = 5_000
"""Events between two savings of the state; what came after is read again."""

REASONS = {
    "same text": "内容基本相同",
    "same place": "同一地点反映同一问题",
    "same subject": "标题和内容说的是同一件事",
}


class Position(Struct, frozen=True):
    """How far the journal was read, and what was known then."""

    after: int
    state: bytes


@runtime_checkable
class LinkStore(Protocol):
    def journal_after(self, position: int, limit: int) -> Sequence[tuple[int, Recorded]]:
        """Events with their places in the log, in its order."""
        ...

    def linked(self) -> Position | None: ...

    def link(self, actions: Sequence[Action], saved: Position | None) -> None:
        """Appends the actions and, where given, the position: both or nothing."""
        ...


class Linker:
    """Owns the live matters of one runtime; one at a time."""

    def __init__(
        self, store: LinkStore, matters: Matters, town_of: Callable[[Item], str] = lambda _: ""
    ) -> None:
        """`town_of`: the 街道 or 乡镇 that a message is from, "" where that is not known."""
        self._store = store
        self._town_of = town_of
        self.matters = matters
        self._emerging = Emerging()
        self._after = 0
        self._unsaved = 0
        found = store.linked()
        if found is not None:
            self._after = found.after
            state = msgspec.msgpack.decode(found.state, type=_State)
            matters.restore(MatterState(state.matters))
            self._emerging.restore(state.emerging)

    def step(self, limit: int = 500) -> bool:
        """Reads the next events; False when there were none."""
        rows = self._store.journal_after(self._after, limit)
        actions = [action for _, event in rows for action in self._read(event)]
        erased = {event.case_id for _, event in rows if isinstance(event.body, ev.Erased)}
        if erased:
            self._forget(erased)
        if rows:
            self._after = rows[-1][0]
            self._unsaved += len(rows)
        saved = self._unsaved >= SAVE_EVERY or bool(erased)
        if actions or saved:
            self._store.link(actions, self._position() if saved else None)
        if saved:
            self._unsaved = 0
        return bool(rows)

    def _forget(self, case_ids: Collection[str]) -> None:
        state = msgspec.msgpack.decode(without_cases(self._position().state, case_ids), type=_State)
        self.matters.restore(MatterState(state.matters))
        self._emerging.restore(state.emerging)

    def save(self) -> None:
        """Keeps what is known, so that the next start reads nothing twice."""
        if self._unsaved:
            self._store.link((), self._position())
            self._unsaved = 0

    def _position(self) -> Position:
        state = _State(self.matters.state().matters, self._emerging.state())
        return Position(self._after, msgspec.msgpack.encode(state))

    def _read(self, event: Recorded) -> Iterator[Action]:
        match event.body:
            case ev.CaseOpened() as opened:
                yield from self._actions(event, opened)
            case ev.EmergingMuted(until=until):
                self._emerging.mute(event.case_id, until)
            case ev.EmergingUnmuted():
                self._emerging.mute(event.case_id, None)

    def _actions(self, event: Recorded, body: ev.CaseOpened) -> Iterator[Action]:
        item = body.item
        link = self.matters.add(
            Sighting(
                case_id=event.case_id,
                text=Text(item.title, item.body),
                at=item.received_at,
                person=person_of(item),
                place=item.place,
            )
        )
        if not item.archived:
            yield from self._warnings(event, item, link)
        if not link.joined:
            return
        reason = REASONS.get(link.reason, link.reason)
        linked = do.LinkMatter(
            matter=link.matter_id, reason=reason, burst=0 if item.archived else link.burst
        )
        yield _says(event.case_id, linked, event.at)
        if link.cases == 2:  # the first of the matter learns that it is no longer alone
            yield _says(
                link.matter_id, do.LinkMatter(matter=link.matter_id, reason=reason), event.at
            )
        if item.archived:
            return
        risk = tuple(dict.fromkeys((*body.labels.risk, *_shown_by(link))))
        if risk != body.labels.risk:
            yield _says(event.case_id, do.Correct(risk=risk, reason=_because(link)), event.at)

    def _warnings(self, event: Recorded, item: Item, link: Link) -> Iterator[Action]:
        # The desk reads it, and it goes out: nothing of a confidential case, and nobody's name.
        shown = not item.confidential
        said, place = masked(item, f"{item.title}\n{item.body}"), masked(item, item.place)
        found = self._emerging.add(
            event.case_id,
            Text(item.title, item.body),
            # A source whose clock runs ahead does not make all others late.
            min(item.received_at, event.at),
            person=person_of(item),
            place=place if shown else "",
            areas=areas_of(Text("", said), place, self._town_of(item)),
            said=said if shown else "",
            # Who calls again and again about one thing is no new voice.
            copy=link.reason == "same text" or link.repeat,
        )
        if found is not None:
            warning = do.WarnEmerging(
                words=found.words,
                places=found.places,
                cases=found.cases,
                people=found.people,
                hours=found.hours,
                usual=round(found.usual, 3),
                years=round(found.years, 1),
                grown=found.grown,
                since=found.since,
                where=found.where,
                muted_by=found.muted_by,
            )
            yield _says(found.case_id, warning, event.at)


class _State(Struct, omit_defaults=True):
    """What was known, as it is kept; older ones have the matters alone."""

    matters: list[Matter]
    emerging: EmergingState = msgspec.field(default_factory=EmergingState)


def without_cases(state: bytes, case_ids: Collection[str]) -> bytes:
    """A saved state that knows nothing of the texts of these cases. The matters that they were
    of are forgotten: what comes later begins a new one."""
    known = msgspec.msgpack.decode(state, type=_State)
    matters = [each for each in known.matters if each.cases.keys().isdisjoint(case_ids)]
    recent = [each for each in known.emerging.recent if each.case_id not in case_ids]
    emerging = msgspec.structs.replace(known.emerging, recent=recent)
    return msgspec.msgpack.encode(_State(matters, emerging))


def _shown_by(link: Link) -> Iterator[str]:
    if link.crowd:
        yield CROWD
    if link.repeat:
        yield REPEAT


def _because(link: Link) -> str:
    parts = []
    if link.crowd:
        parts.append(f"近期有 {link.people} 人反映同一事项")
    if link.repeat:
        parts.append("同一来件人再次反映")
    return "，".join(parts)


def _says(
    case_id: str, command: do.LinkMatter | do.Correct | do.WarnEmerging, at: datetime
) -> Action:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{case_id}\x1f{command!r}".encode())
    return Action(
        message_id="l-" + digest.hexdigest(),
        case_id=case_id,
        actor=SYSTEM,
        command=command,
        at=at,
    )

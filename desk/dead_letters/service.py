"""死信 as people and programs handle them: the page, the API and `huiyin replay-dead`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Self

from msgspec import Struct

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.dead_letters.replay import MOST_AT_ONCE, Replayed, replay_dead
from desk.files.uploads import Uploads
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer

LONGEST_REASON = 200


class GivenUp(Struct, frozen=True):
    """A step in the record of a letter."""

    reason: str


class DeadLetters:
    """Every method raises `NotPermitted` and `NotAllowed`; what was done stands in the trail."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self.book = desk.book("dead-letters")
        """What people said of a letter, by its id."""

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def replay(
        self,
        by: Doer,
        *,
        source: str = "",
        only: Collection[str] | None = None,
        after: str = "",
        stopped: Callable[[], bool] | None = None,
        progress: Callable[[int, int], None] = lambda _tried, _total: None,
    ) -> Replayed:
        """See `replay_dead`; without `stopped` no more than a page or a request waits for.

        Raises `SettingsError` and `SourceError`, too."""
        desk = self._desk
        desk.permit(by, Role.ADMIN, to="重试死信", about=source)
        _some(only)
        sources, files = wiring.build_sources(desk.settings), desk.get(Uploads).kept
        tried = 0

        def told(done: int, total: int) -> None:
            nonlocal tried
            tried = done
            progress(done, total)

        with desk.acts.apart() as runner:
            done = replay_dead(
                runner,
                sources,
                files,
                source=source,
                only=only,
                after=after,
                stopped=stopped or (lambda: tried >= MOST_AT_ONCE),
                progress=told,
            )
        said = f"重试 {done.tried} 条，成功 {done.accepted}"
        desk.note(by, AuditAction.LETTER, source or "死信", said)
        return done

    def give_up(self, by: Doer, letters: Collection[str], reason: str) -> None:
        """The letters wait no more; their originals are kept."""
        desk = self._desk
        desk.permit(by, Role.ADMIN, to="放弃死信")
        _some(letters)
        if not reason:
            raise NotAllowed("请写明为什么放弃：它会留在操作日志里。")
        now = desk.clock()
        with desk.acts.borrowed() as runner:
            for letter_id in letters:
                with runner.store.transaction():
                    runner.store.mark_replayed(letter_id, now)
                seen = len(self.book.load(letter_id))
                self.book.append(letter_id, seen, now, by.actor, GivenUp(reason))
                desk.note(by, AuditAction.LETTER, letter_id, f"放弃：{reason}")


def _some(chosen: Collection[str] | None) -> None:
    if chosen is not None and not chosen:
        raise NotAllowed("请先勾选死信，或选一种原因。")


def replayed_text(done: Replayed) -> str:
    """What became of the letters that had their try; without a full stop."""
    parts = [f"重试 {done.tried} 条，{done.accepted} 条已收进台账"]
    if done.still_bad:
        parts.append(f"{done.still_bad} 条仍有同样的问题")
    if done.elsewhere:
        parts.append(
            f"{done.elsewhere} 条的原文太大，存在附件文件夹里，本机没有，"
            "请在有它们的机器上重试，或检查 HUIYIN_FILES"
        )
    if done.no_way:
        parts.append(f"{done.no_way} 条的来源没有启用或不能重试，请改好来源文件后重新导入")
    return "；".join(parts)

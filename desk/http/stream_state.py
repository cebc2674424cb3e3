"""How the stream is doing, for the line above every page."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from cases.privacy.masking import mask
from desk.ground import disks
from desk.ground.context import DeskContext, PageStore
from desk.ground.loops import LoopState
from desk.ground.sample_data import DEMO_FACT, SOURCE

_SWEEP_LATE = timedelta(minutes=5)
_MANY_WAITING = 1000


class Stream(Struct, frozen=True, kw_only=True):
    """How the stream is doing, for the line above every page."""

    word: str
    """实时, 处理中, 延迟, 出错, 停止."""
    tone: str
    detail: str
    waiting: int
    last_sweep: datetime | None
    letters: int
    revision: int
    """Grows whenever something was processed: an open page asks for it."""
    loops: tuple[LoopState, ...]
    warning: str = ""
    """What everybody is to know though the stream goes on: the disk fills up."""

    @property
    def ok(self) -> bool:
        return self.tone != "late"


def stream_state(store: PageStore, office: DeskContext, now: datetime) -> Stream:
    said = store.fact("last_sweep")
    last_sweep = datetime.fromisoformat(said) if said else None
    waiting = store.waiting()
    loops = office.loops()
    dead = [loop for loop in loops if not loop.alive]
    failing = [loop for loop in loops if loop.error]
    room = disks.tightest(office.settings)
    stopped = room is not None and room.full and room.vital
    if room is not None and stopped:
        word, tone, detail = "出错", "late", room.words
    elif dead:
        word, tone, detail = "停止", "late", f"{dead[0].name}已停止，请重新启动回音"
    elif failing:
        word, tone, detail = "出错", "late", f"{failing[0].name}：{failing[0].error}"
    elif last_sweep and now - last_sweep > _SWEEP_LATE:
        word, tone, detail = "停止", "late", "时限巡查已停，数据可能不是最新的；请启动 huiyin run"
    elif waiting > _MANY_WAITING:
        word, tone, detail = "延迟", "soon", f"还有 {waiting} 条待处理"
    elif waiting:
        word, tone, detail = "处理中", "ok", f"还有 {waiting} 条待处理"
    else:
        word, tone, detail = "实时", "ok", "没有待处理的消息"
    return Stream(
        word=word,
        tone=tone,
        detail=mask(detail),
        waiting=waiting,
        last_sweep=last_sweep,
        letters=store.letters_waiting(),
        revision=store.processed,
        loops=loops,
        warning=room.words if room is not None and not stopped else "",
    )


def is_demo(store: PageStore) -> bool:
    """Sample data that moved in from one machine left its facts there."""
    return store.fact(DEMO_FACT) is not None or SOURCE in store.intake_counts()

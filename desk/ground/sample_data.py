"""What marks a home that holds sample data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from desk.ground.settings import Settings, SettingsError
from huiyin.store.errors import StoreError
from streams.embedded.store import EmbeddedStore
from streams.intake import IntakeCounts

SOURCE: Final = "demo"
DEMO_FACT: Final = "demo_begun"
_TYPED: Final = "desk"
"""登记来件 without a source of its own: part of trying the desk out."""


class Facts(Protocol):
    def fact(self, name: str) -> str | None: ...

    def intake_counts(self) -> Mapping[str, IntakeCounts]: ...


def holds_samples(store: Facts) -> bool:
    """Whether samples are in it, and nothing from a real source."""
    counts = store.intake_counts()
    begun = store.fact(DEMO_FACT) is not None or SOURCE in counts
    real = [name for name, one in counts.items() if one.new and name not in (SOURCE, _TYPED)]
    return begun and not real


def only_samples(settings: Settings) -> bool:
    """Whether the data folder holds samples and nothing real. A file that cannot be read is told
    of by what opens it to work with it."""
    if not settings.database.exists():
        return False
    try:
        store = EmbeddedStore(settings.database, readonly=True, master=settings.master)
    except StoreError:
        return False
    try:
        return holds_samples(store)
    except StoreError:
        return False
    finally:
        store.close()


def refuse_samples(settings: Settings) -> None:
    """For what takes in real messages. Raises `SettingsError`."""
    if only_samples(settings):
        raise SettingsError(
            f"数据文件夹 {settings.home} 里是示例数据，不接收真实来件。"
            "请把 HUIYIN_HOME 指到另一个文件夹；不要示例了，用 huiyin demo remove 删除。"
        )

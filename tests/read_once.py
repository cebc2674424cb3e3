"""What ships is read, and made into rules and classifiers, once for all tests of a process.

A configuration never changes, and neither does what is made of it. Most tests go by the shipped
folder, and many by a copy in which one table is their own: then everything that the other tables
are for is what the shipped ones have made. What a test writes itself is read and made as ever.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, TypeVar

import pytest

from classifiers.base import Classifier
from classifiers.encoder import judge
from desk.ground import models, wiring
from desk.ground import settings as settings_module
from desk.ground.configuration import Configuration
from desk.ground.settings import Settings
from desk.setup import own_tables
from huiyin.configuration import document

T = TypeVar("T")

MADE_OF: Final[dict[Callable[[Configuration], object], tuple[str, ...]]] = {
    wiring._calendar: ("calendar.toml",),
    wiring._policy: ("deadlines.toml",),
    wiring._router: ("units.toml",),
    wiring._kinds: ("kinds.toml",),
    wiring._tables: ("topics.toml", "kinds.toml", "risk.toml"),
    wiring._secrecy: ("secrecy.toml",),
    wiring._handling: ("handling.toml",),
    wiring._accusation: ("accusation.toml", "units.toml"),
    wiring._columns: ("columns.toml", "units.toml"),
}
"""What is worth keeping, and the tables that it is made of; `test_read_once.py` compares."""

_read = tomllib.loads
_numbered = document.line_numbers
_builds = wiring.build_classifier


class _AsShipped(Configuration):
    """Tables of a test, some of which are the shipped ones."""

    def __init__(self, folder: Path, overlay: Path | None, shipped: Configuration) -> None:
        super().__init__(folder, overlay)
        self._shipped = shipped

    def once(self, make: Callable[[Configuration], T]) -> T:
        tables = MADE_OF.get(make)
        if tables and all(self._tables[name] == self._shipped.table(name) for name in tables):
            return self._shipped.once(make)
        return super().once(make)


@contextmanager
def read_once(folder: Path) -> Iterator[None]:
    """`folder`: what ships."""
    shipped = Configuration(folder)
    classifiers: dict[tuple[object, ...], tuple[object, Classifier]] = {}

    def configuration(of: Path, overlay: Path | None = None) -> Configuration:
        if (of, overlay) == (shipped.folder, None):
            return shipped
        return _AsShipped(of, overlay, shipped)

    def classifier(settings: Settings) -> Classifier:
        tables = wiring.build_tables(settings)
        if tables is not shipped.once(wiring._tables) or settings.classifier == "snownlp":
            return _builds(settings)
        model = models.model_file(settings)
        state = model.stat() if model and model.exists() else None
        second = judge.SHIPPED if wiring.second_judge(settings) else None
        which = (settings.classifier, model, state, second)
        if which not in classifiers:
            classifiers[which] = (tables, _builds(settings))
        return classifiers[which][1]

    # Of the values that are read, none is changed by those who read them.
    loads = lru_cache(maxsize=10_000)(_read)
    by_text: Any = SimpleNamespace(loads=loads, TOMLDecodeError=tomllib.TOMLDecodeError)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "tomllib", by_text)
        patch.setattr(document, "line_numbers", lru_cache(maxsize=200)(_numbered))
        patch.setattr(settings_module, "Configuration", configuration)
        patch.setattr(own_tables, "Configuration", configuration)
        patch.setattr(wiring, "build_classifier", classifier)
        yield

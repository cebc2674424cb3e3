"""模型: which classifier works here, how good it was measured to be, what people corrected."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from msgspec import Struct

from cases.record import events as ev
from cases.words.actors import Role
from desk.admin.area import ADMIN, show
from desk.ground import wiring
from desk.ground.context import DeskContext
from desk.ground.settings import SettingsError
from desk.http.authentication import only
from desk.phrasing import vocabulary
from desk.phrasing.times import moment
from sinks.ledger.base import Query

FIGURES: Final = Path(__file__).parent / "model_figures.toml"
ENGINE_WORDS: Final = {
    "model": "训练的模型和规则表",
    "linear": "训练的线性模型和规则表",
    "rules": "只用规则表",
    "snownlp": "训练的模型和规则表，情感用 SnowNLP",
}


class Figure(Struct, frozen=True):
    name: str
    value: float
    card: str
    """The line of docs/model-card.md that it stands in."""
    note: str


class Figures(Struct, frozen=True):
    model: str
    figure: tuple[Figure, ...]


class Corrections(Struct, frozen=True):
    """What people changed of what the classifier said."""

    cases: int
    corrected: int
    fields: tuple[tuple[str, int], ...]
    at: str


class _Counted:
    """The newest count: going through the whole ledger is done when it is asked for."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._lock = threading.Lock()
        self.last: Corrections | None = None

    def count(self) -> None:
        with self._lock:
            now = self._office.clock()
            fields: Counter[str] = Counter()
            cases = corrected = 0
            with self._office.readers.reader() as store:
                for case in store.ledger.scan(Query()):
                    changed = {
                        name
                        for event in case.history
                        if isinstance(event.body, ev.Corrected)
                        and event.actor.role is not Role.SYSTEM
                        for name in event.body.fields
                    }
                    cases += 1
                    corrected += bool(changed)
                    fields.update(vocabulary.field(name) for name in changed)
            self.last = Corrections(cases, corrected, tuple(fields.most_common()), moment(now, now))


def read_figures() -> Figures:
    return msgspec.toml.decode(FIGURES.read_bytes(), type=Figures)


def add_model(app: FastAPI, office: DeskContext) -> None:
    counted = _Counted(office)
    figures = read_figures()

    @app.get("/admin/model")
    def model(request: Request) -> HTMLResponse:
        only(request, *ADMIN)
        if "count" in request.query_params:
            counted.count()
        try:
            version, problem = wiring.build_classifier(office.settings).version, ""
        except SettingsError as error:
            version, problem = "", str(error)
        return show(
            office,
            request,
            "model",
            version=version,
            problem=problem,
            engine=ENGINE_WORDS[office.settings.classifier],
            second=wiring.second_judge(office.settings),
            own=office.settings.model,
            figures=figures,
            measured=figures.model in version,
            corrections=counted.last,
        )

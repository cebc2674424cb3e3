"""模型: which classifier works here, how good it was measured to be, what people corrected."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct

from cases.figures.measures import rate_text
from cases.words.refusals import NotAllowed
from classifiers.model.engine import ModelClassifier
from desk.admin.area import ADMIN, Posted, show
from desk.ground import wiring
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.settings import SettingsError
from desk.http.authentication import doer_of, only
from desk.learning.teaching import HEADS, Models, brought
from desk.learning.watched import WEEKS, Watched, since, watch
from desk.phrasing.phrases import Phrases
from sinks.ledger.base import Query

HREF: Final = "/admin/model"
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


class _Counted:
    """The newest count: going through the ledger is done when it is asked for."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._lock = threading.Lock()
        self.last: Watched | None = None

    def count(self) -> None:
        office = self._office
        with self._lock, office.readers.reader() as store:
            now = office.clock()
            engine = wiring.build_classifier(office.settings)
            model = engine if isinstance(engine, ModelClassifier) else None
            cases = store.ledger.scan(Query(received_from=since(now)))
            self.last = watch(cases, now, Phrases(office.register, now), model)


def read_figures() -> Figures:
    return msgspec.toml.decode(FIGURES.read_bytes(), type=Figures)


def add_model(app: FastAPI, office: DeskContext) -> None:
    counted = _Counted(office)
    figures = read_figures()
    models = office.get(Models)

    def page(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
        settings = office.settings
        try:
            version = wiring.build_classifier(settings).version
        except SettingsError as error:
            version, problem = "", problem or str(error)
        return show(
            office,
            request,
            "model",
            status,
            version=version,
            problem=problem,
            engine=ENGINE_WORDS[settings.classifier],
            second=wiring.second_judge(settings),
            own=settings.model,
            figures=figures,
            measured=figures.model in version,
            watched=counted.last,
            models=models.listed(),
            last=models.last(),
            said=models.said,
            heads=HEADS,
            weeks=WEEKS,
            brought=brought,
            rate=rate_text,
        )

    @app.get(HREF)
    def model(request: Request) -> HTMLResponse:
        only(request, *ADMIN)
        problem = ""
        if "count" in request.query_params:
            try:
                counted.count()
            except SettingsError as error:
                problem = str(error)
        return page(request, problem)

    @app.post(f"{HREF}/use")
    def use(request: Request, form: Posted) -> Response:
        return done(request, lambda by: models.use(by, str(form.get("version", ""))))

    @app.post(f"{HREF}/teach")
    def teach(request: Request, _form: Posted) -> Response:
        return done(request, models.begin)

    def done(request: Request, press: Callable[[Doer], None]) -> Response:
        try:
            press(doer_of(request))
        except NotAllowed as problem:
            return page(request, str(problem), 409)
        return RedirectResponse(HREF, 303)

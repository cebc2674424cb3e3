"""The one place that puts implementations together."""

from __future__ import annotations

import os
from threading import Event

from cases.clocks.policy import ClockPolicy, PolicyError
from cases.clocks.published_days import Overlay, OverlayError
from cases.clocks.workdays import Calendar
from cases.life.decide import Rules
from cases.life.handling import HandlingError, HandlingRules
from cases.registers.site_columns import ColumnsError, ColumnTable
from cases.routing.accusation import AccusationRule, AccusationTableError
from cases.routing.influence import Influence
from cases.routing.routing import Router
from cases.routing.units import UnitRegister, UnitTableError
from classifiers.base import Classifier
from classifiers.matter.linker import BurstRule, Matters
from classifiers.model.engine import load_model
from classifiers.model.modelfile import ModelError
from classifiers.reply.secrecy import SecrecyTable, SecrecyTableError
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import KindTable, RuleTables, TableError
from classifiers.snownlp.engine import SnowNLPSentiment
from classifiers.snownlp.sentiment_model import SnowNLPModelError
from classifiers.snownlp.sentiment_model import read as read_snownlp
from desk.ground.office_settings import file_store
from desk.ground.settings import Settings, SettingsError
from huiyin.net.pacing import HostPacing
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.registry import Source, SourceContext, load_registry
from streams.sources.seam.config import load_sources
from streams.sources.seam.secrets import Secrets


def build_calendar(settings: Settings) -> Calendar:
    return Calendar(Overlay.from_table(settings.table("calendar.toml")))


def build_policy(settings: Settings) -> ClockPolicy:
    return ClockPolicy.from_table(settings.table("deadlines.toml"))


def build_rules(settings: Settings, register: UnitRegister | None = None) -> Rules:
    """`register`: the units, where they were read already.

    Raises `SettingsError`, with the file and what is wrong in it."""
    units = register or build_router(settings).register
    try:
        return Rules(
            handling=HandlingRules.from_table(settings.table("handling.toml")),
            policy=build_policy(settings),
            calendar=build_calendar(settings),
            simple=KindTable.from_table(settings.table("kinds.toml")).simple,
            units=frozenset(unit.id for unit in units),
            influence=Influence.of(units),
            accusation=AccusationRule.from_table(settings.table("accusation.toml"), units),
        )
    except (AccusationTableError, HandlingError, PolicyError, OverlayError, TableError) as error:
        raise SettingsError(str(error)) from error


def build_columns(settings: Settings) -> ColumnTable:
    """The columns to watch. Raises `SettingsError`."""
    try:
        return ColumnTable.from_table(
            settings.table("columns.toml"), build_router(settings).register
        )
    except ColumnsError as error:
        raise SettingsError(str(error)) from error


def build_router(settings: Settings) -> Router:
    try:
        return Router.from_table(settings.table("units.toml"))
    except UnitTableError as error:
        raise SettingsError(str(error)) from error


def build_tables(settings: Settings) -> RuleTables:
    """The rule tables of the classifiers. Raises `SettingsError`."""
    try:
        return RuleTables.from_tables(
            settings.table("topics.toml"), settings.table("kinds.toml"), settings.table("risk.toml")
        )
    except ValueError as error:
        raise SettingsError(str(error)) from error


def build_secrecy(settings: Settings) -> SecrecyTable:
    """What a secrecy review has marked for it. Raises `SettingsError`."""
    try:
        return SecrecyTable.from_table(settings.table("secrecy.toml"))
    except SecrecyTableError as error:
        raise SettingsError(str(error)) from error


def build_classifier(settings: Settings) -> Classifier:
    """The engine that HUIYIN_CLASSIFIER names. Raises `SettingsError`."""
    tables = build_tables(settings)
    if settings.classifier == "rules":
        return RulesClassifier(tables)
    try:
        model = load_model(tables, settings.model)
    except ModelError as error:
        raise SettingsError(str(error)) from error
    if settings.classifier != "snownlp":
        return model
    try:
        own = read_snownlp(settings.home, settings.snownlp) if settings.snownlp else None
    except SnowNLPModelError as error:
        raise SettingsError(f"{error}（HUIYIN_SNOWNLP）") from error
    return SnowNLPSentiment(model, own)


def build_matters(settings: Settings) -> Matters:
    warnings = build_rules(settings).handling.warnings
    burst = BurstRule(cases=warnings.burst_cases, hours=warnings.burst_hours)
    return Matters(build_tables(settings).risk.crowd, burst)


def build_processor(settings: Settings) -> Processor:
    router = build_router(settings)
    rules = build_rules(settings, router.register)
    return Processor(rules, build_classifier(settings), router)


def build_sources(settings: Settings) -> dict[str, Source]:
    """The enabled sources. Raises `SourceError`."""
    return load_registry(settings.config / "sources.toml", source_context(settings))


def source_context(settings: Settings, stop: Event | None = None) -> SourceContext:
    """Secrets and request pacing of this process; `stop` cuts polite waiting short.

    Raises `SourceError` and `SettingsError`."""
    stop = stop or Event()
    return SourceContext(
        secrets=Secrets.load(os.environ, settings.home),
        pacing=HostPacing(sleep=stop.wait, stopped=stop.is_set),
        files=file_store(settings),
    )


def open_runner(settings: Settings, processor: Processor | None = None) -> EmbeddedRunner:
    """The embedded runtime on the data folder of `settings`. `processor`: where there is one
    already.

    Raises `SettingsError` and `StoreError`."""
    processor = processor or build_processor(settings)
    return EmbeddedRunner(EmbeddedStore(settings.database), processor, settings.clock)


__all__ = [
    "build_calendar",
    "build_classifier",
    "build_columns",
    "build_policy",
    "build_processor",
    "build_router",
    "build_rules",
    "build_secrecy",
    "build_sources",
    "load_sources",
    "open_runner",
]

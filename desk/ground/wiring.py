"""The one place that puts implementations together."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event
from typing import Final, TypeVar

from cases.clocks.policy import ClockPolicy, PolicyError
from cases.clocks.published_days import Overlay, OverlayError
from cases.clocks.workdays import Calendar
from cases.life.decide import Rules
from cases.life.handling import HandlingError, HandlingRules
from cases.life.rules import PlatformRules
from cases.registers.site_columns import ColumnsError, ColumnTable
from cases.routing.accusation import AccusationRule, AccusationTableError
from cases.routing.influence import Influence
from cases.routing.routing import Router
from cases.routing.units import UnitTableError
from classifiers.base import Classifier
from classifiers.encoder import judge
from classifiers.encoder.encoderfile import EncoderError
from classifiers.matter.linker import BurstRule, Matters
from classifiers.model.engine import load_model
from classifiers.model.modelfile import ModelError
from classifiers.reply.secrecy import SecrecyTable, SecrecyTableError
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import KindTable, RiskTable, RuleTables, TableError
from classifiers.snownlp.engine import SnowNLPSentiment
from classifiers.snownlp.sentiment_model import SnowNLPModelError
from classifiers.snownlp.sentiment_model import read as read_snownlp
from desk.ground import models
from desk.ground.configuration import Configuration
from desk.ground.office_settings import file_store
from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.checked import read_table
from huiyin.configuration.document import ConfigurationError
from huiyin.net.pacing import HostPacing
from sinks.delivery.base import DeliveryError
from sinks.delivery.platform import platform_rules
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.linking import Linker, LinkStore
from streams.process import Processor
from streams.sources.registry import Source, SourceContext, open_sources
from streams.sources.seam.base import SourceError
from streams.sources.seam.config import SourceEntry, read_sources
from streams.sources.seam.secrets import Secrets

T = TypeVar("T")

_Wrong: Final = (
    AccusationTableError,
    ColumnsError,
    ConfigurationError,
    DeliveryError,
    HandlingError,
    OverlayError,
    PolicyError,
    SecrecyTableError,
    TableError,
    UnitTableError,
)
"""What is wrong with a table, in the words of the room that reads it."""


def once(settings: Settings, make: Callable[[Configuration], T]) -> T:
    """What `make` makes of the configuration, made once for all who ask. Raises
    `SettingsError`."""
    try:
        return settings.configuration.once(make)
    except _Wrong as error:
        raise SettingsError(str(error)) from error


def load(settings: Settings) -> None:
    """Reads every file now: what is changed from here on is for another start or a reload.
    Raises `SettingsError` with every problem of the files as such."""
    if problems := settings.configuration.problems():
        raise SettingsError("\n".join(problems))


def wrong_tables(settings: Settings) -> list[str]:
    """Every problem of the files as such and of the tables that the ground knows."""
    found = settings.configuration.problems()
    makers = (
        *(_calendar, _policy, _router, _kinds, _tables, _secrecy, _columns, _source_entries),
        *(_handling, _accusation, _rules, _accusation_alone, _columns_alone, _risk_alone),
        _platforms,
    )
    for make in makers:
        try:
            settings.configuration.once(make)
        except (*_Wrong, SourceError) as error:
            found += str(error).splitlines()
    return list(dict.fromkeys(found))


def build_calendar(settings: Settings) -> Calendar:
    return once(settings, _calendar)


def build_policy(settings: Settings) -> ClockPolicy:
    return once(settings, _policy)


def build_rules(settings: Settings) -> Rules:
    """Raises `SettingsError`, with the file and what is wrong in it."""
    return once(settings, _rules)


def build_columns(settings: Settings) -> ColumnTable:
    """The columns to watch. Raises `SettingsError`."""
    return once(settings, _columns)


def build_router(settings: Settings) -> Router:
    return once(settings, _router)


def build_tables(settings: Settings) -> RuleTables:
    """The rule tables of the classifiers. Raises `SettingsError`."""
    return once(settings, _tables)


def build_secrecy(settings: Settings) -> SecrecyTable:
    """What a secrecy review has marked for it. Raises `SettingsError`."""
    return once(settings, _secrecy)


def source_entries(settings: Settings) -> dict[str, SourceEntry]:
    """Every source of config/sources.toml by name, in its order. Raises `SettingsError` and
    `SourceError`."""
    return once(settings, _source_entries)


def _calendar(tables: Configuration) -> Calendar:
    return Calendar(Overlay.from_table(tables.table("calendar.toml")))


def _policy(tables: Configuration) -> ClockPolicy:
    return ClockPolicy.from_table(tables.table("deadlines.toml"))


def _router(tables: Configuration) -> Router:
    return Router.from_table(tables.table("units.toml"))


def _kinds(tables: Configuration) -> KindTable:
    return KindTable.from_table(tables.table("kinds.toml"))


def _tables(tables: Configuration) -> RuleTables:
    return RuleTables.from_tables(
        *(tables.table(name) for name in ("topics.toml", "kinds.toml", "risk.toml"))
    )


def _secrecy(tables: Configuration) -> SecrecyTable:
    return SecrecyTable.from_table(tables.table("secrecy.toml"))


def _accusation_alone(tables: Configuration) -> AccusationRule:
    """Without the units, whose own problems would hide this table's."""
    return AccusationRule.from_table(tables.table("accusation.toml"))


def _risk_alone(tables: Configuration) -> RiskTable:
    return read_table(RiskTable, tables.table("risk.toml"), "config/risk.toml", TableError)


def _columns_alone(tables: Configuration) -> ColumnTable:
    table = tables.table("columns.toml")
    return read_table(ColumnTable, table, "config/columns.toml", ColumnsError)


def _columns(tables: Configuration) -> ColumnTable:
    return ColumnTable.from_table(tables.table("columns.toml"), tables.once(_router).register)


def _source_entries(tables: Configuration) -> dict[str, SourceEntry]:
    return read_sources(tables.table("sources.toml"))


def _rules(tables: Configuration) -> Rules:
    units = tables.once(_router).register
    return Rules(
        handling=tables.once(_handling),
        policy=tables.once(_policy),
        calendar=tables.once(_calendar),
        simple=tables.once(_kinds).simple,
        units=frozenset(unit.id for unit in units),
        influence=Influence.of(units),
        accusation=tables.once(_accusation),
        platforms=tables.once(_platforms),
        number=tables.number,
    )


def _platforms(tables: Configuration) -> dict[str, PlatformRules]:
    return platform_rules(tables.table("platform.toml"))


def _handling(tables: Configuration) -> HandlingRules:
    return HandlingRules.from_table(tables.table("handling.toml"))


def _accusation(tables: Configuration) -> AccusationRule:
    units = tables.once(_router).register
    return AccusationRule.from_table(tables.table("accusation.toml"), units)


def build_classifier(settings: Settings) -> Classifier:
    """The engine that HUIYIN_CLASSIFIER names. Raises `SettingsError`."""
    tables = build_tables(settings)
    if settings.classifier == "rules":
        return RulesClassifier(tables)
    try:
        model = load_model(tables, models.model_file(settings), second=second_judge(settings))
    except (ModelError, EncoderError) as error:
        raise SettingsError(str(error)) from error
    if settings.classifier != "snownlp":
        return model
    try:
        own = read_snownlp(settings.home, settings.snownlp) if settings.snownlp else None
    except SnowNLPModelError as error:
        raise SettingsError(f"{error}（HUIYIN_SNOWNLP）") from error
    return SnowNLPSentiment(model, own)


def second_judge(settings: Settings) -> bool:
    """Whether the encoder is asked where the linear model wavers: it is where it is installed."""
    return settings.classifier == "model" and judge.available()


def build_matters(settings: Settings) -> Matters:
    warnings = build_rules(settings).handling.warnings
    burst = BurstRule(cases=warnings.burst_cases, hours=warnings.burst_hours)
    return Matters(build_tables(settings).risk.crowd, burst)


def build_linker(settings: Settings, store: LinkStore) -> Linker:
    return Linker(store, build_matters(settings), build_router(settings).town)


def build_processor(settings: Settings) -> Processor:
    return Processor(build_rules(settings), build_classifier(settings), build_router(settings))


def build_sources(settings: Settings) -> dict[str, Source]:
    """The enabled sources. Raises `SourceError`."""
    return open_sources(source_entries(settings), source_context(settings))


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
    return EmbeddedRunner(
        EmbeddedStore(settings.database, master=settings.master), processor, settings.clock
    )


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
    "load",
    "once",
    "open_runner",
    "second_judge",
    "source_entries",
    "wrong_tables",
]

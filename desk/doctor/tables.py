"""Everything that is wrong with the tables of the configuration, found without opening a door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cases.clocks.rule import Facts
from cases.reporting.ledger_table import LedgerTable, LedgerTableError
from cases.reporting.settings import ReportTable, ReportTableError
from cases.words.times import BEIJING
from desk.alerts.alerting import alert_setup
from desk.delivery.service import doors
from desk.ground import wiring
from desk.ground.media import media_table
from desk.ground.office_settings import load_office_settings
from desk.ground.processing_table import read_processing
from desk.ground.retention_table import read_retention
from desk.ground.settings import Settings, SettingsError
from desk.opinion.registers import preset_watches
from desk.qa.qa_table import read_qa
from desk.reports.service import Reporting
from sinks.delivery.base import DeliveryError
from streams.sources.registry import SourceLeftOut, build_source
from streams.sources.seam.base import SourceError


def _ledger(settings: Settings) -> LedgerTable:
    return LedgerTable.from_table(settings.table("ledger.toml"))


def _reports(settings: Settings) -> ReportTable:
    return ReportTable.from_table(settings.table("reports.toml"))


def _media_clocks(settings: Settings) -> None:
    """Nobody waits for an answer to a report: no citizen's clock may run for one."""
    policy, at = wiring.build_policy(settings), datetime.now(BEIJING)
    for channel in media_table(settings).channels:
        facts = Facts(source="", channel=channel, received_at=at, urgent=True, loud=True)
        rows = policy.rules_for(facts)
        if found := [rule.id for rule in rows if rule.name in ("reply", "first_contact")]:
            raise SettingsError(
                f"config/deadlines.toml：渠道“{channel}”按 config/watches.toml [media] 是媒体报道，"
                f"不应有答复和首次联系的时限，实际按 {'、'.join(found)} 行计算；"
                "请把它写进 reply-media、internal-media、urgent-contact-media、"
                "event-response-media 四行的 channel。"
            )


_OF_FEATURES: tuple[Callable[[Settings], object], ...] = (
    load_office_settings,
    alert_setup,
    doors,
    preset_watches,
    media_table,
    _media_clocks,
    read_qa,
    read_retention,
    read_processing,
    _ledger,
    _reports,
    Reporting.of,
)


_WRONG: Final = (SettingsError, SourceError, DeliveryError, LedgerTableError, ReportTableError)


def wrong_tables(settings: Settings) -> list[str]:
    """Every problem of every file: unreadable, unknown, a key, a value, a name that another
    table does not have. Disabled sources and doors may be unfinished."""
    found = [*wiring.wrong_tables(settings), *_wrong_sources(settings)]
    for read in _OF_FEATURES:
        try:
            read(settings)
        except _WRONG as error:
            found += str(error).splitlines()
    return list(dict.fromkeys(found))


def _wrong_sources(settings: Settings) -> list[str]:
    """Each enabled source by itself: one that is wrong hides no other."""
    found: list[str] = []
    try:
        entries, around = wiring.source_entries(settings), wiring.source_context(settings)
    except (SettingsError, SourceError) as error:
        return str(error).splitlines()
    for entry in entries.values():
        if entry.enabled:
            try:
                build_source(entry, around)
            except SourceLeftOut:
                pass  # no fault of the table: `desk.doctor.extensions` tells it
            except SourceError as error:
                found += str(error).splitlines()
    return found

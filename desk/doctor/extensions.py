"""What installed packages add, and what of it does not work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from desk.alerts.alerting import alert_setup
from desk.delivery.service import doors
from desk.ground import extensions, wiring
from desk.ground.settings import Settings, SettingsError
from sinks.delivery.base import DeliveryError
from streams.sources.registry import SourceLeftOut, build_source
from streams.sources.seam.base import SourceError


def left_out(settings: Settings) -> list[str]:
    """Enabled sources, channels and doors that are not there because a package does not work."""
    found = [*_sources(settings)]
    for read in (alert_setup, doors):
        with suppress(SettingsError, SourceError, DeliveryError):  # `desk.doctor.tables` tells it
            found += read(settings).left_out
    return found


def unused(settings: Settings) -> list[str]:
    """Parts that do not work and that no enabled entry needs."""
    told = "\n".join(left_out(settings))
    return [problem for problem in extensions.problems() if problem not in told]


def _sources(settings: Settings) -> Iterator[str]:
    try:
        entries, around = wiring.source_entries(settings), wiring.source_context(settings)
    except (SettingsError, SourceError):
        return  # `desk.doctor.tables` tells it
    for entry in entries.values():
        try:
            if entry.enabled:
                build_source(entry, around)
        except SourceLeftOut as error:
            yield str(error)
        except SourceError:
            continue  # `desk.doctor.tables` tells it

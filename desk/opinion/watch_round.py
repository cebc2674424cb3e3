"""Watches that call: each new message, or each new matter or story of several, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from cases.alert_rules import is_pressing
from cases.alerts import Alert, AlertKind, Level
from cases.life.handling import HandlingRules
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.registers.watch import Watch, story_of
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings, SettingsError
from desk.opinion.registers import KeptWatch, Watches, preset_watches
from sinks.ledger.base import Ledger, Query
from streams.runtime import Runtime

LOOKS_BACK: Final = timedelta(days=2)
"""Messages received earlier are no news, also where a file brings them now."""
RESTS: Final = timedelta(minutes=1)
"""How long a message is left alone, so that it is linked with others of its matter first."""
_MOST: Final = 200


class WatchRound:
    """For one thread."""

    def __init__(self, settings: Settings, file: DeskFile, runner: Runtime) -> None:
        """Raises `SettingsError`."""
        self._settings = settings
        self._file = file
        self._presets = preset_watches(settings)
        self._runner = runner
        self._raised: set[str] = set()

    def step(self) -> bool:
        """Once round all watches that call. Raises `StoreError` and `LedgerUnavailable`."""
        now, rules = self._runner.clock(), self._runner.processor.rules.handling
        found = [
            alert
            for kept in Watches(self._file, self._presets_now()).all()
            if kept.watch.alert
            for alert in watched(kept, self._runner.store.ledger, rules, now)
            if alert.alert_id not in self._raised
        ]
        if found:
            self._runner.raise_alerts(found)
            self._raised.update(alert.alert_id for alert in found)
        return False

    def _presets_now(self) -> tuple[Watch, ...]:
        """As the files are now; where they cannot be read, as they were last."""
        with suppress(SettingsError):
            self._presets = preset_watches(self._settings.read_again())
        return self._presets


def watched(
    kept: KeptWatch, ledger: Ledger, rules: HandlingRules, now: datetime
) -> Iterator[Alert]:
    """The alerts of the messages that came since the watch was added; none of a confidential one
    or of history. Raises `LedgerUnavailable`."""
    told: set[str] = set()
    for word in kept.watch.words:
        query = Query(text=word, received_from=now - LOOKS_BACK, limit=_MOST)
        for case in reversed(ledger.search(query).cases):
            story = story_of(case)
            if story not in told and _is_news(case, kept, now) and kept.watch.means(case):
                told.add(story)
                title = for_anyone(case, case.item.title)
                yield Alert(
                    alert_id=f"watch:{kept.number or kept.watch.title}:{story}:watched",
                    kind=AlertKind.WATCHED,
                    level=Level.MEDIUM,
                    at=now,
                    text=f"关注主题“{kept.watch.title}”有新的来件：{title}",
                    case_id=case.case_id,
                    unit=case.unit,
                    urgent=is_pressing(case, rules),
                )


def _is_news(case: Case, kept: KeptWatch, now: datetime) -> bool:
    came = case.history[0].at
    since = kept.at or now - LOOKS_BACK
    return not case.confidential and not case.item.archived and since <= came <= now - RESTS

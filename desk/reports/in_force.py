"""What reports go by: the tables of the configuration in force, also after it was changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from desk.ground.deskfile import DeskFile
from desk.ground.office_settings import load_office_settings
from desk.ground.settings import Settings
from desk.reports.issuing import PaperIssues
from desk.reports.service import Reporting


class _Made(NamedTuple):
    settings: Settings
    reporting: Reporting
    issues: PaperIssues


class ReportsInForce:
    """Made anew with the first question after the configuration was swapped. A question then
    raises `SettingsError` where the tables cannot be used, as opening does."""

    def __init__(self, settings: Callable[[], Settings], file: DeskFile) -> None:
        """`settings`: those in force now. `file`: the desk's."""
        self._settings = settings
        self._file = file
        self._made = self._make(settings())

    @property
    def reporting(self) -> Reporting:
        return self._now().reporting

    @property
    def issues(self) -> PaperIssues:
        return self._now().issues

    def _now(self) -> _Made:
        made, settings = self._made, self._settings()
        if made.settings is not settings:
            made = self._made = self._make(settings)
        return made

    def _make(self, settings: Settings) -> _Made:
        reporting = Reporting.of(settings)
        short = load_office_settings(settings).short
        issues = PaperIssues(self._file, settings.papers_folder, reporting, short)
        return _Made(settings, reporting, issues)

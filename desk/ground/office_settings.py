"""config/office.toml: who this office is, on paper and towards the public."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from cases.reporting.settings import Letterhead
from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.checked import read_table
from sinks.files import FileStore

FILE = "office.toml"
PaperSort = Literal["daily", "weekly", "monthly", "quarterly", "brief"]


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class OfficeSettings(_Table, frozen=True):
    """What stands on printed papers, and what is open to machines."""

    name: str = "政务舆情值班室"
    phone: str = ""
    seal: str = ""
    """Who signs and seals; the name when empty."""
    short: str = ""
    """Before 〔year〕 in the numbers of papers: 舆办 in 舆办交〔2026〕1号."""
    paper: dict[PaperSort, Letterhead] = {}
    """Red head and foot by kind of paper; what one leaves empty is that of config/reports.toml."""
    open311: bool = False
    """Whether published cases can be read by everyone under /open311/v2."""
    open311_jurisdiction: str = ""
    open311_origins: tuple[Annotated[str, Meta(pattern=r"^(\*|https?://[^/\s]+)$")], ...] = ()
    """Sites whose scripts may read /open311 in a browser (CORS): "*" or scheme and host."""
    open311_per_minute: Annotated[int, Meta(ge=1)] = 60
    """Requests of one address."""
    api_per_minute: Annotated[int, Meta(ge=1)] = 600
    """Requests of one account or token."""
    most_upload_megabytes: Annotated[int, Meta(ge=1, le=200)] = 20
    """Of one file, put in at the desk or attached to a message."""

    @property
    def sealed_by(self) -> str:
        return self.seal or self.name

    @property
    def known_words(self) -> tuple[str, ...]:
        """What a guess at a password of this office would try first."""
        return tuple(word for word in (self.name, self.seal, self.short) if word)

    @property
    def most_upload_bytes(self) -> int:
        return self.most_upload_megabytes << 20


def load_office_settings(settings: Settings) -> OfficeSettings:
    """The card; without the file one with the defaults. Raises `SettingsError`."""
    return read_table(OfficeSettings, settings.table(FILE), f"config/{FILE}", SettingsError)


def file_store(settings: Settings) -> FileStore:
    """Where attachments lie. Raises `SettingsError`."""
    return FileStore(settings.files, load_office_settings(settings).most_upload_bytes)


def red_head(settings: Settings, where: str, head: Letterhead | None) -> Path | None:
    """Its template, looked at when the program starts, and not when a paper is due. Raises
    `SettingsError`."""
    if head is None or not head.template:
        return None
    from sinks.reports.docx_letter import TemplateError, open_template

    path = settings.config / head.template
    try:
        open_template(path)
    except TemplateError as error:
        raise SettingsError(f"{where} template：{error}") from error
    return path

"""config/office.toml: who this office is, on paper and towards the public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from cases.reporting.settings import Letterhead
from cases.words.actors import Role
from desk.ground.locality import FILE, Level, Locality
from desk.ground.settings import OVERLAY, Settings, SettingsError
from huiyin.configuration.checked import read_table
from huiyin.configuration.table import Table
from sinks.files import FileStore

PaperSort = Literal["daily", "weekly", "monthly", "quarterly", "brief"]


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class OfficeSettings(_Table, frozen=True):
    """What stands on printed papers, and what is open to machines."""

    place: str = ""
    """The full name, 宁都县: of units, papers and files. Empty: not said yet."""
    level: Level | None = None
    """Without it: by the last word of the place; 市 is then a 设区市 without a superior."""
    superior: str = ""
    """The place above, 赣州市: of the units that answer to it (垂管单位)."""
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

    second_factor: tuple[Role, ...] = ()
    """Roles that sign in with a code beside the password (两步验证)."""
    password_days: Annotated[int, Meta(ge=0, le=3660)] = 0
    """How long a password is good; then it is changed at the next sign-in. 0: for ever, as NIST
    SP 800-63B advises; 等保 (GB/T 22239-2019 8.1.4.1) asks for a regular change."""

    @property
    def locality(self) -> Locality:
        return Locality(self.place, self.level, self.superior)

    @property
    def sealed_by(self) -> str:
        return self.seal or self.name

    @property
    def known_words(self) -> tuple[str, ...]:
        """What a guess at a password of this office would try first."""
        return tuple(word for word in (self.place, self.name, self.seal, self.short) if word)

    @property
    def most_upload_bytes(self) -> int:
        return self.most_upload_megabytes << 20


def load_office_settings(settings: Settings) -> OfficeSettings:
    """The card; without the file one with the defaults. Raises `SettingsError`."""
    table = settings.table(FILE)
    card = read_table(OfficeSettings, table, f"config/{FILE}", SettingsError)
    if wrong := [*_wrong_names(card, table)]:
        raise SettingsError("\n".join(wrong))
    return card


_PLACE: Final = re.compile(r"[^\s{}]{2,}")


def _wrong_names(card: OfficeSettings, table: Table) -> Iterator[str]:
    for key in ("place", "superior"):
        if (found := getattr(card, key)) and not _PLACE.fullmatch(found):
            yield (
                f"{table.place(key)} 键 {key}：找到“{found}”，应为两个字以上、没有空格和花括号的"
                "地名（如 宁都县）。请改正后重试"
            )
    for key in ("name", "seal", "short"):
        if "{" in (found := getattr(card, key)):
            yield (
                f"{table.place(key)} 键 {key}：找到“{found}”，花括号里应为认得的词（如 {{place}}）"
                "。请改正后重试"
            )


def unnamed(card: OfficeSettings, where: str) -> str:
    """What to do where the office has not said which place it works for; else "". `where`: the
    file, as far as the reader may know of it."""
    if card.place:
        return ""
    return (
        f"还没有写明本地名称，单位、公文和文件名里只写“{card.locality.words['level']}”。"
        f'请打开“管理 → 本单位”填写，或在{where}里写一行 place = "宁都县"（换成本地的全称），'
        "再重新启动回音"
    )


def own_office_file(settings: Settings) -> Path:
    """Where the office writes what is its own."""
    return (settings.configuration.overlay or settings.home / OVERLAY) / FILE


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

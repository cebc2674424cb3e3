"""config/processing.toml: what people add to the register of processing activities."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.checked import read_table

FILE: Final = "processing.toml"
LONGEST: Final = 300
Words = Annotated[str, Field(max_length=LONGEST)]


class Remarks(BaseModel):
    """`[activity.ID]`: what people say of one purpose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    responsible: Words = ""
    """Who answers for it; "" for who answers for all."""
    basis: Words = ""
    """The legal basis; "" for what the register says by itself."""
    assessed: date | None = None
    """When its effect was assessed (个人信息保护法第五十五条)."""
    note: Words = ""


class ProcessingTable(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    responsible: Words = ""
    contact: Words = ""
    activity: dict[str, Remarks] = Field(default_factory=dict)


def read_processing(settings: Settings) -> ProcessingTable:
    """Raises `SettingsError`."""
    return read_table(ProcessingTable, settings.table(FILE), f"config/{FILE}", SettingsError)

"""config/retention.toml: how long what people wrote is kept."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cases.words.labels import Kind
from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.checked import read_table

FILE: Final = "retention.toml"
EXPIRED_ON: Final = "expired_on"
"""Fact of the store: the day on which the desk last erased what was due."""


class Rule(BaseModel):
    """`[[retention]]`: the first that fits a case counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    years: Annotated[int, Field(ge=1, le=100)]
    """After the case ended."""
    source: str = Field(min_length=1)
    """The rule's own source: law, or the office's list of what is kept how long."""
    kind: Kind | None = None
    """诉求类型; without one, all."""
    channel: str = ""
    """"" for all."""


class RetentionTable(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = False
    """Whether the desk does it by itself, once a day."""
    retention: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _rules(self) -> RetentionTable:
        ids = [rule.id for rule in self.retention]
        if len(set(ids)) < len(ids):
            raise ValueError("每条 [[retention]] 的 id 应各不相同")
        return self


def read_retention(settings: Settings) -> RetentionTable:
    """Raises `SettingsError`."""
    return read_table(RetentionTable, settings.table(FILE), f"config/{FILE}", SettingsError)

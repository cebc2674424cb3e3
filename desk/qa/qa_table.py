"""config/qa.toml: how alike two questions have to be, and where the book is sent."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.checked import read_table
from streams.sources.seam.http_options import HttpOptions

FILE = "qa.toml"
_Share = Annotated[float, Field(gt=0, le=1)]


class Alike(BaseModel):
    """Cosine of character pairs, 0 to 1 (`classifiers.matter.similar`). docs/qa.md has what the
    numbers were measured on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    together: _Share = 0.4
    """From here on inquiries, and requests for information, are shown as one question; a
    person decides."""
    twin: _Share = 0.45
    """From here on a new entry is refused, because there is one that asks the same."""
    asked_at_least: Annotated[int, Field(ge=2)] = 2
    """Asked so often, a question is worth an entry."""


class PushOptions(BaseModel):
    """`[push]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = False
    url: str = ""
    secret: str = ""
    """Name of the secret that signs; "" sends unsigned."""
    http: HttpOptions | None = None


class QaTable(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alike: Alike = Alike()
    push: PushOptions = PushOptions()


def read_qa(settings: Settings) -> QaTable:
    """Raises `SettingsError`."""
    return read_table(QaTable, settings.table(FILE), f"config/{FILE}", SettingsError)

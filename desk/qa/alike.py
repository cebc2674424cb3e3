"""How alike two questions have to be: `[alike]` of config/qa.toml."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from desk.ground.settings import Settings, SettingsError

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


def read_alike(settings: Settings) -> Alike:
    """Raises `SettingsError`."""
    try:
        return Alike.model_validate(settings.table(FILE).get("alike", {}))
    except ValidationError as error:
        raise SettingsError(f"config/{FILE} 的 [alike] 不能用：{error}") from None

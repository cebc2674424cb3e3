"""A table of a configuration file as a checked value, for every kind of door and channel."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

_Model = TypeVar("_Model", bound=BaseModel)


def read_table(model: type[_Model], table: object, where: str, wrong: type[Exception]) -> _Model:
    """Raises `wrong`, which names `where`, each key and what is the matter with it; never the
    value found, which may be a secret."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        problems = "；".join(
            f"键 {'.'.join(map(str, problem['loc'])) or '（整个表）'}：{problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise wrong(f"{where}：{problems}") from None

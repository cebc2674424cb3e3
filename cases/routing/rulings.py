"""裁定: rows of the 派单目录 that came from a dispute, and count before every other rule.

国办函〔2025〕66号 (派单异议): what was settled once need not be disputed again. A county writes
such a row into its own `units.toml`, as `[[ruling]]`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from cases.routing.units import UnitRegister, wrong_entry

__all__ = ["Ruling", "checked", "ruling_for"]

LEAST_CHARACTERS = 2


class Ruling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `[[ruling]]` row."""

    id: str
    item: str
    """What the 派单目录 calls the matter."""
    unit: str
    words: tuple[str, ...]
    """All of them have to occur in the title or the body: the row counts before all others."""
    basis: str
    """Why this unit: the document, the division of duties, the decision."""
    decided_on: date
    decided_by: str
    case_id: str = ""
    """The case that it was decided in."""


def checked(rulings: Iterable[Ruling], register: UnitRegister) -> tuple[Ruling, ...]:
    """Raises `UnitTableError` for a row that does not fit the register, or says nothing."""
    found = tuple(rulings)
    for row in found:
        entry = f"[[ruling]] id = {row.id}"
        if row.unit not in register:
            raise wrong_entry(
                register.file, f"{entry} 的 unit", f" {row.unit!r}", "本文件中某个单位的 id"
            )
        short = next((word for word in row.words if len(word.strip()) < LEAST_CHARACTERS), None)
        if not row.words or short is not None:
            raise wrong_entry(
                register.file,
                f"{entry} 的 words",
                "空的" if not row.words else f"“{short}”",
                "至少一个词，每个词至少两个字；来件里这些词都出现才算",
            )
        for name in ("item", "basis", "decided_by"):
            if not getattr(row, name).strip():
                raise wrong_entry(
                    register.file, f"{entry} 的 {name}", "空的", "裁定的事项、依据和裁定人"
                )
    return found


def ruling_for(text: str, rulings: Iterable[Ruling]) -> Ruling | None:
    """The row whose words all occur; of several the most exact one, then the newest."""
    fitting = (row for row in rulings if all(word in text for word in row.words))
    return max(
        fitting,
        key=lambda row: (sum(map(len, row.words)), row.decided_on, row.id),
        default=None,
    )

"""Why a case waits for a person instead of being dispatched by a machine."""

from __future__ import annotations

from enum import StrEnum


class Ground(StrEnum):
    """The value is stored; `GROUND_WORDS` has the office's words."""

    SECRECY = "secrecy"
    """The citizen asked for secrecy, or what the source says of it was not understood."""
    ACCUSATION = "accusation"
    """A unit or its people are the object of an accusation, as far as a rule can tell."""
    MARKED = "marked"
    """A person marked the unit that handled it as the accused one."""


GROUND_WORDS: dict[Ground, str] = {
    Ground.SECRECY: "来信人要求保密",
    Ground.ACCUSATION: "疑似举报单位或公职人员",
    Ground.MARKED: "承办单位被标为被反映单位",
}

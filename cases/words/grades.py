"""满意度 in five grades, as platforms ask it in call-backs."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Grade"]


class Grade(StrEnum):
    """The value is stored and shown."""

    VERY_GOOD = "非常满意"
    GOOD = "满意"
    FAIR = "基本满意"
    BAD = "不满意"
    VERY_BAD = "非常不满意"

    @property
    def satisfied(self) -> bool:
        """What 满意率 counts: the upper three."""
        return self in (Grade.VERY_GOOD, Grade.GOOD, Grade.FAIR)

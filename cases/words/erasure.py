"""Why personal data of a case are erased, in law."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ErasureGround(StrEnum):
    REQUEST = "request"
    """The person asked for it, and the purpose is reached (个人信息保护法第四十七条第一款)."""
    RETENTION = "retention"
    """The time for which it had to be kept is over (同款第二项)."""


GROUND_WORDS: Final = {
    ErasureGround.REQUEST: "本人要求删除（个人信息保护法第四十七条）",
    ErasureGround.RETENTION: "保存期限已满（个人信息保护法第四十七条）",
}

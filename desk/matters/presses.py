"""The presses of a joint answer by their names, as pages and programs send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from cases.words.refusals import NotAllowed
from desk.ground.doer import Doer
from desk.matters.service import Matters

PRESSES: Final = ("write", "approve", "reject", "send", "split", "end")
"""拟稿, 审核通过, 退改, 发送, 拆出, 撤销并单."""


class Pressed(Struct, frozen=True, kw_only=True):
    """What came with a press; which of it counts depends on the press."""

    press: str
    text: str = ""
    """Of write."""
    checklist: tuple[str, ...] = ()
    """Of approve, like `note`."""
    note: str = ""
    reason: str = ""
    """Of reject."""
    case_id: str = ""
    """Of split."""
    seen: int | None = None
    """How many entries of the register the person had seen; None does not ask."""


def carry_out(service: Matters, by: Doer, number: str, pressed: Pressed) -> None:
    """Raises as the methods of `Matters`, and `NotAllowed` for another name."""
    seen = pressed.seen
    presses: dict[str, Callable[[], object]] = {
        "write": lambda: service.write(by, number, pressed.text, seen),
        "approve": lambda: service.approve(by, number, pressed.checklist, pressed.note, seen),
        "reject": lambda: service.reject(by, number, pressed.reason, seen),
        "send": lambda: service.send(by, number, seen),
        "split": lambda: service.split(by, number, pressed.case_id),
        "end": lambda: service.give_up(by, number),
    }
    if pressed.press not in presses:
        known = "、".join(PRESSES)
        raise NotAllowed(f"press 应为以下之一：{known}；实际是“{pressed.press[:20]}”。")
    presses[pressed.press]()

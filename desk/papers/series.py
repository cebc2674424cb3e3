"""文号 of papers that are issued: one series a kind and year, without gaps, each number once.

The next number is proposed; who issues may see it before. The number of a paper that was
withdrawn stays with it: it is given to no other, and the list says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from cases.words.actors import Actor
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Changed, Register

_MOST: Final = 99_999


class NumberError(ValueError):
    """A number that cannot be given; the text says which can, in Chinese."""


class GivenNumber(Struct, frozen=True, kw_only=True):
    """One number of a series."""

    number: int
    paper: str
    """What names the paper for ever."""
    withdrawn: str = ""
    """Why it was withdrawn; "" while it stands."""


class Numbers:
    """The series in the desk's file, those of 交办单 and 舆情专报 among them."""

    def __init__(self, file: DeskFile) -> None:
        self._book = Register(file, "paper-series")

    def of(self, prefix: str) -> tuple[GivenNumber, ...]:
        """All numbers of a series, e.g. of 舆周报〔2026〕, in their order."""
        found = []
        for record, entries in self._book.all().items():
            if not record.startswith(prefix):
                continue
            bodies = [msgspec.json.decode(entry.body, type=dict[str, str]) for entry in entries]
            found.append(
                GivenNumber(
                    number=int(record.removeprefix(prefix)),
                    paper=bodies[0].get("paper", ""),
                    withdrawn=bodies[-1].get("withdrawn", ""),
                )
            )
        return tuple(sorted(found, key=lambda one: one.number))

    def proposed(self, prefix: str) -> int:
        """The next one."""
        given = self.of(prefix)
        return given[-1].number + 1 if given else 1

    def standing(self, prefix: str, paper: str) -> int:
        """The number that this paper has, 0 for none."""
        mine = [one for one in self.of(prefix) if one.paper == paper and not one.withdrawn]
        return mine[-1].number if mine else 0

    def give(self, prefix: str, number: int, paper: str, by: Actor, at: datetime) -> str:
        """The number in words; a paper that has one already gets the same. Raises
        `NumberError`: it is taken, was withdrawn, or leaves a gap."""
        has = self.standing(prefix, paper)
        if has and has == number:
            return words(prefix, number)
        if has:
            raise NumberError(f"这份材料已有文号{words(prefix, has)}，不能再编 {number} 号。")
        expected = self.proposed(prefix)
        if not 1 <= number <= _MOST:
            raise NumberError(f"文号应为 1 到 {_MOST} 的整数，实际是 {number}。请用 {expected}。")
        taken = next((one for one in self.of(prefix) if one.number == number), None)
        if taken is not None:
            why = (
                f"其材料已撤回（{taken.withdrawn}），文号保留不再用"
                if taken.withdrawn
                else "已经用过"
            )
            raise NumberError(f"{words(prefix, number)}{why}。请用 {expected}。")
        if number != expected:
            raise NumberError(
                f"{words(prefix, number)}会跳号：下一个应是 {expected}。请用 {expected}。"
            )
        try:
            self._book.append(f"{prefix}{number:04d}", 0, at, by, {"paper": paper})
        except Changed:
            raise NumberError(
                f"{words(prefix, number)}刚被别人用了。请用 {self.proposed(prefix)}。"
            ) from None
        return words(prefix, number)

    def withdraw(self, prefix: str, number: int, reason: str, by: Actor, at: datetime) -> None:
        """Reserves it for ever. Raises `NumberError`."""
        if not reason.strip():
            raise NumberError("撤回材料须写明原因。")
        one = next((each for each in self.of(prefix) if each.number == number), None)
        if one is None or one.withdrawn:
            raise NumberError(f"{words(prefix, number)}没有在用，不能撤回。")
        body = {"paper": one.paper, "withdrawn": reason.strip()}
        self._book.append(f"{prefix}{number:04d}", 1, at, by, body)


def words(prefix: str, number: int) -> str:
    """舆周报〔2026〕12号."""
    return f"{prefix}{number}号"


def prefix_of(number: str) -> str:
    """The series that 舆周报〔2026〕12号 is of, whatever the office calls it today."""
    return number[: number.rindex("〕") + 1]

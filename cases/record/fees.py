"""信息处理费 for requests for information: how much.

政府信息公开条例第四十二条: information is given free of charge; a fee may be taken where number
and frequency of a person's requests clearly go beyond what is reasonable. How much: 《政府信息
公开信息处理费管理办法》(国办函〔2020〕109号), in force since 2021-01-01:

- 第三条: by pieces or by pages, at the office's choice for each request, never both; the part
  above each step costs more than the part below (超额累进).
- 第四条, by pieces, of one applicant in one calendar month: the first 10 are free; the 11th to
  the 30th 100 yuan each; from the 31st on every ten of them make a step, and each step costs
  100 yuan a piece more (31st to 40th 200, 41st to 50th 300 …). A request for several things
  may be taken apart into the smallest reasonable pieces.
- 第五条, by pages (one side of A4 or smaller), of one request alone: 30 are free; to 100
  10 yuan a page, to 200 20 yuan, beyond 40 yuan. Not for what is public already.

The steps of 第五条 stand here as they are known; the text at hand broke off before them. An
office compares the tariff, `[disclosure.fees]` of config/handling.toml, with its own copy.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

_Count = Annotated[int, Meta(ge=0)]
MOST: int = 100_000
"""Pieces or pages of one request; more is a slip of the pen."""


class Basis(StrEnum):
    """The value is stored and shown."""

    PIECES = "按件计收"
    PAGES = "按量计收"


UNIT_WORDS = {Basis.PIECES: "件", Basis.PAGES: "页"}


class Tier(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What each piece or page beyond `over` costs, until the next tier begins."""

    over: _Count
    yuan: _Count
    step: _Count = 0
    """After every so many the price goes up by `more`; 0: it stays."""
    more: _Count = 0

    def price(self, number: int) -> int:
        """Of the `number`-th, in yuan."""
        return self.yuan + (self.more * ((number - self.over - 1) // self.step) if self.step else 0)


class Fees(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pay_days: Annotated[int, Meta(ge=1)] = 30
    """Natural days from the day after the notice was received."""
    piece: tuple[Tier, ...] = (Tier(over=10, yuan=100), Tier(over=30, yuan=200, step=10, more=100))
    page: tuple[Tier, ...] = (
        Tier(over=30, yuan=10),
        Tier(over=100, yuan=20),
        Tier(over=200, yuan=40),
    )

    def __post_init__(self) -> None:
        for name in ("piece", "page"):
            starts = [tier.over for tier in getattr(self, name)]
            if starts != sorted(set(starts)):
                raise ValueError(f"{name} 各档的 over 应从小到大，实际是 {starts}")

    def tiers(self, basis: Basis) -> tuple[Tier, ...]:
        return self.piece if basis is Basis.PIECES else self.page

    def amount(self, basis: Basis, count: int, before: int = 0) -> int:
        """Yuan for `count` pieces or pages, after `before` of the same month."""
        tiers = self.tiers(basis)
        return sum(
            next((tier.price(n) for tier in reversed(tiers) if n > tier.over), 0)
            for n in range(before + 1, before + count + 1)
        )

    def free(self, basis: Basis) -> int:
        """How many cost nothing."""
        tiers = self.tiers(basis)
        return tiers[0].over if tiers else 0


def tariff_words(fees: Fees, basis: Basis) -> str:
    """The tariff in words, for the notice: 10 件以下不收费；11 至 30 件的部分每件 100 元；…"""
    unit, tiers = UNIT_WORDS[basis], fees.tiers(basis)
    parts = [f"{fees.free(basis)} {unit}以下不收费"]
    for tier, after in zip(tiers, (*tiers[1:], None), strict=True):
        reach = (
            f"{tier.over + 1} 至 {after.over} {unit}" if after else f"{tier.over + 1} {unit}以上"
        )
        rise = f"，以 {tier.step} {unit}为一档，每档提高 {tier.more} 元" if tier.step else ""
        parts.append(f"{reach}的部分每{unit} {tier.yuan} 元{rise}")
    return "；".join(parts)

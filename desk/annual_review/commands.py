"""`huiyin processing review`: 年度自查 without a browser."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from desk.annual_review.service import AnnualReviews
from desk.ground.console import Json, command_line, opened_desk
from desk.ground.settings import read_settings


def add_to(processing: typer.Typer) -> None:
    processing.command("review")(review)


def review(
    sign: Annotated[str, typer.Option(help="签字的结论；不给则只看。")] = "",
    by: Annotated[str, typer.Option(help="谁；不给则为本机的用户。")] = "",
    as_json: Json = False,
) -> None:
    """年度自查：要看的各项和现在的数字；加 --sign 写结论签字。"""
    with opened_desk(read_settings()) as desk:
        reviews, doer = desk.get(AnnualReviews), command_line(by)
        signed = reviews.sign(doer, sign, count_holds=True) if sign else None
        found = signed.looks if signed else reviews.look(doer, count_holds=True)
        overdue = reviews.overdue()
    if as_json:
        told = {"looks": found, "overdue": overdue, "signed": signed.number if signed else None}
        print(msgspec.json.encode(told).decode())
        return
    for look in found:
        print(f"{'!' if look.attention else ' '} {look.title}：{look.figure}")
    if overdue:
        print(f"{overdue}。")
    if signed:
        print(f"已签字，第 {signed.number} 次年度自查。")
